/** An engine's state as data, and running the library on a copy of it. */
import { CryptoCoreError, decodeUtf8, utf8, wipe } from '@enk/crypto-core/engine-kit';
import { type HeldKey, type Operation, runExclusive } from './exclusive.ts';
import { handleName } from './handle-curve.ts';
import { SessionCipher, SignalProtocolAddress } from './library.ts';
import { readSession } from './record.ts';
import { SessionStore } from './session-store.ts';

/** The library's one address: there is one session in a store. */
export const PEER_ADDRESS = new SignalProtocolAddress('peer', 1);

/** One side of a session between two messages. Immutable. */
export interface LibsignalState {
  /** dh of ours and of the peer in the library's form, 33 bytes each. */
  readonly ownIdentity: Uint8Array;
  readonly peerIdentity: Uint8Array;
  /** The library's record in UTF-8, with a handle in the place of the ratchet key's private half. Secret. */
  readonly record: Uint8Array;
  /** What the handle stands for; non-extractable. */
  readonly ratchetKey: HeldKey;
}

/** The state that a store holds after an operation. */
export function takeState(
  store: SessionStore,
  operation: Operation,
  identities: Pick<LibsignalState, 'ownIdentity' | 'peerIdentity'>,
): LibsignalState {
  const { ownIdentity, peerIdentity } = identities;
  const ratchetKey = operation.keys.get(ratchetHandle(store.session));
  if (ratchetKey === undefined) throw new CryptoCoreError('internal');
  return { ownIdentity, peerIdentity, record: utf8(store.session), ratchetKey };
}

/** Runs the library's cipher on a copy of `state`; the state after it is given only if the job succeeds. */
export function runOn<Output>(
  state: LibsignalState,
  job: (cipher: SessionCipher, session: string) => Promise<Output>,
): Promise<{ readonly output: Output; readonly next: LibsignalState }> {
  const session = decodeUtf8(state.record);
  const { ownIdentity, peerIdentity, ratchetKey } = state;
  const operation: Operation = { keys: new Map([[ratchetHandle(session), ratchetKey]]) };
  return runExclusive(operation, async () => {
    const store = new SessionStore({ ownIdentity, peerIdentity, session });
    const output = await job(new SessionCipher(store, PEER_ADDRESS), session);
    return { output, next: takeState(store, operation, state) };
  });
}

/** Wipes the record. The library's own copies were strings, which nobody can overwrite. */
export function wipeLibsignalState(state: LibsignalState): void {
  wipe(state.record);
}

function ratchetHandle(session: string): string {
  const keyPair = readSession(session).currentRatchet.ephemeralKeyPair;
  if (keyPair === undefined) throw new CryptoCoreError('internal');
  const handle = Uint8Array.from(atob(keyPair.privKey), character => character.charCodeAt(0));
  return handleName(handle.buffer);
}
