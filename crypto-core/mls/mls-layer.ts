/**
 * The MLS layer of a pair: one PrivateMessage (RFC 9420 §6.3) per plaintext.
 *
 * ts-mls reports neither sender nor associated data of an application message; both are checked
 * here. Only application messages exist in a pair's group: no proposal, no commit.
 */
import { createApplicationMessage, encodeMlsMessage } from 'ts-mls';
import type { PrivateMessage } from 'ts-mls';
import { unprotectPrivateMessage } from 'ts-mls/messageProtection.js';
import { constantTimeEqual } from '../bytes/equal.ts';
import type { CipherLayer } from '../cascade/cipher-layer.ts';
import { CryptoCoreError } from '../errors.ts';
import { MAX_FRAME_BYTES } from '../frame/frame.ts';
import { asProtocolError, decodePrivateMessage } from './decode.ts';
import type { MlsState } from './mls-state.ts';
import { loadMlsSuite } from './suite.ts';

/** MLS as a layer of the cascade. `open` throws `protocol-error` and leaves the state usable. */
export const mlsLayer: CipherLayer<MlsState> = {
  name: 'MLS',

  async seal(state, plaintext) {
    const suite = await loadMlsSuite();
    const sealed = await createApplicationMessage(state.client, plaintext, suite);
    const bytes = encodeMlsMessage({
      version: 'mls10',
      wireformat: 'mls_private_message',
      privateMessage: sealed.privateMessage,
    });
    return { next: { ...state, client: sealed.newState }, bytes, consumed: sealed.consumed };
  },

  async open(state, bytes) {
    const suite = await loadMlsSuite();
    return asProtocolError(async () => {
      const message = decodePrivateMessage(bytes, MAX_FRAME_BYTES);
      assertAddressedHere(state, message);
      const { keySchedule, secretTree, ratchetTree, groupContext, clientConfig } = state.client;
      const opened = await unprotectPrivateMessage(
        keySchedule.senderDataSecret,
        message,
        secretTree,
        ratchetTree,
        groupContext,
        clientConfig.keyRetentionConfig,
        suite,
      );
      const { content } = opened.content;
      if (content.contentType !== 'application') return fail();
      if (content.sender.senderType !== 'member') return fail();
      if (content.sender.leafIndex !== state.peerLeafIndex) return fail();
      const client = { ...state.client, secretTree: opened.tree };
      return { next: { ...state, client }, bytes: content.applicationData, consumed: opened.consumed };
    });
  },
};

function assertAddressedHere(state: MlsState, message: PrivateMessage): void {
  const { groupContext } = state.client;
  if (message.contentType !== 'application' || message.epoch !== groupContext.epoch) fail();
  if (!constantTimeEqual(message.groupId, groupContext.groupId)) fail();
  if (message.authenticatedData.length !== 0) fail();
}

function fail(): never {
  throw new CryptoCoreError('protocol-error');
}
