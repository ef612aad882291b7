/**
 * The second engine of the Signal layer: X3DH and Double Ratchet of libsignal-protocol-typescript 0.0.16
 * (GPL-3.0-only), behind the port of crypto-core and hardened where the library is known to be weak. README.md has
 * the list; SPEC.md §18 the rules. Not the default (docs/decisions/0010).
 *
 * Identity key = the certified static key dh; the signed prekey is the handshake's; there are no one-time prekeys.
 * `signal-session-complete.message` is the library's PreKeyWhisperMessage, every later message a WhisperMessage.
 */
import {
  constantTimeEqual,
  CryptoCoreError,
  decapsulate,
  encapsulate,
  type SignalEngine,
  type SignalInitiation,
  type SignalInitiationInput,
  type SignalResponse,
  type SignalResponseInput,
} from '@enk/crypto-core/engine-kit';
import { type Operation, runExclusive } from './exclusive.ts';
import { createHandle, handleName, VERIFIED_BY_HANDSHAKE } from './handle-curve.ts';
import { type AgreementKeys, deriveExportKey, findKey } from './key-agreement.ts';
import { SessionBuilder, SessionCipher } from './library.ts';
import { assertReachable, changeSession, readSession } from './record.ts';
import { chainProgress, isNextMessage } from './next-message.ts';
import { REGISTRATION_ID, SessionStore, SIGNED_PREKEY_ID } from './session-store.ts';
import { type LibsignalState, PEER_ADDRESS, runOn, takeState, wipeLibsignalState } from './state.ts';
import { parsePrekeyMessage, parseWhisperMessage, typedKey } from './wire.ts';

export type { LibsignalState } from './state.ts';

/** libsignal-protocol-typescript as the Signal layer. */
export const libsignalEngine: SignalEngine<LibsignalState> = {
  name: 'libsignal-ts-1',

  layer: {
    name: 'Signal',

    async seal(state, plaintext) {
      const { output: bytes, next } = await constantErrors('internal', () =>
        runOn(state, async cipher => fromBinaryText(await cipher.encrypt(plaintext.slice().buffer))),
      );
      return { next, bytes, consumed: [state.record] };
    },

    async open(state, bytes) {
      const header = parseWhisperMessage(bytes);
      const { output, next } = await constantErrors('protocol-error', () =>
        runOn(state, (cipher, session) => {
          assertReachable(readSession(session), header);
          return cipher.decryptWhisperMessage(bytes.slice().buffer);
        }),
      );
      return { next, bytes: new Uint8Array(output), consumed: [state.record] };
    },
  },

  isNext: isNextMessage,
  progress: chainProgress,
  initiate: input => constantErrors('protocol-error', () => initiate(input)),
  respond: input => constantErrors('protocol-error', () => respond(input)),
  wipe: wipeLibsignalState,
};

async function initiate(input: SignalInitiationInput): Promise<SignalInitiation<LibsignalState>> {
  const { identity, peerIdentityDh, peerSignedPrekey, sessionId } = input;
  const identities = { ownIdentity: typedKey(identity.dhKey), peerIdentity: typedKey(peerIdentityDh) };
  const signedPrekey = typedKey(peerSignedPrekey);
  const { operation, identityHandle } = createOperation(input, { identityDh: peerIdentityDh, signedPrekey });

  const { message, state, ephemeral } = await runExclusive(operation, async () => {
    const store = new SessionStore({ ...identities, identityHandle });
    await new SessionBuilder(store, PEER_ADDRESS).processPreKey({
      registrationId: REGISTRATION_ID,
      identityKey: identities.peerIdentity.buffer,
      signedPreKey: {
        keyId: SIGNED_PREKEY_ID,
        publicKey: signedPrekey.buffer,
        signature: VERIFIED_BY_HANDSHAKE.slice().buffer,
      },
    });
    const encrypted = await new SessionCipher(store, PEER_ADDRESS).encrypt(sessionId.slice().buffer);
    const bytes = fromBinaryText(encrypted);
    const baseKey = parsePrekeyMessage(bytes).baseKey;
    // The handshake delivers this one reliably: no later message carries the prekey part again.
    await store.storeSession(
      '',
      changeSession(store.session, session => delete session.pendingPreKey),
    );
    return {
      message: bytes,
      state: takeState(store, operation, identities),
      ephemeral: findKey(operation, baseKey),
    };
  });

  const { ciphertext: kemCiphertext, sharedSecret } = await encapsulate(input.peerKemPrekey);
  const agreement: AgreementKeys = [
    [identity.dhPrivate, peerSignedPrekey],
    [ephemeral.privateKey, peerIdentityDh],
    [ephemeral.privateKey, peerSignedPrekey],
  ];
  const exportKey = await deriveExportKey(agreement, sharedSecret);
  return { state, ephemeralKey: ephemeral.publicKey, kemCiphertext, message, exportKey };
}

async function respond(input: SignalResponseInput): Promise<SignalResponse<LibsignalState>> {
  const { identity, signedPrekey, peerIdentityDh, peerEphemeralKey, message } = input;
  // Before the library sees it: it never enforces the identity of a PreKeyWhisperMessage.
  const claimed = parsePrekeyMessage(message);
  const isFromPeer =
    constantTimeEqual(claimed.identityKey, peerIdentityDh) &&
    constantTimeEqual(claimed.baseKey, peerEphemeralKey);
  if (!isFromPeer) throw new CryptoCoreError('protocol-error');

  const identities = { ownIdentity: typedKey(identity.dhKey), peerIdentity: typedKey(peerIdentityDh) };
  const { operation, identityHandle } = createOperation(input);
  const prekeyHandle = createHandle();
  operation.keys.set(handleName(prekeyHandle), signedPrekey);
  const { plaintext, state } = await runExclusive(operation, async () => {
    const keyPair = { pubKey: typedKey(signedPrekey.publicKey).buffer, privKey: prekeyHandle };
    const store = new SessionStore({ ...identities, identityHandle, signedPrekey: keyPair });
    const cipher = new SessionCipher(store, PEER_ADDRESS);
    const opened = await cipher.decryptPreKeyWhisperMessage(message.slice().buffer);
    return { plaintext: new Uint8Array(opened), state: takeState(store, operation, identities) };
  });

  const sharedSecret = await decapsulate(input.kemPrekey.seed, input.kemCiphertext);
  const agreement: AgreementKeys = [
    [signedPrekey.privateKey, peerIdentityDh],
    [identity.dhPrivate, peerEphemeralKey],
    [signedPrekey.privateKey, peerEphemeralKey],
  ];
  const exportKey = await deriveExportKey(agreement, sharedSecret);
  return { state, firstPlaintext: plaintext, exportKey };
}

function createOperation(
  { identity }: Pick<SignalInitiationInput, 'identity'>,
  verifiedPrekey?: Operation['verifiedPrekey'],
): { readonly operation: Operation; readonly identityHandle: ArrayBuffer } {
  const identityHandle = createHandle();
  const identityKey = { privateKey: identity.dhPrivate, publicKey: identity.dhKey };
  const keys = new Map([[handleName(identityHandle), identityKey]]);
  return { operation: { keys, ...(verifiedPrekey && { verifiedPrekey }) }, identityHandle };
}

/** The library's texts quote keys and addresses: nothing of them goes on. */
async function constantErrors<T>(code: 'protocol-error' | 'internal', job: () => Promise<T>): Promise<T> {
  try {
    return await job();
  } catch (error) {
    throw error instanceof CryptoCoreError ? error : new CryptoCoreError(code);
  }
}

/** The library's bodies are texts of one character a byte. */
function fromBinaryText({ body }: { readonly body?: string }): Uint8Array {
  if (body === undefined) throw new CryptoCoreError('internal');
  const bytes = new Uint8Array(body.length);
  for (let i = 0; i < body.length; i++) bytes[i] = body.charCodeAt(i);
  return bytes;
}
