/**
 * The profile's default engine: our own PQXDH and Double Ratchet (SPEC.md §11).
 */
import { concat } from '../bytes/concat.ts';
import { wipe } from '../bytes/wipe.ts';
import { createInitiatorRatchet, createResponderRatchet, wipeSignalState } from './double-ratchet.ts';
import type { SignalState } from './double-ratchet.ts';
import type { SignalEngine } from './engine.ts';
import { pqxdhInitiate, pqxdhRespond } from './pqxdh.ts';
import { isNextMessage, signalLayer } from './signal-layer.ts';

/** Own PQXDH and Double Ratchet. */
export const enkSignalEngine: SignalEngine<SignalState> = {
  name: 'enk-signal-1',
  layer: signalLayer,
  isNext: isNextMessage,
  progress: ({ sendingChain, receiving }) => ({
    sent: sendingChain.index,
    received: receiving?.chain.index ?? 0,
  }),

  async initiate({ identity, sessionId, peerIdentityDh, peerSignedPrekey, peerKemPrekey }) {
    const identityDh = identity.dhPrivate;
    const peerKeys = { peerIdentityDh, peerSignedPrekey, peerKemPrekey };
    const { secret, ephemeralKey, kemCiphertext } = await pqxdhInitiate({ identityDh, ...peerKeys });
    const associatedData = concat(identity.dhKey, peerIdentityDh, sessionId);
    const created = await createInitiatorRatchet({ secret, peerSignedPrekey, associatedData });
    const { next: state, bytes: message, consumed } = await signalLayer.seal(created, sessionId);
    wipe(...consumed);
    return { state, ephemeralKey, kemCiphertext, message, exportKey: secret.exportKey };
  },

  async respond({ identity, signedPrekey, kemPrekey, sessionId, ...peer }) {
    const secret = await pqxdhRespond({
      identityDh: identity.dhPrivate,
      signedPrekey,
      kemPrekeySeed: kemPrekey.seed,
      peerIdentityDh: peer.peerIdentityDh,
      peerEphemeralKey: peer.peerEphemeralKey,
      kemCiphertext: peer.kemCiphertext,
    });
    const associatedData = concat(peer.peerIdentityDh, identity.dhKey, sessionId);
    const created = createResponderRatchet({ secret, signedPrekey, associatedData });
    try {
      const { next: state, bytes: firstPlaintext, consumed } = await signalLayer.open(created, peer.message);
      wipe(...consumed);
      return { state, firstPlaintext, exportKey: secret.exportKey };
    } catch (error) {
      wipeSignalState(created);
      wipe(secret.exportKey);
      throw error;
    }
  },

  wipe: wipeSignalState,
};
