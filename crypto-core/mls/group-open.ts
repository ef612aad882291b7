/**
 * Opening a PrivateMessage of a group: decrypted, verified, in the one encoding that it has, and attributed to a
 * member (RFC 9420 §6.3; SPEC.md CC-GRP-08, CC-GRP-09).
 */
import type { CiphersuiteImpl, ClientState, PrivateMessage } from 'ts-mls';
import type { AuthenticatedContent } from 'ts-mls/authenticatedContent.js';
import { unprotectPrivateMessage } from 'ts-mls/messageProtection.js';
import type { UnprotectResult } from 'ts-mls/messageProtection.js';
import { decryptSenderData, encodePrivateMessageContent } from 'ts-mls/privateMessage.js';
import type { PrivateMessageContent } from 'ts-mls/privateMessage.js';
import { constantTimeEqual, isAllZero } from '../bytes/equal.ts';
import { memberAt } from './group-change.ts';
import { refuse } from './group-refusal.ts';
import type { GroupMember } from './group-state.ts';
import { ENCRYPTED_SENDER_DATA_BYTES } from './sender-data.ts';
import { loadMlsSuite } from './suite.ts';

/** A message whose sender and signature were checked. */
export interface OpenedMessage extends UnprotectResult {
  readonly message: PrivateMessage;
  readonly sender: GroupMember;
}

/** What an epoch needs to open messages. */
export type EpochReceiver = Pick<ClientState, 'secretTree' | 'ratchetTree' | 'groupContext'> & {
  readonly senderDataSecret: Uint8Array;
};

const encodeContent = encodePrivateMessageContent({ kind: 'alwaysPad', paddingLength: 0 });

/** What the current epoch opens messages with. */
export function receiverOf(client: ClientState): EpochReceiver {
  const { secretTree, ratchetTree, groupContext } = client;
  return { secretTree, ratchetTree, groupContext, senderDataSecret: client.keySchedule.senderDataSecret };
}

/** Decrypts and verifies; the sender is a member then and now, and not ourselves. */
export async function openGroupMessage(
  epoch: EpochReceiver,
  client: ClientState,
  message: PrivateMessage,
): Promise<OpenedMessage> {
  if (message.encryptedSenderData.length !== ENCRYPTED_SENDER_DATA_BYTES) return refuse('refused');
  const suite = await loadMlsSuite();
  const { senderDataSecret, secretTree, ratchetTree, groupContext } = epoch;
  const senderData = await decryptSenderData(message, senderDataSecret, suite);
  if (senderData === undefined) return refuse('refused');
  const { leafIndex } = senderData;
  const isOwn = leafIndex === client.privatePath.leafIndex;
  // Of a past epoch nothing is kept that our own messages could be told by.
  if (isOwn && message.epoch !== client.groupContext.epoch) return refuse('past-epoch');
  const sender = memberAt({ ...client, ratchetTree }, leafIndex);
  const watched = watchPlaintext(suite);
  const result = await unprotectPrivateMessage(
    senderDataSecret,
    message,
    secretTree,
    ratchetTree,
    groupContext,
    client.clientConfig.keyRetentionConfig,
    watched.suite,
  );
  const { sender: signed } = result.content.content;
  if (signed.senderType !== 'member' || signed.leafIndex !== leafIndex) return refuse('refused');
  if (!watched.isEncodingOf(result.content)) return refuse('refused');
  // Keys that we used are gone. What opens, we signed with a key that this state has not used yet.
  if (isOwn) return refuse('state-behind');
  return { ...result, message, sender };
}

/** A suite for one message, and the look at how its content was encoded. */
interface PlaintextCheck {
  readonly suite: CiphersuiteImpl;
  /** True when what was decrypted last is this content in its one encoding, and zeros behind it. */
  isEncodingOf(content: AuthenticatedContent): boolean;
}

/**
 * ts-mls takes lengths that are not in their shortest form inside the encryption, and signatures do not cover
 * the form: one signed message would exist in many.
 */
function watchPlaintext(suite: CiphersuiteImpl): PlaintextCheck {
  const { hpke } = suite;
  let plaintext: Uint8Array | undefined;
  const decryptAead: typeof hpke.decryptAead = async (key, nonce, aad, ciphertext) => {
    plaintext = await hpke.decryptAead(key, nonce, aad, ciphertext);
    return plaintext;
  };
  return {
    suite: { ...suite, hpke: { ...hpke, decryptAead } },
    isEncodingOf: ({ content, auth }) => {
      if (plaintext === undefined) return false;
      // The decoder made both from one content type.
      const encoded = encodeContent({ ...content, auth } as PrivateMessageContent);
      const { length } = encoded;
      return (
        constantTimeEqual(plaintext.subarray(0, length), encoded) && isAllZero(plaintext.subarray(length))
      );
    },
  };
}
