/** A contact's state in words: the only place where connection, verification and notices become text. Pure. */
import type { ContactView } from '@enk/context';
import { strings } from '@enk/internal';

/** Where the connection stands, as one phrase. */
export function connectionWords(contact: ContactView): string {
  const { connection } = strings();
  if (contact.isBlocked) return connection.blocked;
  switch (contact.connection.kind) {
    case 'idle':
      return connection.idle;
    case 'waiting-for-peer':
      return connection.waiting(contact.name);
    case 'connecting':
      return connection.connecting;
    case 'handshaking':
      return connection.handshaking;
    case 'ready':
      return contact.isTyping ? connection.typing : connection.ready;
    case 'disconnected':
      return connection.disconnected;
    case 'someone-else-answers':
      return connection.someoneElse;
    case 'stopped':
      return connection.stopped;
  }
}

export function verificationWords(contact: ContactView): string {
  return strings().verification[contact.verification];
}

export interface ContactNotice {
  readonly tone: 'danger' | 'warning';
  readonly text: string;
  /** What the person can do about it, beside reading. */
  readonly actions: readonly ('reconnect' | 'safety' | 'dismiss')[];
}

/** What needs the person's attention, most serious first; empty in the ordinary case. */
export function contactNotices(contact: ContactView): readonly ContactNotice[] {
  const { notice } = strings();
  const { name, connection } = contact;
  const notices: ContactNotice[] = [];
  if (contact.isBlocked) return notices;
  if (connection.kind === 'someone-else-answers')
    notices.push({ tone: 'danger', text: notice.someoneElse(name), actions: [] });
  if (connection.kind === 'stopped')
    notices.push({ tone: 'warning', text: notice.stopped[connection.code](name), actions: ['reconnect'] });
  if (contact.notice === 'restored-or-cloned')
    notices.push({
      tone: 'warning',
      text: notice.restoredOrCloned(name),
      actions: ['safety', 'dismiss'],
    });
  if (contact.notice === 'invite-used-by-another')
    notices.push({
      tone: 'warning',
      text: notice.inviteUsedByAnother(name),
      actions: ['safety', 'dismiss'],
    });
  return notices;
}

/** An address short enough to read aloud; the whole one is in the contact's details. */
export function shortAddress(peerId: string): string {
  return peerId.length <= 12 ? peerId : `${peerId.slice(0, 5)}…${peerId.slice(-4)}`;
}
