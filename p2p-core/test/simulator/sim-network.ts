/**
 * A network in memory: a broker that introduces, and links that carry whole messages in order. Nothing moves by
 * itself: what was sent waits in the inbox of the other end until the simulation delivers it, which is how latency,
 * reordering between links, partitions and late news of a death come about. A link may also be held: what is on it
 * arrives seconds later, overtaken by everything else. A hostile network also drops, repeats, reorders and alters
 * frames inside a link.
 */
import type {
  LinkCloseReason,
  LinkDescription,
  LinkId,
  PeerId,
  TransportCommand,
  TransportEvent,
  TransportPort,
} from '../../ports/transport.ts';
import type { TaskQueue } from './task-queue.ts';

type Arrival = Extract<TransportEvent, { type: 'link-open' | 'link-message' | 'link-path' | 'link-closed' }>;

/** One end of a link, with what is on its way to it. */
export interface End {
  readonly transport: SimTransport;
  readonly linkId: LinkId;
  readonly inbox: Arrival[];
  sentBytes: number;
  /** This end is closed, or its device died: nothing arrives here any more. */
  isOver: boolean;
  /** Nothing arrives before this moment, ms. */
  heldUntilMs: number;
  /** The other device died; that shows no sooner, ms. Frames that it had sent arrive before. */
  deathShowsAtMs: number;
  /** A frame vanished on its way here, which a reliable channel never lets happen. */
  hasLost: boolean;
}

export interface SimLink {
  readonly dialler: End;
  readonly answerer: End;
}

interface Dial {
  readonly from: SimTransport;
  readonly linkId: LinkId;
  readonly to: PeerId;
}

export interface WireTap {
  /** A frame leaves a device. */
  onSent(from: SimTransport, bytes: Uint8Array): void;
  /** An answerer's hello is delivered: with a pair secret or invite of both, or without any. */
  onAnswer(from: SimTransport, to: SimTransport, hasCommonSecret: boolean): void;
}

/**
 * How long a dead device looks like a silent one, ms: ICE takes about as long. What it had sent arrives before, and it
 * may be back sooner than that.
 */
const DEATH_SHOWS_AFTER_MS = 5_000;

export class SimNetwork {
  readonly queue: TaskQueue;
  readonly #tap: WireTap;
  readonly #registered = new Map<PeerId, SimTransport>();
  #dials: Dial[] = [];
  #links: SimLink[] = [];
  readonly #fingerprints: () => Uint8Array;
  readonly #nowMs: () => number;
  readonly #separated = new Set<string>();
  isBrokerUp = true;
  linksOpened = 0;
  #nextLink = 1;

  constructor(queue: TaskQueue, tap: WireTap, fingerprints: () => Uint8Array, nowMs: () => number) {
    this.queue = queue;
    this.#tap = tap;
    this.#fingerprints = fingerprints;
    this.#nowMs = nowMs;
  }

  // ---------------------------------------------------------------- what devices do

  register(transport: SimTransport, peerId: PeerId): void {
    transport.peerId = peerId;
    transport.wantsRegistration = true;
    this.#tellRegistration(transport);
  }

  #tellRegistration(transport: SimTransport): void {
    const { peerId } = transport;
    if (peerId === null || !transport.wantsRegistration) return;
    if (this.isBrokerUp) this.#registered.set(peerId, transport);
    transport.postLater({
      type: 'signaling',
      state: this.isBrokerUp ? { kind: 'registered' } : { kind: 'offline', reason: 'unreachable' },
    });
  }

  unregister(transport: SimTransport): void {
    transport.wantsRegistration = false;
    for (const [peerId, owner] of this.#registered) if (owner === transport) this.#registered.delete(peerId);
  }

  dial(from: SimTransport, linkId: LinkId, to: PeerId): void {
    this.#dials.push({ from, linkId, to });
  }

  send(from: SimTransport, linkId: LinkId, bytes: Uint8Array): void {
    const found = this.#find(from, linkId);
    if (found === null || found.own.isOver) return;
    found.own.sentBytes += bytes.length;
    if (!found.other.isOver) {
      found.other.inbox.push({ type: 'link-message', linkId: found.other.linkId, bytes: bytes.slice() });
    }
    this.#tap.onSent(from, bytes);
  }

  close(from: SimTransport, linkId: LinkId): void {
    this.#dials = this.#dials.filter(dial => dial.from !== from || dial.linkId !== linkId);
    const found = this.#find(from, linkId);
    if (found !== null) this.#endOne(found.own, found.other, 'closed-remotely');
  }

  /** The device died. What it had sent may still arrive; that it is gone shows later. */
  died(transport: SimTransport): void {
    this.unregister(transport);
    this.#dials = this.#dials.filter(({ from }) => from !== transport);
    for (const { dialler, answerer } of this.#links) {
      for (const [own, other] of [
        [dialler, answerer],
        [answerer, dialler],
      ] as const) {
        if (own.transport !== transport || own.isOver) continue;
        other.deathShowsAtMs = this.#nowMs() + DEATH_SHOWS_AFTER_MS;
        this.#endOne(own, other, 'ice-failed');
      }
    }
  }

  /** Time has passed for everybody to notice that this device was gone. */
  showDeath(transport: SimTransport): void {
    for (const { dialler, answerer } of this.#links) {
      if (dialler.transport === transport) answerer.deathShowsAtMs = 0;
      if (answerer.transport === transport) dialler.deathShowsAtMs = 0;
    }
  }

  #endOne(own: End, other: End, reason: LinkCloseReason): void {
    if (own.isOver) return;
    own.isOver = true;
    own.inbox.length = 0;
    if (!other.isOver) other.inbox.push({ type: 'link-closed', linkId: other.linkId, reason });
    this.#forgetDead();
  }

  #forgetDead(): void {
    this.#links = this.#links.filter(({ dialler, answerer }) => !dialler.isOver || !answerer.isOver);
  }

  #find(transport: SimTransport, linkId: LinkId): { readonly own: End; readonly other: End } | null {
    for (const { dialler, answerer } of this.#links) {
      if (dialler.transport === transport && dialler.linkId === linkId) {
        return { own: dialler, other: answerer };
      }
      if (answerer.transport === transport && answerer.linkId === linkId) {
        return { own: answerer, other: dialler };
      }
    }
    return null;
  }

  // ---------------------------------------------------------------- what the simulation does

  /** Ends with something on its way to them. */
  get busyEnds(): readonly End[] {
    return this.#links
      .flatMap(({ dialler, answerer }) => [dialler, answerer])
      .filter(({ inbox }) => inbox.length > 0);
  }

  /** Busy ends where the next thing may arrive now. */
  get readyEnds(): readonly End[] {
    const nowMs = this.#nowMs();
    return this.busyEnds.filter(({ inbox, heldUntilMs, deathShowsAtMs }) => {
      const isClosing = inbox[0]?.type === 'link-closed';
      return heldUntilMs <= nowMs && (!isClosing || deathShowsAtMs <= nowMs);
    });
  }

  get links(): readonly SimLink[] {
    return this.#links;
  }

  get dialCount(): number {
    return this.#dials.length;
  }

  /** The oldest dial reaches its callee, or fails. */
  answerDial(): void {
    const dial = this.#dials.shift();
    if (dial === undefined) return;
    const { from, linkId, to } = dial;
    const callee = this.#registered.get(to);
    const fail = (reason: LinkCloseReason): void => from.post({ type: 'link-closed', linkId, reason });
    if (!this.isBrokerUp || from.peerId === null) return fail('signaling-lost');
    if (callee === undefined) return fail('peer-unavailable');
    if (this.#separated.has(separation(from, callee))) return fail('ice-failed');
    this.#open(dial, callee, from.peerId);
  }

  #open({ from, linkId, to }: Dial, callee: SimTransport, fromPeerId: PeerId): void {
    this.linksOpened += 1;
    const [a, b] = [this.#fingerprints(), this.#fingerprints()];
    const incoming = `i-${this.#nextLink++}` as LinkId;
    const dialler = newEnd(from, linkId);
    const answerer = newEnd(callee, incoming);
    const open = (link: LinkDescription): Arrival => ({ type: 'link-open', link });
    dialler.inbox.push(
      open({
        linkId,
        role: 'A',
        localPeerId: fromPeerId,
        remotePeerId: to,
        localFingerprint: a,
        remoteFingerprint: b,
      }),
    );
    answerer.inbox.push(
      open({
        linkId: incoming,
        role: 'B',
        localPeerId: to,
        remotePeerId: fromPeerId,
        localFingerprint: b,
        remoteFingerprint: a,
      }),
    );
    this.#links.push({ dialler, answerer });
  }

  /** The next thing on its way to this end arrives. */
  deliver(end: End): void {
    const arrival = end.inbox.shift();
    if (arrival === undefined || end.isOver) return;
    if (arrival.type === 'link-closed') end.isOver = true;
    if (arrival.type === 'link-message') this.#tapHello(end, arrival.bytes);
    end.transport.post(arrival);
    const sender = this.#find(end.transport, end.linkId)?.other;
    if (sender !== undefined && !sender.isOver && end.inbox.length === 0) {
      sender.transport.post({
        type: 'link-drained',
        linkId: sender.linkId,
        takenBytes: sender.sentBytes,
        isEmpty: true,
      });
    }
    this.#forgetDead();
  }

  #tapHello(end: End, bytes: Uint8Array): void {
    const link = this.#links.find(({ dialler }) => dialler === end);
    const psks = link === undefined ? null : pskCountOfHello(bytes);
    if (link !== undefined && psks !== null) {
      this.#tap.onAnswer(link.answerer.transport, end.transport, psks > 0);
    }
  }

  /** The path of a link dies: what is on its way is lost, both ends hear of it. */
  cut(link: SimLink): void {
    for (const end of [link.dialler, link.answerer]) {
      if (end.isOver) continue;
      end.inbox.length = 0;
      end.inbox.push({ type: 'link-closed', linkId: end.linkId, reason: 'ice-failed' });
    }
  }

  /** Everything towards one end of a link, or both, is late. */
  hold(ends: readonly End[], ms: number): void {
    for (const end of ends) end.heldUntilMs = this.#nowMs() + ms;
  }

  /** The path of a link is lost or comes back; nothing on it is lost. */
  path(link: SimLink, connected: boolean): void {
    for (const end of [link.dialler, link.answerer]) {
      if (!end.isOver) end.inbox.push({ type: 'link-path', linkId: end.linkId, connected });
    }
  }

  /** No path between these two: links are cut, and dials fail until `rejoin`. */
  separate(a: SimTransport, b: SimTransport): void {
    this.#separated.add(separation(a, b));
    for (const link of this.#links) {
      const ends = [link.dialler.transport, link.answerer.transport];
      if (ends.includes(a) && ends.includes(b)) this.cut(link);
    }
  }

  rejoin(): void {
    this.#separated.clear();
  }

  setBroker(isUp: boolean, transports: readonly SimTransport[]): void {
    if (isUp === this.isBrokerUp) return;
    this.isBrokerUp = isUp;
    this.#registered.clear();
    for (const transport of transports) this.#tellRegistration(transport);
  }
}

function newEnd(transport: SimTransport, linkId: LinkId): End {
  return {
    transport,
    linkId,
    inbox: [],
    sentBytes: 0,
    isOver: false,
    heldUntilMs: 0,
    deathShowsAtMs: 0,
    hasLost: false,
  };
}

/** PSKs named in a hello; null for any other frame. */
function pskCountOfHello(bytes: Uint8Array): number | null {
  if (bytes[0] !== 1 || bytes[1] !== 0) return null;
  try {
    const hello = JSON.parse(new TextDecoder().decode(bytes.subarray(2))) as { psks?: unknown };
    return Array.isArray(hello.psks) ? hello.psks.length : null;
  } catch {
    return null; // a hello that the network altered
  }
}

function separation(a: SimTransport, b: SimTransport): string {
  return [a.peerId, b.peerId].sort().join('|');
}

export class SimTransport implements TransportPort {
  readonly #network: SimNetwork;
  readonly #listeners = new Set<(event: TransportEvent) => void>();
  /** Called after each frame that leaves. */
  onSent: () => void = () => undefined;
  peerId: PeerId | null = null;
  wantsRegistration = false;
  #isDead = false;

  constructor(network: SimNetwork) {
    this.#network = network;
  }

  execute(command: TransportCommand): void {
    if (this.#isDead) return;
    switch (command.type) {
      case 'register':
        return this.#network.register(this, command.peerId);
      case 'unregister':
        this.#network.unregister(this);
        return this.postLater({ type: 'signaling', state: { kind: 'idle' } });
      case 'dial':
        return this.#network.dial(this, command.linkId, command.remotePeerId);
      case 'send':
        this.#network.send(this, command.linkId, command.bytes);
        return this.onSent();
      case 'close':
        return this.#network.close(this, command.linkId);
      case 'signal':
      case 'move':
      case 'stripe':
      case 'stripe-answer':
      case 'restart-ice':
      case 'apply-restart':
        return; // a link here ends or holds everything back; it has no second path to find
    }
  }

  subscribe(listener: (event: TransportEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  post(event: TransportEvent): void {
    if (this.#isDead) return;
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** In a task of its own: never inside the call that caused it. */
  postLater(event: TransportEvent): void {
    this.#network.queue.add('page', () => this.post(event));
  }

  /** The page is gone. */
  kill(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#network.died(this);
  }
}
