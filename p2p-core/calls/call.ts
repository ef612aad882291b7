/**
 * One call: its members, its MLS group, and the media connections of the page. Knows no session: what it sends goes
 * through the host, sealed to one contact. P2P-CAL-13 … P2P-CAL-23.
 *
 * Invariants: nothing of a contact reaches the page before that contact is a member (accepted, or in the group);
 * who is gone is out of the group before anything else is sealed; when nobody is left, the call is over.
 */
import { P2pError } from '../errors.ts';
import { MAX_QUEUED_CALL_MESSAGES } from '../limits.ts';
import type { PduBody } from '../pdu/codec.ts';
import type { PduOf } from '../pdu/schemas.ts';
import type { CallId, CallMediaEvent, MediaSignal } from '../ports/call-media.ts';
import { decodeBase64Url, encodeBase64Url } from '../storage/base64url.ts';
import type { ContactId } from '../worker/api.ts';
import type { CallHost } from './call-host.ts';
import type { KeyServerPort } from './call-keys.ts';
import { CallMembership, type RosterEntry } from './call-membership.ts';
import { CallTopology, sfuTag } from './call-topology.ts';
import { type CallPdu, peerOf, pduToSignal, signalToPdu } from './call-pdus.ts';
import { type CallEndReason, type CallFlags, type CallView, NO_FLAGS } from './call-view.ts';
import { EarlyMessages } from './early-messages.ts';
import { isAcceptableSignal } from './media-description.ts';
import {
  enterMember,
  type MemberEvent,
  type MemberState,
  type MemberStep,
  transitionMember,
} from './member-machine.ts';

interface Member {
  state: MemberState;
  flags: CallFlags;
  isConnected: boolean;
  /** Of its camera are shown here; null: nobody said. */
  rows: number | null;
  /** What came before it was a member. */
  readonly early: MediaSignal[];
  cancelTimer(): void;
}

export class Call {
  readonly id: CallId;
  readonly isOutgoing: boolean;
  readonly isVideo: boolean;
  readonly #host: CallHost;
  readonly #groupId: Uint8Array;
  readonly #members = new Map<ContactId, Member>();
  readonly #membership: CallMembership;
  readonly #topology: CallTopology;
  readonly #early = new EarlyMessages();
  /** Who was in the group of the epoch before. */
  #inGroup: ReadonlySet<ContactId> = new Set();
  #flags: CallFlags = NO_FLAGS;
  #startedAtMs: number | null = null;
  #endReason: CallEndReason | null = null;

  private constructor(
    host: CallHost,
    input: {
      readonly id: CallId;
      readonly groupId: Uint8Array;
      readonly isVideo: boolean;
      readonly isOutgoing: boolean;
    },
  ) {
    this.#host = host;
    this.id = input.id;
    this.#groupId = input.groupId;
    this.isVideo = input.isVideo;
    this.isOutgoing = input.isOutgoing;
    this.#membership = new CallMembership(input.id, input.groupId, host, {
      isGone: contactId => this.#members.get(contactId)?.state.kind === 'gone',
      others: () => this.#others(),
      onRoster: (roster, isNewcomer) => this.#followRoster(roster, isNewcomer),
      onRemoved: () => this.leave('removed'),
      onFailed: () => this.leave('failed', 'failed'),
    });
    this.#topology = this.#makeTopology();
  }

  /** Calls a contact. */
  static ring(host: CallHost, contactId: ContactId, isVideo: boolean): Call {
    const id = encodeBase64Url(crypto.getRandomValues(new Uint8Array(16))) as CallId;
    const groupId = crypto.getRandomValues(new Uint8Array(32));
    const call = new Call(host, { id, groupId, isVideo, isOutgoing: true });
    host.media({ type: 'media-open', call: id });
    call.#membership.found();
    call.invite(contactId);
    return call;
  }

  /** A contact calls. */
  static incoming(host: CallHost, contactId: ContactId, ring: PduOf<'call-ring'>): Call {
    const call = new Call(host, {
      id: ring.call as CallId,
      groupId: decodeBase64Url(ring.group),
      isVideo: ring.isVideo,
      isOutgoing: false,
    });
    call.#addMember(contactId, enterMember('incoming'));
    call.#send(contactId, { type: 'call-ringing', call: call.id });
    return call;
  }

  // ---------------------------------------------------------------- what it is

  get view(): CallView {
    return {
      id: this.id,
      isOutgoing: this.isOutgoing,
      isVideo: this.isVideo,
      phase: this.#phase,
      endReason: this.#endReason,
      startedAtMs: this.#startedAtMs,
      mayChangeMembers: this.#membership.host === null,
      epoch: this.#membership.epoch,
      flags: this.#flags,
      members: [...this.#members].map(([contactId, { state, flags }]) => ({
        contactId,
        phase: state.kind,
        reason: state.kind === 'gone' ? state.reason : null,
        flags,
      })),
    };
  }

  get #phase(): CallView['phase'] {
    const kinds = [...this.#members.values()].map(({ state }) => state.kind);
    if (this.#endReason !== null) return 'ended';
    if (this.#startedAtMs !== null) return 'active';
    if (kinds.includes('incoming')) return 'incoming';
    return kinds.includes('joining') ? 'connecting' : 'calling';
  }

  get isOver(): boolean {
    return this.#endReason !== null;
  }

  get isIncoming(): boolean {
    return this.#phase === 'incoming';
  }

  /** We ring this contact, and nobody has answered: where a ring of theirs crosses ours. */
  isOnlyCalling(contactId: ContactId): boolean {
    return this.#phase === 'calling' && this.#members.size === 1 && this.#members.has(contactId);
  }

  has(contactId: ContactId): boolean {
    return this.#isIn(this.#members.get(contactId));
  }

  // ---------------------------------------------------------------- what the person does

  /** Rings one more contact. Throws P2pError `bad-request` where another member decides who is in the call. */
  invite(contactId: ContactId): void {
    if (this.#membership.host !== null) throw new P2pError('bad-request');
    if (this.isOver || this.has(contactId)) return;
    this.#addMember(contactId, enterMember('calling'));
    const group = encodeBase64Url(this.#groupId);
    this.#send(contactId, { type: 'call-ring', call: this.id, group, isVideo: this.isVideo });
    this.#host.changed();
  }

  /** Takes an incoming call: media and membership begin at once. */
  accept(): void {
    const [contactId] = [...this.#members.keys()];
    if (contactId === undefined || !this.isIncoming) return;
    this.#host.media({ type: 'media-open', call: this.id });
    this.#step(contactId, { type: 'we-accept' });
    this.#connect(contactId, true);
    this.#membership.makeKeyPackage(keyPackage =>
      this.#send(contactId, { type: 'call-accept', call: this.id, keyPackage }),
    );
  }

  decline(reason: 'declined' | 'busy' | 'unavailable'): void {
    const [contactId] = [...this.#members.keys()];
    if (contactId === undefined || !this.isIncoming) return;
    this.#send(contactId, { type: 'call-decline', call: this.id, reason });
    this.#end('declined');
  }

  /** Leaves. `tell`: what those are told who are not gone; null: nothing. */
  leave(reason: CallEndReason, tell: 'ended' | 'failed' | null = 'ended'): void {
    for (const [contactId, { state }] of this.#members) {
      const isAsked = state.kind === 'calling' || state.kind === 'ringing';
      if (this.#isIn(this.#members.get(contactId))) {
        const told = tell === 'ended' && isAsked ? 'cancelled' : tell;
        this.#step(contactId, { type: 'end', reason, tell: told }, true);
      }
    }
    this.#end(reason);
  }

  /** Puts a member out of the group: from the next frame on it decodes nothing. */
  remove(contactId: ContactId): void {
    this.#step(contactId, { type: 'end', reason: 'removed', tell: 'removed' });
  }

  setFlags(flags: CallFlags): void {
    this.#flags = flags;
    for (const contactId of this.#others()) this.#sendState(contactId);
    this.#topology.changed();
    this.#host.changed();
  }

  /** So many rows of this member's camera are shown here. */
  showRows(contactId: ContactId, rows: number): void {
    const member = this.#members.get(contactId);
    if (member === undefined || member.rows === rows || !this.#isIn(member)) return;
    member.rows = rows;
    if (member.isConnected) this.#sendRows(contactId, member);
  }

  react(emoji: string): void {
    for (const contactId of this.#others())
      this.#send(contactId, { type: 'call-reaction', call: this.id, emoji });
  }

  // ---------------------------------------------------------------- facts from outside

  /** A session with this contact began: what it may have missed. */
  sessionBegan(contactId: ContactId): void {
    if (this.has(contactId)) this.#sendState(contactId);
  }

  takeKeyPort(port: KeyServerPort): void {
    this.#membership.takeKeyPort(port);
  }

  mediaEvent(event: CallMediaEvent): void {
    if (event.type === 'media-failed') return this.leave(event.code, 'failed');
    if (event.type !== 'media-signal' && event.type !== 'media-state') {
      return this.#topology.mediaEvent(event);
    }
    const contactId = event.peer as string as ContactId;
    if (event.type === 'media-signal') return this.#sendSignal(contactId, event.signal);
    this.#step(contactId, { type: 'media', state: event.state });
  }

  /** A PDU of this call from a contact. What does not fit is dropped. */
  receive(contactId: ContactId, pdu: CallPdu): void {
    const member = this.#members.get(contactId);
    switch (pdu.type) {
      case 'call-ringing':
        return this.#step(contactId, { type: 'rings-there' });
      case 'call-decline':
        return this.#step(contactId, { type: 'declined', reason: pdu.reason });
      case 'call-hangup':
        return this.#step(contactId, { type: 'hung-up', reason: pdu.reason });
      case 'call-accept':
        return this.#accepted(contactId, pdu.keyPackage);
      case 'call-welcome':
        return this.has(contactId) && !this.isIncoming
          ? this.#membership.welcomed(contactId, pdu.welcome)
          : undefined;
      case 'call-group':
        return this.#membership.receive(pdu.message);
      case 'call-offer':
      case 'call-answer':
      case 'call-candidate':
        return this.#signal(contactId, pduToSignal(pdu));
      case 'call-state': {
        if (member === undefined || !this.#isIn(member)) return;
        const { hasMicrophone, hasCamera, hasScreen, isHeld, isHandRaised } = pdu;
        member.flags = { hasMicrophone, hasCamera, hasScreen, isHeld, isHandRaised };
        this.#topology.changed();
        return this.#host.changed();
      }
      case 'call-topology':
        return this.has(contactId) && !this.isIncoming ? this.#topology.receive(contactId, pdu) : undefined;
      case 'call-picture':
        return this.#isIn(member) && !this.isIncoming
          ? this.#host.media({
              type: 'media-picture',
              call: this.id,
              peer: peerOf(contactId),
              rows: pdu.rows,
            })
          : undefined;
      case 'call-reaction':
        return this.#isIn(member) ? this.#host.reacted(contactId, pdu.emoji) : undefined;
    }
  }

  /** A PDU of this call from a contact that is not in it for us: it waits, should a Commit be on its way. */
  receiveEarly(contactId: ContactId, pdu: CallPdu): void {
    if (this.isOver || this.isIncoming) return;
    // A hang-up divides the membership that is over from another that begins.
    const isLastWord = pdu.type === 'call-hangup' && this.#members.has(contactId);
    if (isLastWord) this.#early.take(contactId);
    else this.#early.hold(contactId, pdu);
  }

  // ---------------------------------------------------------------- members

  #isIn(member: Member | undefined): boolean {
    return member !== undefined && member.state.kind !== 'gone';
  }

  #others(): readonly ContactId[] {
    return [...this.#members]
      .filter(([, member]) => member.isConnected && this.#isIn(member))
      .map(([id]) => id);
  }

  #addMember(contactId: ContactId, first: MemberStep): void {
    const { state } = first;
    const member: Member = {
      state,
      flags: NO_FLAGS,
      isConnected: false,
      rows: null,
      early: [],
      cancelTimer: () => undefined,
    };
    this.#members.set(contactId, member);
    this.#run(contactId, member, first);
  }

  /** `isLeaving`: the call ends anyway. */
  #step(contactId: ContactId, event: MemberEvent, isLeaving = false): void {
    const member = this.#members.get(contactId);
    if (member === undefined || this.isOver) return;
    const step = transitionMember(member.state, event);
    const isGone = step.state.kind === 'gone' && member.state.kind !== 'gone';
    member.state = step.state;
    this.#run(contactId, member, step);
    if (step.state.kind === 'present') this.#startedAtMs ??= this.#host.clock.nowMs();
    if (isGone && !isLeaving) this.#memberGone(contactId, member);
    if (!this.isOver) this.#host.changed();
  }

  #run(contactId: ContactId, member: Member, { effects }: MemberStep): void {
    for (const effect of effects) {
      if (effect.type === 'tell') {
        this.#send(contactId, { type: 'call-hangup', call: this.id, reason: effect.reason });
        continue;
      }
      member.cancelTimer();
      const { delayMs } = effect;
      member.cancelTimer =
        delayMs === null
          ? () => undefined
          : this.#host.clock.setTimer(delayMs, () => this.#step(contactId, { type: 'due' }));
    }
  }

  #memberGone(contactId: ContactId, member: Member): void {
    this.#disconnect(contactId, member);
    const isSomebodyLeft = [...this.#members.values()].some(other => this.#isIn(other));
    if (!isSomebodyLeft) return this.#end(member.state.kind === 'gone' ? member.state.reason : 'failed');
    this.#membership.memberGone(contactId);
  }

  #end(reason: CallEndReason): void {
    if (this.isOver) return;
    this.#endReason = reason;
    for (const { cancelTimer } of this.#members.values()) cancelTimer();
    this.#early.clear();
    this.#membership.close();
    this.#topology.close();
    this.#host.media({ type: 'media-close', call: this.id });
    this.#host.changed();
  }

  // ---------------------------------------------------------------- the group

  #accepted(contactId: ContactId, keyPackage: string): void {
    const kind = this.#members.get(contactId)?.state.kind;
    if (kind !== 'calling' && kind !== 'ringing') return;
    this.#step(contactId, { type: 'accepted' });
    this.#connect(contactId, false);
    this.#topology.tell(contactId);
    this.#membership.admit(contactId, keyPackage);
  }

  /** Who is in the group is in the call, and nobody else. A newcomer offers to everybody. */
  #followRoster(roster: readonly RosterEntry[], isNewcomer: boolean): void {
    const present = new Set(roster.map(({ contactId }) => contactId));
    for (const contactId of present) {
      // Gone and still in the group: about to be removed. Gone and in it again: somebody asked it back.
      if (!this.has(contactId) && !this.#inGroup.has(contactId)) {
        this.#addMember(contactId, enterMember('joining'));
      }
      if (!this.has(contactId)) continue;
      this.#connect(contactId, isNewcomer);
      this.#sendState(contactId);
    }
    this.#inGroup = present;
    for (const [contactId, { state }] of this.#members) {
      const wasIn = state.kind === 'present' || state.kind === 'lost';
      if (wasIn && !present.has(contactId)) {
        this.#step(contactId, { type: 'end', reason: 'removed', tell: null });
      }
    }
    this.#topology.changed();
    for (const contactId of present) {
      for (const pdu of this.#early.take(contactId)) if (this.has(contactId)) this.receive(contactId, pdu);
    }
    this.#host.changed();
  }

  // ---------------------------------------------------------------- media

  #makeTopology(): CallTopology {
    return new CallTopology({
      id: this.id,
      clock: this.#host.clock,
      ownTag: this.#tagOf(this.#host.identity.identityKey),
      others: () => this.#others(),
      hasVideo: () =>
        [this.#flags, ...this.#flagsOfOthers()].some(({ hasCamera, hasScreen }) => hasCamera || hasScreen),
      isHost: () => this.#membership.isHost,
      host: () => this.#membership.host,
      mayFollow: url => this.#host.mayFollowSfu(url),
      isBefore: contactId => this.#membership.isBefore(contactId),
      send: (contactId, body) => this.#send(contactId, body),
      media: command => this.#host.media(command),
    });
  }

  /** A contact that is blocked meanwhile has a name that nobody goes by. */
  #tagOf(identityKey: Uint8Array | null): string {
    return sfuTag(this.#groupId, identityKey ?? new Uint8Array(0));
  }

  #flagsOfOthers(): readonly CallFlags[] {
    return this.#others().flatMap(id => this.#members.get(id)?.flags ?? []);
  }

  #connect(contactId: ContactId, isOfferer: boolean): void {
    const member = this.#members.get(contactId);
    if (member === undefined || member.isConnected) return;
    member.isConnected = true;
    const peer = peerOf(contactId);
    // The newcomer offers first, and gives way to who was there.
    const tag = this.#tagOf(this.#host.identityOf(contactId));
    this.#host.media({ type: 'media-connect', call: this.id, peer, isOfferer, isPolite: isOfferer, tag });
    for (const signal of member.early.splice(0)) {
      this.#host.media({ type: 'media-signal', call: this.id, peer, signal });
    }
  }

  #disconnect(contactId: ContactId, member: Member): void {
    member.early.length = 0;
    this.#host.media({ type: 'media-disconnect', call: this.id, peer: peerOf(contactId) });
  }

  /** A description or candidate. Before the author is a member it waits; before we accepted it is nothing. */
  #signal(contactId: ContactId, signal: MediaSignal): void {
    const member = this.#members.get(contactId);
    if (member === undefined || !this.#isIn(member) || member.state.kind === 'incoming') return;
    if (!isAcceptableSignal(signal))
      return this.#step(contactId, { type: 'end', reason: 'failed', tell: 'failed' });
    if (member.isConnected) {
      this.#host.media({ type: 'media-signal', call: this.id, peer: peerOf(contactId), signal });
    } else if (member.early.length < MAX_QUEUED_CALL_MESSAGES) member.early.push(signal);
  }

  #sendSignal(contactId: ContactId, signal: MediaSignal): void {
    if (this.has(contactId)) this.#send(contactId, signalToPdu(this.id, signal));
  }

  #sendState(contactId: ContactId): void {
    this.#send(contactId, { type: 'call-state', call: this.id, ...this.#flags });
    const member = this.#members.get(contactId);
    if (member !== undefined) this.#sendRows(contactId, member);
  }

  #sendRows(contactId: ContactId, { rows }: Member): void {
    if (rows !== null) this.#send(contactId, { type: 'call-picture', call: this.id, rows });
  }

  #send(contactId: ContactId, body: PduBody): void {
    this.#host.send(contactId, body);
  }
}
