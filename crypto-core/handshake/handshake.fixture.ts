/**
 * Two parties and an in-memory channel between them, for tests. A tap sees every frame and decides what arrives:
 * the attacker's place. When both sides wait and nothing is under way, both are aborted, as a timeout would.
 */
import { randomBytes } from '../bytes/random.ts';
import type { WireFrame } from '../frame/frame.ts';
import { generateIdentitySecrets, type IdentityKeys, importIdentity } from '../identity/identity.ts';
import { enkSignalEngine } from '../signal/enk-engine.ts';
import { runInitiator } from './initiator.ts';
import type { Psk } from './psk.ts';
import { runResponder } from './responder.ts';
import type {
  HandshakeChannel,
  HandshakeContext,
  HandshakeOutcome,
  HandshakeResult,
  InitiatorPolicy,
  ResponderPolicy,
} from './types.ts';

export type Role = 'A' | 'B';

/** A frame on its way: the sender, its place among that sender's frames (0 = hello), the bytes. */
export interface TappedFrame {
  readonly from: Role;
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** What arrives instead of a frame; `[frame.bytes]` lets it pass. */
export type Tap = (frame: TappedFrame) => readonly Uint8Array[];

/** Frames of each side in an untouched handshake, hello included: flights 1, 3, 5 and 2, 4, 6. */
export const FRAME_COUNT = { A: 8, B: 7 } as const;

/** The flight that a side's frame belongs to. */
export function flightOf(from: Role, index: number): number {
  if (index === 0) return from === 'A' ? 1 : 2;
  if (index <= 3) return from === 'A' ? 3 : 4;
  return from === 'A' ? 5 : 6;
}

export interface Overrides {
  readonly identityA?: IdentityKeys;
  readonly identityB?: IdentityKeys;
  readonly contextA?: Partial<HandshakeContext>;
  readonly contextB?: Partial<HandshakeContext>;
  readonly policyA?: Partial<InitiatorPolicy>;
  readonly policyB?: Partial<ResponderPolicy>;
  /** PSKs that B knows. */
  readonly knownPsks?: readonly Psk[];
  readonly tap?: Tap;
}

export interface Attempt {
  readonly a: PromiseSettledResult<HandshakeOutcome>;
  readonly b: PromiseSettledResult<HandshakeOutcome>;
  /** What each side committed. */
  readonly commits: { readonly A: readonly HandshakeResult[]; readonly B: readonly HandshakeResult[] };
  readonly consentRequests: number;
  /** Every frame as sent. */
  readonly frames: readonly TappedFrame[];
}

export async function createIdentity(): Promise<IdentityKeys> {
  return importIdentity(await generateIdentitySecrets());
}

export function randomPsk(kind: 1 | 2): Psk {
  return { kind, id: randomBytes(16), secret: randomBytes(32) };
}

export const PEER_IDS = { A: 'a'.repeat(26), B: 'b'.repeat(26) } as const;
const FINGERPRINTS = { A: new Uint8Array(32).fill(0xa1), B: new Uint8Array(32).fill(0xb2) } as const;

let defaults: Promise<{ readonly A: IdentityKeys; readonly B: IdentityKeys }> | undefined;

/** The two identities that {@link attempt} uses unless told otherwise. */
export function defaultIdentities(): Promise<{ readonly A: IdentityKeys; readonly B: IdentityKeys }> {
  defaults ??= Promise.all([createIdentity(), createIdentity()]).then(([A, B]) => ({ A, B }));
  return defaults;
}

/** Runs one handshake to its end on both sides. */
export async function attempt(overrides: Overrides = {}): Promise<Attempt> {
  const identities = await defaultIdentities();
  const wire = new MemoryWire(overrides.tap ?? (frame => [frame.bytes]));
  const commits = { A: [] as HandshakeResult[], B: [] as HandshakeResult[] };
  let consentRequests = 0;
  const a = runInitiator(
    wire.end('A'),
    { ...context('A', overrides.identityA ?? identities.A, wire.signal), ...overrides.contextA },
    {
      psks: [],
      knowsPeer: false,
      authorize: async () => {},
      commit: async result => void commits.A.push(result),
      ...overrides.policyA,
    },
  );
  const b = runResponder(
    wire.end('B'),
    { ...context('B', overrides.identityB ?? identities.B, wire.signal), ...overrides.contextB },
    {
      findPsk: async (kind, id) => findIn(overrides.knownPsks ?? [], kind, id),
      requestConsent: async () => void consentRequests++,
      knowsPeer: async () => false,
      authorize: async () => {},
      commit: async result => void commits.B.push(result),
      ...overrides.policyB,
    },
  );
  // A side that fails closes its connection, which the other notices.
  a.then(
    () => wire.finish('A'),
    () => wire.close(),
  );
  b.then(
    () => wire.finish('B'),
    () => wire.close(),
  );
  const [settledA, settledB] = await Promise.allSettled([a, b]);
  return { a: settledA, b: settledB, commits, consentRequests, frames: wire.frames };
}

/** Both outcomes of a handshake that must succeed. */
export function outcomes({ a, b }: Attempt): { readonly a: HandshakeOutcome; readonly b: HandshakeOutcome } {
  if (a.status === 'rejected') throw a.reason;
  if (b.status === 'rejected') throw b.reason;
  return { a: a.value, b: b.value };
}

/** The code with which a side failed; 'channel-closed' when it only saw the other go; null when it succeeded. */
export function failureOf(settled: PromiseSettledResult<unknown>): string | null {
  if (settled.status === 'fulfilled') return null;
  const reason: unknown = settled.reason;
  if (reason instanceof Error && 'code' in reason) return String(reason.code);
  return reason instanceof Error ? reason.message : String(reason);
}

function context(role: Role, identity: IdentityKeys, signal: AbortSignal): HandshakeContext {
  const other = role === 'A' ? 'B' : 'A';
  return {
    identity,
    signalEngine: enkSignalEngine,
    localPeerId: PEER_IDS[role],
    remotePeerId: PEER_IDS[other],
    localFingerprint: FINGERPRINTS[role],
    remoteFingerprint: FINGERPRINTS[other],
    signal,
    nowMs: () => Date.now(),
  };
}

function findIn(psks: readonly Psk[], kind: 1 | 2, id: Uint8Array): Psk | null {
  return psks.find(psk => psk.kind === kind && psk.id.every((byte, i) => byte === id[i])) ?? null;
}

interface Waiter {
  resolve(bytes: Uint8Array): void;
  reject(error: Error): void;
}

/** Two ordered queues. */
class MemoryWire {
  readonly frames: TappedFrame[] = [];
  readonly #queues: Record<Role, Uint8Array[]> = { A: [], B: [] };
  readonly #waiters: Record<Role, Waiter | null> = { A: null, B: null };
  readonly #timeout = new AbortController();
  readonly #finished = new Set<Role>();
  #isClosed = false;

  constructor(private readonly tap: Tap) {}

  get signal(): AbortSignal {
    return this.#timeout.signal;
  }

  end(role: Role): HandshakeChannel {
    return {
      send: (frame: WireFrame) => this.#send(role, frame),
      receive: () => this.#receive(role),
    };
  }

  /** A side has what it wanted and sends no more. */
  finish(role: Role): void {
    this.#finished.add(role);
    this.#abortWhenStuck();
  }

  close(): void {
    this.#isClosed = true;
    for (const role of ['A', 'B'] as const) {
      this.#waiters[role]?.reject(new Error('channel-closed'));
      this.#waiters[role] = null;
    }
  }

  #send(from: Role, frame: Uint8Array): void {
    const index = this.frames.filter(sent => sent.from === from).length;
    const tapped = { from, index, bytes: frame.slice() };
    this.frames.push(tapped);
    const to = from === 'A' ? 'B' : 'A';
    for (const bytes of this.tap(tapped)) {
      const waiter = this.#waiters[to];
      this.#waiters[to] = null;
      if (waiter === null) this.#queues[to].push(bytes);
      else waiter.resolve(bytes);
    }
  }

  #receive(role: Role): Promise<Uint8Array> {
    const queued = this.#queues[role].shift();
    if (queued !== undefined) return Promise.resolve(queued);
    if (this.#isClosed) return Promise.reject(new Error('channel-closed'));
    return new Promise((resolve, reject) => {
      this.#waiters[role] = { resolve, reject };
      this.#abortWhenStuck();
    });
  }

  #abortWhenStuck(): void {
    const isIdle = (role: Role): boolean => this.#waiters[role] !== null || this.#finished.has(role);
    if (isIdle('A') && isIdle('B')) this.#timeout.abort();
  }
}
