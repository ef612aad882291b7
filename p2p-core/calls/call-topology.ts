/**
 * Whether a call's media go from member to member or by an SFU: one member decides (the lowest leaf that is not gone),
 * asks its broker for a room, and tells the others inside the sessions. P2P-CAL-30, P2P-CAL-34 … P2P-CAL-36.
 *
 *   mesh ──too large, or as the operator says; a room is given──▶ sfu ──away for too long, for anybody──▶ mesh, for good
 *                                                                ◀─▶ another room, other tokens
 *
 * An SFU gets addresses and ciphertext; the worst that a wrong one does is to forward nothing.
 */
import { sha256 } from '@enk/crypto-core';
import { MAX_CALL_MEMBERS, MAX_MESH_VIDEO_MEMBERS, SFU_RENEW_RETRY_MS } from '../limits.ts';
import type { PduBody } from '../pdu/codec.ts';
import type { PduOf } from '../pdu/schemas.ts';
import type { CallId, CallMediaCommand, CallMediaEvent, SfuPlace, SfuRoom } from '../ports/call-media.ts';
import type { Clock } from '../ports/clock.ts';
import { encodeBase64Url } from '../storage/base64url.ts';
import { parseBrokerUrl } from '../transport/address-policy.ts';
import type { ContactId } from '../worker/api.ts';

/** What this file needs of a call. */
export interface TopologyCall {
  readonly id: CallId;
  readonly clock: Clock;
  readonly ownTag: string;
  /** Those whom media go to. */
  others(): readonly ContactId[];
  hasVideo(): boolean;
  /** Whether we decide. */
  isHost(): boolean;
  /** Who else does; null: nobody that we know of. */
  host(): ContactId | null;
  /** Whether this device may speak to an SFU that another member names. */
  mayFollow(url: string): boolean;
  /** Whether what this member decides holds for us. */
  isBefore(contactId: ContactId): boolean;
  send(contactId: ContactId, body: PduBody): void;
  media(command: CallMediaCommand): void;
}

export type SfuEvent = Extract<CallMediaEvent, { type: `media-sfu-${string}` }>;

/** New tokens are asked for after this share of their life. */
const REFRESH_AT = 0.8;

export class CallTopology {
  readonly #call: TopologyCall;
  /** From how many members on the broker's SFU is for us; undefined: there is none. */
  #fromMembers: number | null | undefined;
  #sfu: SfuRoom | null = null;
  #isAsking = false;
  #hasFailed = false;
  /** Who said that it cannot use the SFU; some may not be in the call yet. */
  readonly #without = new Set<ContactId>();
  #isClosed = false;
  /** Cancels the next renewal of the tokens; null: nobody here has seen to it. */
  #cancelRefresh: (() => void) | null = null;

  constructor(call: TopologyCall) {
    this.#call = call;
  }

  get isSfu(): boolean {
    return this.#sfu !== null;
  }

  /** Members or what they send changed. */
  changed(): void {
    if (this.#sfu !== null && this.#isUnreachable) return this.#failed();
    if (this.#sfu !== null && this.#cancelRefresh === null) this.#takeOver(this.#sfu);
    const isOurs = !this.#isClosed && this.#sfu === null && !this.#hasFailed && this.#call.isHost();
    if (!isOurs || this.#fromMembers === undefined || this.#isUnreachable) return;
    const largestMesh = this.#call.hasVideo() ? MAX_MESH_VIDEO_MEMBERS : MAX_CALL_MEMBERS;
    const members = this.#call.others().length + 1;
    if (members >= (this.#fromMembers ?? largestMesh + 1)) this.#ask(randomRoom());
  }

  get #isUnreachable(): boolean {
    return this.#call.isHost() && this.#call.others().some(id => this.#without.has(id));
  }

  mediaEvent(event: SfuEvent): void {
    switch (event.type) {
      case 'media-sfu-offered':
        this.#fromMembers = event.fromMembers;
        return this.changed();
      case 'media-sfu-place':
        return this.#placed(event.place);
      case 'media-sfu-state':
        if (event.state === 'lost') return this.#lost();
        return event.state === 'failed' ? this.#failed() : undefined;
    }
  }

  /** A newcomer is told before it is welcomed, so that it connects the right way at once. */
  tell(contactId: ContactId): void {
    if (this.#sfu !== null && this.#call.isHost()) this.#send([contactId]);
  }

  /** A member's word. From whom it does not hold it changes nothing, but for: it cannot reach the SFU. */
  receive(contactId: ContactId, { sfu }: PduOf<'call-topology'>): void {
    if (this.#isClosed) return;
    if (this.#call.isHost()) {
      if (sfu === null) this.#without.add(contactId);
      return this.changed();
    }
    if (!this.#call.isBefore(contactId)) return;
    if (sfu !== null && parseBrokerUrl(sfu.url) === null) return; // in clear, or none at all
    if (sfu !== null && !this.#call.mayFollow(sfu.url)) {
      return this.#call.send(contactId, { type: 'call-topology', call: this.#call.id, sfu: null });
    }
    this.#use(sfu);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelRefresh?.();
  }

  #ask(room: string): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#call.media({ type: 'media-ask-sfu', call: this.#call.id, room });
  }

  #placed(place: SfuPlace | null): void {
    this.#isAsking = false;
    if (this.#isClosed || this.#hasFailed || !this.#call.isHost()) return;
    if (place === null) {
      if (this.#sfu !== null) this.#renewIn(SFU_RENEW_RETRY_MS, this.#sfu.room);
      return;
    }
    const { url, room, apiToken, roomToken, ttlMs } = place;
    this.#use({ url, room, apiToken, roomToken });
    this.#send(this.#call.others());
    this.#renewIn(ttlMs * REFRESH_AT, room);
  }

  #renewIn(delayMs: number, room: string): void {
    this.#cancelRefresh?.();
    this.#cancelRefresh = this.#call.clock.setTimer(delayMs, () => this.#ask(room));
  }

  /** Who decided is gone, and it falls to us: nobody but us renews the tokens, and when they end is not told. */
  #takeOver({ room }: SfuRoom): void {
    if (!this.#isClosed && this.#fromMembers !== undefined && this.#call.isHost()) this.#ask(room);
  }

  /** The room may be gone with the SFU, or our tokens are over: whoever decides asks its broker again. */
  #lost(): void {
    if (this.#sfu !== null && this.#call.isHost()) this.#ask(this.#sfu.room);
  }

  /** Given up, by us or by another member: a mesh for the rest of the call. */
  #failed(): void {
    if (this.#sfu === null) return;
    const host = this.#call.host();
    if (host !== null) this.#call.send(host, { type: 'call-topology', call: this.#call.id, sfu: null });
    if (!this.#call.isHost()) return;
    this.#hasFailed = true;
    this.#cancelRefresh?.();
    this.#use(null);
    this.#send(this.#call.others());
  }

  #use(sfu: SfuRoom | null): void {
    this.#sfu = sfu;
    const { id: call, ownTag } = this.#call;
    this.#call.media({ type: 'media-topology', call, sfu, ownTag });
  }

  #send(contactIds: readonly ContactId[]): void {
    for (const id of contactIds) {
      this.#call.send(id, { type: 'call-topology', call: this.#call.id, sfu: this.#sfu });
    }
  }
}

/**
 * What a member calls itself at an SFU: known to the members, who know the group and each other, and to nobody else;
 * another one in each call.
 */
export function sfuTag(groupId: Uint8Array, identityKey: Uint8Array): string {
  const label = new TextEncoder().encode('enk-sfu-tag');
  return encodeBase64Url(sha256(label, groupId, identityKey).subarray(0, 16));
}

function randomRoom(): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(16)));
}
