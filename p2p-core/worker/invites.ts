/** Making, previewing and accepting invites. DESIGN.md §3, P2P-SES-11. */
import { CryptoCoreError, type Invite, decodeInvite, encodeInvite } from '@enk/crypto-core';
import { P2pError } from '../errors.ts';
import {
  INVITE_DEFAULT_LIFETIME_MS,
  INVITE_MAX_LIFETIME_MS,
  INVITE_MIN_LIFETIME_MS,
  MAX_OPEN_INVITES,
} from '../limits.ts';
import type { PeerId } from '../ports/transport.ts';
import { bytesEqual } from '../storage/bytes-equal.ts';
import { encodeBase64Url } from '../storage/base64url.ts';
import type { ContactRecord, InviteRecord } from '../storage/records.ts';
import type { ContactId, InvitePreview, InviteView } from './api.ts';
import type { OpenProfile } from './open-profile.ts';
import { inviteView } from './views.ts';

/** Makes and stores an invite. Throws P2pError `too-many-invites`. */
export async function createInvite(
  profile: OpenProfile,
  lifetimeMs: number | undefined,
): Promise<InviteView> {
  const nowMs = profile.clock.nowMs();
  const open = profile.book.invites.filter(
    ({ usedBy, expiresAtMs }) => usedBy === null && expiresAtMs > nowMs,
  );
  if (open.length >= MAX_OPEN_INVITES) throw new P2pError('too-many-invites');
  const wanted = lifetimeMs ?? INVITE_DEFAULT_LIFETIME_MS;
  const lifetime = Math.min(INVITE_MAX_LIFETIME_MS, Math.max(INVITE_MIN_LIFETIME_MS, Math.floor(wanted)));
  const invite: Invite = {
    peerId: profile.peerId,
    brokerUrl: profile.network.brokerUrl,
    inviterKey: profile.identity.identityKey,
    inviteId: crypto.getRandomValues(new Uint8Array(16)),
    secret: crypto.getRandomValues(new Uint8Array(32)),
    expiresAtMs: nowMs + lifetime,
  };
  const record: InviteRecord = {
    id: encodeBase64Url(invite.inviteId),
    secret: new Uint8Array(invite.secret),
    token: encodeInvite(invite),
    createdAtMs: nowMs,
    expiresAtMs: invite.expiresAtMs,
    usedBy: null,
  };
  await profile.book.putInvite(record);
  return inviteView(record, nowMs);
}

/** What a token is worth, without using it. */
export function previewInvite(profile: OpenProfile, token: string): InvitePreview {
  const invite = decode(token);
  if (invite === null) return { kind: 'invalid', reason: 'malformed' };
  if (bytesEqual(invite.inviterKey, profile.identity.identityKey) || invite.peerId === profile.peerId) {
    return { kind: 'invalid', reason: 'own-invite' };
  }
  if (invite.expiresAtMs <= profile.clock.nowMs()) return { kind: 'invalid', reason: 'expired' };
  if (!isSameBroker(invite.brokerUrl, profile.network.brokerUrl)) {
    return { kind: 'invalid', reason: 'other-broker' };
  }
  const { inviterKey, brokerUrl, expiresAtMs } = invite;
  const contactId = (profile.book.findByIdentityKey(inviterKey)?.id ?? null) as ContactId | null;
  return { kind: 'valid', inviterKey, brokerUrl, expiresAtMs, contactId };
}

/**
 * Makes (or refreshes) the contact of an invite and dials. The name is local; null keeps what there is. Throws
 * P2pError `invite-malformed`, `invite-expired`, `own-invite`, `other-broker`, `contact-blocked`.
 */
export async function acceptInvite(
  profile: OpenProfile,
  token: string,
  name: string | null,
): Promise<ContactId> {
  const preview = previewInvite(profile, token);
  if (preview.kind === 'invalid') throw new P2pError(ERROR_OF_REASON[preview.reason]);
  const invite = decodeInvite(token);
  const { book } = profile;
  const bare = book.findByPeerId(invite.peerId);
  const known = book.findByIdentityKey(invite.inviterKey) ?? (bare?.identityKey === null ? bare : null);
  if (known?.isBlocked === true) throw new P2pError('contact-blocked');
  const contact =
    known === null ? await createContact(profile, invite, name) : await refresh(profile, known, invite, name);
  profile.consents.forgive(invite.peerId as PeerId);
  const connection = await profile.manager.ensureConnection(contact.id as ContactId);
  connection.tell({ type: 'wanted' });
  return connection.contactId;
}

const ERROR_OF_REASON = {
  malformed: 'invite-malformed',
  expired: 'invite-expired',
  'own-invite': 'own-invite',
  'other-broker': 'other-broker',
} as const;

function createContact(profile: OpenProfile, invite: Invite, name: string | null): Promise<ContactRecord> {
  const contact = {
    name,
    peerId: invite.peerId as PeerId,
    identityKey: invite.inviterKey,
    verification: 'verified-by-invite',
    invite: acceptedInvite(invite),
  } as const;
  return profile.book.create(contact, profile.clock.nowMs());
}

function refresh(
  profile: OpenProfile,
  known: ContactRecord,
  invite: Invite,
  name: string | null,
): Promise<ContactRecord> {
  return profile.book.update(known.id, contact => {
    const { identityKey } = contact;
    // A bare address when it was looked up: a handshake may have given it another key since.
    const isAnothers = identityKey !== null && !bytesEqual(identityKey, invite.inviterKey);
    if (isAnothers) throw new P2pError('contact-exists');
    return {
      ...contact,
      name: name ?? contact.name,
      isNameLocal: name !== null || contact.isNameLocal,
      peerId: invite.peerId,
      identityKey: new Uint8Array(invite.inviterKey),
      verification: contact.verification === 'verified' ? 'verified' : 'verified-by-invite',
      invite: acceptedInvite(invite),
    };
  });
}

function acceptedInvite({ inviteId, secret, expiresAtMs }: Invite): NonNullable<ContactRecord['invite']> {
  return { id: new Uint8Array(inviteId), secret: new Uint8Array(secret), expiresAtMs };
}

function decode(token: string): Invite | null {
  try {
    return decodeInvite(token);
  } catch (error) {
    if (error instanceof CryptoCoreError && error.code === 'invite-malformed') return null;
    throw error;
  }
}

function isSameBroker(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).href === new URL(b).href;
}
