/**
 * Application data as FramedContent, and what its signature covers (RFC 9420 §6.1, §5.1.2).
 *
 *     SignContent       "MLS 1.0 FramedContentTBS" <V> ‖ FramedContentTBS <V>
 *     FramedContentTBS  version ‖ wire format ‖ group id <V> ‖ epoch ‖ sender ‖ authenticated data <V> = ""
 *                       ‖ content type ‖ application data <V> ‖ GroupContext
 *     PrivateMessageContent                       application data <V> ‖ signature <V> ‖ zeros
 *
 * Within an epoch all of it but the data and the sender's leaf is constant; it is encoded once. Both structures
 * hold the data with its length: one buffer serves both, GroupContext giving way to the signature.
 */
import { encodeGroupContext } from 'ts-mls/groupContext.js';
import type { GroupContext } from 'ts-mls/groupContext.js';
import { concat } from '../bytes/concat.ts';
import { u32 } from '../bytes/integers.ts';
import { borrow } from '../bytes/scratch.ts';
import { utf8 } from '../bytes/utf8.ts';
import { CryptoCoreError } from '../errors.ts';
import {
  encodeVector,
  readVector,
  vectorLengthSize,
  writeVector,
  writeVectorLength,
} from './vector-length.ts';

/** `mls10` and `mls_private_message`, the first four bytes of every message. */
const VERSION_AND_WIRE_FORMAT = new Uint8Array([0, 1, 0, 2]);
const CONTENT_TYPE_APPLICATION = 1;
const SENDER_TYPE_MEMBER = 1;
const EMPTY_VECTOR = 0;
const SIGN_LABEL = encodeVector(utf8('MLS 1.0 FramedContentTBS'));

/** What is the same in every application message of one epoch. */
export interface GroupFraming {
  /** version ‖ wire format ‖ group id <V> ‖ epoch ‖ content type ‖ authenticated data <V> = "". */
  readonly messageHead: Uint8Array;
  /** PrivateContentAAD: the head from the group id on. */
  readonly contentAad: Uint8Array;
  /** SenderDataAAD: that without authenticated data. */
  readonly senderDataAad: Uint8Array;
  /** FramedContentTBS up to the data: version ‖ … ‖ content type, sender leaf 0. */
  readonly tbsHead: Uint8Array;
  /** Where the sender's leaf stands in it. */
  readonly tbsLeafOffset: number;
  /** GroupContext, encoded. */
  readonly groupContext: Uint8Array;
}

const framings = new WeakMap<GroupContext, GroupFraming>();

/** The framing of `context`'s epoch, encoded once. */
export function framingOf(context: GroupContext): GroupFraming {
  const known = framings.get(context);
  if (known !== undefined) return known;
  const epoch = new Uint8Array(8);
  new DataView(epoch.buffer).setBigUint64(0, context.epoch);
  const groupAndEpoch = concat(encodeVector(context.groupId), epoch);
  const tail = new Uint8Array([CONTENT_TYPE_APPLICATION, EMPTY_VECTOR]);
  const messageHead = concat(VERSION_AND_WIRE_FORMAT, groupAndEpoch, tail);
  const sender = concat(new Uint8Array([SENDER_TYPE_MEMBER]), u32(0));
  const tbsTail = new Uint8Array([EMPTY_VECTOR, CONTENT_TYPE_APPLICATION]);
  const tbsHead = concat(VERSION_AND_WIRE_FORMAT, groupAndEpoch, sender, tbsTail);
  const contentAad = messageHead.subarray(VERSION_AND_WIRE_FORMAT.length);
  const framing: GroupFraming = {
    messageHead,
    contentAad,
    senderDataAad: contentAad.subarray(0, -1),
    tbsHead,
    tbsLeafOffset: VERSION_AND_WIRE_FORMAT.length + groupAndEpoch.length + 1,
    groupContext: encodeGroupContext(context),
  };
  framings.set(context, framing);
  return framing;
}

/** SignContent, and where the application data with its length stands in it. */
export interface SignContent {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly dataStart: number;
  readonly dataEnd: number;
}

/** What member `leafIndex` signs to send `data`. `bytes` is borrowed. */
export function encodeSignContent(framing: GroupFraming, leafIndex: number, data: Uint8Array): SignContent {
  const { tbsHead, tbsLeafOffset, groupContext } = framing;
  const dataSize = vectorLengthSize(data.length) + data.length;
  const tbsSize = tbsHead.length + dataSize + groupContext.length;
  const bytes = borrow(SIGN_LABEL.length + vectorLengthSize(tbsSize) + tbsSize);
  bytes.set(SIGN_LABEL);
  const tbsStart = writeVectorLength(bytes, SIGN_LABEL.length, tbsSize);
  bytes.set(tbsHead, tbsStart);
  bytes.set(u32(leafIndex), tbsStart + tbsLeafOffset);
  const dataStart = tbsStart + tbsHead.length;
  const dataEnd = writeVector(bytes, dataStart, data);
  bytes.set(groupContext, dataEnd);
  return { bytes, dataStart, dataEnd };
}

/** PrivateMessageContent without padding. Overwrites `signed.bytes`, of which it is a view where it fits. */
export function encodePrivateContent(signed: SignContent, signature: Uint8Array): Uint8Array {
  const { bytes, dataStart, dataEnd } = signed;
  const end = dataEnd + vectorLengthSize(signature.length) + signature.length;
  if (end > bytes.length) return concat(bytes.subarray(dataStart, dataEnd), encodeVector(signature));
  writeVector(bytes, dataEnd, signature);
  return bytes.subarray(dataStart, end);
}

/** Views of both fields. Throws `protocol-error` for anything else, MLS's padding included (CC-MLS-08). */
export function decodePrivateContent(bytes: Uint8Array): {
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
} {
  const { data, end: dataEnd } = readVector(bytes, 0);
  const { data: signature, end } = readVector(bytes, dataEnd);
  if (end !== bytes.length) throw new CryptoCoreError('protocol-error');
  return { data, signature };
}
