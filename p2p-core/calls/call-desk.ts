/**
 * The one call of a profile: takes rings, answers for a device that is busy, settles two rings that cross, and keeps
 * what was missed. P2P-CAL-13 … P2P-CAL-19.
 */
import type { IdentityKeys } from '@enk/crypto-core';
import { P2pError } from '../errors.ts';
import { CALL_ENDED_MS, MAX_QUEUED_CALL_MESSAGES } from '../limits.ts';
import type { PduBody } from '../pdu/codec.ts';
import type { PduOf } from '../pdu/schemas.ts';
import type { CallId, CallMediaPort } from '../ports/call-media.ts';
import type { Clock } from '../ports/clock.ts';
import type { NetworkSettings } from '../ports/transport.ts';
import { mayFollowSfu } from '../transport/address-policy.ts';
import type { CallPduType } from '../session/ready-session.ts';
import type { ContactId, EnkEvent } from '../worker/api.ts';
import { Call } from './call.ts';
import type { CallHost } from './call-host.ts';
import type { CallFlags } from './call-view.ts';
import type { MissedCalls } from './missed-calls.ts';

export interface CallDeskOptions {
  readonly identity: IdentityKeys;
  readonly clock: Clock;
  /** Null where nothing can make media: rings are answered with `unavailable`. */
  readonly media: CallMediaPort | null;
  readonly missed: MissedCalls;
  identityOf(contactId: ContactId): Uint8Array | null;
  contactOf(identityKey: Uint8Array): ContactId | null;
  /** Broker, ICE servers and relay mode of now. */
  network(): NetworkSettings;
  /** False when the contact has no session now. */
  send(contactId: ContactId, body: PduBody): boolean;
  /** Asks for a session. */
  wanted(contactId: ContactId): void;
  emit(event: EnkEvent): void;
}

type AnyCallPdu = PduOf<CallPduType>;

export class CallDesk implements CallHost {
  readonly identity: IdentityKeys;
  readonly clock: Clock;
  readonly #options: CallDeskOptions;
  readonly #unsubscribe: (() => void)[] = [];
  /** What waits for a contact's next session. */
  readonly #waiting = new Map<ContactId, PduBody[]>();
  #call: Call | null = null;
  #isClosed = false;
  #cancelEnded: () => void = () => undefined;

  constructor(options: CallDeskOptions) {
    this.#options = options;
    this.identity = options.identity;
    this.clock = options.clock;
    const { media } = options;
    if (media === null) return;
    this.#unsubscribe.push(
      media.subscribe(event => {
        if (event.call === this.#live?.id) this.#call?.mediaEvent(event);
      }),
      media.onKeyPort((call, port) => {
        if (call === this.#live?.id) this.#call?.takeKeyPort(port);
        else port.close();
      }),
    );
  }

  // ---------------------------------------------------------------- what the person does

  /** Throws P2pError `calls-unavailable`, `in-a-call`, `unknown-contact`. */
  start(contactId: ContactId, isVideo: boolean): CallId {
    if (this.#options.media === null) throw new P2pError('calls-unavailable');
    if (this.identityOf(contactId) === null) throw new P2pError('no-identity-yet');
    const live = this.#live;
    if (live?.isIncoming === true && live.has(contactId)) {
      live.accept(); // both had the same idea
      return live.id;
    }
    if (live !== null) throw new P2pError('in-a-call');
    this.#adopt(Call.ring(this, contactId, isVideo));
    return this.#require().id;
  }

  accept(id: CallId): void {
    this.#require(id).accept();
  }

  decline(id: CallId): void {
    this.#require(id).decline('declined');
  }

  hangUp(id: CallId): void {
    this.#require(id).leave('hung-up');
  }

  invite(id: CallId, contactId: ContactId): void {
    if (this.identityOf(contactId) === null) throw new P2pError('no-identity-yet');
    this.#require(id).invite(contactId);
  }

  remove(id: CallId, contactId: ContactId): void {
    this.#require(id).remove(contactId);
  }

  setFlags(id: CallId, flags: CallFlags): void {
    this.#require(id).setFlags(flags);
  }

  showRows(id: CallId, contactId: ContactId, rows: number): void {
    this.#require(id).showRows(contactId, rows);
  }

  react(id: CallId, emoji: string): void {
    this.#require(id).react(emoji);
  }

  /** Takes an ended call from the screen, and forgets the missed calls of a contact. */
  dismiss(contactId: ContactId | null): void {
    if (contactId === null) return this.#forgetEnded();
    this.#options.missed.forget(contactId);
  }

  // ---------------------------------------------------------------- facts from outside

  /** A PDU of a call from a contact's session. */
  receive(contactId: ContactId, pdu: AnyCallPdu): void {
    if (this.#isClosed) return;
    if (pdu.type === 'call-ring') return this.#rung(contactId, pdu);
    const live = this.#live;
    if (live?.id === pdu.call) {
      return live.has(contactId) ? live.receive(contactId, pdu) : live.receiveEarly(contactId, pdu);
    }
    // Of a call that is not: told for what needs an answer, never for an ending.
    const isEnding = pdu.type === 'call-hangup' || pdu.type === 'call-decline';
    if (!isEnding) {
      this.send(contactId, { type: 'call-hangup', call: pdu.call, reason: 'unknown' });
    }
  }

  /** What waited for this session goes, and the other side learns what it may have missed. */
  sessionBegan(contactId: ContactId): void {
    const waiting = this.#waiting.get(contactId) ?? [];
    this.#waiting.delete(contactId);
    for (const body of waiting) this.send(contactId, body);
    this.#live?.sessionBegan(contactId);
  }

  /** Blocked or removed: the call with it ends. */
  contactGone(contactId: ContactId): void {
    this.#waiting.delete(contactId);
    if (this.#live?.has(contactId) === true) this.#live.remove(contactId);
    this.dismiss(contactId);
  }

  /** Ends the call; one that still rings was missed. Idempotent. Resolves when what was missed is stored. */
  async close(): Promise<void> {
    const live = this.#live;
    const [first] = live?.view.members ?? [];
    if (live?.isIncoming === true && first !== undefined) this.#miss(first.contactId, live.id, live.isVideo);
    live?.leave('hung-up');
    this.#isClosed = true;
    this.#cancelEnded();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#options.missed.stored();
  }

  // ---------------------------------------------------------------- CallHost

  mayFollowSfu(url: string): boolean {
    return mayFollowSfu(url, this.#options.network());
  }

  identityOf(contactId: ContactId): Uint8Array | null {
    return this.#options.identityOf(contactId);
  }

  contactOf(identityKey: Uint8Array): ContactId | null {
    return this.#options.contactOf(identityKey);
  }

  send(contactId: ContactId, body: PduBody): void {
    if (this.#options.send(contactId, body)) return;
    const waiting = this.#waiting.get(contactId) ?? [];
    if (waiting.length < MAX_QUEUED_CALL_MESSAGES) waiting.push(body);
    this.#waiting.set(contactId, waiting);
    this.#options.wanted(contactId);
  }

  media(command: Parameters<CallMediaPort['execute']>[0]): void {
    this.#options.media?.execute(command);
  }

  changed(): void {
    const call = this.#call;
    if (call === null || this.#isClosed) return;
    this.#options.emit({ type: 'call', call: call.view });
    if (call.isOver) this.#afterEnd(call);
  }

  reacted(contactId: ContactId, emoji: string): void {
    this.#options.emit({ type: 'call-reaction', contactId, emoji });
  }

  // ---------------------------------------------------------------- inside

  get #live(): Call | null {
    return this.#call?.isOver === false ? this.#call : null;
  }

  #require(id?: CallId): Call {
    const live = this.#live;
    if (live === null || (id !== undefined && live.id !== id)) throw new P2pError('unknown-call');
    return live;
  }

  #adopt(call: Call): void {
    this.#cancelEnded();
    this.#call = call;
    this.changed();
  }

  #rung(contactId: ContactId, ring: PduOf<'call-ring'>): void {
    const live = this.#live;
    if (live?.id === ring.call) return; // rung again
    if (this.#options.media === null) return this.#decline(contactId, ring, 'unavailable');
    if (live?.isOnlyCalling(contactId) === true) return this.#settleGlare(live, contactId, ring);
    if (live !== null) {
      this.#decline(contactId, ring, 'busy');
      return this.#miss(contactId, ring.call as CallId, ring.isVideo);
    }
    this.#adopt(Call.incoming(this, contactId, ring));
  }

  /** Two rings crossed: both sides keep the call with the lower id, and whoever wanted to talk has answered. */
  #settleGlare(ours: Call, contactId: ContactId, ring: PduOf<'call-ring'>): void {
    if (ours.id < ring.call) return; // they take ours
    ours.leave('hung-up', null);
    const theirs = Call.incoming(this, contactId, ring);
    this.#adopt(theirs);
    theirs.accept();
  }

  #decline(contactId: ContactId, { call }: PduOf<'call-ring'>, reason: 'busy' | 'unavailable'): void {
    this.send(contactId, { type: 'call-decline', call, reason });
  }

  #afterEnd(call: Call): void {
    const { members, endReason, isVideo } = call.view;
    const [first] = members;
    for (const waiting of this.#waiting.values()) forgetOf(waiting, call.id);
    if (endReason === 'missed' && first !== undefined) this.#miss(first.contactId, call.id, isVideo);
    this.#cancelEnded();
    this.#cancelEnded = this.clock.setTimer(CALL_ENDED_MS, () => this.#forgetEnded());
  }

  #forgetEnded(): void {
    if (this.#live !== null || this.#call === null) return;
    this.#cancelEnded();
    this.#call = null;
    this.#options.emit({ type: 'call', call: null });
  }

  #miss(contactId: ContactId, call: CallId, isVideo: boolean): void {
    this.#options.missed.add({ call, contactId, isVideo, atMs: this.clock.nowMs(), times: 1 });
  }
}

/** What waited for a call that is over goes; its ending stays, unless the ring itself never left. */
function forgetOf(waiting: PduBody[], call: CallId): void {
  const ofCall = (body: PduBody): boolean => 'call' in body && body.call === call;
  const wasRung = !waiting.some(body => body.type === 'call-ring' && ofCall(body));
  const kept = waiting.filter(body => !ofCall(body) || (wasRung && body.type === 'call-hangup'));
  waiting.splice(0, waiting.length, ...kept);
}
