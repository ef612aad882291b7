/**
 * A network in memory: a broker that introduces, and links that carry whole messages in order. Hostile on demand:
 * it can cut, hold, inject, and put anybody at any address. Cryptography and storage are never simulated.
 */
import type {
  LinkCloseReason,
  LinkId,
  PeerId,
  RestartDescription,
  TransportCommand,
  TransportEvent,
  TransportPort,
} from '../../ports/transport.ts';

/** One end of a link, and what its channel has not sent yet. */
interface End {
  readonly transport: TestTransport;
  readonly linkId: LinkId;
  bufferedBytes: number;
  takenBytes: number;
  /** The queue is reported when it shrinks to this: as `bufferedAmountLowThreshold` is used. */
  reportAtBytes: number;
}

export interface TestLink {
  readonly dialler: End;
  readonly answerer: End;
  isOpen: boolean;
  hasPath: boolean;
  /** What was sent while there was no path. */
  readonly waiting: (() => void)[];
}

/** What a wire-tap sees: every byte of every data channel. */
export interface WireRecord {
  readonly from: PeerId;
  readonly to: PeerId;
  readonly bytes: Uint8Array;
}

export class TestNetwork {
  readonly #registered = new Map<PeerId, TestTransport>();
  readonly links: TestLink[] = [];
  readonly wire: WireRecord[] = [];
  /** False: `wire` stays as it is; for what sends very much. */
  isRecording = true;
  /** Dials wait here while set. */
  #heldDials: (() => void)[] | null = null;
  /** What the broker saw of open links. */
  readonly signals: WireRecord[] = [];
  /** Restart descriptions that reached an end. */
  readonly restarts: { by: PeerId; kind: RestartDescription['kind']; offer: number }[] = [];
  /** False: the broker drops what open links send through it. */
  passesSignals = true;
  /** False: no restart finds a path. */
  canRestart = true;
  /** Return false to swallow a message. */
  filter: (record: WireRecord) => boolean = () => true;
  /** While true, new links run through somebody who passes every message on. */
  isInTheMiddle = false;
  readonly #stalled = new Set<{
    readonly from: TestTransport;
    readonly to: TestTransport;
    readonly waiting: (() => void)[];
  }>();
  #nextLink = 1;

  createTransport(): TestTransport {
    return new TestTransport(this);
  }

  register(peerId: PeerId, transport: TestTransport): void {
    this.#registered.set(peerId, transport);
  }

  unregister(transport: TestTransport): void {
    for (const [peerId, owner] of this.#registered) if (owner === transport) this.#registered.delete(peerId);
  }

  /** Who answers at an address. */
  at(peerId: PeerId): TestTransport | undefined {
    return this.#registered.get(peerId);
  }

  /** Keeps dials from being answered until `releaseDials`: the way to let two sides dial at once. */
  holdDials(): void {
    this.#heldDials ??= [];
  }

  get heldDialCount(): number {
    return this.#heldDials?.length ?? 0;
  }

  releaseDials(): void {
    const held = this.#heldDials ?? [];
    this.#heldDials = null;
    for (const dial of held) dial();
  }

  dial(dialler: TestTransport, linkId: LinkId, remotePeerId: PeerId): void {
    if (this.#heldDials !== null) {
      this.#heldDials.push(() => this.dial(dialler, linkId, remotePeerId));
      return;
    }
    const answerer = this.#registered.get(remotePeerId);
    if (answerer === undefined) {
      return dialler.post({ type: 'link-closed', linkId, reason: 'peer-unavailable' });
    }
    const incoming = `i-${this.#nextLink++}` as LinkId;
    const link: TestLink = {
      dialler: newEnd(dialler, linkId),
      answerer: newEnd(answerer, incoming),
      isOpen: true,
      hasPath: true,
      waiting: [],
    };
    this.links.push(link);
    this.#announce(link, remotePeerId);
  }

  #announce({ dialler, answerer }: TestLink, remotePeerId: PeerId): void {
    const localPeerId = dialler.transport.peerId;
    const fingerprints = [
      crypto.getRandomValues(new Uint8Array(32)),
      crypto.getRandomValues(new Uint8Array(32)),
    ];
    const [a, b] = fingerprints as [Uint8Array, Uint8Array];
    const toDialler = { linkId: dialler.linkId, role: 'A', localPeerId, remotePeerId } as const;
    const toAnswerer = {
      linkId: answerer.linkId,
      role: 'B',
      localPeerId: remotePeerId,
      remotePeerId: localPeerId,
    } as const;
    // Somebody in the middle ends both DTLS connections: each side sees another certificate than the other made.
    const seen = this.isInTheMiddle ? crypto.getRandomValues(new Uint8Array(32)) : a;
    answerer.transport.post({
      type: 'link-open',
      link: { ...toAnswerer, localFingerprint: b, remoteFingerprint: seen },
    });
    dialler.transport.post({
      type: 'link-open',
      link: { ...toDialler, localFingerprint: a, remoteFingerprint: b },
    });
  }

  send(from: TestTransport, linkId: LinkId, bytes: Uint8Array): void {
    const link = this.#find(from, linkId);
    if (link === undefined) return;
    const to = otherEnd(link, from, linkId);
    const record = { from: from.peerId, to: to.transport.peerId, bytes: bytes.slice() };
    if (this.isRecording) this.wire.push(record);
    const own = to === link.answerer ? link.dialler : link.answerer;
    if (!this.filter(record)) return void (own.takenBytes += bytes.length);
    own.bufferedBytes += bytes.length;
    own.reportAtBytes = Math.max(own.reportAtBytes, Math.floor(own.bufferedBytes / 2));
    if (!link.hasPath) return void link.waiting.push(() => this.#carry(own, to, bytes));
    const stalled = [...this.#stalled].find(one => one.from === from && one.to === to.transport);
    if (stalled !== undefined) return void stalled.waiting.push(() => this.#carry(own, to, bytes));
    this.#carry(own, to, bytes);
  }

  #carry(own: End, to: End, bytes: Uint8Array): void {
    const message = { type: 'link-message', linkId: to.linkId, bytes: bytes.slice() } as const;
    to.transport.post(message, () => this.#delivered(own, bytes.length));
  }

  #delivered(own: End, sizeBytes: number): void {
    own.bufferedBytes -= sizeBytes;
    own.takenBytes += sizeBytes;
    if (own.bufferedBytes > own.reportAtBytes) return;
    own.reportAtBytes = Math.floor(own.bufferedBytes / 2);
    const { linkId, takenBytes, bufferedBytes } = own;
    own.transport.post({ type: 'link-drained', linkId, takenBytes, isEmpty: bufferedBytes === 0 });
  }

  /** Puts a message on the wire towards one end, whoever made it. */
  inject(to: End, bytes: Uint8Array): void {
    to.transport.post({ type: 'link-message', linkId: to.linkId, bytes: bytes.slice() });
  }

  close(from: TestTransport, linkId: LinkId): void {
    const link = this.#find(from, linkId);
    if (link === undefined) return;
    link.isOpen = false;
    const to = otherEnd(link, from, linkId);
    to.transport.post({ type: 'link-closed', linkId: to.linkId, reason: 'closed-remotely' });
  }

  // ---------------------------------------------------------------- paths

  /** The paths of all open links are lost: both ends hear of it, and nothing that is sent arrives. */
  losePaths(): void {
    for (const link of this.openLinks) this.#setPath(link, false);
  }

  /** Nothing passes from one peer to the other until the returned function is called, and then all; nobody notices. */
  stall(from: TestTransport, to: TestTransport): () => void {
    const stalled = { from, to, waiting: [] as (() => void)[] };
    this.#stalled.add(stalled);
    return () => {
      this.#stalled.delete(stalled);
      for (const resend of stalled.waiting) resend();
    };
  }

  #setPath(link: TestLink, connected: boolean): void {
    link.hasPath = connected;
    for (const { transport, linkId } of [link.dialler, link.answerer]) {
      transport.post({ type: 'link-path', linkId, connected });
    }
    if (connected) for (const resend of link.waiting.splice(0)) resend();
  }

  /** An ICE restart: the offer and its answer, as the transports would make them. */
  makeRestart(from: TestTransport, linkId: LinkId, made: Omit<RestartDescription, 'sdp'>): void {
    if (this.#find(from, linkId) === undefined) return;
    const sdp = `v=0\r\na=ice-ufrag:${crypto.randomUUID()}\r\n`;
    from.post({ type: 'link-restart', linkId, restart: { ...made, sdp } });
  }

  applyRestart(from: TestTransport, linkId: LinkId, { kind, offer }: RestartDescription): void {
    const link = this.#find(from, linkId);
    this.restarts.push({ by: from.peerId, kind, offer });
    if (link === undefined || !this.canRestart) return;
    if (kind === 'offer') this.makeRestart(from, linkId, { kind: 'answer', offer });
    else this.#setPath(link, true);
  }

  // ---------------------------------------------------------------- stripes

  readonly #stripeEnds = new Map<string, End>();

  /** A description of a stripe names its end; the answer, both. */
  makeStripe(from: TestTransport, linkId: LinkId, offer: string | null): void {
    const sdp = `v=0\r\na=end:${crypto.randomUUID()}\r\n${offer ?? ''}`;
    this.#stripeEnds.set(sdp, newEnd(from, linkId));
    from.post({ type: 'stripe-description', linkId, sdp });
  }

  openStripe(from: TestTransport, linkId: LinkId, answer: string): void {
    const answerer = this.#stripeEnds.get(answer);
    if (answerer === undefined)
      return from.post({ type: 'link-closed', linkId, reason: 'refused-description' });
    const dialler = newEnd(from, linkId);
    this.links.push({ dialler, answerer, isOpen: true, hasPath: true, waiting: [] });
    for (const end of [dialler, answerer]) end.transport.post({ type: 'stripe-open', linkId: end.linkId });
  }

  /** What is sent over one link waits until the returned function is called. */
  holdLink(link: TestLink): () => void {
    link.hasPath = false;
    return () => {
      link.hasPath = true;
      for (const resend of link.waiting.splice(0)) resend();
    };
  }

  /** Sealed bytes go through the broker to the other end of the link. */
  signal(from: TestTransport, linkId: LinkId, bytes: Uint8Array): void {
    const link = this.#find(from, linkId);
    if (link === undefined) return;
    const to = otherEnd(link, from, linkId);
    this.signals.push({ from: from.peerId, to: to.transport.peerId, bytes: bytes.slice() });
    if (this.passesSignals) this.injectSignal(to, bytes);
  }

  /** Where one end of a link sends what goes through the broker. */
  readonly moves: { linkId: LinkId; remotePeerId: PeerId }[] = [];

  move(from: TestTransport, linkId: LinkId, remotePeerId: PeerId): void {
    if (this.#find(from, linkId) !== undefined) this.moves.push({ linkId, remotePeerId });
  }

  /** The broker brings one end bytes, whoever made them. */
  injectSignal(to: End, bytes: Uint8Array): void {
    to.transport.post({ type: 'link-signal', linkId: to.linkId, bytes: bytes.slice() });
  }

  /** The path of every open link dies; both ends see it. */
  cutAll(reason: LinkCloseReason = 'ice-failed'): void {
    this.#cut(this.openLinks, reason);
  }

  /** The same for the links of one peer. */
  cut(transport: TestTransport, reason: LinkCloseReason = 'ice-failed'): void {
    const isOf = ({ dialler, answerer }: TestLink): boolean =>
      dialler.transport === transport || answerer.transport === transport;
    this.#cut(this.openLinks.filter(isOf), reason);
  }

  #cut(links: readonly TestLink[], reason: LinkCloseReason): void {
    for (const link of links) {
      link.isOpen = false;
      for (const end of [link.dialler, link.answerer]) {
        end.transport.post({ type: 'link-closed', linkId: end.linkId, reason });
      }
    }
  }

  get openLinks(): readonly TestLink[] {
    return this.links.filter(({ isOpen }) => isOpen);
  }

  #find(transport: TestTransport, linkId: LinkId): TestLink | undefined {
    return this.openLinks.find(({ dialler, answerer }) =>
      [dialler, answerer].some(end => end.transport === transport && end.linkId === linkId),
    );
  }
}

function newEnd(transport: TestTransport, linkId: LinkId): End {
  return { transport, linkId, bufferedBytes: 0, takenBytes: 0, reportAtBytes: 0 };
}

function otherEnd({ dialler, answerer }: TestLink, from: TestTransport, linkId: LinkId): End {
  return dialler.transport === from && dialler.linkId === linkId ? answerer : dialler;
}

interface Posted {
  readonly event: TransportEvent;
  onDelivered(): void;
}

export class TestTransport implements TransportPort {
  readonly #network: TestNetwork;
  readonly #listeners = new Set<(event: TransportEvent) => void>();
  #peerId: PeerId | null = null;
  #isDead = false;

  constructor(network: TestNetwork) {
    this.#network = network;
  }

  get peerId(): PeerId {
    if (this.#peerId === null) throw new RangeError('not registered');
    return this.#peerId;
  }

  execute(command: TransportCommand): void {
    if (this.#isDead) return;
    switch (command.type) {
      case 'register':
        this.#peerId = command.peerId;
        this.#network.register(command.peerId, this);
        return this.post({ type: 'signaling', state: { kind: 'registered' } });
      case 'unregister':
        this.#network.unregister(this);
        return this.post({ type: 'signaling', state: { kind: 'idle' } });
      case 'dial':
        return this.#network.dial(this, command.linkId, command.remotePeerId);
      case 'send':
        return this.#network.send(this, command.linkId, command.bytes);
      case 'restart-ice':
        return this.#network.makeRestart(this, command.linkId, { kind: 'offer', offer: command.offer });
      case 'apply-restart':
        return this.#network.applyRestart(this, command.linkId, command.restart);
      case 'signal':
        return this.#network.signal(this, command.linkId, command.bytes);
      case 'move':
        return this.#network.move(this, command.linkId, command.remotePeerId);
      case 'close':
        return this.#network.close(this, command.linkId);
      case 'stripe':
        return this.#network.makeStripe(this, command.linkId, command.offer);
      case 'stripe-answer':
        return this.#network.openStripe(this, command.linkId, command.sdp);
    }
  }

  subscribe(listener: (event: TransportEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Delivers an event in a later task, in order, as postMessage does: many may stand in line at once. */
  post(event: TransportEvent, onDelivered: () => void = () => undefined): void {
    if (this.#held !== null) {
      this.#held.push({ event, onDelivered });
      return;
    }
    this.#inLine.push({ event, onDelivered });
    this.#port ??= this.#openPort();
    this.#port.postMessage(null);
  }

  #openPort(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      const next = this.#inLine.shift();
      if (next === undefined) return;
      if (!this.#isDead) for (const listener of [...this.#listeners]) listener(next.event);
      next.onDelivered();
    };
    return port2;
  }

  readonly #inLine: Posted[] = [];
  #held: Posted[] | null = null;
  #port: MessagePort | null = null;

  /** Nothing arrives until the returned function is called, and then all of it: what was sent waits in the channels. */
  hold(): () => void {
    const held: Posted[] = [];
    this.#held = held;
    return () => {
      this.#held = null;
      for (const { event, onDelivered } of held) this.post(event, onDelivered);
    };
  }

  /** The page is gone: nothing more goes in or out, and the network says so to nobody by itself. */
  kill(): void {
    this.#isDead = true;
    this.#network.unregister(this);
  }
}
