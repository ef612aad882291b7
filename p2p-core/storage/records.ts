/**
 * The shape of every record at rest. A record that opens but does not fit its schema is as corrupt as one that
 * does not open. P2P-STO-06.
 */
import * as v from 'valibot';
import { P2pError } from '../errors.ts';

const bytes = (length: number) =>
  v.pipe(
    v.instance(Uint8Array),
    v.check(value => value.length === length),
  );
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const timeMs = v.pipe(v.number(), v.finite());

/**
 * An import under way: what it has written beside the things in force. When it is there at a start, the import was cut
 * short, and what it names goes.
 */
export const ImportRecordSchema = v.strictObject({
  id: v.string(),
  files: v.array(v.string()),
});
export type ImportRecord = v.InferOutput<typeof ImportRecordSchema>;

/** Identity and name of this device. Stored once, sealed as every record. */
export const ProfileRecordSchema = v.strictObject({
  displayName: v.nullable(v.string()),
  peerId: v.string(),
  ed25519Seed: bytes(32),
  x25519Secret: bytes(32),
  createdAtMs: timeMs,
});
export type ProfileRecord = v.InferOutput<typeof ProfileRecordSchema>;

export const SettingsRecordSchema = v.strictObject({
  sendTyping: v.boolean(),
  sendReadReceipts: v.boolean(),
});
export type SettingsRecord = v.InferOutput<typeof SettingsRecordSchema>;

/** Whether own files go outside the ratchets. */
export const FileSettingsRecordSchema = v.strictObject({ isFast: v.boolean() });
export type FileSettingsRecord = v.InferOutput<typeof FileSettingsRecordSchema>;

/** When the vault locks by itself; null: not for that reason. */
export const LockRecordSchema = v.strictObject({
  idleMs: v.nullable(count),
  hiddenMs: v.nullable(count),
  onSleep: v.boolean(),
});
export type LockRecord = v.InferOutput<typeof LockRecordSchema>;

/** Calls that were not answered and not seen yet. */
export const MissedCallsRecordSchema = v.pipe(
  v.array(
    v.strictObject({
      call: v.string(),
      contactId: v.string(),
      isVideo: v.boolean(),
      atMs: timeMs,
      /** Of this contact, this one among them. */
      times: v.optional(count, 1),
    }),
  ),
  v.readonly(),
);
export type MissedCallsRecord = v.InferOutput<typeof MissedCallsRecordSchema>;

/** Broker, ICE servers and relay mode that the person chose. */
export const NetworkRecordSchema = v.strictObject({
  brokerUrl: v.string(),
  iceServers: v.pipe(
    v.array(
      v.strictObject({
        urls: v.union([v.string(), v.pipe(v.array(v.string()), v.readonly())]),
        username: v.exactOptional(v.string()),
        credential: v.exactOptional(v.string()),
      }),
    ),
    v.readonly(),
  ),
  relayOnly: v.boolean(),
});
export type NetworkRecord = v.InferOutput<typeof NetworkRecordSchema>;

/** One generation of the secret that the next handshake uses as PSK. */
export const PairSecretSchema = v.pipe(
  v.strictObject({
    secret: bytes(32),
    /** base64url of the PSK id. */
    id: v.string(),
    /** True once the peer proved to hold it too: by a frame under its session, a hello that used it, or B's finish. */
    isConfirmed: v.boolean(),
    /** Stored by earlier versions; it decides nothing any more. */
    parentId: v.optional(v.string()),
  }),
  v.transform(({ secret, id, isConfirmed }) => ({ secret, id, isConfirmed })),
);
export type PairSecret = v.InferOutput<typeof PairSecretSchema>;

export const ContactRecordSchema = v.strictObject({
  id: v.string(),
  name: v.string(),
  /** False while the name is a placeholder that the peer's display name may replace. */
  isNameLocal: v.boolean(),
  peerId: v.string(),
  identityKey: v.nullable(bytes(32)),
  verification: v.picklist(['verified', 'verified-by-invite', 'unverified-by-link', 'unverified']),
  notice: v.nullable(v.picklist(['restored-or-cloned', 'invite-used-by-another'])),
  isBlocked: v.boolean(),
  createdAtMs: timeMs,
  /** Newest first. */
  pairSecrets: v.array(PairSecretSchema),
  /**
   * A handshake without a common secret committed, and what waits has not been numbered anew since: nothing that was
   * acknowledged may go out again, also not on a later link with the secret that this handshake made. P2P-DEL-11.
   */
  isPastClosed: v.optional(v.boolean(), false),
  /** The invite that we accepted and that has not led to Ready yet. */
  invite: v.nullable(v.strictObject({ id: bytes(16), secret: bytes(32), expiresAtMs: timeMs })),
});
export type ContactRecord = v.InferOutput<typeof ContactRecordSchema>;

export const InviteRecordSchema = v.strictObject({
  /** base64url of the 16-byte invite id. */
  id: v.string(),
  secret: bytes(32),
  token: v.string(),
  createdAtMs: timeMs,
  expiresAtMs: timeMs,
  /** Identity that consumed it. */
  usedBy: v.nullable(bytes(32)),
});
export type InviteRecord = v.InferOutput<typeof InviteRecordSchema>;

export const OwnSequenceSchema = v.strictObject({
  incarnation: v.string(),
  /** seq of the next message, from 1. */
  nextSeq: count,
  /** Highest seq that the peer acknowledged as stored. */
  ackedSeq: count,
  /** Highest seq that the peer reported as read. */
  readSeq: count,
  /** Up to here nothing goes out again, whatever the peer lost. P2P-DEL-11. */
  closedSeq: v.optional(count, 0),
});
export type OwnSequence = v.InferOutput<typeof OwnSequenceSchema>;

export const PeerSequenceSchema = v.strictObject({
  incarnation: v.string(),
  /** Highest seq that is stored here; all below are too. */
  heldSeq: count,
  /** Digest of the message at `heldSeq`. */
  heldDigest: v.string(),
  /** Highest seq for which a read receipt is due. */
  readSeq: count,
});
export type PeerSequence = v.InferOutput<typeof PeerSequenceSchema>;

/** How long messages stay, in seconds from when they were sent, or from when each side saw them; 0: they stay. */
export const TimerSchema = v.strictObject({
  startsAt: v.picklist(['sending', 'reading']),
  lifetimeS: count,
});
export type TimerRecord = v.InferOutput<typeof TimerSchema>;

/** What new messages of a conversation get. */
export const ConversationTimerSchema = v.strictObject({
  /** Rises with each change of either side; of two changes the later one holds. P2P-RET-03. */
  revision: count,
  timer: TimerSchema,
  /** Where the change stands in the history. */
  position: count,
  /** The peer's device said that it has it. */
  isConfirmed: v.boolean(),
});
export type ConversationTimer = v.InferOutput<typeof ConversationTimerSchema>;

/** Cursors of one conversation. */
export const ConversationRecordSchema = v.strictObject({
  nextPosition: count,
  /** Positions below are read by the person. */
  readPosition: count,
  unreadCount: count,
  lastActivityAtMs: timeMs,
  /** Oldest incarnation first; the last one is current. */
  own: v.pipe(v.array(OwnSequenceSchema), v.minLength(1)),
  peer: v.array(PeerSequenceSchema),
  /** Absent while nobody has set one. */
  timer: v.exactOptional(ConversationTimerSchema),
  /** The timer that the last line about timers told; absent: messages stay. */
  shownTimer: v.exactOptional(TimerSchema),
  /** Deletions that the peer has not confirmed: ordinal of the next one, and how many there are. */
  deletions: v.exactOptional(v.strictObject({ next: count, waiting: count })),
  /** Under which name its messages lie: where an import put them; absent: under the contact's id. */
  place: v.exactOptional(v.string()),
});
export type ConversationRecord = v.InferOutput<typeof ConversationRecordSchema>;

export const MessageRecordSchema = v.strictObject({
  /**
   * Absent: a message. `deleted`: what is left of one that its author deleted for everyone. `timer`: a change of the
   * timer. `message-timer`: messages of the peer that follow have another timer than the last line says.
   */
  kind: v.exactOptional(v.picklist(['deleted', 'timer', 'message-timer'])),
  position: count,
  isMine: v.boolean(),
  incarnation: v.string(),
  seq: count,
  /** Own ones that an import numbered anew: what they were before, by which the next import knows them. */
  origin: v.exactOptional(v.strictObject({ incarnation: v.string(), seq: count })),
  text: v.string(),
  sentAtMs: timeMs,
  /** Own ones that another tab asked for: by it an asker that lost the answer finds what was stored. */
  token: v.exactOptional(v.string()),
  /** How long it stays; of a line about timers, what it says. Absent: it stays. */
  timer: v.exactOptional(TimerSchema),
  /** When it goes, by the retention clock; absent while that has not begun. */
  deadlineMs: v.exactOptional(timeMs),
  /** Deleted here: not shown any more, and gone for good then, by the retention clock. */
  hiddenUntilMs: v.exactOptional(timeMs),
});
export type MessageRecord = v.InferOutput<typeof MessageRecordSchema>;

/** What waits for the peer's acknowledgement; a plaintext PDU in the making, sealed by the vault only. */
export const OutboxRecordSchema = v.strictObject({
  incarnation: v.string(),
  seq: count,
  position: count,
  text: v.string(),
  sentAtMs: timeMs,
  timer: v.exactOptional(TimerSchema),
  deadlineMs: v.exactOptional(timeMs),
  /** The message was deleted and its number is void: digest of what may have been sent under it before. */
  voidedDigest: v.exactOptional(v.string()),
});
export type OutboxRecord = v.InferOutput<typeof OutboxRecordSchema>;

/** An own message that the peer is to delete, too. */
export const DeletionRecordSchema = v.strictObject({ ordinal: count, incarnation: v.string(), seq: count });
export type DeletionRecord = v.InferOutput<typeof DeletionRecordSchema>;

/** Messages whose deadline lies in one second, over all conversations. */
export const ExpiryRecordSchema = v.array(
  v.strictObject({ contactId: v.string(), positions: v.array(count) }),
);
export type ExpiryRecord = v.InferOutput<typeof ExpiryRecordSchema>;

/** The latest time that this device has seen. */
export const SeenTimeRecordSchema = v.strictObject({ seenMs: timeMs });

/** Checks a record that was just opened. Throws P2pError `storage-corrupt`. */
export function parseRecord<const S extends v.GenericSchema>(schema: S, record: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(schema, record);
  if (!parsed.success) throw new P2pError('storage-corrupt');
  return parsed.output;
}
