/**
 * The transport: registration at the broker and every link of this page. It executes the session layer's commands
 * and reports events (ports/transport.ts); it never sees a key, and what it carries is sealed, or a hello.
 *
 * Option taken: PeerJS is a signalling socket (peer-signaling.ts), and the RTCPeerConnections are our own, with
 * offers and answers in PeerJS's format. Detaching a PeerJS DataConnection after open was the other way: PeerJS
 * would still hold connections by id while they are young, and a second OFFER or a LEAVE in that time would end them.
 *
 * Invariants: a signal only ever reaches the link that has its connection id *and* its sender; for an open link no
 * signal has any effect by itself (sealed bytes go to its session); offers beyond the caps are dropped before a connection is made.
 */
import {
  MAX_LINKS,
  MAX_STRIPES,
  MAX_YOUNG_INBOUND_LINKS,
  MAX_YOUNG_INBOUND_LINKS_PER_PEER,
} from '../limits.ts';
import type {
  ChannelState,
  LinkCloseReason,
  LinkId,
  NetworkSettings,
  PeerId,
  TransportCommand,
  TransportEvent,
  TransportPort,
} from '../ports/transport.ts';
import type { SfuPlace } from '../ports/call-media.ts';
import { type AcceptedNetwork, acceptNetwork } from './address-policy.ts';
import { ByteChannel, type ByteChannelEvents, type BytePipe } from './byte-channel.ts';
import { type LinkStats, type TransportStats, withStripes } from './link-stats.ts';
import { MovedChannel } from './moved-channel.ts';
import { type IncomingSignal, PeerSignaling, isPeerId } from './peer-signaling.ts';
import { randomName } from './random.ts';
import { type RelayCredentials, RelayServers } from './relay-servers.ts';
import { SessionLink } from './session-link.ts';
import { StripeLink } from './stripe-link.ts';
import {
  newConnectionId,
  readAnswer,
  readCandidate,
  readConnectionId,
  readOffer,
  readSealedSignal,
} from './signal-payloads.ts';
import { SfuDirectory } from './sfu-directory.ts';
import { type WakeCause, watchWake } from './wake-signals.ts';

interface Registration {
  readonly peerId: PeerId;
  readonly token: string;
  readonly network: AcceptedNetwork;
  readonly relay: RelayServers;
  readonly sfu: SfuDirectory;
  signaling: PeerSignaling;
}

export interface TransportOptions {
  /** Hands a new channel to the session worker; false: this browser cannot, and it stays here. */
  moveChannel?(linkId: LinkId, channel: RTCDataChannel): boolean;
}

export class Transport implements TransportPort {
  readonly #options: TransportOptions;
  readonly #listeners = new Set<(event: TransportEvent) => void>();
  readonly #links = new Map<LinkId, SessionLink>();
  readonly #stripes = new Map<LinkId, StripeLink>();
  /** Channels that the worker has, until they are closed. */
  readonly #moved = new Map<LinkId, MovedChannel>();
  readonly #page = new AbortController();
  #registration: Registration | undefined;

  constructor(options: TransportOptions = {}) {
    this.#options = options;
    const { signal } = this.#page;
    watchWake(cause => this.#wake(cause), signal);
    // A page in the back/forward cache must not hold an address that it cannot answer at.
    addEventListener('pagehide', () => this.#sleep(), { signal });
  }

  execute(command: TransportCommand): void {
    switch (command.type) {
      case 'register':
        return this.#register(command.peerId, command.network);
      case 'unregister':
        return this.#unregister();
      case 'dial':
        return this.#dial(command.linkId, command.remotePeerId);
      case 'send':
        return this.#find(command.linkId)?.send(command.bytes);
      case 'restart-ice':
        return this.#links.get(command.linkId)?.restartIce(command.offer);
      case 'apply-restart':
        return this.#links.get(command.linkId)?.applyRestart(command.restart);
      case 'signal':
        return this.#links.get(command.linkId)?.signal(command.bytes);
      case 'move':
        return isPeerId(command.remotePeerId)
          ? this.#links.get(command.linkId)?.move(command.remotePeerId)
          : undefined;
      case 'close':
        return this.#find(command.linkId)?.close('closed-locally');
      case 'stripe':
        return this.#openStripe(command.linkId, command.offer);
      case 'stripe-answer':
        return this.#stripes.get(command.linkId)?.accept(command.sdp);
    }
  }

  /** What the worker tells of a channel that it was handed. */
  takeChannelState(linkId: LinkId, state: ChannelState): void {
    const channel = this.#moved.get(linkId);
    if (state === 'closed') this.#moved.delete(linkId);
    channel?.tell(state);
  }

  /** Calls `listener` with every event until the returned function is called. */
  subscribe(listener: (event: TransportEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Where every link runs, how fast, and how much; no address. */
  async stats(): Promise<TransportStats> {
    const links = await Promise.all([...this.#links.values()].map(link => this.#statsOf(link)));
    const expiresAtMs = this.#registration?.relay.expiresAtMs ?? null;
    return {
      links: links.filter(link => link !== null),
      relay: expiresAtMs === null ? null : { expiresAtMs },
    };
  }

  async #statsOf(link: SessionLink): Promise<LinkStats | null> {
    const own = await link.stats();
    if (own === null) return null;
    const ofLink = [...this.#stripes].filter(([id]) => id.startsWith(`${own.linkId}/`));
    const stripes = await Promise.all(ofLink.map(([, stripe]) => stripe.stats()));
    return withStripes(
      own,
      stripes.filter(stats => stats !== null),
    );
  }

  /** ICE servers and policy of now, for further connections of this page. Relay mode holds for them, too. */
  async configuration(): Promise<RTCConfiguration> {
    const relay = this.#registration?.relay;
    // Not registered: whatever is made then must not go around the relay that the settings may ask for.
    return relay === undefined ? { iceTransportPolicy: 'relay' } : relay.configurationForDial();
  }

  /** From how many members on the broker's SFU is for a call; null: too large for a mesh; undefined: it has none. */
  async sfuFromMembers(): Promise<number | null | undefined> {
    const offer = this.#registration?.sfu.offer ?? null;
    return offer === null ? undefined : offer.fromMembers;
  }

  /** A room at the broker's SFU, with what opens it; null: none to be had now. */
  async sfuPlace(room: string): Promise<SfuPlace | null> {
    const registration = this.#registration;
    if (registration === undefined) return null;
    return registration.sfu.place(room, () => registration.signaling.askSfu(room));
  }

  /** Closes every link and leaves the broker. Idempotent; nothing is reported afterwards. */
  close(): void {
    this.#page.abort();
    this.#registration?.signaling.close();
    this.#registration = undefined;
    this.#closeAll(true);
    this.#listeners.clear();
  }

  #register(peerId: PeerId, settings: NetworkSettings): void {
    const previous = this.#registration;
    previous?.signaling.close();
    this.#registration = undefined;
    const network = acceptNetwork(settings);
    if (network === null || !isPeerId(peerId)) {
      return this.#emit({ type: 'signaling', state: { kind: 'offline', reason: 'refused-address' } });
    }
    const token = previous?.peerId === peerId ? previous.token : randomName();
    const address = { peerId, token, network, relay: new RelayServers(network), sfu: new SfuDirectory() };
    this.#registration = { ...address, signaling: this.#makeSignaling(address) };
    this.#registration.signaling.open();
  }

  #makeSignaling({ peerId, token, network, relay, sfu }: Omit<Registration, 'signaling'>): PeerSignaling {
    return new PeerSignaling({
      peerId,
      token,
      broker: network.broker,
      onState: state => this.#emit({ type: 'signaling', state }),
      onSignal: signal => this.#receive(signal),
      onSfu: payload => sfu.take(payload),
      ...(relay.isWanted && { onRelay: credentials => this.#takeRelay(relay, credentials) }),
    });
  }

  /** Open links take refreshed credentials too: their allocations are refreshed under them. */
  #takeRelay(relay: RelayServers, credentials: RelayCredentials | null): void {
    relay.take(credentials);
    if (credentials === null || this.#registration?.relay !== relay) return;
    for (const link of this.#links.values()) link.reconfigure(relay.configuration);
  }

  #unregister(): void {
    this.#registration?.signaling.close();
    this.#registration = undefined;
    this.#closeLinks(link => !link.isOpen, 'signaling-lost');
    this.#emit({ type: 'signaling', state: { kind: 'idle' } });
  }

  #dial(linkId: LinkId, remotePeerId: PeerId): void {
    const registration = this.#registration;
    const refuse = (reason: LinkCloseReason): void => this.#emit({ type: 'link-closed', linkId, reason });
    if (this.#links.has(linkId)) return;
    if (registration === undefined) return refuse('signaling-lost');
    if (!isPeerId(remotePeerId) || remotePeerId === registration.peerId) return refuse('refused-description');
    this.#openLink(registration, 'A', linkId, remotePeerId, newConnectionId()).dial();
  }

  #openLink(
    { peerId: localPeerId, relay }: Registration,
    role: 'A' | 'B',
    linkId: LinkId,
    remotePeerId: PeerId,
    connectionId: string,
  ): SessionLink {
    const link = new SessionLink({
      linkId,
      connectionId,
      role,
      localPeerId,
      remotePeerId,
      configuration: () => relay.configurationForDial(),
      sendSignal: (to, type, payload) => this.#registration?.signaling.send(type, to, payload),
      isSignalingUp: () => this.#registration?.signaling.isRegistered ?? false,
      emit: event => {
        if (event.type === 'link-closed') this.#endLink(linkId);
        this.#emit(event);
      },
      openPipe: (channel, events) => this.#openPipe(linkId, channel, events),
    });
    this.#links.set(linkId, link);
    return link;
  }

  /** Its stripes end with it, whether its session says so or not. */
  #endLink(linkId: LinkId): void {
    this.#links.delete(linkId);
    for (const [id, stripe] of [...this.#stripes]) {
      if (id.startsWith(`${linkId}/`)) stripe.close('closed-locally');
    }
  }

  /** Only in the turn in which a channel came to be can it be handed over. */
  #openPipe(linkId: LinkId, channel: RTCDataChannel, events: ByteChannelEvents): BytePipe {
    if (this.#options.moveChannel?.(linkId, channel) !== true) return new ByteChannel(channel, events);
    const moved = new MovedChannel(events);
    this.#moved.set(linkId, moved);
    return moved;
  }

  #find(linkId: LinkId): SessionLink | StripeLink | undefined {
    return this.#links.get(linkId) ?? this.#stripes.get(linkId);
  }

  /** Relay mode and its credentials hold for stripes, too. */
  #openStripe(linkId: LinkId, offer: string | null): void {
    if (this.#find(linkId) !== undefined) return;
    if (this.#stripes.size >= MAX_LINKS * MAX_STRIPES) {
      return this.#emit({ type: 'link-closed', linkId, reason: 'refused-description' });
    }
    const stripe = new StripeLink({
      linkId,
      configuration: () => this.configuration(),
      emit: event => {
        if (event.type === 'link-closed') this.#stripes.delete(linkId);
        this.#emit(event);
      },
      openPipe: (channel, events) => this.#openPipe(linkId, channel, events),
    });
    this.#stripes.set(linkId, stripe);
    if (offer === null) stripe.offer();
    else stripe.answer(offer);
  }

  #receive({ type, src, payload }: IncomingSignal): void {
    switch (type) {
      case 'OFFER':
        return this.#receiveOffer(src, payload);
      case 'ANSWER': {
        const link = this.#findYoungLink(src, readConnectionId(payload));
        const answer = readAnswer(payload);
        if (link?.options.role !== 'A') return;
        return answer ? link.acceptAnswer(answer.sdp) : link.close('refused-description');
      }
      case 'CANDIDATE': {
        const read = readCandidate(payload);
        return read
          ? this.#findYoungLink(src, read.connectionId)?.acceptCandidate(read.candidate)
          : this.#receiveSealed(src, payload);
      }
      // The broker's word that somebody is gone ends our waiting for them, never a link that is open.
      case 'EXPIRE':
        return this.#closeLinks(link => !link.isOpen && link.remotePeerId === src, 'peer-unavailable');
      case 'LEAVE':
        return this.#closeLinks(
          ({ isOpen, options, remotePeerId }) => !isOpen && options.role === 'A' && remotePeerId === src,
          'peer-unavailable',
        );
    }
  }

  #receiveOffer(src: PeerId, payload: unknown): void {
    const registration = this.#registration;
    const offer = readOffer(payload);
    if (registration === undefined || offer === null || src === registration.peerId) return;
    const links = [...this.#links.values()];
    const ofPeer = links.filter(({ remotePeerId }) => remotePeerId === src);
    // A second offer with a known id is a replay or an attack: PeerJS would close the live connection here.
    if (ofPeer.some(({ options }) => options.connectionId === offer.connectionId)) return;
    const countYoung = (some: readonly SessionLink[]): number =>
      some.filter(({ isOpen, options }) => !isOpen && options.role === 'B').length;
    if (links.length >= MAX_LINKS || countYoung(links) >= MAX_YOUNG_INBOUND_LINKS) return;
    if (countYoung(ofPeer) >= MAX_YOUNG_INBOUND_LINKS_PER_PEER) return;
    const linkId = `in-${randomName()}` as LinkId;
    this.#openLink(registration, 'B', linkId, src, offer.connectionId).answer(offer.sdp);
  }

  /** All that the broker can bring an open link: bytes that mean nothing unless its session sealed them. */
  #receiveSealed(src: PeerId, payload: unknown): void {
    const sealed = readSealedSignal(payload);
    if (sealed === null) return;
    for (const [linkId, { isOpen, options, remotePeerId }] of this.#links) {
      if (!isOpen || remotePeerId !== src || options.connectionId !== sealed.connectionId) continue;
      this.#emit({ type: 'link-signal', linkId, bytes: sealed.bytes });
    }
  }

  /** The link that is still being set up with this sender under this id; the only kind that signals concern. */
  #findYoungLink(src: PeerId, connectionId: string | null): SessionLink | undefined {
    return [...this.#links.values()].find(
      ({ isOpen, options, remotePeerId }) =>
        !isOpen && remotePeerId === src && options.connectionId === connectionId,
    );
  }

  #closeLinks(isMeant: (link: SessionLink) => boolean, reason: LinkCloseReason): void {
    for (const link of [...this.#links.values()].filter(isMeant)) link.close(reason);
  }

  /** `lingers`: what was sent before still leaves. */
  #closeAll(lingers: boolean): void {
    for (const stripe of [...this.#stripes.values()]) stripe.close('closed-locally');
    for (const link of [...this.#links.values()]) link.close('closed-locally', lingers);
  }

  #wake(cause: WakeCause): void {
    const signaling = this.#registration?.signaling;
    if (cause === 'network') signaling?.reopen();
    else signaling?.retryNow();
    this.#emit({ type: 'wake', isNewNetwork: cause === 'network' });
  }

  #sleep(): void {
    this.#closeAll(false); // the worker sleeps with the page: nobody could wait
    const registration = this.#registration;
    if (registration === undefined) return;
    registration.signaling.close();
    // Should the page come back, `pageshow` is a wake-up, and this one registers again.
    registration.signaling = this.#makeSignaling(registration);
    this.#emit({ type: 'signaling', state: { kind: 'connecting' } }); // until it is registered nothing is dialled
  }

  #emit(event: TransportEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
