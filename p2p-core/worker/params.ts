/** What each request must carry; everything else is `bad-request` before any method runs. */
import * as v from 'valibot';
import { P2pError } from '../errors.ts';
import {
  MAX_CAPTION_CHARS,
  MAX_CLAIMED_NAME_CHARS,
  MAX_DELETED_MESSAGES,
  MAX_FILE_READ_BYTES,
  MAX_LOCK_DELAY_MS,
  MAX_PICTURE_ROWS,
  MAX_TIMER_MS,
  MIN_TIMER_MS,
} from '../limits.ts';
import { PDU_SCHEMAS } from '../pdu/schemas.ts';
import type { EnkMethod, EnkParams } from './messages.ts';

const text = v.string();
const contact = { contactId: text };
const transfer = { transferId: text };
const fileName = v.pipe(text, v.maxLength(MAX_CLAIMED_NAME_CHARS));
const folderId = v.optional(v.nullable(text));
const call = { call: text };
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positions = v.pipe(v.array(count), v.minLength(1), v.maxLength(MAX_DELETED_MESSAGES));
const timer = v.object({
  startsAt: v.picklist(['sending', 'reading']),
  lifetimeMs: v.pipe(count, v.minValue(MIN_TIMER_MS), v.maxValue(MAX_TIMER_MS), v.multipleOf(1_000)),
});
const token = v.pipe(text, v.regex(/^[A-Za-z0-9_-]{21}[AQgw]$/));
const network = v.object({
  brokerUrl: text,
  iceServers: v.array(
    v.object({
      urls: v.union([text, v.array(text)]),
      username: v.optional(text),
      credential: v.optional(text),
    }),
  ),
  relayOnly: v.boolean(),
});

const bytes = (least: number, most: number) =>
  v.pipe(
    v.instance(Uint8Array),
    v.check(value => value.length >= least && value.length <= most),
  );
/** Bounded before anything is derived from it. */
const secretText = v.pipe(v.string(), v.maxLength(1_024));
/** An age recipient or identity; post-quantum ones have some thousand characters. */
const keyText = v.pipe(v.string(), v.maxLength(16_384));
/** Not in every browser. */
const isFileHandle = (value: unknown): boolean =>
  typeof FileSystemFileHandle !== 'undefined' && value instanceof FileSystemFileHandle;
const attempts = [
  v.object({ kind: v.picklist(['passcode', 'password', 'recovery-key']), text: secretText }),
  // WebAuthn §4: a credential id has at most 1,023 bytes.
  v.object({ kind: v.literal('passkey'), prfOutput: bytes(32, 32), credentialId: bytes(1, 1_023) }),
] as const;
const attempt = v.variant('kind', attempts);
const current = v.nullable(attempt);
const method = v.variant('kind', [...attempts, v.object({ kind: v.literal('device') })]);
const duration = v.nullable(v.pipe(count, v.maxValue(MAX_LOCK_DELAY_MS)));

const SCHEMAS: Readonly<Record<EnkMethod, v.GenericSchema>> = {
  open: v.object({ profile: text, network }),
  close: v.undefined(),
  unlock: v.object({ attempt }),
  lock: v.undefined(),
  proposeRecoveryKey: v.undefined(),
  addUnlockMethod: v.object({ current, method }),
  replaceUnlockMethod: v.object({ id: text, current, method }),
  removeUnlockMethod: v.object({ id: text, current }),
  setLockSettings: v.object({
    lock: v.object({ idleMs: duration, hiddenMs: duration, onSleep: v.boolean() }),
  }),
  noteActivity: v.undefined(),
  noteHidden: v.undefined(),
  eraseEverything: v.undefined(),
  setDisplayName: v.object({ displayName: text }),
  renewAddress: v.undefined(),
  setNetwork: v.object({ network }),
  rememberNetwork: v.object({ network: v.nullable(network) }),
  getPrivacy: v.undefined(),
  setPrivacy: v.object({ privacy: v.object({ sendTyping: v.boolean(), sendReadReceipts: v.boolean() }) }),
  createInvite: v.object({ lifetimeMs: v.optional(v.pipe(v.number(), v.finite())) }),
  listInvites: v.undefined(),
  revokeInvite: v.object({ id: text }),
  previewInvite: v.object({ token: text }),
  acceptInvite: v.object({ token: text, name: text }),
  addByPeerId: v.object({ peerId: text, name: text }),
  answerConsent: v.object({ id: text, accept: v.boolean(), name: v.optional(text) }),
  renameContact: v.object({ ...contact, name: text }),
  setVerified: v.object({ ...contact, verified: v.boolean() }),
  setBlocked: v.object({ ...contact, blocked: v.boolean() }),
  removeContact: v.object(contact),
  dismissNotice: v.object(contact),
  dismissAlert: v.object({ id: text }),
  getSafetyNumber: v.object(contact),
  reconnect: v.object(contact),
  setRelease: v.object({ release: v.nullable(PDU_SCHEMAS['release-info'].entries.release.wrapped) }),
  askRelease: v.object(contact),
  sendMessage: v.object({ ...contact, text, token: v.optional(token), isRetry: v.optional(v.boolean()) }),
  listMessages: v.object({ ...contact, beforePosition: v.optional(count), limit: count }),
  search: v.object({
    query: text,
    contactId: v.optional(text),
    limit: count,
    before: v.optional(v.pipe(text, v.regex(/^\d{1,10}\.\d{1,10}$/))),
  }),
  setTimer: v.object({ ...contact, timer: v.nullable(timer) }),
  deleteMessages: v.object({ ...contact, positions, forEveryone: v.boolean() }),
  undoDelete: v.object({ ...contact, positions }),
  markRead: v.object({ ...contact, upToPosition: count }),
  setTyping: v.object({ ...contact, isTyping: v.boolean() }),
  addFile: v.object({ file: v.instance(Blob), name: fileName, folderId }),
  addFolder: v.object({
    name: fileName,
    files: v.array(v.object({ path: fileName, file: v.instance(Blob) })),
    folderId,
  }),
  renameFile: v.object({ fileId: text, name: fileName }),
  deleteFile: v.object({ fileId: text }),
  listFolder: v.object({ fileId: text }),
  readFile: v.object({
    fileId: text,
    offset: count,
    length: v.pipe(count, v.maxValue(MAX_FILE_READ_BYTES)),
  }),
  inspectFile: v.object({ fileId: text, path: v.optional(text) }),
  hashFile: v.object({ fileId: text, path: v.optional(text) }),
  getThumbnail: v.object({ fileId: text }),
  changeFolders: v.variant('kind', [
    v.object({ kind: v.literal('make'), name: fileName, parentId: v.nullable(text) }),
    v.object({ kind: v.literal('rename'), folderId: text, name: fileName }),
    v.object({
      kind: v.literal('move'),
      fileIds: v.array(text),
      folderIds: v.array(text),
      to: v.nullable(text),
    }),
    v.object({ kind: v.literal('delete'), folderId: text }),
  ]),
  sendFile: v.object({
    ...contact,
    what: v.variant('kind', [
      v.object({ kind: v.literal('stored'), fileId: text }),
      v.object({ kind: v.literal('blob'), blob: v.instance(Blob), name: fileName }),
    ]),
    caption: v.pipe(text, v.maxLength(MAX_CAPTION_CHARS)),
  }),
  answerTransfer: v.object({ ...transfer, accept: v.boolean() }),
  pauseTransfer: v.object(transfer),
  resumeTransfer: v.object(transfer),
  cancelTransfer: v.object(transfer),
  forgetTransfer: v.object(transfer),
  getFileSettings: v.undefined(),
  setFileSettings: v.object({ files: v.object({ isFast: v.boolean() }) }),
  getStorage: v.undefined(),
  getDiagnostics: v.undefined(),
  exportVault: v.object({
    contactId: v.optional(text),
    to: v.optional(v.custom<FileSystemFileHandle>(isFileHandle)),
    key: v.variant('kind', [
      v.object({ kind: v.literal('passphrase'), passphrase: secretText }),
      v.object({ kind: v.literal('recipient'), recipient: keyText }),
    ]),
  }),
  importVault: v.object({
    file: v.instance(Blob),
    secret: v.variant('kind', [
      v.object({ kind: v.literal('passphrase'), passphrase: secretText }),
      v.object({ kind: v.literal('identity'), identity: keyText }),
    ]),
  }),
  cancelMoving: v.undefined(),
  startCall: v.object({ ...contact, isVideo: v.boolean() }),
  acceptCall: v.object(call),
  declineCall: v.object(call),
  hangUp: v.object(call),
  inviteToCall: v.object({ ...call, ...contact }),
  removeFromCall: v.object({ ...call, ...contact }),
  setCallFlags: v.object({
    ...call,
    flags: v.object({
      hasMicrophone: v.boolean(),
      hasCamera: v.boolean(),
      hasScreen: v.boolean(),
      isHeld: v.boolean(),
      isHandRaised: v.boolean(),
    }),
  }),
  showCallRows: v.object({
    ...call,
    ...contact,
    rows: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_PICTURE_ROWS)),
  }),
  sendReaction: v.object({ ...call, emoji: v.pipe(text, v.minLength(1), v.maxLength(32)) }),
  dismissCalls: v.object({ contactId: v.nullable(text) }),
};

/** True when `method` is one of EnkApi's. */
export function isEnkMethod(method: unknown): method is EnkMethod {
  return typeof method === 'string' && Object.hasOwn(SCHEMAS, method);
}

/** The parameters of a method, without foreign keys. Throws P2pError `bad-request`. */
export function parseParams<M extends EnkMethod>(method: M, params: unknown): EnkParams<M> {
  const parsed = v.safeParse(SCHEMAS[method], params);
  if (!parsed.success) throw new P2pError('bad-request');
  return parsed.output as EnkParams<M>;
}
