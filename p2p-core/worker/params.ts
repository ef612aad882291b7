/** What each request must carry; everything else is `bad-request` before any method runs. */
import * as v from 'valibot';
import { P2pError } from '../errors.ts';
import { MAX_LOCK_DELAY_MS } from '../limits.ts';
import type { EnkMethod, EnkParams } from './messages.ts';

const text = v.string();
const contact = { contactId: text };
const call = { call: text };
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
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
  sendMessage: v.object({ ...contact, text, token: v.optional(token), isRetry: v.optional(v.boolean()) }),
  listMessages: v.object({ ...contact, beforePosition: v.optional(count), limit: count }),
  search: v.object({
    query: text,
    contactId: v.optional(text),
    limit: count,
    before: v.optional(v.pipe(text, v.regex(/^\d{1,10}\.\d{1,10}$/))),
  }),
  markRead: v.object({ ...contact, upToPosition: count }),
  setTyping: v.object({ ...contact, isTyping: v.boolean() }),
  getDiagnostics: v.undefined(),
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
