/**
 * A peer without our session layer: real identity and real handshake, and then whatever bytes a test wants. The
 * malicious peer with valid keys, and the stranger at somebody's address.
 */
import {
  enkSignalEngine,
  type HandshakeContext,
  type HandshakeOutcome,
  type IdentityKeys,
  type Psk,
  decodeInvite,
  generateIdentitySecrets,
  importIdentity,
  runInitiator,
  runResponder,
} from '@enk/crypto-core';
import { encodePdu } from '../../pdu/codec.ts';
import type { LinkDescription, LinkId, PeerId } from '../../ports/transport.ts';
import { LinkChannel } from '../../session/link-channel.ts';
import { NETWORK } from './peer.ts';
import type { TestNetwork, TestTransport } from './test-network.ts';

export class RawLink {
  readonly channel = new LinkChannel({ frames: 1_000, bytes: 10_000_000 });
  readonly id: LinkId;
  readonly #transport: TestTransport;
  /** PDUs that the other side sent, as parsed JSON. */
  readonly pdus: Record<string, unknown>[] = [];
  outcome!: HandshakeOutcome;
  description!: LinkDescription;
  /** The last frame that left. */
  lastSent: Uint8Array | null = null;
  readonly closed: Promise<void>;
  #close!: () => void;
  #onPdu: () => void = () => undefined;

  constructor(id: LinkId, transport: TestTransport) {
    this.id = id;
    this.#transport = transport;
    this.closed = new Promise(resolve => {
      this.#close = resolve;
    });
  }

  sendRaw(bytes: Uint8Array): void {
    this.lastSent = bytes.slice();
    this.#transport.execute({ type: 'send', linkId: this.id, bytes });
  }

  send(bytes: Uint8Array): void {
    this.sendRaw(bytes);
  }

  receive(): Promise<Uint8Array> {
    return this.channel.receive();
  }

  ended(): void {
    this.channel.close();
    this.#close();
  }

  close(): void {
    this.#transport.execute({ type: 'close', linkId: this.id });
    this.ended();
  }

  /** Starts to open what comes in. */
  ready(outcome: HandshakeOutcome): void {
    this.outcome = outcome;
    outcome.session.attach({ emit: frame => this.sendRaw(frame), nowMs: () => Date.now() });
    void this.#read().catch(() => undefined); // ends with the link
  }

  async #read(): Promise<void> {
    for (;;) {
      const opened = await this.outcome.session.open(await this.receive());
      if (opened.kind !== 'pdu') continue;
      this.pdus.push(JSON.parse(new TextDecoder().decode(opened.bytes)) as Record<string, unknown>);
      this.#onPdu();
    }
  }

  /** Resolves with the first PDU of a type, past or future. */
  async untilPdu(type: string): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.pdus.find(pdu => pdu['type'] === type);
      if (found !== undefined) return found;
      await new Promise<void>(resolve => {
        this.#onPdu = resolve;
      });
    }
  }

  /** Seals any bytes as a PDU. */
  seal(bytes: Uint8Array): Promise<void> {
    return this.outcome.session.seal(bytes);
  }

  /** Seals any bytes as a chunk of a file. */
  sealBulk(chunk: Uint8Array): Promise<void> {
    return this.outcome.session.sealBulk(chunk);
  }

  sealJson(pdu: object): Promise<void> {
    return this.seal(new TextEncoder().encode(JSON.stringify(pdu)));
  }

  async greet(): Promise<void> {
    await this.seal(encodePdu({ type: 'cursors', held: [] }));
    await this.untilPdu('cursors');
  }
}

export class RawPeer {
  readonly transport: TestTransport;
  readonly identity: IdentityKeys;
  readonly #links = new Map<LinkId, RawLink>();
  #onLink: ((link: RawLink) => void) | null = null;

  private constructor(transport: TestTransport, identity: IdentityKeys) {
    this.transport = transport;
    this.identity = identity;
    transport.subscribe(event => {
      if (event.type === 'link-open') {
        const link = this.#links.get(event.link.linkId) ?? new RawLink(event.link.linkId, transport);
        link.description = event.link;
        this.#links.set(link.id, link);
        this.#onLink?.(link);
      }
      if (event.type === 'link-message') this.#links.get(event.linkId)?.channel.push(event.bytes);
      if (event.type === 'link-closed') this.#links.get(event.linkId)?.ended();
    });
  }

  static async start(network: TestNetwork, peerId: string): Promise<RawPeer> {
    const transport = network.createTransport();
    transport.execute({ type: 'register', peerId: peerId as PeerId, network: NETWORK });
    return new RawPeer(transport, await importIdentity(await generateIdentitySecrets()));
  }

  /** Opens a link; the handshake is the caller's. */
  dial(remotePeerId: string): Promise<RawLink> {
    const linkId = `raw-${crypto.randomUUID()}` as LinkId;
    this.#links.set(linkId, new RawLink(linkId, this.transport));
    const opened = new Promise<RawLink>(resolve => {
      this.#onLink = resolve;
    });
    this.transport.execute({ type: 'dial', linkId, remotePeerId: remotePeerId as PeerId });
    return opened;
  }

  /** Dials with these PSKs, accepts whoever answers, and becomes Ready. */
  async connect(remotePeerId: string, psks: readonly Psk[]): Promise<RawLink> {
    const link = await this.dial(remotePeerId);
    const outcome = await runInitiator(link, this.context(link), {
      psks,
      knowsPeer: false,
      authorize: async () => undefined,
      commit: async () => undefined,
    });
    link.ready(outcome);
    return link;
  }

  /** Says hello on an open link without any secret, and waits for whatever comes. */
  async sayHello(link: RawLink): Promise<void> {
    const policy = {
      psks: [],
      knowsPeer: false,
      authorize: async () => undefined,
      commit: async () => undefined,
    };
    await runInitiator(link, this.context(link), policy).catch(() => undefined); // refused, most likely
  }

  connectByInvite(token: string): Promise<RawLink> {
    const { peerId, inviteId, secret } = decodeInvite(token);
    return this.connect(peerId, [{ kind: 1, id: inviteId, secret }]);
  }

  /** Answers every dial as whoever we are, with consent for all; the last flight leaves after `commit`. */
  answerAll(commit: () => Promise<void> = async () => undefined): void {
    this.#onLink = link => {
      const policy = {
        findPsk: async () => null,
        requestConsent: async () => undefined,
        knowsPeer: async () => false,
        authorize: async () => undefined,
        commit,
      };
      runResponder(link, this.context(link), policy).then(
        outcome => link.ready(outcome),
        () => link.close(),
      );
    };
  }

  context(link: RawLink): HandshakeContext {
    const { localPeerId, remotePeerId, localFingerprint, remoteFingerprint } = link.description;
    const { signal } = new AbortController();
    const nowMs = (): number => Date.now();
    return {
      identity: this.identity,
      signalEngine: enkSignalEngine,
      localPeerId,
      remotePeerId,
      localFingerprint,
      remoteFingerprint,
      signal,
      nowMs,
    };
  }
}
