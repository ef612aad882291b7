/**
 * Application PDUs: what travels inside a sealed frame between two Ready sides. Strict: a missing, foreign or
 * mistyped key refuses the PDU. Byte strings are base64url. P2P-PDU-01 … P2P-PDU-10.
 */
import * as v from 'valibot';
import {
  CHUNK_BYTES,
  FILE_TRANSFER_CHUNK_BYTES,
  MAX_CAPTION_CHARS,
  MAX_CLAIMED_NAME_CHARS,
  MAX_CURSORS_PER_PDU,
  MAX_FILES_PER_FOLDER,
  MAX_FILE_BYTES,
  MAX_DELETIONS_PER_PDU,
  MAX_MESSAGE_TEXT_BYTES,
  MAX_NAME_CODE_POINTS,
  MAX_PDU_BYTES,
  MAX_RELEASE_VERSION_CHARS,
  MAX_SDP_CHARS,
  MAX_SEQ,
  MAX_TRANSFER_CHUNKS,
  MIN_FILE_TRANSFER_CHUNK_BYTES,
  MAX_TIMER_MS,
  MIN_TIMER_MS,
} from '../limits.ts';
import { callSchemas } from './call-schemas.ts';

export const SPEC_VERSION = '1.0';

const specVersion = v.literal(SPEC_VERSION);
/** 16 bytes as base64url: a random incarnation, or a digest. */
const bytes16 = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{21}[AQgw]$/));
const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_SEQ));
const timeMs = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(8.64e15));
const messageText = v.pipe(
  v.string(),
  v.minLength(1),
  v.check(text => text.length <= MAX_MESSAGE_TEXT_BYTES && utf8Length(text) <= MAX_MESSAGE_TEXT_BYTES),
);
const name = v.pipe(
  v.string(),
  v.maxLength(MAX_NAME_CODE_POINTS * 2),
  v.check(value => [...value].length <= MAX_NAME_CODE_POINTS),
);

/** An address at the broker: base32, at least 128 bits. */
const address = v.pipe(v.string(), v.regex(/^[a-z2-7]{26,64}$/));

/** Names one large PDU of one side within a session: 1, 2, 3, … */
const transfer = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(0xffff_ffff));

/** Counts pings, or restart PDUs, of one side within a session: 1, 2, 3, … */
const number = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(0xffff_ffff));
/** A session description; what it may say is the transport's to check. */
const sdp = v.pipe(v.string(), v.maxLength(MAX_SDP_CHARS), v.regex(/^[\x20-\x7e\r\n]+$/));

/** 32 bytes as base64url. */
const bytes32 = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/));
const fileSize = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MAX_FILE_BYTES));
/** As in a release's manifest: a semantic version. */
const releaseVersion = v.pipe(
  v.string(),
  v.maxLength(MAX_RELEASE_VERSION_CHARS),
  v.regex(/^\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/),
);
/** Subresource integrity: 48 bytes in Base64. */
const sha384 = v.pipe(v.string(), v.regex(/^sha384-[A-Za-z0-9+/]{64}$/));
const claimedName = v.pipe(v.string(), v.maxLength(MAX_CLAIMED_NAME_CHARS));
const mediaType = v.pipe(v.string(), v.maxLength(255));
/** Counts chunks of a file. */
const chunks = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MAX_TRANSFER_CHUNKS));
/** Who says it: the side that sends the file, or the one that takes it. Both number their transfers themselves. */
const side = v.picklist(['sender', 'receiver']);
/** When a timer starts: as the author sends, or as each side sees the message (its author: as it is delivered). */
const timerStart = v.picklist(['sending', 'reading']);
const seconds = (least: number) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(least), v.maxValue(MAX_TIMER_MS / 1_000));
/** Seconds that a message stays; 0: for good. */
const lifetimeS = v.union([v.literal(0), seconds(MIN_TIMER_MS / 1_000)]);

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Closed list of what one side may tell the other about a broken PDU. */
export const PROTOCOL_ERROR_CODES = [
  'unknown-type',
  'unsupported-version',
  'schema',
  'oversize',
  'order',
] as const;
/** Removal and blocking are not told: both look like leaving. */
export const SESSION_CLOSE_REASONS = ['displaced', 'leaving'] as const;

export const PDU_SCHEMAS = {
  /** First sealed PDU each way: the highest seq held of the other, per incarnation, with its digest. */
  cursors: v.strictObject({
    type: v.literal('cursors'),
    specVersion,
    held: v.pipe(
      v.array(v.strictObject({ incarnation: bytes16, seq, digest: bytes16 })),
      v.maxLength(MAX_CURSORS_PER_PDU),
    ),
  }),
  message: v.strictObject({
    type: v.literal('message'),
    specVersion,
    incarnation: bytes16,
    seq,
    text: messageText,
    sentAt: timeMs,
  }),
  /** Cumulative: everything of `incarnation` up to `seq` is stored. */
  ack: v.strictObject({ type: v.literal('ack'), specVersion, incarnation: bytes16, seq }),
  typing: v.strictObject({ type: v.literal('typing'), specVersion, isTyping: v.boolean() }),
  /** Cumulative, as ack; only when the reader's switch is on. */
  'read-receipt': v.strictObject({ type: v.literal('read-receipt'), specVersion, incarnation: bytes16, seq }),
  /** The timer of the conversation is this one, in the sender's eyes: answered with timer-ack, or a newer one. */
  'timer-change': v.strictObject({
    type: v.literal('timer-change'),
    specVersion,
    revision: seq,
    startsAt: timerStart,
    lifetimeS,
  }),
  'timer-ack': v.strictObject({ type: v.literal('timer-ack'), specVersion, revision: seq }),
  /** Messages of the sender that follow in this session stay so long; `ageS` of it is over. */
  'message-timer': v.strictObject({
    type: v.literal('message-timer'),
    specVersion,
    startsAt: timerStart,
    lifetimeS,
    ageS: seconds(0),
  }),
  /** Messages of the sender are to be deleted. */
  'message-delete': v.strictObject({
    type: v.literal('message-delete'),
    specVersion,
    number,
    messages: v.pipe(
      v.array(v.strictObject({ incarnation: bytes16, seq })),
      v.minLength(1),
      v.maxLength(MAX_DELETIONS_PER_PDU),
    ),
  }),
  /** That was done: none of them is there any more. */
  'message-delete-ack': v.strictObject({ type: v.literal('message-delete-ack'), specVersion, number }),
  'profile-update': v.strictObject({ type: v.literal('profile-update'), specVersion, displayName: name }),
  /** The sender is reached at this address from now on. */
  'address-update': v.strictObject({ type: v.literal('address-update'), specVersion, peerId: address }),
  /** Which release do you run? */
  'release-request': v.strictObject({ type: v.literal('release-request'), specVersion }),
  /** The signed release that the sender says it runs; null: none. */
  'release-info': v.strictObject({
    type: v.literal('release-info'),
    specVersion,
    release: v.nullable(v.strictObject({ version: releaseVersion, seq, hash: sha384 })),
  }),
  /** A PDU in chunks comes, or wants to: a message at once, anything else after `chunks-accept`. */
  'chunks-offer': v.strictObject({
    type: v.literal('chunks-offer'),
    specVersion,
    transfer,
    of: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,63}$/)),
    sizeBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(CHUNK_BYTES + 1), v.maxValue(MAX_PDU_BYTES)),
  }),
  'chunks-accept': v.strictObject({ type: v.literal('chunks-accept'), specVersion, transfer }),
  /** Cumulative: so many chunks of large PDUs other than messages were opened in this session. */
  'chunks-progress': v.strictObject({
    type: v.literal('chunks-progress'),
    specVersion,
    chunks: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  }),
  /** Not expected here: its chunks stay away. */
  'chunks-refuse': v.strictObject({ type: v.literal('chunks-refuse'), specVersion, transfer }),
  /** No further chunk of it comes. */
  'chunks-cancel': v.strictObject({ type: v.literal('chunks-cancel'), specVersion, transfer }),
  /** Is anybody there? */
  ping: v.strictObject({ type: v.literal('ping'), specVersion, number }),
  /** The answer to the ping of this number. */
  pong: v.strictObject({ type: v.literal('pong'), specVersion, number }),
  /** B asks A for a restart offer. Restart PDUs also travel sealed through the broker. */
  'ice-restart-request': v.strictObject({ type: v.literal('ice-restart-request'), specVersion, number }),
  'ice-restart-offer': v.strictObject({ type: v.literal('ice-restart-offer'), specVersion, number, sdp }),
  /** `offer`: the number of the offer that it answers. */
  'ice-restart-answer': v.strictObject({
    type: v.literal('ice-restart-answer'),
    specVersion,
    number,
    offer: number,
    sdp,
  }),
  /** B would like further connections for its chunks: A makes offers. */
  'stripe-request': v.strictObject({ type: v.literal('stripe-request'), specVersion }),
  /** A further connection of this session; they are numbered from 1. */
  'stripe-offer': v.strictObject({ type: v.literal('stripe-offer'), specVersion, stripe: number, sdp }),
  'stripe-answer': v.strictObject({ type: v.literal('stripe-answer'), specVersion, stripe: number, sdp }),
  /** Nothing of A goes by stripes any more. */
  'stripe-close': v.strictObject({ type: v.literal('stripe-close'), specVersion }),
  /** Nor of B; what went before was received. */
  'stripe-closed': v.strictObject({ type: v.literal('stripe-closed'), specVersion }),
  /** A file, or a folder as one, is there to be taken; said again on each session until it is over. */
  'file-offer': v.strictObject({
    type: v.literal('file-offer'),
    specVersion,
    id: bytes16,
    name: claimedName,
    mediaType,
    sizeBytes: fileSize,
    chunkBytes: v.pipe(
      v.number(),
      v.safeInteger(),
      v.minValue(MIN_FILE_TRANSFER_CHUNK_BYTES),
      v.maxValue(FILE_TRANSFER_CHUNK_BYTES),
    ),
    caption: v.pipe(v.string(), v.maxLength(MAX_CAPTION_CHARS)),
    /** Of a folder: path and size of each of its files, in the order of their bytes. Null: one file. */
    entries: v.nullable(
      v.pipe(
        v.array(v.strictObject({ path: claimedName, sizeBytes: fileSize })),
        v.maxLength(MAX_FILES_PER_FOLDER),
      ),
    ),
    /** Fast mode (CC-BLK): the file key. Null: every chunk goes through the cascade. */
    fastKey: v.nullable(bytes32),
  }),
  /** Yes, from chunk `held` on. */
  'file-accept': v.strictObject({ type: v.literal('file-accept'), specVersion, id: bytes16, held: chunks }),
  'file-refuse': v.strictObject({ type: v.literal('file-refuse'), specVersion, id: bytes16 }),
  /** Chunks come from `from` on; `attempt` is fresh each time (CC-BLK). */
  'file-resume': v.strictObject({
    type: v.literal('file-resume'),
    specVersion,
    id: bytes16,
    from: chunks,
    attempt: bytes32,
  }),
  /** Cumulative: so many chunks from the start are written. */
  'file-ack': v.strictObject({ type: v.literal('file-ack'), specVersion, id: bytes16, held: chunks }),
  'file-pause': v.strictObject({ type: v.literal('file-pause'), specVersion, id: bytes16, side }),
  'file-cancel': v.strictObject({ type: v.literal('file-cancel'), specVersion, id: bytes16, side }),
  /** Every chunk left; what the whole must hash to. */
  'file-done': v.strictObject({ type: v.literal('file-done'), specVersion, id: bytes16, hash: bytes32 }),
  /** It is whole, it hashes to that, and it is stored. */
  'file-received': v.strictObject({ type: v.literal('file-received'), specVersion, id: bytes16 }),
  ...callSchemas(specVersion),
  'session-close': v.strictObject({
    type: v.literal('session-close'),
    specVersion,
    reason: v.picklist(SESSION_CLOSE_REASONS),
  }),
  'protocol-error': v.strictObject({
    type: v.literal('protocol-error'),
    specVersion,
    code: v.picklist(PROTOCOL_ERROR_CODES),
  }),
} as const;

export type PduType = keyof typeof PDU_SCHEMAS;
export type PduOf<T extends PduType> = v.InferOutput<(typeof PDU_SCHEMAS)[T]>;
export type Pdu = { [T in PduType]: PduOf<T> }[PduType];
export type ProtocolErrorCode = (typeof PROTOCOL_ERROR_CODES)[number];
export type SessionCloseReason = (typeof SESSION_CLOSE_REASONS)[number];
