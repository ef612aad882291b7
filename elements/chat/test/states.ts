/**
 * Every main state of the chat, by name: what the services show, and how a person gets there from it. Tests check
 * each one; the screenshots tool photographs each one.
 */
import type {
  AlertView,
  ConnectionView,
  ConsentRequest,
  ContactView,
  ConversationSnapshot,
  InvitePreview,
  InviteView,
  MessageView,
  ProfileSnapshot,
} from '@enk/context';
import {
  ANA_LINES,
  contactIdOf,
  DAY_MS,
  HOSTILE_LINES,
  keyOf,
  peerIdOf,
  person,
  talk,
  timedTalk,
  type Line,
} from './people.ts';
import type { StateData } from './service-set.ts';
import { lockedBy } from './vault-data.ts';

export interface ChatState {
  readonly name: string;
  readonly data: StateData;
  /** Contact whose conversation is shown. */
  readonly selected?: string;
  /** Elements to click, by test id, one after the other. */
  readonly clicks?: readonly string[];
  /** Text for fields, by test id, entered after the clicks. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Elements to click after the inputs. */
  readonly thenClicks?: readonly string[];
}

const OPEN_PROFILE: ProfileSnapshot = {
  kind: 'open',
  displayName: 'Mira',
  peerId: peerIdOf(1),
  identityKey: keyOf(1),
};

const INVITE_TOKEN = Array.from({ length: 7 }, (_, index) => peerIdOf(index + 40)).join('');

const INVITE: InviteView = {
  id: 'invite-1',
  token: INVITE_TOKEN,
  expiresAtMs: Date.now() + DAY_MS,
  state: 'open',
};

const VALID_PREVIEW: InvitePreview = {
  kind: 'valid',
  inviterKey: keyOf(12),
  brokerUrl: 'wss://broker.example/',
  expiresAtMs: Date.now() + DAY_MS,
  contactId: null,
};

const LINES: Readonly<Record<string, readonly Line[]>> = {
  Ana: ANA_LINES,
  'Jonas Lindqvist': [
    [false, 25, 'Did the contract arrive?'],
    [true, 18, 'Yes, reading it tonight.', 'read'],
    [false, 12, 'Great, take your time'],
    [false, 12, 'Page 4 is the one that matters'],
  ],
  'عمر حداد': [[false, 130, 'شكرا جزيلا، وصلت الصور']],
  'Dr. Weber': [[true, 1_500, 'I will be ten minutes late, sorry', 'queued']],
  'Kitchen renovation': [[false, 3 * 1_440, 'The tiles come on Monday between 8 and 10.']],
  田中さくら: [[true, 9 * 1_440, 'また来週！', 'read']],
  Ben: [[false, 40 * 1_440, 'ok']],
};

function lastOf(name: string): MessageView | null {
  return talk(contactIdOf(name), LINES[name] ?? []).at(-1) ?? null;
}

function waiting(): ConnectionView {
  return { kind: 'waiting-for-peer', nextAttemptAtMs: Date.now() + 20_000 };
}

/** An ordinary contact list. */
function people(change: Partial<ContactView> = {}): ContactView[] {
  const known: ContactView[] = [
    person('Ana', { seed: 21, verification: 'verified', lastMessage: lastOf('Ana') }),
    person('Jonas Lindqvist', { seed: 4, unreadCount: 2, lastMessage: lastOf('Jonas Lindqvist') }),
    person('عمر حداد', { seed: 7, connection: waiting(), lastMessage: lastOf('عمر حداد') }),
    person('Dr. Weber', {
      seed: 9,
      connection: waiting(),
      verification: 'unverified-by-link',
      pendingCount: 1,
      lastMessage: lastOf('Dr. Weber'),
    }),
    person('Kitchen renovation', {
      seed: 13,
      connection: { kind: 'someone-else-answers', nextAttemptAtMs: Date.now() },
      lastMessage: lastOf('Kitchen renovation'),
    }),
    person('田中さくら', { seed: 15, connection: waiting(), lastMessage: lastOf('田中さくら') }),
    person('Ben', { seed: 30, isBlocked: true, connection: { kind: 'idle' }, lastMessage: lastOf('Ben') }),
  ];
  return known.map((contact, index) => (index === 0 ? { ...contact, ...change } : contact));
}

function openTalk(name: string, lines = LINES[name] ?? []): ConversationSnapshot {
  return {
    kind: 'open',
    messages: talk(contactIdOf(name), lines),
    hasOlder: false,
    isLoadingOlder: false,
    hasNewer: false,
  };
}

function data(change: Partial<StateData> = {}): StateData {
  return {
    profile: OPEN_PROFILE,
    signaling: { kind: 'registered' },
    contacts: { isLoaded: true, contacts: people(), consentRequests: [], alerts: [] },
    conversations: new Map(Object.keys(LINES).map(name => [contactIdOf(name), openTalk(name)])),
    invites: [],
    invite: INVITE,
    preview: VALID_PREVIEW,
    safety: {
      digits: '284710395562017748390214557839201846630927451836209475018263',
      qr: Uint8Array.from([...keyOf(50), ...keyOf(51), 1, 2]),
    },
    ...change,
  };
}

function withAna(change: Partial<ContactView>, conversation?: ConversationSnapshot): StateData {
  const base = data({
    contacts: { isLoaded: true, contacts: people(change), consentRequests: [], alerts: [] },
  });
  if (!conversation) return base;
  return { ...base, conversations: new Map([...base.conversations, [contactIdOf('Ana'), conversation]]) };
}

function noContacts(change: Partial<StateData> = {}): StateData {
  return data({ contacts: { isLoaded: true, contacts: [], consentRequests: [], alerts: [] }, ...change });
}

const CONSENT: ConsentRequest = {
  id: 'request-1',
  peerId: peerIdOf(77),
  contactId: null,
  sinceMs: Date.now(),
};
const ALERT: AlertView = { id: 'alert-1', kind: 'connection-altered', contactId: null, atMs: Date.now() };
const LONG_TEXT = 'This does not fit into one message. '.repeat(2_000);

export const CHAT_STATES: readonly ChatState[] = [
  { name: 'opening', data: data({ profile: { kind: 'opening' } }) },
  { name: 'locked', data: data({ profile: lockedBy(['passcode']) }) },
  { name: 'other-tab', data: data({ profile: { kind: 'waiting-for-other-tab' } }) },
  {
    name: 'storage-failed',
    data: data({ profile: { kind: 'failed', code: 'storage-unavailable' } }),
  },
  { name: 'changed-code', data: data({ profile: { kind: 'failed', code: 'worker-unverified' } }) },
  {
    name: 'first-run',
    data: data({ profile: { kind: 'needs-name', peerId: peerIdOf(1), identityKey: keyOf(1) } }),
  },
  { name: 'empty', data: noContacts() },
  {
    name: 'list-loading',
    data: data({
      signaling: { kind: 'connecting' },
      contacts: { isLoaded: false, contacts: [], consentRequests: [], alerts: [] },
    }),
  },
  { name: 'list', data: data() },
  { name: 'search', data: data(), inputs: { 'search-input': 'an' } },
  { name: 'search-nothing', data: data(), inputs: { 'search-input': 'xylophone' } },
  { name: 'list-offline', data: data({ signaling: { kind: 'offline', reason: 'unreachable' } }) },
  {
    name: 'list-consent',
    data: data({ contacts: { isLoaded: true, contacts: people(), consentRequests: [CONSENT], alerts: [] } }),
  },
  {
    name: 'list-consent-of-contact',
    data: data({
      contacts: {
        isLoaded: true,
        contacts: people(),
        consentRequests: [{ ...CONSENT, contactId: contactIdOf('Ana') }],
        alerts: [],
      },
    }),
  },
  {
    name: 'list-alert',
    data: data({
      contacts: { isLoaded: true, contacts: people(), consentRequests: [], alerts: [ALERT] },
    }),
  },
  { name: 'conversation', data: data(), selected: 'Ana' },
  { name: 'conversation-unread', data: data(), selected: 'Jonas Lindqvist' },
  { name: 'conversation-typing', data: withAna({ isTyping: true }), selected: 'Ana' },
  { name: 'conversation-hostile', data: withAna({}, openTalk('Ana', HOSTILE_LINES)), selected: 'Ana' },
  {
    name: 'conversation-hostile-name',
    data: withAna({ name: '<b>Ana</b> \u202eevil \u2066name that goes on and on without any end' }),
    selected: 'Ana',
  },
  {
    name: 'conversation-new',
    data: withAna(
      { connection: waiting(), verification: 'unverified', identityKey: null, lastMessage: null },
      openTalk('Ana', []),
    ),
    selected: 'Ana',
  },
  { name: 'conversation-waiting', data: data(), selected: 'Dr. Weber' },
  {
    name: 'conversation-connecting',
    data: withAna({ connection: { kind: 'handshaking' } }),
    selected: 'Ana',
  },
  { name: 'conversation-lost', data: withAna({ connection: { kind: 'disconnected' } }), selected: 'Ana' },
  { name: 'someone-else-answers', data: data(), selected: 'Kitchen renovation' },
  {
    name: 'stopped',
    data: withAna({ connection: { kind: 'stopped', code: 'protocol-error' } }),
    selected: 'Ana',
  },
  {
    name: 'peer-outdated',
    data: withAna({ connection: { kind: 'stopped', code: 'peer-outdated' } }),
    selected: 'Ana',
  },
  {
    name: 'self-outdated',
    data: withAna({ connection: { kind: 'stopped', code: 'self-outdated' } }),
    selected: 'Ana',
  },
  {
    name: 'restored-device',
    data: withAna({ notice: 'restored-or-cloned', verification: 'unverified' }),
    selected: 'Ana',
  },
  {
    name: 'invite-used-by-another',
    data: withAna({ notice: 'invite-used-by-another', verification: 'unverified-by-link' }),
    selected: 'Ana',
  },
  {
    name: 'conversation-timed',
    data: withAna({ timer: { startsAt: 'reading', lifetimeMs: 3_600_000, isConfirmed: true } }, {
      ...openTalk('Ana', []),
      messages: timedTalk(contactIdOf('Ana')),
    } as ConversationSnapshot),
    selected: 'Ana',
  },
  {
    name: 'conversation-timer-unconfirmed',
    data: withAna({
      connection: waiting(),
      timer: { startsAt: 'sending', lifetimeMs: 7 * DAY_MS, isConfirmed: false },
    }),
    selected: 'Ana',
  },
  { name: 'message-menu', data: data(), selected: 'Dr. Weber', clicks: ['message-menu'] },
  {
    name: 'message-deleted-here',
    data: data(),
    selected: 'Ana',
    clicks: ['message-menu', 'delete-here'],
  },
  {
    name: 'delete-for-everyone',
    data: data(),
    selected: 'Dr. Weber',
    clicks: ['message-menu', 'delete-everyone'],
  },
  { name: 'timer', data: data(), selected: 'Ana', clicks: ['timer'] },
  { name: 'timer-set', data: data(), selected: 'Ana', clicks: ['timer', 'timer-3600'] },
  { name: 'blocked', data: data(), selected: 'Ben' },
  { name: 'messages-loading', data: withAna({}, { kind: 'loading' }), selected: 'Ana' },
  {
    name: 'messages-failed',
    data: withAna({}, { kind: 'failed', code: 'storage-corrupt' }),
    selected: 'Ana',
  },
  {
    name: 'too-long',
    data: data(),
    selected: 'Ana',
    inputs: { 'composer-input': LONG_TEXT },
  },
  { name: 'new-chat', data: data(), clicks: ['new-chat'] },
  { name: 'invite', data: noContacts(), clicks: ['invite-someone'] },
  { name: 'invite-link', data: noContacts(), clicks: ['invite-someone', 'invite-create'] },
  {
    name: 'invite-others',
    data: noContacts({ invites: [{ ...INVITE, id: 'invite-2', expiresAtMs: Date.now() + 3 * DAY_MS }] }),
    clicks: ['invite-someone'],
  },
  { name: 'accept', data: noContacts(), clicks: ['open-invite'] },
  {
    name: 'accept-valid',
    data: noContacts(),
    clicks: ['open-invite'],
    inputs: { 'invite-token-input': `https://chat.example/#invite=${INVITE_TOKEN}` },
  },
  {
    name: 'accept-invalid',
    data: noContacts({ preview: { kind: 'invalid', reason: 'expired' } }),
    clicks: ['open-invite'],
    inputs: { 'invite-token-input': `https://chat.example/#invite=${INVITE_TOKEN}` },
  },
  {
    name: 'accept-known',
    data: data({ preview: { ...VALID_PREVIEW, contactId: contactIdOf('Ana') } as InvitePreview }),
    clicks: ['new-chat', 'add-accept'],
    inputs: { 'invite-token-input': INVITE_TOKEN },
  },
  { name: 'add-by-address', data: data(), clicks: ['new-chat', 'add-address'] },
  { name: 'safety-number', data: data(), selected: 'Jonas Lindqvist', clicks: ['safety-number'] },
  { name: 'safety-number-verified', data: data(), selected: 'Ana', clicks: ['safety-number'] },
  { name: 'contact', data: data(), selected: 'Dr. Weber', clicks: ['contact-details'] },
  {
    name: 'contact-remove',
    data: data(),
    selected: 'Dr. Weber',
    clicks: ['contact-details', 'contact-remove'],
  },
];

export function stateNamed(name: string): ChatState {
  const state = CHAT_STATES.find(candidate => candidate.name === name);
  if (!state) throw new Error(`no state ${name}`);
  return state;
}
