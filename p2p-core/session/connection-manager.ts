/**
 * All links and all contacts' connections of one open profile: takes the transport's events, gives each link its
 * handshake, hands Ready sessions to their contact, and bounds what strangers cost. DESIGN.md §4, §6,
 * P2P-SES-15, P2P-LIM-02.
 */
import { CryptoCoreError, ProfileMismatchError } from '@enk/crypto-core';
import type { Conversation } from '../delivery/conversation.ts';
import { ReassemblyBudget } from '../delivery/reassembly-budget.ts';
import { NOTHING_ACKED } from '../delivery/sequence.ts';
import { P2pError } from '../errors.ts';
import {
  DIAL_TIMEOUT_MS,
  HANDSHAKE_BUCKET,
  MAX_CONCURRENT_DIALS,
  MAX_CONSENT_REQUESTS,
  MAX_HANDSHAKES,
  MAX_LINKS,
  MAX_STRANGER_HANDSHAKES,
  MAX_TRACKED_ADDRESSES,
} from '../limits.ts';
import type {
  LinkCloseReason,
  LinkDescription,
  LinkId,
  PeerId,
  SignalingState,
  TransportEvent,
  TransportPort,
} from '../ports/transport.ts';
import type { SessionFiles } from '../files/session-files.ts';
import { encodeBase64Url } from '../storage/base64url.ts';
import type { PduOf } from '../pdu/schemas.ts';
import type { ContactId, PrivacySettings } from '../worker/api.ts';
import type { ReleaseClaim } from '../worker/release.ts';
import type { LinkFailure } from './connection-machine.ts';
import { type ConnectionHost, ContactConnection } from './contact-connection.ts';
import type { ContactBook } from './contact-book.ts';
import { type HandshakeEnvironment, runHandshake } from './handshake-runner.ts';
import { Link, linkOf } from './link.ts';
import type { CallPduType } from './ready-session.ts';
import { SessionLog } from './session-log.ts';
import { Strikes } from './strikes.ts';
import { KeyedTokenBuckets } from './token-bucket.ts';

export interface ManagerOptions extends Omit<HandshakeEnvironment, 'isRefused'> {
  readonly transport: TransportPort;
  /** Own address, as it is now. */
  peerId(): PeerId;
  /** The conversation of a contact that just came to be, or is loaded. */
  openConversation(contactId: ContactId): Promise<Conversation>;
  displayName(): string | null;
  privacy(): PrivacySettings;
  ownRelease(): ReleaseClaim | null;
  files(contactId: ContactId): SessionFiles | null;
  onSignaling(state: SignalingState): void;
  contactsChanged(): void;
  callPdu(contactId: ContactId, pdu: PduOf<CallPduType>): void;
  sessionBegan(contactId: ContactId): void;
}

export class ConnectionManager implements ConnectionHost {
  readonly log = new SessionLog();
  readonly reassemblyBudget = new ReassemblyBudget();
  readonly strikes = new Strikes();
  readonly #options: ManagerOptions;
  readonly #links = new Map<LinkId, Link>();
  /** Whose link it is, once an address or an identity said so. */
  readonly #owners = new Map<LinkId, ContactConnection>();
  readonly #connections = new Map<string, ContactConnection>();
  readonly #waitingDials: ContactConnection[] = [];
  readonly #handshakeBuckets = new KeyedTokenBuckets(HANDSHAKE_BUCKET, MAX_TRACKED_ADDRESSES);
  #signaling: SignalingState = { kind: 'idle' };
  #isClosed = false;
  #unsubscribe: () => void = () => undefined;

  constructor(options: ManagerOptions) {
    this.#options = options;
  }

  /** Opens every contact's conversation and listens to the transport. */
  async start(): Promise<void> {
    for (const { id } of this.book.contacts) await this.ensureConnection(id as ContactId);
    this.#unsubscribe = this.#options.transport.subscribe(event => this.#onEvent(event));
  }

  get clock() {
    return this.#options.clock;
  }

  get book(): ContactBook {
    return this.#options.book;
  }

  get isOnline(): boolean {
    return this.#signaling.kind === 'registered' && !this.#isClosed;
  }

  get signaling(): SignalingState {
    return this.#signaling;
  }

  get peerId(): PeerId {
    return this.#options.peerId();
  }

  get displayName(): string | null {
    return this.#options.displayName();
  }

  get privacy(): PrivacySettings {
    return this.#options.privacy();
  }

  get ownRelease(): ReleaseClaim | null {
    return this.#options.ownRelease();
  }

  files(contactId: ContactId): SessionFiles | null {
    return this.#options.files(contactId);
  }

  get connections(): readonly ContactConnection[] {
    return [...this.#connections.values()];
  }

  get links(): readonly Link[] {
    return [...this.#links.values()];
  }

  find(contactId: string): ContactConnection | null {
    return this.#connections.get(contactId) ?? null;
  }

  contactsChanged(): void {
    this.#options.contactsChanged();
  }

  callPdu(contactId: ContactId, pdu: PduOf<CallPduType>): void {
    this.#options.callPdu(contactId, pdu);
  }

  sessionBegan(contactId: ContactId): void {
    this.#options.sessionBegan(contactId);
  }

  /** The connection of a contact, made when it is new. */
  async ensureConnection(contactId: ContactId): Promise<ContactConnection> {
    const known = this.#connections.get(contactId);
    if (known !== undefined) return known;
    const conversation = await this.#options.openConversation(contactId);
    // Two links of a new contact may have come here at once: the first one made counts.
    const raced = this.#connections.get(contactId);
    if (raced !== undefined) return raced;
    const connection = new ContactConnection(conversation, this);
    this.#connections.set(contactId, connection);
    this.contactsChanged();
    return connection;
  }

  /** Ends and forgets a contact's connection. */
  async removeConnection(contactId: string): Promise<void> {
    const connection = this.#connections.get(contactId);
    this.#connections.delete(contactId);
    await connection?.halt();
    this.log.forget(contactId);
  }

  /** Ends every link. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.connections.map(connection => connection.halt()));
    for (const link of this.links) link.close('local');
    this.#unsubscribe();
    this.#options.transport.execute({ type: 'unregister' });
  }

  // ---------------------------------------------------------------- dialling

  requestDial(connection: ContactConnection): void {
    if (!this.#waitingDials.includes(connection)) this.#waitingDials.push(connection);
    this.#dialNext();
  }

  #dialNext(): void {
    const connecting = this.links.filter(link => link.isOurs && link.stage === 'connecting').length;
    if (connecting >= MAX_CONCURRENT_DIALS) return;
    const connection = this.#waitingDials.shift();
    if (connection === undefined) return;
    const { kind } = connection.state;
    if (kind === 'connecting' || kind === 'disconnected') this.#dial(connection);
    this.#dialNext();
  }

  #dial(connection: ContactConnection): void {
    const contact = this.book.find(connection.contactId);
    if (contact === null) return;
    const id = `w-${encodeBase64Url(crypto.getRandomValues(new Uint8Array(12)))}` as LinkId;
    const link = new Link(id, true, this.#options.transport, () => this.clock.nowMs());
    this.#links.set(id, link);
    this.#owners.set(id, connection);
    connection.addAttempt(link);
    const cancelTimer = this.clock.setTimer(DIAL_TIMEOUT_MS, () => {
      if (link.stage === 'connecting') link.close('unreachable');
    });
    link.onClosed = failure => {
      cancelTimer();
      this.#attemptEnded(link, connection, failure);
    };
    const remotePeerId = contact.peerId as PeerId;
    this.#options.transport.execute({ type: 'dial', linkId: id, remotePeerId });
  }

  #attemptEnded(link: Link, connection: ContactConnection | null, failure: LinkFailure): void {
    this.#forget(link, connection?.contactId ?? null);
    connection?.attemptFailed(link, failure);
    this.#dialNext();
  }

  #forget(link: Link, contactId: string | null): void {
    this.#links.delete(link.id);
    this.#owners.delete(link.id);
    this.log.ended(link, contactId, this.clock.nowMs());
  }

  // ---------------------------------------------------------------- transport events

  #onEvent(event: TransportEvent): void {
    switch (event.type) {
      case 'signaling':
        return this.#onSignaling(event.state);
      case 'link-open':
        return this.#onOpen(event.link);
      case 'link-message':
        return this.#links.get(linkOf(event.linkId))?.received(event.bytes, event.linkId);
      case 'stripe-description':
      case 'stripe-open':
        return this.#links.get(linkOf(event.linkId))?.onStripe(event);
      case 'link-path':
      case 'link-restart':
      case 'link-signal':
        return this.#owners.get(event.linkId)?.pathEvent(event);
      case 'link-drained':
        this.#links.get(linkOf(event.linkId))?.drained(event.takenBytes, event.isEmpty, event.linkId);
        return this.#owners.get(linkOf(event.linkId))?.drained();
      case 'link-closed':
        return this.#onClosed(event.linkId, event.reason);
      case 'wake':
        return this.connections.forEach(connection => connection.pathEvent(event));
    }
  }

  #onClosed(linkId: LinkId, reason: LinkCloseReason): void {
    const link = this.#links.get(linkOf(linkId));
    if (link?.id === linkId) link.closedByTransport(reason, this.clock.nowMs());
    else link?.onStripe({ type: 'stripe-closed', linkId });
  }

  #onSignaling(state: SignalingState): void {
    const wasOnline = this.isOnline;
    this.#signaling = state;
    this.#options.onSignaling(state);
    if (wasOnline === this.isOnline) return;
    const type = this.isOnline ? 'online' : 'offline';
    for (const connection of this.connections) connection.tell({ type });
  }

  #onOpen(description: LinkDescription): void {
    const known = this.#links.get(description.linkId);
    if (known !== undefined) return this.#onDialOpen(known, description);
    const link = new Link(description.linkId, false, this.#options.transport, () => this.clock.nowMs());
    link.opened(description, this.clock.nowMs());
    if (description.role !== 'B' || !this.#mayAnswer(description)) return link.close('local');
    this.#links.set(link.id, link);
    const contact = this.book.findByPeerId(description.remotePeerId);
    const connection = contact === null ? null : this.find(contact.id);
    link.onClosed = failure => this.#attemptEnded(link, connection, failure);
    if (connection !== null) this.#owners.set(link.id, connection);
    connection?.addAttempt(link);
    void this.#shakeHands(link, contact?.id ?? null);
  }

  #onDialOpen(link: Link, description: LinkDescription): void {
    const connection = this.#owners.get(link.id);
    const isExpected = link.isOurs && link.stage === 'connecting' && description.role === 'A';
    if (!isExpected || connection === undefined || this.#isSelf(description)) return link.close('peer-fault');
    link.opened(description, this.clock.nowMs());
    connection.dialOpened();
    this.#dialNext();
    void this.#shakeHands(link, connection.contactId);
  }

  /** What an incoming link may cost before it proved anything. Refused contacts' addresses end right here. */
  #mayAnswer(description: LinkDescription): boolean {
    const { remotePeerId } = description;
    const contact = this.book.findByPeerId(remotePeerId);
    return (
      !this.#isClosed &&
      !this.#isSelf(description) &&
      (contact === null || !this.#isRefused(contact.id)) &&
      this.#links.size < MAX_LINKS &&
      this.#hasHandshakeRoom(contact !== null) &&
      this.#handshakeBuckets.take(remotePeerId, this.clock.nowMs())
    );
  }

  /** Blocked, or out of strikes. */
  #isRefused(contactId: string): boolean {
    const isBlocked = this.book.find(contactId)?.isBlocked ?? false;
    return isBlocked || this.strikes.isOut(contactId, this.clock.nowMs());
  }

  /** Strangers, who may have any number of addresses, leave contacts a place. */
  #hasHandshakeRoom(isContact: boolean): boolean {
    const running = this.links.filter(link => link.stage === 'handshaking');
    const strangers = running.filter(link => !this.#owners.has(link.id));
    return (
      running.length < MAX_HANDSHAKES + MAX_CONSENT_REQUESTS &&
      (isContact || strangers.length < MAX_STRANGER_HANDSHAKES + MAX_CONSENT_REQUESTS)
    );
  }

  #isSelf({ localPeerId, remotePeerId }: LinkDescription): boolean {
    const own = this.peerId;
    return localPeerId !== own || remotePeerId === own;
  }

  // ---------------------------------------------------------------- handshakes

  async #shakeHands(link: Link, contactId: string | null): Promise<void> {
    const ackedAtOpen = contactId === null ? null : (this.find(contactId)?.conversation.acked ?? null);
    try {
      const isRefused = (id: string): boolean => this.#isRefused(id);
      const finished = await runHandshake(link, contactId, { ...this.#options, isRefused });
      const connection = await this.ensureConnection(finished.contactId as ContactId);
      if (link.stage === 'closed') return finished.session.close();
      if (contactId !== null && contactId !== finished.contactId) {
        this.find(contactId)?.attemptFailed(link, 'someone-else');
      }
      // A contact that came from a new address: what it acknowledged by now precedes its cursors, unless another
      // session of it is under way.
      const isExpected = contactId === finished.contactId;
      const { acked } = connection.conversation;
      const latestSafe = connection.sessions.length === 0 ? acked : NOTHING_ACKED;
      this.#owners.set(link.id, connection);
      connection.addSession(link, finished, isExpected ? (ackedAtOpen ?? NOTHING_ACKED) : latestSafe);
      this.log.ready(link, finished.contactId, finished.pskKind);
      this.#watchReady(link, finished.contactId);
    } catch (error) {
      this.log.failed(link, error);
      link.close(failureOf(error));
    }
  }

  #watchReady(link: Link, contactId: string): void {
    const { onClosed } = link;
    link.onClosed = failure => {
      this.#forget(link, contactId);
      onClosed(failure);
    };
    this.contactsChanged();
  }
}

/** Whose fault a failed handshake was, as far as dialling cares. */
function failureOf(error: unknown): LinkFailure {
  if (error instanceof ProfileMismatchError) return ofMismatch(error);
  if (error instanceof CryptoCoreError) return ofCryptoCore(error);
  if (!(error instanceof P2pError)) return 'unreachable';
  if (error.code === 'identity-refused') return 'someone-else';
  if (error.code === 'invite-expired') return 'invite-invalid';
  return 'unreachable';
}

function ofMismatch({ difference }: ProfileMismatchError): LinkFailure {
  if (difference === 'older-version') return 'peer-outdated';
  return difference === 'newer-version' ? 'self-outdated' : 'profile-mismatch';
}

function ofCryptoCore({ code }: CryptoCoreError): LinkFailure {
  switch (code) {
    case 'protocol-error':
      return 'peer-fault';
    case 'identity-refused':
    case 'own-identity':
      return 'someone-else';
    case 'no-common-psk':
      return 'invite-invalid';
    default:
      return 'unreachable';
  }
}
