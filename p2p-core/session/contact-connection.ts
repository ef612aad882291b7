/**
 * Everything that connects us with one contact: the machine that decides about dialling, the links that are not
 * Ready yet, the Ready sessions, and which of them carries the conversation. Runs the machine's effects.
 *
 * Invariants: at most one session carries the conversation, and it is synced; a Ready session is displaced only by
 * another Ready session; every fact goes through one `#step`. P2P-SES-01 … P2P-SES-08, P2P-SES-21.
 */
import type { Conversation } from '../delivery/conversation.ts';
import type { ReassemblyBudget } from '../delivery/reassembly-budget.ts';
import type { HeldPoint, SequencePoint } from '../delivery/sequence.ts';
import { GLARE_WINDOW_MS, TYPING_EXPIRY_MS } from '../limits.ts';
import type { SessionFiles } from '../files/session-files.ts';
import type { PduBody } from '../pdu/codec.ts';
import { normalizeName } from '../pdu/display-name.ts';
import type { PduOf } from '../pdu/schemas.ts';
import type { Clock } from '../ports/clock.ts';
import type { PeerId, TransportEvent } from '../ports/transport.ts';
import { P2pError } from '../errors.ts';
import type { ContactId, PrivacySettings } from '../worker/api.ts';
import type { ReleaseAnswer, ReleaseClaim } from '../worker/release.ts';
import { secureRandom } from './backoff.ts';
import {
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionState,
  INITIAL_CONNECTION,
  type LinkFailure,
  transition,
} from './connection-machine.ts';
import type { ContactBook } from './contact-book.ts';
import { isDecider, sessionToKeep } from './displacement.ts';
import type { FinishedHandshake } from './handshake-runner.ts';
import type { Link } from './link.ts';
import { type CallPduType, type DeliveredPdu, isCallPdu, ReadySession } from './ready-session.ts';
import type { Strikes } from './strikes.ts';

/** What a connection needs of the one who holds all of them. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly book: ContactBook;
  readonly isOnline: boolean;
  /** Own address. */
  readonly peerId: PeerId;
  readonly displayName: string | null;
  readonly privacy: PrivacySettings;
  /** What runs here; null: nothing that is signed. */
  readonly ownRelease: ReleaseClaim | null;
  /** One for all contacts. */
  readonly reassemblyBudget: ReassemblyBudget;
  readonly strikes: Strikes;
  /** Transfers with a contact; null where there are none. */
  files(contactId: ContactId): SessionFiles | null;
  /** Asks for a dial; answered by `addLink` when there is room for one. */
  requestDial(connection: ContactConnection): void;
  contactsChanged(): void;
  /** A PDU of a call. */
  callPdu(contactId: ContactId, pdu: PduOf<CallPduType>): void;
  /** A session carries the conversation from now on. */
  sessionBegan(contactId: ContactId): void;
}

/** What the transport tells about paths. */
export type PathNews = Extract<
  TransportEvent,
  { type: 'link-path' | 'link-restart' | 'link-signal' | 'wake' }
>;

export class ContactConnection {
  readonly conversation: Conversation;
  readonly #host: ConnectionHost;
  #state: ConnectionState = INITIAL_CONNECTION;
  readonly #attempts = new Set<Link>();
  /** In order of Ready. */
  #sessions: ReadySession[] = [];
  #active: ReadySession | null = null;
  #cancelTimer: () => void = () => undefined;
  #cancelTyping: (() => void) | null = null;
  #sentTyping = false;

  constructor(conversation: Conversation, host: ConnectionHost) {
    this.conversation = conversation;
    this.#host = host;
  }

  get contactId(): ContactId {
    return this.conversation.contactId;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get isTyping(): boolean {
    return this.#cancelTyping !== null;
  }

  get sessions(): readonly ReadySession[] {
    return this.#sessions;
  }

  // ---------------------------------------------------------------- facts from outside

  /** Registered, offline, awake, wanted: see ConnectionEvent. Blocked contacts hear nothing. */
  tell(event: Extract<ConnectionEvent, { type: 'online' | 'offline' | 'wake' | 'wanted' }>): void {
    const contact = this.#host.book.find(this.contactId);
    if (contact === null || contact.isBlocked) return;
    this.#step(event);
    if (event.type === 'online') for (const { path } of this.#sessions) path.tell({ type: 'registered' });
  }

  /** A link of this contact that is not Ready: our dial, or one from the contact's address. */
  addAttempt(link: Link): void {
    this.#attempts.add(link);
    if (!link.isOurs) this.#step({ type: 'incoming' });
  }

  /** Our dial's channel is open. */
  dialOpened(): void {
    this.#step({ type: 'dial-opened' });
  }

  /** A link ended before Ready. While another is under way nothing is decided. */
  attemptFailed(link: Link, failure: LinkFailure): void {
    this.#attempts.delete(link);
    if (this.#attempts.size === 0) this.#step({ type: 'attempt-failed', failure });
  }

  /** A handshake ended well: the session joins, and starts with the cursors. */
  addSession(
    link: Link,
    { session: pair, pairSecretId, replacedIds, hasCommonSecret, seal, sessionId }: FinishedHandshake,
    ackedAtOpen: SequencePoint,
  ): void {
    this.#attempts.delete(link);
    link.becameReady();
    const session = new ReadySession(link, {
      pair,
      pairSecretId,
      ackedAtOpen,
      hasCommonSecret,
      seal,
      sessionId,
      ownRelease: () => this.#host.ownRelease,
      files: this.#host.files(this.contactId),
      clock: this.#host.clock,
      budget: this.#host.reassemblyBudget,
      events: {
        onFirstFrame: () => {
          const { book, clock } = this.#host;
          return book.confirmPairSecret(this.contactId, { id: pairSecretId, replacedIds }, clock.nowMs());
        },
        onCursors: (from, held) => this.#synchronize(from, held),
        onPdu: (from, pdu) => this.#accept(from, pdu),
        onUnknownType: from => this.conversation.retention.unknownType(from),
        onPath: (from, isConnected) => this.#pathReported(from, isConnected),
      },
    });
    link.onClosed = failure => this.#sessionEnded(session, failure);
    this.#sessions.push(session);
    this.#step({ type: 'ready', linkId: link.id });
    this.#settleGlare();
    void session.run(this.conversation.held);
  }

  /** Something that concerns the path of one link or of all. */
  pathEvent(event: PathNews): void {
    if (event.type === 'wake') this.tell({ type: 'wake' });
    for (const session of this.#sessions) {
      if (event.type === 'wake') session.path.tell({ type: event.isNewNetwork ? 'new-network' : 'wake' });
      else if (session.link.id === event.linkId) tellPath(session, event);
    }
  }

  #pathReported({ link }: ReadySession, connected: boolean): void {
    const isCurrent = 'linkId' in this.#state && this.#state.linkId === link.id;
    if (isCurrent) this.#step({ type: 'path', connected });
  }

  /** The channel reported its queue. */
  drained(): void {
    if (this.#active !== null) this.conversation.wake();
  }

  /** Ends everything: blocked, removed, or the profile closes. */
  async halt(): Promise<void> {
    const sessions = [...this.#sessions];
    this.#step({ type: 'halt' });
    for (const link of [...this.#attempts]) link.close('local');
    await Promise.all(sessions.map(session => session.leave('leaving')));
    this.#stopTyping();
  }

  // ---------------------------------------------------------------- what the person does

  /** Tells the peer, when the switch is on, a session is there, and something changed. */
  async sendTyping(isTyping: boolean): Promise<void> {
    if (!this.#host.privacy.sendTyping && !this.#sentTyping) return;
    this.#sentTyping = isTyping;
    await this.#sendIfSynced(session => session.sendPdu({ type: 'typing', isTyping }));
  }

  async sendReceipts(points: readonly SequencePoint[]): Promise<void> {
    if (!this.#host.privacy.sendReadReceipts) return;
    for (const point of points) {
      await this.#sendIfSynced(session => session.sendPdu({ type: 'read-receipt', ...point }));
    }
  }

  /** What the peer says that it runs. Rejects with `not-connected`, `no-answer`. */
  async askRelease(): Promise<ReleaseAnswer> {
    if (this.#active === null) throw new P2pError('not-connected');
    return this.#active.release.ask();
  }

  async sendDisplayName(): Promise<void> {
    const { displayName } = this.#host;
    if (displayName === null) return;
    await this.#sendIfSynced(session => session.sendPdu({ type: 'profile-update', displayName }));
  }

  /** Sends one PDU of a call; false when there is no session to carry it. */
  sendCall(body: PduBody): boolean {
    const session = this.#active;
    if (session === null) return false;
    session.sendPdu(body).catch(() => session.close('unreachable'));
    return true;
  }

  /** Tells the own address where a session was made under another; who has no session learns it when dialled. */
  async sendAddress(): Promise<void> {
    await Promise.all(this.#sessions.map(session => this.#sendAddressOn(session)));
  }

  async #sendAddressOn(session: ReadySession): Promise<void> {
    const { peerId } = this.#host;
    if (!session.isSynced || session.link.description.localPeerId === peerId) return;
    await session.sendPdu({ type: 'address-update', peerId }).catch(() => session.close('unreachable'));
  }

  /** These PDUs are not durable: one that meets a session's end is repeated or void on the next. */
  async #sendIfSynced(send: (session: ReadySession) => Promise<void>): Promise<void> {
    const session = this.#active;
    if (session !== null) await send(session).catch(() => session.close('unreachable'));
  }

  // ---------------------------------------------------------------- sessions

  async #synchronize(session: ReadySession, held: readonly HeldPoint[]): Promise<void> {
    const { book } = this.#host;
    const { ackedAtOpen, hasCommonSecret } = session;
    const outcome = await this.conversation.reconcile(held, {
      ackedAtOpen,
      mayResend: hasCommonSecret && !book.isPastClosed(this.contactId),
      onReconciled: (batch, kind) => book.reconciled(batch, this.contactId, kind !== 'in-step'),
    });
    if (outcome !== 'in-step') this.#active = null; // numbers changed: whoever carries starts over
    this.#chooseActive();
    await this.#sendAddressOn(session); // it may be new since this link was made
    await this.sendDisplayName();
    await this.sendReceipts(this.conversation.dueReceipts);
    this.#host.files(this.contactId)?.synced(session);
  }

  /** The newest synced session carries the conversation. */
  #chooseActive(): void {
    const next = this.#sessions.findLast(session => session.isSynced) ?? null;
    if (next === this.#active) return;
    this.#active = next;
    this.conversation.activate(next);
    if (next !== null) this.#host.sessionBegan(this.contactId);
  }

  #settleGlare(): void {
    const [older, newer] = this.#sessions.slice(-2);
    if (older === undefined || newer === undefined) return;
    const { localPeerId, remotePeerId } = newer.link.description;
    if (!isDecider(localPeerId, remotePeerId)) return this.#followDecider(older);
    const keep = sessionToKeep(competing(older), competing(newer));
    void (keep === 'newer' ? older : newer).leave('displaced');
  }

  /** The other side decides; a session that it does not know any more goes by itself. */
  #followDecider(older: ReadySession): void {
    const { clock } = this.#host;
    clock.setTimer(GLARE_WINDOW_MS, () => {
      if (this.#sessions.length > 1 && this.#sessions.includes(older)) void older.leave('displaced');
    });
  }

  #sessionEnded(session: ReadySession, failure: LinkFailure): void {
    this.#sessions = this.#sessions.filter(other => other !== session);
    if (failure === 'peer-fault' && session.link.closeReason === 'closed-locally') {
      this.#host.strikes.strike(this.contactId, this.#host.clock.nowMs());
    }
    this.#chooseActive();
    const next = this.#sessions.at(-1);
    if (next !== undefined) {
      this.#step({ type: 'ready', linkId: next.link.id });
      return next.path.isConnected ? undefined : this.#pathReported(next, false);
    }
    this.#stopTyping();
    this.#step({ type: 'session-ended', failure });
    if (this.#isCutOff()) this.#step({ type: 'cut-off' });
    if (this.#attempts.size > 0) this.#step({ type: 'incoming' }); // another link is on its way to Ready
  }

  #isCutOff(): boolean {
    return this.#host.strikes.isOut(this.contactId, this.#host.clock.nowMs());
  }

  async #accept(session: ReadySession, pdu: DeliveredPdu): Promise<void> {
    if (isCallPdu(pdu)) return this.#host.callPdu(this.contactId, pdu);
    switch (pdu.type) {
      case 'message':
        this.#stopTyping();
        return this.conversation.accept(session, pdu);
      case 'ack':
        // Of another session it may be a device's that went back to a copy since: what it had is not there now.
        return session === this.#active ? this.conversation.acknowledge(session, pdu) : undefined;
      case 'timer-change':
        return this.conversation.retention.timerChange(session, pdu);
      case 'timer-ack':
        return this.conversation.retention.timerAck(session, pdu);
      case 'message-timer':
        return this.conversation.retention.messageTimer(session, pdu);
      case 'message-delete':
        return this.conversation.retention.messageDelete(session, pdu);
      case 'message-delete-ack':
        return this.conversation.retention.messageDeleteAck(session, pdu);
      case 'read-receipt':
        return this.conversation.applyReadReceipt(session, pdu);
      case 'typing':
        return pdu.isTyping ? this.#startTyping() : this.#stopTyping();
      case 'profile-update':
        return this.#adoptName(pdu.displayName);
      case 'address-update':
        return this.#adoptAddress(session, pdu.peerId as PeerId);
    }
  }

  /** A peer's own name replaces a placeholder, never a name that the person gave. */
  async #adoptName(displayName: string): Promise<void> {
    const name = normalizeName(displayName);
    const contact = this.#host.book.find(this.contactId);
    if (name === null || contact === null || contact.isNameLocal || contact.name === name) return;
    await this.#host.book.update(this.contactId, current =>
      current.isNameLocal ? current : { ...current, name },
    );
  }

  /** Ours, and another contact's, are not theirs to take. */
  async #adoptAddress(session: ReadySession, peerId: PeerId): Promise<void> {
    const { book } = this.#host;
    const owner = book.findByPeerId(peerId);
    const isTaken = peerId === this.#host.peerId || (owner !== null && owner.id !== this.contactId);
    if (isTaken || book.find(this.contactId) === null) return;
    session.link.moved(peerId);
    await book.update(this.contactId, contact => ({ ...contact, peerId }));
  }

  #startTyping(): void {
    this.#cancelTyping?.();
    this.#cancelTyping = this.#host.clock.setTimer(TYPING_EXPIRY_MS, () => this.#stopTyping());
    this.#host.contactsChanged();
  }

  #stopTyping(): void {
    if (this.#cancelTyping === null) return;
    this.#cancelTyping();
    this.#cancelTyping = null;
    this.#host.contactsChanged();
  }

  // ---------------------------------------------------------------- the machine

  #step(event: ConnectionEvent): void {
    const { clock, isOnline } = this.#host;
    const environment = { nowMs: clock.nowMs(), isOnline, random: secureRandom() };
    const { state, effects } = transition(this.#state, event, environment);
    const isChanged = state !== this.#state;
    this.#state = state;
    for (const effect of effects) this.#run(effect);
    if (isChanged) this.#host.contactsChanged();
  }

  #run(effect: ConnectionEffect): void {
    switch (effect.type) {
      case 'dial':
        return this.#host.requestDial(this);
      case 'set-timer':
        this.#cancelTimer();
        this.#cancelTimer = this.#host.clock.setTimer(
          Math.max(0, effect.atMs - this.#host.clock.nowMs()),
          () => this.#step({ type: 'due' }),
        );
        return;
      case 'cancel-timer':
        return this.#cancelTimer();
      case 'close-link':
        return this.#sessions.find(({ link }) => link.id === effect.linkId)?.close('unreachable');
    }
  }
}

function tellPath({ path }: ReadySession, event: Exclude<PathNews, { type: 'wake' }>): void {
  switch (event.type) {
    case 'link-path':
      return path.tell({ type: 'ice', isUp: event.connected });
    case 'link-restart':
      return path.made(event.restart);
    case 'link-signal':
      void path.acceptSealed(event.bytes);
  }
}

function competing({ link, readyAtMs }: ReadySession): {
  startedAtMs: number;
  readyAtMs: number;
  isOurs: boolean;
} {
  return { startedAtMs: link.startedAtMs, readyAtMs, isOurs: link.isOurs };
}
