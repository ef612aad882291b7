/**
 * A platform whose randomness and clock are fixed, so that real code gives the same bytes again. For golden vectors
 * only: it replaces methods of `globalThis.crypto` and `Date.now` until `restore`.
 *
 * Random bytes come from one stream for each kind and length of request, `HKDF-Expand(seed, kind ‖ counter)`, so
 * that a new kind of draw leaves the others as they were. Native ML-KEM, whose encapsulation cannot be seeded, is
 * hidden, which selects the software path. Every secret that was drawn is kept: the vectors record them.
 */
import { concat } from '../../bytes/concat.ts';
import { encodeHex } from '../../bytes/hex.ts';
import { hkdfExpand, sha256 } from '../../bytes/kdf.ts';
import { source } from '../../bytes/source.ts';
import { utf8 } from '../../bytes/utf8.ts';
import { defaultIdentities } from '../../handshake/handshake.fixture.ts';

const PKCS8_PREFIX = {
  Ed25519: '302e020100300506032b657004220420',
  X25519: '302e020100300506032b656e04220420',
} as const;

type CurveName = keyof typeof PKCS8_PREFIX;

/** Midnight of 2026-01-01, UTC: when every vector happens. */
export const EPOCH_MS = Date.UTC(2026, 0, 1);

/** Installs itself on construction. One at a time. */
export class SeededPlatform {
  /** What `Date.now` says; the maker of a vector moves it. */
  nowMs = EPOCH_MS;
  /** Private keys (32 bytes) that were drawn, by public key in hex. */
  readonly privateKeys = {
    X25519: new Map<string, Uint8Array>(),
    Ed25519: new Map<string, Uint8Array>(),
  } as const;
  /** Every other draw, in order. */
  readonly draws: Uint8Array[] = [];
  readonly #seed: Uint8Array;
  readonly #counters = new Map<string, number>();
  readonly #restorers: (() => void)[] = [];

  constructor(name: string) {
    this.#seed = sha256(utf8(`EnkryptedChat-Profile-v1 golden vectors: ${name}`));
    const { subtle } = crypto;
    const generateKey = subtle.generateKey.bind(subtle) as (
      algorithm: AlgorithmIdentifier,
      extractable: boolean,
      usages: KeyUsage[],
    ) => Promise<CryptoKey | CryptoKeyPair>;
    this.#shadow(crypto, 'getRandomValues', (array: Uint8Array) => this.#fill(array));
    this.#shadow(subtle, 'encapsulateBits', undefined);
    this.#shadow(
      subtle,
      'generateKey',
      (algorithm: AlgorithmIdentifier, extractable: boolean, usages: KeyUsage[]) => {
        const curve = curveOf(algorithm);
        return curve === null
          ? generateKey(algorithm, extractable, usages)
          : this.#generateCurveKey(curve, extractable, usages);
      },
    );
    this.#shadow(Date, 'now', () => this.nowMs);
  }

  /** Puts the platform's own methods back. */
  restore(): void {
    for (const restore of this.#restorers.splice(0).reverse()) restore();
  }

  #shadow(object: object, name: string, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(object, name);
    Object.defineProperty(object, name, { value, configurable: true, writable: true });
    this.#restorers.push(() => {
      if (before === undefined) Reflect.deleteProperty(object, name);
      else Object.defineProperty(object, name, before);
    });
  }

  #fill(array: Uint8Array): Uint8Array {
    const bytes = this.#draw('random', array.byteLength);
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(bytes);
    this.draws.push(bytes);
    return array;
  }

  async #generateCurveKey(
    curve: CurveName,
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKeyPair> {
    const secret = this.#draw(curve, 32);
    const privateUsages = usages.filter(usage => usage !== 'verify');
    const publicUsages = usages.filter(usage => usage === 'verify');
    const pkcs8 = concat(hexBytes(PKCS8_PREFIX[curve]), secret);
    const readable = await crypto.subtle.importKey('pkcs8', pkcs8, curve, true, privateUsages);
    const { x } = await crypto.subtle.exportKey('jwk', readable);
    const jwk = { kty: 'OKP', crv: curve, x: x as string };
    const publicKey = await crypto.subtle.importKey('jwk', jwk, curve, true, publicUsages);
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey));
    this.privateKeys[curve].set(encodeHex(raw), secret);
    const privateKey = extractable
      ? readable
      : await crypto.subtle.importKey('pkcs8', source(pkcs8), curve, false, privateUsages);
    return { publicKey, privateKey };
  }

  #draw(kind: string, size: number): Uint8Array {
    const stream = `${kind} ${size}`;
    const counter = this.#counters.get(stream) ?? 0;
    this.#counters.set(stream, counter + 1);
    return hkdfExpand(this.#seed, utf8(`${stream} ${counter}`), size);
  }
}

/** Runs `make` on a platform of this name, and puts everything back. */
export async function onSeededPlatform<T>(
  name: string,
  make: (platform: SeededPlatform) => Promise<T>,
): Promise<T> {
  await defaultIdentities(); // the fixture makes its own once, which must not draw from a vector's stream
  const platform = new SeededPlatform(name);
  try {
    return await make(platform);
  } finally {
    platform.restore();
  }
}

function curveOf(algorithm: AlgorithmIdentifier): CurveName | null {
  const name = typeof algorithm === 'string' ? algorithm : algorithm.name;
  return name === 'X25519' || name === 'Ed25519' ? name : null;
}

function hexBytes(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
}
