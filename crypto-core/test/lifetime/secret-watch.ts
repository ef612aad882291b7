/**
 * Watches where secrets pass between us and the platform, while an action runs: raw keys that are imported, shared
 * secrets that are derived, random bytes that are drawn. Keeps the arrays themselves (to see whether they were wiped)
 * and copies (to look for them elsewhere), and every CryptoKey that was made.
 */

export interface SeenSecret {
  readonly how: string;
  /** The caller's own array, or the platform's result. */
  readonly bytes: Uint8Array;
  readonly copy: Uint8Array;
  /** Who asked for it. */
  readonly stack: string;
}

export interface SeenKey {
  readonly how: string;
  readonly key: CryptoKey;
}

export class SecretWatch {
  readonly secrets: SeenSecret[] = [];
  readonly keys: SeenKey[] = [];
  readonly #restorers: (() => void)[] = [];

  constructor() {
    const { subtle } = crypto;
    this.#wrap(crypto, 'getRandomValues', (_args, result, stack) => this.#note('random', result, stack));
    this.#wrap(subtle, 'importKey', async ([format, data, algorithm], result, stack) => {
      const name = nameOf(algorithm);
      const isPublic = format === 'raw' && (name === 'Ed25519' || name === 'X25519');
      if (!isPublic && /^(raw|raw-seed|raw-secret|pkcs8)$/.test(String(format)))
        this.#note(`${format} ${name}`, data, stack);
      this.#noteKey(`import ${String(format)} ${name}`, await result);
    });
    this.#wrap(subtle, 'deriveBits', async ([algorithm], result, stack) => {
      this.#note(`derived ${nameOf(algorithm)}`, await result, stack);
    });
    // ML-KEM, where the platform has it.
    this.#wrap(subtle, 'encapsulateBits', async (_args, result, stack) => {
      this.#note('encapsulated', ((await result) as { readonly sharedKey?: unknown }).sharedKey, stack);
    });
    this.#wrap(subtle, 'decapsulateBits', async (_args, result, stack) => {
      this.#note('decapsulated', await result, stack);
    });
    this.#wrap(subtle, 'generateKey', async ([algorithm], result) => {
      const made = await result;
      const name = `generate ${nameOf(algorithm)}`;
      if (made instanceof CryptoKey) this.#noteKey(name, made);
      else this.#noteKey(name, (made as CryptoKeyPair).privateKey);
    });
    this.#wrap(subtle, 'exportKey', async ([format, key], result, stack) => {
      if ((key as CryptoKey).type !== 'public') this.#note(`exported ${String(format)}`, await result, stack);
    });
  }

  restore(): void {
    for (const restore of this.#restorers.splice(0)) restore();
  }

  #wrap(
    target: object,
    name: string,
    look: (args: readonly unknown[], result: unknown, stack: string) => void | Promise<void>,
  ): void {
    const original = Reflect.get(target, name) as ((...args: unknown[]) => unknown) | undefined;
    if (original === undefined) return;
    const own = Object.getOwnPropertyDescriptor(target, name);
    const value = (...args: unknown[]): unknown => {
      const result = original.apply(target, args);
      const stack = new Error('seen').stack ?? '';
      // Looks when the result is there, before the caller goes on; a refusal is the caller's.
      void Promise.resolve(look(args, result, stack)).catch(() => undefined);
      return result;
    };
    Object.defineProperty(target, name, { configurable: true, writable: true, value });
    this.#restorers.push(() => {
      if (own === undefined) Reflect.deleteProperty(target, name);
      else Object.defineProperty(target, name, own);
    });
  }

  #note(how: string, data: unknown, stack: string): void {
    const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    if (!(bytes instanceof Uint8Array) || bytes.length < 16) return;
    this.secrets.push({ how, bytes, copy: bytes.slice(), stack });
  }

  #noteKey(how: string, key: unknown): void {
    if (key instanceof CryptoKey && key.type !== 'public') this.keys.push({ how, key });
  }
}

/** Runs `action` under watch. */
export async function watchSecrets<Result>(
  action: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly watch: SecretWatch }> {
  const watch = new SecretWatch();
  try {
    return { result: await action(), watch };
  } finally {
    watch.restore();
  }
}

function nameOf(algorithm: unknown): string {
  if (typeof algorithm === 'string') return algorithm;
  return (algorithm as { readonly name?: string } | null)?.name ?? 'unknown';
}
