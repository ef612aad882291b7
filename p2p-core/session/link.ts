/**
 * One link as the session layer sees it: what came in waits in a bounded queue, what goes out is a WireFrame and
 * nothing else, and it ends once, for one reason. It authenticates nobody. Worker-side twin of one
 * RTCPeerConnection; not responsible for how that is made.
 */
import type { WireFrame } from '@enk/crypto-core';
import {
  HANDSHAKE_TIMEOUT_MS,
  MAX_FRAME_BYTES,
  MAX_HANDSHAKE_QUEUE_BYTES,
  MAX_HANDSHAKE_QUEUE_FRAMES,
  MAX_OPEN_QUEUE_BYTES,
  MAX_OPEN_QUEUE_FRAMES,
  SEND_BUFFER_HIGH_WATER_BYTES,
} from '../limits.ts';
import type {
  LinkCloseReason,
  LinkDescription,
  LinkId,
  PeerId,
  RestartDescription,
  TransportEvent,
  TransportPort,
} from '../ports/transport.ts';
import type { LinkFailure } from './connection-machine.ts';
import { FrameOrder } from './frame-order.ts';
import { LinkChannel } from './link-channel.ts';
import { LinkLanes } from './link-lanes.ts';

/** What the transport tells of a stripe, but for messages and its queue. */
export type StripeEvent =
  | Extract<TransportEvent, { type: 'stripe-description' | 'stripe-open' }>
  | { readonly type: 'stripe-closed'; readonly linkId: LinkId };

/** A stripe's name begins with its link's. */
export function stripeId(link: LinkId, number: number): LinkId {
  return `${link}/${number}` as LinkId;
}

/** The link that a name belongs to: its own, or a stripe's. */
export function linkOf(linkId: LinkId): LinkId {
  return (linkId.split('/', 1)[0] ?? linkId) as LinkId;
}

export type LinkStage = 'connecting' | 'handshaking' | 'ready' | 'closed';

export class Link {
  readonly id: LinkId;
  /** True when we dialled. */
  readonly isOurs: boolean;
  readonly #transport: TransportPort;
  readonly #lanes: LinkLanes;
  readonly #order = new FrameOrder();
  readonly #abort = new AbortController();
  readonly #channel = new LinkChannel({
    frames: MAX_HANDSHAKE_QUEUE_FRAMES,
    bytes: MAX_HANDSHAKE_QUEUE_BYTES,
  });
  #stage: LinkStage = 'connecting';
  #failure: LinkFailure | null = null;
  #isAccused = false;
  #closeReason: LinkCloseReason | null = null;
  #description: LinkDescription | null = null;
  #startedAtMs = 0;
  onClosed: (failure: LinkFailure) => void = () => undefined;
  /** A channel's queue shrank. */
  onDrained: () => void = () => undefined;
  onStripe: (event: StripeEvent) => void = () => undefined;

  constructor(id: LinkId, isOurs: boolean, transport: TransportPort, nowMs: () => number) {
    this.id = id;
    this.isOurs = isOurs;
    this.#transport = transport;
    this.#lanes = new LinkLanes(id, nowMs);
  }

  get stage(): LinkStage {
    return this.#stage;
  }

  /** Fires when the link ends. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Why it ended, or null. */
  get failure(): LinkFailure | null {
    return this.#failure;
  }

  get closeReason(): LinkCloseReason | null {
    return this.#closeReason;
  }

  /** Ids and pinned fingerprints; the channel is open. Throws RangeError before that. */
  get description(): LinkDescription {
    if (this.#description === null) throw new RangeError('link is not open');
    return this.#description;
  }

  /** When the channel opened, ms since the epoch. */
  get startedAtMs(): number {
    return this.#startedAtMs;
  }

  get hasRoom(): boolean {
    return this.#lanes.main.bytes < SEND_BUFFER_HIGH_WATER_BYTES;
  }

  /** Nothing of ours waits. */
  get isDrained(): boolean {
    return this.#lanes.isDrained;
  }

  /** Room for what may wait: above it nothing more urgent could pass any more. */
  get hasChunkRoom(): boolean {
    return this.#lanes.hasChunkRoom;
  }

  /** The data channel is open: the handshake may begin. */
  opened(description: LinkDescription, nowMs: number): void {
    this.#description = description;
    this.#startedAtMs = nowMs;
    this.#stage = 'handshaking';
  }

  /** The handshake is over: more may queue. */
  becameReady(): void {
    if (this.#stage === 'closed') return;
    this.#stage = 'ready';
    this.#channel.rebound({ frames: MAX_OPEN_QUEUE_FRAMES, bytes: MAX_OPEN_QUEUE_BYTES });
  }

  send(frame: WireFrame): void {
    if (this.#stage === 'closed') return;
    this.#transport.execute({ type: 'send', ...this.#lanes.route(frame) });
  }

  /** Makes a restart offer: told as `link-restart`. */
  restartIce(offer: number): void {
    if (this.#stage === 'ready') this.#transport.execute({ type: 'restart-ice', linkId: this.id, offer });
  }

  /** Takes a restart description that the session authenticated. */
  applyRestart(restart: RestartDescription): void {
    if (this.#stage === 'ready') this.#transport.execute({ type: 'apply-restart', linkId: this.id, restart });
  }

  /** Passes sealed bytes through the broker. */
  signalSealed(bytes: Uint8Array): void {
    if (this.#stage === 'ready') this.#transport.execute({ type: 'signal', linkId: this.id, bytes });
  }

  /** The other end is at another address now: what goes through the broker goes there. */
  moved(remotePeerId: PeerId): void {
    if (this.#stage === 'ready') this.#transport.execute({ type: 'move', linkId: this.id, remotePeerId });
  }

  receive(): Promise<Uint8Array> {
    return this.#channel.receive();
  }

  /** A message from the wire, by the link itself or by a stripe. */
  received(bytes: Uint8Array, by: LinkId = this.id): void {
    const isOwn = by === this.id;
    if (!isOwn) this.#lanes.noteReceived();
    const unordered = isOwn ? [bytes] : null;
    const frames = this.#stage === 'ready' ? this.#order.accept(bytes, isOwn) : unordered;
    const isFine =
      frames?.every(frame => frame.length <= MAX_FRAME_BYTES && this.#channel.push(frame)) ?? false;
    if (!isFine) this.close('peer-fault');
  }

  /** A channel took so much off its queue since it opened, and was empty then. */
  drained(takenBytes: number, isEmpty: boolean, by: LinkId = this.id): void {
    this.#lanes.taken(by, takenBytes, isEmpty);
    this.onDrained();
  }

  // ---------------------------------------------------------------- stripes (stripes.ts decides)

  get lanes(): LinkLanes {
    return this.#lanes;
  }

  /** Makes a stripe: an offer, or the answer to one; told as `stripe-description`. */
  openStripe(linkId: LinkId, offer: string | null): void {
    if (this.#stage === 'ready') this.#transport.execute({ type: 'stripe', linkId, offer });
  }

  answerStripe(linkId: LinkId, sdp: string): void {
    if (this.#stage === 'ready') this.#transport.execute({ type: 'stripe-answer', linkId, sdp });
  }

  closeStripe(linkId: LinkId): void {
    this.#lanes.remove(linkId);
    this.#transport.execute({ type: 'close', linkId });
  }

  /** Ends the link from our side. The first reason counts. */
  close(failure: LinkFailure): void {
    if (this.#stage === 'closed') return;
    this.#closeReason = 'closed-locally';
    this.#end(failure);
    this.#transport.execute({ type: 'close', linkId: this.id });
  }

  /** The peer said that something of ours is wrong: if it closes now, that is why. */
  accused(): void {
    this.#isAccused = true;
  }

  /** The transport says that it is over. */
  closedByTransport(reason: LinkCloseReason, nowMs: number): void {
    if (this.#stage === 'closed') return;
    this.#closeReason = reason;
    this.#end(this.#isAccused ? 'peer-fault' : this.#failureOf(reason, nowMs));
  }

  /**
   * A peer that closes in the handshake refused it, unless it had to wait so long that it may have given up. One that
   * closes a Ready session without a word has most often reloaded its page: nobody's fault.
   */
  #failureOf(reason: LinkCloseReason, nowMs: number): LinkFailure {
    if (reason !== 'closed-remotely') return FAILURES[reason];
    const isRefusal = this.#stage === 'handshaking' && nowMs - this.#startedAtMs < HANDSHAKE_TIMEOUT_MS / 2;
    return isRefusal ? 'peer-fault' : 'unreachable';
  }

  #end(failure: LinkFailure): void {
    this.#stage = 'closed';
    this.#failure = failure;
    this.#abort.abort();
    this.#channel.close();
    this.#order.close();
    this.onClosed(failure);
  }
}

const FAILURES: Readonly<Record<Exclude<LinkCloseReason, 'closed-remotely'>, LinkFailure>> = {
  'peer-unavailable': 'peer-unavailable',
  'refused-description': 'peer-fault',
  'closed-locally': 'local',
  'ice-failed': 'unreachable',
  timeout: 'unreachable',
  'signaling-lost': 'unreachable',
};
