/**
 * Two Ready sessions over the test network, without storage or contacts: real handshake, real cascade, and for each
 * side what came in. For what happens inside one session.
 */
import {
  enkSignalEngine,
  type HandshakeContext,
  type HandshakeOutcome,
  generateIdentitySecrets,
  type IdentityKeys,
  importIdentity,
  runInitiator,
  runResponder,
} from '@enk/crypto-core';
import type { LargeConsumer } from '../../delivery/large-receiver.ts';
import { ReassemblyBudget } from '../../delivery/reassembly-budget.ts';
import { NOTHING_ACKED } from '../../delivery/sequence.ts';
import type { SessionFiles } from '../../files/session-files.ts';
import type { TokenBucketLimit } from '../../limits.ts';
import type { LinkCloseReason, LinkDescription, LinkId, PeerId } from '../../ports/transport.ts';
import { Link } from '../../session/link.ts';
import { type DeliveredPdu, ReadySession } from '../../session/ready-session.ts';
import { SignalSeal } from '../../session/signal-seal.ts';
import { NETWORK } from './peer.ts';
import { TestClock } from './test-clock.ts';
import type { TestNetwork, TestTransport } from './test-network.ts';

/** One side: its session, and what it received. */
export interface SessionSide {
  readonly session: ReadySession;
  readonly link: Link;
  readonly transport: TestTransport;
  readonly clock: TestClock;
  readonly budget: ReassemblyBudget;
  readonly received: DeliveredPdu[];
  /** What was told of the path. */
  readonly paths: boolean[];
  /** Resolves when `count` PDUs have come. */
  untilReceived(count: number): Promise<void>;
  readonly synced: Promise<void>;
  /** The session has worked off its end. */
  readonly ended: Promise<void>;
  /** Runs before each PDU counts as received; the session waits for it. */
  beforePdu: () => Promise<void>;
  /** Resolves when `beforePdu` ran for the first time. */
  readonly untilHeld: Promise<void>;
}

export interface SideOptions {
  readonly expected?: ReadonlyMap<string, LargeConsumer>;
  readonly budget?: ReassemblyBudget;
  readonly unsafeTestingPduBucket?: TokenBucketLimit;
  readonly files?: SessionFiles;
}

/** The dialler's side first. Both are synced. */
export async function connectSessions(
  network: TestNetwork,
  options: readonly [SideOptions, SideOptions] = [{}, {}],
): Promise<[SessionSide, SessionSide]> {
  const names = [crypto.randomUUID(), crypto.randomUUID()] as [string, string];
  const [dialler, answerer] = [new Endpoint(network, names[0]), new Endpoint(network, names[1])];
  dialler.dial(names[1]);
  const links = await Promise.all([dialler.opened, answerer.opened]);
  const identities = await Promise.all(
    [0, 1].map(async () => importIdentity(await generateIdentitySecrets())),
  );
  const allowed = { knowsPeer: false, authorize: async () => undefined, commit: async () => undefined };
  const [a, b] = await Promise.all([
    runInitiator(links[0], contextOf(links[0], identities[0] as IdentityKeys), { ...allowed, psks: [] }),
    runResponder(links[1], contextOf(links[1], identities[1] as IdentityKeys), {
      ...allowed,
      findPsk: async () => null,
      requestConsent: async () => undefined,
      knowsPeer: async () => false,
    }),
  ]);
  const sides = await Promise.all([dialler.begin(a, options[0]), answerer.begin(b, options[1])]);
  await Promise.all(sides.map(({ synced }) => synced));
  return sides;
}

function contextOf(link: Link, identity: IdentityKeys): HandshakeContext {
  const { localPeerId, remotePeerId, localFingerprint, remoteFingerprint } = link.description;
  const nowMs = (): number => Date.now();
  const ids = { localPeerId, remotePeerId, localFingerprint, remoteFingerprint };
  return { identity, signalEngine: enkSignalEngine, ...ids, signal: link.signal, nowMs };
}

class Endpoint {
  readonly transport: TestTransport;
  readonly clock = new TestClock();
  readonly opened: Promise<Link>;
  #link: Link | null = null;
  #onOpened!: (link: Link) => void;

  constructor(network: TestNetwork, peerId: string) {
    this.transport = network.createTransport();
    this.transport.execute({ type: 'register', peerId: peerId as PeerId, network: NETWORK });
    this.opened = new Promise(resolve => {
      this.#onOpened = resolve;
    });
    this.transport.subscribe(event => {
      if (event.type === 'link-open') this.#open(event.link);
      if (event.type === 'link-message') this.#link?.received(event.bytes, event.linkId);
      if (event.type === 'link-drained') this.#link?.drained(event.takenBytes, event.isEmpty, event.linkId);
      if (event.type === 'stripe-open' || event.type === 'stripe-description') this.#link?.onStripe(event);
      if (event.type === 'link-closed') this.#closed(event.linkId, event.reason);
    });
  }

  #closed(linkId: LinkId, reason: LinkCloseReason): void {
    if (linkId === this.#link?.id) this.#link.closedByTransport(reason, Date.now());
    else this.#link?.onStripe({ type: 'stripe-closed', linkId });
  }

  dial(remotePeerId: string): void {
    this.#link = new Link(crypto.randomUUID() as LinkId, true, this.transport, () => this.clock.nowMs());
    const { id: linkId } = this.#link;
    this.transport.execute({ type: 'dial', linkId, remotePeerId: remotePeerId as PeerId });
  }

  #open(description: LinkDescription): void {
    this.#link ??= new Link(description.linkId, false, this.transport, () => this.clock.nowMs());
    this.#link.opened(description, Date.now());
    this.#onOpened(this.#link);
  }

  async begin(
    { session: pair, result }: HandshakeOutcome,
    { expected, budget = new ReassemblyBudget(), unsafeTestingPduBucket, files }: SideOptions,
  ): Promise<SessionSide> {
    const link = this.#link as Link;
    const seal = await SignalSeal.derive(result.exporter, link.description.role);
    link.becameReady();
    const received: DeliveredPdu[] = [];
    let check = (): void => undefined;
    let onSynced = (): void => undefined;
    const synced = new Promise<void>(resolve => {
      onSynced = resolve;
    });
    let onHeld = (): void => undefined;
    const untilHeld = new Promise<void>(resolve => {
      onHeld = resolve;
    });
    const session = new ReadySession(link, {
      pair,
      pairSecretId: '',
      ackedAtOpen: NOTHING_ACKED,
      hasCommonSecret: false,
      seal,
      sessionId: result.sessionId,
      files: files ?? null,
      clock: this.clock,
      budget,
      ...(expected !== undefined && { expected }),
      ...(unsafeTestingPduBucket !== undefined && { unsafeTestingPduBucket }),
      events: {
        onFirstFrame: async () => undefined,
        onCursors: async () => onSynced(),
        onUnknownType: () => undefined,
        onPath: (_, isConnected) => void side.paths.push(isConnected),
        onPdu: async (_, pdu) => {
          onHeld();
          await side.beforePdu();
          received.push(pdu);
          check();
        },
      },
    });
    const ended = session.run([]);
    const untilReceived = (count: number): Promise<void> =>
      new Promise(resolve => {
        check = () => {
          if (received.length >= count) resolve();
        };
        check();
      });
    const { transport, clock } = this;
    const beforePdu = async (): Promise<void> => undefined;
    const side: SessionSide = {
      ...{ session, link, transport, clock, budget, received },
      paths: [],
      ...{ untilReceived, synced, ended, beforePdu, untilHeld },
    };
    return side;
  }
}
