/**
 * The MLS layer of a pair: one PrivateMessage (RFC 9420 §6.3) per plaintext, of the one sender and the one
 * generation that are due (SPEC.md CC-MLS-06, CC-MLS-07).
 *
 * The group itself is ts-mls's; its application messages are made in private-message.ts. Only application messages
 * exist in a pair's group: no proposal, no commit.
 */
import type { CipherLayer } from '../cascade/cipher-layer.ts';
import { CryptoCoreError } from '../errors.ts';
import { MAX_FRAME_BYTES } from '../frame/frame.ts';
import { asProtocolError } from './decode.ts';
import { importExpandKey } from './expand-with-label.ts';
import { framingOf } from './framed-content.ts';
import { signWithLeafKey, verifyWithLeafKey } from './leaf-signature.ts';
import type { MlsState } from './mls-state.ts';
import { openPrivateMessage, sealPrivateMessage } from './private-message.ts';
import type { MessageKeys } from './private-message.ts';
import type { SecretRatchet } from './secret-ratchet.ts';

/** MLS as a layer of the cascade. `open` throws `protocol-error` and leaves the state usable. */
export const mlsLayer: CipherLayer<MlsState> = {
  name: 'MLS',

  async seal(state, plaintext) {
    const keys = await messageKeys(state, state.client.privatePath.leafIndex);
    const { signaturePrivateKey } = state.client;
    const sealed = await sealPrivateMessage(keys, plaintext, content =>
      signWithLeafKey(signaturePrivateKey, content),
    );
    return {
      next: withRatchet(state, keys.leafIndex, sealed.next),
      bytes: sealed.bytes,
      consumed: [keys.ratchet.secret],
    };
  },

  async open(state, bytes) {
    if (bytes.length > MAX_FRAME_BYTES) throw new CryptoCoreError('protocol-error');
    const keys = await messageKeys(state, state.peerLeafIndex);
    const publicKey = leafKeyOf(state, keys.leafIndex);
    const opened = await asProtocolError(() =>
      openPrivateMessage(keys, bytes, (content, signature) =>
        verifyWithLeafKey(publicKey, content, signature),
      ),
    );
    return {
      next: withRatchet(state, keys.leafIndex, opened.next),
      bytes: opened.bytes,
      consumed: [keys.ratchet.secret],
    };
  },
};

const senderDataKeys = new WeakMap<Uint8Array, CryptoKey>();

async function messageKeys({ client }: MlsState, leafIndex: number): Promise<MessageKeys> {
  const { senderDataSecret } = client.keySchedule;
  let senderDataKey = senderDataKeys.get(senderDataSecret);
  if (senderDataKey === undefined) {
    senderDataKey = await importExpandKey(senderDataSecret);
    senderDataKeys.set(senderDataSecret, senderDataKey);
  }
  const ratchet = client.secretTree[2 * leafIndex]?.application;
  if (ratchet === undefined) throw new CryptoCoreError('internal');
  return { framing: framingOf(client.groupContext), senderDataSecret: senderDataKey, leafIndex, ratchet };
}

/** `state` after a message of `leafIndex`. */
function withRatchet(state: MlsState, leafIndex: number, ratchet: SecretRatchet): MlsState {
  const { secretTree } = state.client;
  const node = secretTree[2 * leafIndex];
  if (node === undefined) throw new CryptoCoreError('internal');
  const application = { ...node.application, ...ratchet };
  const nextTree = secretTree.with(2 * leafIndex, { ...node, application });
  return { ...state, client: { ...state.client, secretTree: nextTree } };
}

function leafKeyOf({ client }: MlsState, leafIndex: number): Uint8Array {
  const node = client.ratchetTree[2 * leafIndex];
  if (node?.nodeType !== 'leaf') throw new CryptoCoreError('internal');
  return node.leaf.signaturePublicKey;
}
