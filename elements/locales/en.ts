import { call } from './en-call.ts';
import { contactRelease } from './en-contact-release.ts';
import { diagnostics } from './en-diagnostics.ts';
import { release } from './en-release.ts';
import { attach } from './en-attach.ts';
import { files } from './en-files.ts';
import { voice } from './en-voice.ts';
import { preview } from './en-preview.ts';
import { retention } from './en-retention.ts';
import { vault } from './en-vault.ts';

/**
 * Every text of the elements, in English. A text with a value is a function, so that a language can put the value
 * where its grammar wants it. Texts say what happened, what was kept and what to try; they never scold.
 */
export const en = {
  /** BCP 47; also the language of dates. */
  language: 'en',

  common: {
    cancel: 'Cancel',
    close: 'Close',
    back: 'Back to chats',
    copy: 'Copy',
    copied: 'Copied',
    save: 'Save',
    share: 'Share',
    tryAgain: 'Try again',
    dismiss: 'Dismiss',
    name: 'Name',
  },

  time: {
    now: 'now',
    minutes: (count: number) => `${count} min`,
    today: 'Today',
    yesterday: 'Yesterday',
  },

  profile: {
    locked: 'Locked',
    lockedHint: 'Your chats are here, and open when you unlock the vault.',
    erased: 'Everything is erased',
    erasedHint: 'Nothing of your chats is left on this device. Reload the page to start over.',
    opening: 'Opening your chats…',
    noProvider: 'Chat is not set up on this page',
    noProviderHint: 'Put this element inside <enk-provider> and give that the address of a broker.',
    otherTab: 'Already open in another tab',
    otherTabHint: 'Close the other tab or window, and your chats open here by themselves.',
    failedTitle: {
      'storage-unavailable': 'This browser does not let the page keep data',
      'storage-newer': 'Your chats were saved by a newer version',
      'storage-corrupt': 'Part of the saved data is damaged',
      'storage-full': 'There is not enough room on this device',
      'storage-lost': 'The saved data was taken away',
      'network-refused': 'The address of the broker is missing or not allowed',
      'worker-unverified': 'A part of this app was changed on its way here',
      'worker-unavailable': 'A part of this app did not arrive',
      'worker-stopped': 'The app stopped working',
    },
    failedHint: {
      'storage-unavailable':
        'Nothing was opened or lost. Leave private browsing or allow site data for this page, then reload.',
      'storage-newer': 'Nothing was changed. Reload the page to get the newer version.',
      'storage-corrupt':
        'Nothing was deleted and nothing was sent. Reload the page; if it stays, restore a backup.',
      'storage-full':
        'Nothing is lost: what was there is kept. Free some space on this device, then reload the page.',
      'storage-lost':
        'The data of this site was cleared, or its storage failed, while the app was open. Reload the page to see what is left, to start over, or to bring your chats back from an export.',
      'network-refused': 'Nothing was sent. Check the broker and the list of ICE servers, then try again.',
      'worker-unverified': 'It was not run, and nothing was sent. Reload the page, or try another network.',
      'worker-unavailable': 'Your chats are untouched. Check the network and reload the page.',
      'worker-stopped': 'Everything saved is kept. Reload the page to go on.',
    },
    reload: 'Reload',
  },

  firstRun: {
    title: 'What is your name?',
    hint: 'The people you talk to see it. You can change it later.',
    label: 'Your name',
    placeholder: 'Ana',
    submit: 'Continue',
    note: 'Your chats stay on this device. No server stores or reads them. In a private window they are gone when it closes.',
  },

  signaling: {
    connecting: 'Connecting…',
    unreachable:
      'The broker does not answer. Open connections go on; other messages are kept here until it is back.',
    'id-taken': 'Your address is in use elsewhere. Close Enkrypted on your other device or tab.',
    'no-network': 'You are offline. Messages are kept here and sent later.',
    'refused-address': 'The broker’s address is not allowed. Check it in the settings.',
  },

  list: {
    title: 'Chats',
    label: 'Chats',
    add: 'New chat',
    loading: 'Loading chats…',
    emptyTitle: 'No chats yet',
    emptyHint: 'Send someone a link, or open one that you were given.',
    invite: 'Invite someone',
    accept: 'Open an invite link',
    addByAddress: 'Add by address',
    you: 'You:',
    typing: 'typing…',
    unread: (count: number) => `${count} unread`,
    connected: 'Connected',
    blocked: 'Blocked',
    selectTitle: 'Pick a chat',
    welcome: (name: string) => `Welcome, ${name}`,
    selectHint: 'A chat stays on your device and the other person’s.',
  },

  search: {
    label: 'Search messages',
    placeholder: 'Search',
    clear: 'Clear the search',
    people: 'People',
    messages: 'Messages',
    results: 'Search results',
    nothing: (query: string) => `Nothing found for “${query}”`,
    hint: 'Every word must be in the message. The beginning of a word is enough.',
    more: 'Show more',
    working: 'Searching…',
    found: (count: number, hasMore: boolean) =>
      count === 0 ? 'Nothing found' : `${hasMore ? 'More than ' : ''}${count} found`,
  },

  connection: {
    idle: 'Not connected',
    waiting: (name: string) => `Waiting for ${name} to come online`,
    connecting: 'Connecting…',
    handshaking: 'Checking keys…',
    ready: 'Connected',
    disconnected: 'Connection lost, reconnecting…',
    someoneElse: 'Someone else answers at this address. Nothing is sent.',
    stopped: 'Connection stopped',
    blocked: 'Blocked',
    typing: 'typing…',
  },

  verification: {
    verified: 'Verified',
    'verified-by-invite': 'Verified by invite',
    'unverified-by-link': 'Not verified, came by your link',
    unverified: 'Not verified',
  },

  notice: {
    someoneElse: (name: string) =>
      `This is not ${name}. Your messages are kept here and sent when ${name} answers again.`,
    stopped: {
      'protocol-error': (name: string) =>
        `Two connections with ${name} failed, so dialling stopped. Your messages are kept here.`,
      'profile-mismatch': (name: string) =>
        `${name} uses a version that does not fit this one. Update both, then try again. Your messages are kept here.`,
      'peer-outdated': (name: string) =>
        `${name} uses an older version, which this one no longer talks with. ${name} must update. Your messages are kept here until then.`,
      'self-outdated': (name: string) =>
        `${name} uses a newer version, which no longer talks with this one. Update this app: see Release in the settings. Your messages are kept here until then.`,
      'invite-invalid': (name: string) =>
        `The invite is no longer accepted: it was used, taken back, or has expired. Ask ${name} for a new one.`,
    },
    restoredOrCloned: (name: string) =>
      `${name} is on a restored or cloned device. Compare the safety number before you go on.`,
    inviteUsedByAnother: (name: string) =>
      `Someone else tried to use the invite that ${name} came by. They were refused. Compare the safety number if unsure.`,
    compare: 'Safety number',
  },

  conversation: {
    messages: (name: string) => `Messages with ${name}`,
    details: (name: string) => `${name}: details`,
    loading: 'Loading messages…',
    loadingOlder: 'Loading older messages…',
    failed: 'The messages could not be read. They are still stored on this device.',
    empty: (name: string) => `This is the beginning of your chat with ${name}.`,
    emptyHint: 'Write now; it is delivered when both of you are online.',
    unread: 'New messages',
    latest: 'To the newest message',
    newBelow: (count: number) => (count === 1 ? '1 new message' : `${count} new messages`),
    you: 'You',
    blocked: (name: string) => `You blocked ${name}. Nothing goes in or out.`,
    unblock: 'Unblock',
  },

  delivery: {
    queued: 'Waiting to be sent',
    sent: 'Sent',
    delivered: 'Delivered',
    read: 'Read',
  },

  composer: {
    label: (name: string) => `Message to ${name}`,
    placeholder: 'Message',
    send: 'Send',
    tooLong: (used: string, limit: string) =>
      `Too long to send: ${used} of ${limit}. Shorten it or send it in parts.`,
    failed: 'Not sent. Your text is still here.',
  },

  add: {
    title: 'New chat',
    inviteHint: 'Make a link for one person',
    acceptHint: 'Paste a link that you were given',
    addressHint: 'For people without a link',
  },

  invite: {
    title: 'Invite someone',
    intro: 'Make a link and give it to one person. Whoever opens it first becomes your contact.',
    lifetime: 'The link works for',
    lifetimes: { hour: '1 hour', day: '1 day', week: '7 days' },
    create: 'Make a link',
    another: 'Make another link',
    link: 'Invite link',
    qr: 'QR code of the invite link',
    scan: 'Scan it, or send the link. It works once.',
    expires: (when: string) => `Works until ${when}`,
    used: 'Used. Your new contact is in the list.',
    expired: 'Expired',
    show: 'Show',
    revoke: 'Take back',
    others: 'Other open links',
    otherLabel: (when: string) => `Link, works until ${when}`,
    message: 'Talk to me privately:',
  },

  accept: {
    title: 'Open an invite link',
    label: 'Invite link',
    placeholder: 'https://…#invite=…',
    nameLabel: 'Who gave you this link?',
    nameHint: 'Only you see this name.',
    submit: 'Add contact',
    checking: 'Checking the link…',
    valid: (when: string) => `The link works until ${when}.`,
    known: (name: string) => `${name} is one of your contacts already.`,
    openChat: 'Open the chat',
    invalid: {
      malformed: 'This is not a complete invite link. Copy it again, from start to end.',
      expired: 'This link has expired. Ask for a new one.',
      'own-invite': 'This is your own link. Give it to someone else.',
      'other-broker': 'This link belongs to another broker than the one in use here.',
    },
  },

  address: {
    title: 'Add by address',
    intro: 'They are asked first. Compare the safety number afterwards: an address alone proves nothing.',
    label: 'Their address',
    own: 'Your address',
    submit: 'Add contact',
  },

  consent: {
    text: 'Someone wants to talk with you.',
    hint: (address: string) => `Address ${address}. They learn nothing until you answer.`,
    accept: 'Accept',
    decline: 'Decline',
    nameLabel: 'Name for this contact',
    submit: 'Add contact',
    contactText: (name: string) => `Someone at ${name}’s address wants to connect.`,
    contactHint:
      'They do not have the secret that the two of you share: a restored or new device, or somebody else. If you accept, only the right identity key gets through.',
  },

  alert: {
    invite: 'Someone altered a connection that was made with an invite of yours.',
    contact: (name: string) => `Someone altered a connection with ${name} on its way.`,
    hint: 'It was ended and nothing was sent. The broker, or someone on the way to it, may be interfering.',
  },

  safety: {
    title: 'Safety number',
    intro: (name: string) =>
      `Compare with ${name} in person or on a call. If all 60 digits are the same, nobody is in between.`,
    digits: 'Safety number',
    qr: 'QR code of the safety number',
    you: 'You',
    mark: 'Mark as verified',
    unmark: 'Remove the mark',
    isVerified: (name: string) => `You marked ${name} as verified.`,
    notYet: (name: string) => `There is a safety number once you were connected with ${name}.`,
  },

  contact: {
    title: 'Contact',
    rename: 'Name',
    renameHint: 'Only you see this name.',
    renamed: 'Saved',
    connection: 'Connection',
    verification: 'Verification',
    address: 'Address',
    release: contactRelease,
    reconnect: 'Connect now',
    safety: 'Safety number',
    block: 'Block',
    unblock: 'Unblock',
    remove: 'Remove',
    removeTitle: (name: string) => `Remove ${name}?`,
    removeHint: 'The contact and all messages are removed from this device. This cannot be undone.',
    removeConfirm: 'Remove',
  },

  call,
  diagnostics,
  release,
  retention,
  vault,
  files,
  attach,
  voice,
  preview,

  error: {
    'unknown-call': 'This call has ended.',
    'in-a-call': 'You are in a call already.',
    'calls-unavailable': 'Calls are not possible here.',
    'call-in-other-tab': 'Calls run in the tab of this app that you opened first. Call from there.',
    'unlock-failed': 'That does not open the vault. Nothing was changed.',
    'unlock-throttled': 'Too many wrong tries. Wait a little, then try again.',
    'unknown-unlock-method': 'The vault does not open this way any more.',
    'unlock-method-exists': 'The vault opens this way already.',
    'last-unlock-method': 'This is the last way to open the vault. Add another one first.',
    'too-many-unlock-methods': 'There are too many ways to open the vault. Remove one first.',
    'secret-too-short': 'This is too short. Choose a longer one.',
    'recovery-key-malformed': 'This is not a complete recovery key. Look for a missing or mistyped word.',
    'export-malformed': 'This export is incomplete or damaged. Nothing was changed.',
    'export-newer': 'This export was made by a newer version of the app. Update first. Nothing was changed.',
    'export-locked': 'That does not open the export. Nothing was changed.',
    'import-running': 'An import is under way. Try again when it is done.',
    'moving-already': 'An export or import is under way, perhaps in another tab.',
    'passphrase-too-short': 'Too short: at least ten characters.',
    'recipient-invalid': 'This is not an age recipient. It begins with age1.',
    'too-many-contacts': 'There are too many contacts. Nothing was changed.',
    'nothing-locks': 'Set a passkey, passcode or password first.',
    'vault-locked': 'The vault was locked in the meantime.',
    'not-open': 'The vault was locked in the meantime.',
    'passkey-cancelled': 'No passkey was given. Nothing was changed.',
    'passkey-unsupported': 'This passkey, browser or page cannot open a vault. Choose another way.',
    'name-invalid': 'Enter a name of 1 to 64 characters.',
    'address-invalid': 'This is not a complete address.',
    'own-address': 'This is your own address.',
    'contact-exists': 'This person is one of your contacts already.',
    'contact-blocked': 'You blocked this contact. Unblock it first.',
    'no-identity-yet': 'There was no connection with this contact yet.',
    'not-connected': 'This contact is not connected now.',
    'no-answer': 'This contact did not answer.',
    'message-too-large': 'Too long to send. Shorten it or send it in parts.',
    'outbox-full': 'Too many messages wait for this contact. They are sent when you are both online.',
    'too-many-invites': 'Too many open links. Take one back first.',
    'invite-malformed': 'This is not a complete invite link. Copy it again, from start to end.',
    'invite-expired': 'This link has expired. Ask for a new one.',
    'own-invite': 'This is your own link. Give it to someone else.',
    'other-broker': 'This link belongs to another broker than the one in use here.',
    'unknown-contact': 'This contact was removed.',
    'unknown-invite': 'This link no longer exists.',
    'unknown-request': 'They are no longer waiting.',
    'network-refused': 'These network settings are not allowed. Nothing was changed.',
    'storage-full':
      'There is not enough room on this device. What was there is kept. Free some space, then go on.',
    'unknown-file': 'This file is no longer there.',
    'unknown-folder': 'This folder is no longer there.',
    'too-many-folders': 'There are too many folders, or folders in folders. Nothing was changed.',
    'unknown-transfer': 'This transfer is no longer there.',
    'too-many-transfers': 'Too many files wait for this contact. Try again when some have arrived.',
    'file-changed': 'The file changed or moved, so it was not sent. Choose it again.',
    'folder-too-large': 'The folder has too many files. Pack them into an archive first.',
    'image-unreadable':
      'The place and camera in this picture could not be removed, so it was not sent. Add it under Files to send it as it is.',
    'protocol-error': 'What arrived was not what was announced. Nothing of it was kept.',
    'storage-lost': 'The saved data was taken away. Reload the page.',
    'storage-unavailable': 'Nothing was saved: this browser does not let the page keep data.',
    'storage-corrupt': 'Part of the saved data is damaged. Nothing was deleted.',
    'worker-stopped': 'The app stopped working. Everything saved is kept. Reload the page.',
    internal: 'That did not work. Nothing was lost. Try again.',
  },
};

/** What every language provides. */
export type Strings = typeof en;
