/**
 * PrivateMessage of application data (RFC 9420 §6.3), for a stream without loss or reordering: the receiver knows
 * sender, generation and key before it looks.
 *
 *     head ‖ encrypted sender data <V> ‖ ciphertext <V>
 *
 * Everything that ts-mls does for such a message, and no more, without its generic encoders; each opens what the
 * other seals (docs/decisions/0011). Not responsible for where keys and state come from, nor for limits of size.
 */
import { constantTimeEqual } from '../bytes/equal.ts';
import { randomBytes } from '../bytes/random.ts';
import { borrow, giveBack } from '../bytes/scratch.ts';
import { CryptoCoreError } from '../errors.ts';
import { aesGcmDecrypt, aesGcmEncrypt } from '../primitives/aes-gcm.ts';
import { decodePrivateContent, encodePrivateContent, encodeSignContent } from './framed-content.ts';
import type { GroupFraming } from './framed-content.ts';
import { stepSecretRatchet } from './secret-ratchet.ts';
import type { SecretRatchet } from './secret-ratchet.ts';
import { decryptSenderData, encryptSenderData, guardNonce, REUSE_GUARD_BYTES } from './sender-data.ts';
import { readVector, vectorLengthSize, writeVector } from './vector-length.ts';

/** One direction of a group's application messages. */
export interface MessageKeys {
  readonly framing: GroupFraming;
  /** `sender_data_secret` of the epoch, by `importExpandKey`. */
  readonly senderDataSecret: CryptoKey;
  /** Of the sender. */
  readonly leafIndex: number;
  /** Of the sender, before this message. */
  readonly ratchet: SecretRatchet;
}

/** The message or its plaintext, and the sender's ratchet after it. */
export interface MessageStep {
  readonly bytes: Uint8Array;
  readonly next: SecretRatchet;
}

/** Seals `data` as an MLSMessage. `sign`: with the sender's leaf key. */
export async function sealPrivateMessage(
  keys: MessageKeys,
  data: Uint8Array,
  sign: (content: Uint8Array) => Promise<Uint8Array>,
): Promise<MessageStep> {
  const { framing, leafIndex, ratchet, senderDataSecret } = keys;
  const signed = encodeSignContent(framing, leafIndex, data);
  const [step, signature] = await Promise.all([stepSecretRatchet(ratchet), sign(signed.bytes)]);
  const reuseGuard = randomBytes(REUSE_GUARD_BYTES);
  const ciphertext = await aesGcmEncrypt(
    { key: step.key, nonce: guardNonce(step.nonce, reuseGuard), associatedData: framing.contentAad },
    encodePrivateContent(signed, signature),
  );
  giveBack(signed.bytes);
  const senderData = await encryptSenderData(
    { secret: senderDataSecret, aad: framing.senderDataAad, ciphertext },
    { leafIndex, generation: ratchet.generation, reuseGuard },
  );
  return { bytes: encodeMessage(framing.messageHead, senderData, ciphertext), next: step.next };
}

/**
 * Opens an MLSMessage of exactly this sender at exactly this generation. Throws `protocol-error` for any other
 * form, group, epoch, content type, associated data, sender or generation, and for a wrong tag or signature.
 */
export async function openPrivateMessage(
  keys: MessageKeys,
  bytes: Uint8Array,
  verify: (content: Uint8Array, signature: Uint8Array) => Promise<boolean>,
): Promise<MessageStep> {
  const { framing, leafIndex, ratchet, senderDataSecret } = keys;
  const { encryptedSenderData, ciphertext } = decodeMessage(framing.messageHead, bytes);
  const context = { secret: senderDataSecret, aad: framing.senderDataAad, ciphertext };
  const sender = await decryptSenderData(context, encryptedSenderData);
  if (sender.leafIndex !== leafIndex || sender.generation !== ratchet.generation) return fail();
  const step = await stepSecretRatchet(ratchet);
  const content = await aesGcmDecrypt(
    { key: step.key, nonce: guardNonce(step.nonce, sender.reuseGuard), associatedData: framing.contentAad },
    ciphertext,
  );
  const { data, signature } = decodePrivateContent(content);
  const signed = encodeSignContent(framing, leafIndex, data);
  if (!(await verify(signed.bytes, signature))) return fail();
  giveBack(signed.bytes);
  return { bytes: data, next: step.next };
}

function encodeMessage(head: Uint8Array, senderData: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const size =
    head.length +
    vectorLengthSize(senderData.length) +
    senderData.length +
    vectorLengthSize(ciphertext.length) +
    ciphertext.length;
  const bytes = borrow(size);
  bytes.set(head);
  writeVector(bytes, writeVector(bytes, head.length, senderData), ciphertext);
  return bytes;
}

/** Views. The head names version, wire format, group, epoch, content type and empty associated data. */
function decodeMessage(
  head: Uint8Array,
  bytes: Uint8Array,
): { readonly encryptedSenderData: Uint8Array; readonly ciphertext: Uint8Array } {
  if (!constantTimeEqual(bytes.subarray(0, head.length), head)) return fail();
  const { data: encryptedSenderData, end } = readVector(bytes, head.length);
  const { data: ciphertext, end: messageEnd } = readVector(bytes, end);
  if (messageEnd !== bytes.length) return fail();
  return { encryptedSenderData, ciphertext };
}

function fail(): never {
  throw new CryptoCoreError('protocol-error');
}
