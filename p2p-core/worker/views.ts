/** Records and states → what the page sees. Pure; no key but public identity keys passes here. */
import type { ConnectionState } from '../session/connection-machine.ts';
import type { ConnectionManager } from '../session/connection-manager.ts';
import type { ContactConnection } from '../session/contact-connection.ts';
import type { KeySlot } from '../storage/key-file.ts';
import { Keyring } from '../storage/keyring.ts';
import type { ContactRecord, InviteRecord, ProfileRecord } from '../storage/records.ts';
import type {
  ConnectionView,
  ContactId,
  ContactView,
  InviteView,
  ProfileView,
  UnlockMethodView,
} from './api.ts';

/** Ways to open, as the page sees them. */
export function unlockMethodViews(slots: readonly KeySlot[]): UnlockMethodView[] {
  return slots.map(slot => ({
    id: Keyring.idOf(slot),
    kind: slot.method,
    createdAtMs: slot.createdAtMs,
    credentialId: slot.credentialId ?? null,
  }));
}

/** An open profile; asks for a name while there is none. */
export function profileView({ displayName, peerId }: ProfileRecord, identityKey: Uint8Array): ProfileView {
  const address = peerId as ContactView['peerId'];
  if (displayName === null) return { kind: 'needs-name', peerId: address, identityKey };
  return { kind: 'open', displayName, peerId: address, identityKey };
}

/** The contact with everything that its conversation and connection say. */
export function contactView(contact: ContactRecord, connection: ContactConnection | null): ContactView {
  const { id, name, peerId, identityKey, verification, notice, isBlocked, createdAtMs } = contact;
  const conversation = connection?.conversation;
  return {
    id: id as ContactId,
    name,
    peerId: peerId as ContactView['peerId'],
    identityKey,
    verification,
    connection: connection === null ? { kind: 'idle' } : connectionView(connection.state, contact),
    notice,
    isBlocked,
    isTyping: connection?.isTyping ?? false,
    unreadCount: conversation?.unreadCount ?? 0,
    pendingCount: conversation?.pendingCount ?? 0,
    lastMessage: conversation?.lastMessage ?? null,
    timer: conversation?.timer ?? null,
    createdAtMs,
  };
}

/** All contacts, newest activity first. */
export function contactViews(contacts: readonly ContactRecord[], manager: ConnectionManager): ContactView[] {
  const activity = (contact: ContactRecord): number =>
    Math.max(contact.createdAtMs, manager.find(contact.id)?.conversation.lastActivityAtMs ?? 0);
  return [...contacts]
    .sort((a, b) => activity(b) - activity(a))
    .map(contact => contactView(contact, manager.find(contact.id)));
}

function connectionView(state: ConnectionState, contact: ContactRecord): ConnectionView {
  switch (state.kind) {
    case 'idle':
      return { kind: 'idle' };
    case 'waiting': {
      const { nextAttemptAtMs } = state;
      if (state.reason === 'someone-else') return { kind: 'someone-else-answers', nextAttemptAtMs };
      return { kind: 'waiting-for-peer', nextAttemptAtMs };
    }
    case 'connecting':
      return { kind: 'connecting' };
    case 'handshaking':
      return { kind: 'handshaking' };
    case 'ready':
      return { kind: 'ready', sinceMs: state.sinceMs };
    case 'disconnected':
      return { kind: 'disconnected' };
    case 'stopped': {
      // The inviter closes without a word when the invite is used up: say what it most likely is.
      const isUnusedInvite = contact.invite !== null && contact.pairSecrets.length === 0;
      const code = isUnusedInvite && state.code === 'protocol-error' ? 'invite-invalid' : state.code;
      return { kind: 'stopped', code };
    }
  }
}

export function inviteView({ id, token, expiresAtMs, usedBy }: InviteRecord, nowMs: number): InviteView {
  const state = usedBy !== null ? 'used' : expiresAtMs <= nowMs ? 'expired' : 'open';
  return { id, token, expiresAtMs, state };
}
