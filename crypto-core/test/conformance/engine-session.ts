/** Two ends of an engine's session, after its key agreement: as the handshake makes them, without the handshake. */
import { randomBytes } from '../../bytes/random.ts';
import { wipe } from '../../bytes/wipe.ts';
import type { IdentityKeys } from '../../identity/identity.ts';
import { generateX25519 } from '../../identity/x25519.ts';
import { generateKemKeyPair } from '../../ml-kem/ml-kem-768.ts';
import type {
  SignalEngine,
  SignalInitiation,
  SignalInitiationInput,
  SignalResponse,
  SignalResponseInput,
} from '../../signal/engine.ts';
import { type Both, makeIdentity } from '../support/make-pair.ts';

/** One side that keeps its newest state and wipes what it consumed, as PairSession does. */
export class Side {
  constructor(
    readonly engine: SignalEngine,
    public state: unknown,
  ) {}

  async seal(plaintext: Uint8Array): Promise<Uint8Array> {
    const { next, bytes, consumed } = await this.engine.layer.seal(this.state, plaintext);
    this.state = next;
    wipe(...consumed);
    return bytes;
  }

  async open(message: Uint8Array): Promise<Uint8Array> {
    const { next, bytes, consumed } = await this.engine.layer.open(this.state, message);
    this.state = next;
    wipe(...consumed);
    return bytes;
  }

  /** A thief's copy: everything in memory, CryptoKeys included. */
  steal(): Side {
    return new Side(this.engine, clone(this.state));
  }
}

/** The inputs of both key agreements, and A's result. */
export interface Agreement {
  readonly identities: Both<IdentityKeys>;
  readonly initiationInput: SignalInitiationInput;
  readonly initiation: SignalInitiation<unknown>;
  readonly responseInput: SignalResponseInput;
}

/** A's part of a key agreement between two new people, and what B would be given. */
export async function agree(engine: SignalEngine): Promise<Agreement> {
  const identities = { a: await makeIdentity(), b: await makeIdentity() };
  const signedPrekey = await generateX25519();
  const kemPrekey = await generateKemKeyPair();
  const sessionId = randomBytes(32);
  const initiationInput = {
    identity: identities.a,
    peerIdentityDh: identities.b.dhKey,
    peerSignedPrekey: signedPrekey.publicKey,
    peerKemPrekey: kemPrekey.encapsulationKey,
    sessionId,
  };
  const initiation = await engine.initiate(initiationInput);
  const responseInput = {
    identity: identities.b,
    signedPrekey,
    kemPrekey,
    peerIdentityDh: identities.a.dhKey,
    peerEphemeralKey: initiation.ephemeralKey,
    kemCiphertext: initiation.kemCiphertext,
    message: initiation.message,
    sessionId,
  };
  return { identities, initiationInput, initiation, responseInput };
}

export interface Session extends Both<Side> {
  readonly agreement: Agreement;
  readonly response: SignalResponse<unknown>;
}

/** A whole session. */
export async function makeSession(engine: SignalEngine): Promise<Session> {
  const agreement = await agree(engine);
  const response = await engine.respond(agreement.responseInput);
  return {
    agreement,
    response,
    a: new Side(engine, agreement.initiation.state),
    b: new Side(engine, response.state),
  };
}

/** A deep copy; CryptoKeys stay usable, as in a dump of the process. */
export function clone(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.slice();
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, clone(item)]));
  if (Array.isArray(value)) return value.map(clone);
  if (typeof value !== 'object' || value === null || value instanceof CryptoKey) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clone(item)]));
}

/** How many bytes of keys, texts and numbers a state holds. */
export function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value === 'string') return value.length;
  if (value instanceof Map)
    return [...value].reduce((sum, [key, item]) => sum + sizeOf(key) + sizeOf(item), 0);
  if (typeof value !== 'object' || value === null || value instanceof CryptoKey) return 8;
  return Object.values(value).reduce((sum: number, item) => sum + sizeOf(item), 0);
}
