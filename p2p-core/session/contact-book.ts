/**
 * Contacts and invites of this device: in memory for decisions, in the vault for good. Every change is one unit of
 * work; memory follows the commit. The one transaction of a handshake (contact, pair secret, invite) is here.
 * DESIGN.md §3, P2P-SES-10 … P2P-SES-13.
 */
import { P2pError } from '../errors.ts';
import { HANDSHAKE_TIMEOUT_MS, MAX_CONTACTS } from '../limits.ts';
import type { PeerId } from '../ports/transport.ts';
import { encodeBase64Url } from '../storage/base64url.ts';
import { ContactRepository } from '../storage/contact-repository.ts';
import { InviteRepository } from '../storage/invite-repository.ts';
import type { ContactRecord, InviteRecord, PairSecret } from '../storage/records.ts';
import type { Vault, WriteBatch } from '../storage/vault.ts';
import type { ContactId, Verification } from '../worker/api.ts';
import { bytesEqual } from '../storage/bytes-equal.ts';
import type { PskKind } from './handshake-policy.ts';
import { addAsAnswerer, addAsDialler, confirmPairSecret } from './pair-secrets.ts';

export interface NewContact {
  readonly name: string | null;
  readonly peerId: PeerId;
  readonly identityKey: Uint8Array | null;
  readonly verification: Verification;
  readonly invite: ContactRecord['invite'];
}

/** What the handshake's commit stores. */
export interface HandshakeFacts {
  readonly peerKey: Uint8Array;
  readonly peerId: PeerId;
  readonly pskKind: PskKind;
  /** base64url of the PSK id that was used; empty for none. */
  readonly pskId: string;
  readonly pairSecret: Uint8Array;
  /** base64url of the PSK id of `pairSecret`. */
  readonly pairSecretId: string;
  /** When the link opened: a peer whose first pair secret was confirmed since then is no restored copy. */
  readonly startedAtMs: number;
}

export interface KnownPairSecret {
  readonly contact: ContactRecord;
  readonly secret: PairSecret;
}

interface RetiredSecret {
  readonly contactId: string;
  readonly secret: PairSecret;
  readonly untilMs: number;
}

/** A new pair secret that the first frame of the peer confirms, and what it replaces then. */
export interface ConfirmedPairSecret {
  /** base64url of the PSK id. */
  readonly id: string;
  readonly replacedIds: readonly string[];
}

/** What A's transaction needs beside the facts. */
export interface DialOptions {
  /** Ids of the pair secrets that the contact had when the link opened. */
  readonly heldAtOpen: readonly string[];
  readonly nowMs: number;
  /** Throws when the peer may not be this contact; called inside the unit of work. */
  authorize(): void;
}

/** What B's transaction needs beside the facts. */
export interface NewcomerOptions {
  /** Name of a new contact; null for a placeholder. */
  readonly name: string | null;
  readonly nowMs: number;
  /** Throws when the peer may not be this contact; called inside the unit of work. */
  authorize(): void;
}

export class ContactBook {
  readonly #vault: Vault;
  readonly #contactRepository: ContactRepository;
  readonly #inviteRepository: InviteRepository;
  readonly #onChange: () => void;
  readonly #contacts = new Map<string, ContactRecord>();
  readonly #invites = new Map<string, InviteRecord>();
  /** Pair secrets that newer ones replaced, in memory only. */
  #retired: RetiredSecret[] = [];
  /** When a contact without a confirmed pair secret got one; absent: before this book was opened. */
  readonly #securedAtMs = new Map<string, number>();

  private constructor(vault: Vault, onChange: () => void) {
    this.#vault = vault;
    this.#contactRepository = new ContactRepository(vault);
    this.#inviteRepository = new InviteRepository(vault);
    this.#onChange = onChange;
  }

  static async open(vault: Vault, onChange: () => void): Promise<ContactBook> {
    const book = new ContactBook(vault, onChange);
    for (const contact of await book.#contactRepository.loadAll()) book.#contacts.set(contact.id, contact);
    for (const invite of await book.#inviteRepository.loadAll()) book.#invites.set(invite.id, invite);
    return book;
  }

  get contacts(): readonly ContactRecord[] {
    return [...this.#contacts.values()];
  }

  get invites(): readonly InviteRecord[] {
    return [...this.#invites.values()];
  }

  find(contactId: string): ContactRecord | null {
    return this.#contacts.get(contactId) ?? null;
  }

  /** Throws P2pError `unknown-contact`. */
  get(contactId: string): ContactRecord {
    const contact = this.#contacts.get(contactId);
    if (contact === undefined) throw new P2pError('unknown-contact');
    return contact;
  }

  findByPeerId(peerId: string): ContactRecord | null {
    return this.contacts.find(contact => contact.peerId === peerId) ?? null;
  }

  findByIdentityKey(key: Uint8Array): ContactRecord | null {
    const owner = ({ identityKey }: ContactRecord): boolean =>
      identityKey !== null && bytesEqual(identityKey, key);
    return this.contacts.find(owner) ?? null;
  }

  /**
   * The pair secret with this PSK id (base64url) and whose it is. One that was replaced a moment ago still answers:
   * a hello that names it may have been on its way.
   */
  findPairSecret(pskId: string, nowMs: number): KnownPairSecret | null {
    for (const contact of this.#contacts.values()) {
      const secret = contact.pairSecrets.find(({ id }) => id === pskId);
      if (secret !== undefined) return { contact, secret };
    }
    const retired = this.#retired.find(({ secret, untilMs }) => secret.id === pskId && nowMs <= untilMs);
    const contact = retired === undefined ? null : this.find(retired.contactId);
    return retired === undefined || contact === null ? null : { contact, secret: retired.secret };
  }

  findInvite(inviteId: string): InviteRecord | null {
    return this.#invites.get(inviteId) ?? null;
  }

  /** Creates a contact. Throws P2pError `too-many-contacts` above MAX_CONTACTS. */
  async create(contact: NewContact, nowMs: number): Promise<ContactRecord> {
    return this.#vault.update(batch => {
      if (this.#contacts.size >= MAX_CONTACTS) throw new P2pError('too-many-contacts');
      return this.#put(batch, newContactRecord(contact, nowMs));
    });
  }

  /** Changes a contact. Throws P2pError `unknown-contact` when it is gone. */
  async update(contactId: string, change: (contact: ContactRecord) => ContactRecord): Promise<ContactRecord> {
    return this.#vault.update(batch => this.#put(batch, change(this.get(contactId))));
  }

  /** Drops a contact; `alsoDelete` drops its conversation in the same transaction. */
  async remove(contactId: string, alsoDelete: (batch: WriteBatch) => Promise<void> | void): Promise<void> {
    await this.#vault.update(async batch => {
      await this.#contactRepository.delete(batch, contactId);
      await alsoDelete(batch);
      batch.onCommit(() => {
        this.#contacts.delete(contactId);
        this.#onChange();
      });
    });
  }

  async putInvite(invite: InviteRecord): Promise<void> {
    await this.#vault.update(batch => this.#putInvite(batch, invite));
  }

  async deleteInvite(inviteId: string): Promise<void> {
    await this.#vault.update(batch => this.withdrawInvite(batch, inviteId));
  }

  /** Drops an invite inside the caller's unit of work. */
  async withdrawInvite(batch: WriteBatch, inviteId: string): Promise<void> {
    await this.#inviteRepository.delete(batch, inviteId);
    batch.onCommit(() => {
      this.#invites.delete(inviteId);
      this.#onChange();
    });
  }

  /**
   * A's transaction: key, pair secret and the end of the accepted invite. `authorize` decides once more on what
   * the book says now: since the peer was authorized, another link may have given the contact its key.
   */
  commitInitiator(
    contactId: string,
    facts: HandshakeFacts,
    { heldAtOpen, nowMs, authorize }: DialOptions,
  ): Promise<ContactRecord> {
    return this.#vault.update(batch => {
      authorize();
      const contact = this.get(contactId);
      const made = { secret: facts.pairSecret, id: facts.pairSecretId };
      const pairSecrets = addAsDialler(contact.pairSecrets, made, heldAtOpen);
      this.#secretsChange(batch, contact, pairSecrets, nowMs);
      return this.#putCommitted(batch, contact, pairSecrets, facts);
    });
  }

  /**
   * B's transaction: contact, pair secret, invite consumed. `authorize` as in A's. Throws P2pError
   * `identity-refused` when another identity consumed the invite since it was authorized.
   */
  commitResponder(
    facts: HandshakeFacts,
    { name, nowMs, authorize }: NewcomerOptions,
  ): Promise<ContactRecord> {
    return this.#vault.update(async batch => {
      authorize();
      if (facts.pskKind === 1) await this.#consumeInvite(batch, facts);
      const addressOwner = this.findByPeerId(facts.peerId);
      const bare = addressOwner?.identityKey === null ? addressOwner : null;
      const known = this.findByIdentityKey(facts.peerKey) ?? bare;
      if (known === null && this.#contacts.size >= MAX_CONTACTS) throw new P2pError('refused');
      const verification = facts.pskKind === 1 ? 'unverified-by-link' : 'unverified';
      const { peerId } = facts;
      const contact =
        known ??
        newContactRecord({ name, peerId, identityKey: facts.peerKey, verification, invite: null }, nowMs);
      const made = { secret: facts.pairSecret, id: facts.pairSecretId };
      const pairSecrets = addAsAnswerer(contact.pairSecrets, made, facts.pskId);
      this.#secretsChange(batch, contact, pairSecrets, nowMs);
      return this.#putCommitted(batch, { ...contact, peerId }, pairSecrets, facts);
    });
  }

  async #consumeInvite(batch: WriteBatch, { pskId, peerKey }: HandshakeFacts): Promise<void> {
    const invite = this.#invites.get(pskId);
    if (invite === undefined) throw new P2pError('identity-refused');
    if (invite.usedBy !== null && !bytesEqual(invite.usedBy, peerKey)) throw new P2pError('identity-refused');
    if (invite.usedBy === null) await this.#putInvite(batch, { ...invite, usedBy: new Uint8Array(peerKey) });
  }

  async #putCommitted(
    batch: WriteBatch,
    contact: ContactRecord,
    pairSecrets: PairSecret[],
    facts: HandshakeFacts,
  ): Promise<ContactRecord> {
    const isRestored = this.#isRestored(contact, facts);
    const isStranger = facts.pskKind !== 2 && contact.pairSecrets.some(({ isConfirmed }) => isConfirmed);
    const next: ContactRecord = {
      ...contact,
      identityKey: new Uint8Array(facts.peerKey),
      pairSecrets,
      isPastClosed: contact.isPastClosed || isStranger,
      invite: null,
      verification: isRestored ? 'unverified' : contact.verification,
      notice: isRestored ? 'restored-or-cloned' : contact.notice,
    };
    return this.#put(batch, next);
  }

  /** The right identity, but without a pair secret that it is known to have had when the link opened. */
  #isRestored(contact: ContactRecord, { pskKind, startedAtMs }: HandshakeFacts): boolean {
    const hadSecret = contact.pairSecrets.some(({ isConfirmed }) => isConfirmed);
    const securedAtMs = this.#securedAtMs.get(contact.id) ?? Number.NEGATIVE_INFINITY;
    return pskKind !== 2 && hadSecret && securedAtMs < startedAtMs;
  }

  /** Nothing that this contact acknowledged may go out again. P2P-DEL-11. */
  isPastClosed(contactId: string): boolean {
    return this.get(contactId).isPastClosed;
  }

  /** The outbox is in step with the contact's cursors, in the same transaction: tells of a restored copy. */
  async reconciled(batch: WriteBatch, contactId: string, isRestored: boolean): Promise<void> {
    const contact = this.get(contactId);
    if (!isRestored && !contact.isPastClosed) return;
    const notice = isRestored ? 'restored-or-cloned' : contact.notice;
    await this.#put(batch, { ...contact, notice, isPastClosed: false });
  }

  /** A frame of the peer opened under the session that made the pair secret `id` and replaced others. */
  async confirmPairSecret(contactId: string, made: ConfirmedPairSecret, nowMs: number): Promise<void> {
    await this.#vault.update(batch => {
      const contact = this.get(contactId);
      const pairSecrets = confirmPairSecret(contact.pairSecrets, made.id, made.replacedIds);
      this.#secretsChange(batch, contact, pairSecrets, nowMs);
      return this.#put(batch, { ...contact, pairSecrets });
    });
  }

  #secretsChange(
    batch: WriteBatch,
    { id: contactId, pairSecrets: before }: ContactRecord,
    after: readonly PairSecret[],
    nowMs: number,
  ): void {
    const isSecured = (secrets: readonly PairSecret[]): boolean =>
      secrets.some(({ isConfirmed }) => isConfirmed);
    const replaced = before.filter(old => !after.some(kept => kept.id === old.id));
    batch.onCommit(() => {
      if (isSecured(after) && !isSecured(before)) this.#securedAtMs.set(contactId, nowMs);
      this.#retire(contactId, replaced, nowMs);
    });
  }

  #retire(contactId: string, replaced: readonly PairSecret[], nowMs: number): void {
    const untilMs = nowMs + HANDSHAKE_TIMEOUT_MS;
    const fresh = replaced.map(secret => ({ contactId, secret, untilMs }));
    this.#retired = [...this.#retired.filter(old => nowMs <= old.untilMs), ...fresh];
  }

  async #put(batch: WriteBatch, contact: ContactRecord): Promise<ContactRecord> {
    await this.#contactRepository.put(batch, contact);
    batch.onCommit(() => {
      this.#contacts.set(contact.id, contact);
      this.#onChange();
    });
    return contact;
  }

  async #putInvite(batch: WriteBatch, invite: InviteRecord): Promise<void> {
    await this.#inviteRepository.put(batch, invite);
    batch.onCommit(() => {
      this.#invites.set(invite.id, invite);
      this.#onChange();
    });
  }
}

/** What a contact without a name is called until one is known. */
export function placeholderName(peerId: string): string {
  return peerId.slice(0, 8);
}

function newContactRecord(contact: NewContact, nowMs: number): ContactRecord {
  const id = encodeBase64Url(crypto.getRandomValues(new Uint8Array(16))) as ContactId;
  return {
    id,
    name: contact.name ?? placeholderName(contact.peerId),
    isNameLocal: contact.name !== null,
    peerId: contact.peerId,
    identityKey: contact.identityKey === null ? null : new Uint8Array(contact.identityKey),
    verification: contact.verification,
    notice: null,
    isBlocked: false,
    createdAtMs: nowMs,
    pairSecrets: [],
    isPastClosed: false,
    invite: contact.invite,
  };
}
