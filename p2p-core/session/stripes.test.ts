/** Two sessions, their chunks, and further connections between them. */
import { expect } from '@esm-bundle/chai';
import type { WireFrame } from '@enk/crypto-core';
import type { FrameSource } from '../delivery/send-queue.ts';
import { encodeFileChunk } from '../files/file-chunk.ts';
import type { SessionFiles } from '../files/session-files.ts';
import { MAX_STRIPES, STRIPE_AFTER_MS, STRIPE_IDLE_MS } from '../limits.ts';
import type { PduBody } from '../pdu/codec.ts';
import type { LinkId, PeerId } from '../ports/transport.ts';
import { encodeBase64Url } from '../storage/base64url.ts';
import { connectSessions, type SessionSide } from '../test/support/session-pair.ts';
import { TestClock } from '../test/support/test-clock.ts';
import { type TestLink, TestNetwork } from '../test/support/test-network.ts';
import { Link, stripeId } from './link.ts';
import { Stripes } from './stripes.ts';

const CHUNK_BYTES = 32 * 1024;
const id = encodeBase64Url(new Uint8Array(16));

/** Takes chunks and remembers their numbers. */
class Taken implements SessionFiles {
  readonly indices: number[] = [];
  #check: () => void = () => undefined;
  synced = (): void => undefined;
  ended = (): void => undefined;
  accept = async (): Promise<boolean> => false;
  acceptFrame = async (): Promise<boolean> => false;
  acceptChunk = async (_: unknown, chunk: Uint8Array): Promise<boolean> => {
    this.indices.push(new DataView(chunk.buffer, chunk.byteOffset).getUint32(20));
    this.#check();
    return true;
  };

  until(count: number): Promise<void> {
    return new Promise(resolve => {
      this.#check = () => this.indices.length >= count && resolve();
      this.#check();
    });
  }
}

/** So many chunks, one after the other. */
function chunks(total: number): FrameSource {
  let index = 0;
  return {
    get nextKind() {
      return index < total ? 'chunk' : null;
    },
    take: () => encodeFileChunk({ id, index: index++, total, bytes: new Uint8Array(CHUNK_BYTES) }),
  };
}

/** A session's stripes alone, over a channel that is slow; what they say, and what a transport tells them. */
class Alone {
  readonly clock = new TestClock();
  readonly told: PduBody[] = [];
  readonly link = new Link(
    'link' as LinkId,
    true,
    { execute: () => undefined, subscribe: () => () => undefined },
    () => this.clock.nowMs(),
  );
  readonly stripes: Stripes;

  constructor(role: 'A' | 'B') {
    const [localPeerId, remotePeerId] = ['ana' as PeerId, 'ben' as PeerId];
    const fingerprint = new Uint8Array(32);
    const fingerprints = { localFingerprint: fingerprint, remoteFingerprint: fingerprint };
    const description = { linkId: this.link.id, role, localPeerId, remotePeerId, ...fingerprints };
    this.link.opened(description, this.clock.nowMs());
    this.link.becameReady();
    this.stripes = new Stripes({
      link: this.link,
      clock: this.clock,
      tell: body => this.told.push(body),
      onLost: () => undefined,
    });
  }

  considerSlowly(): void {
    this.link.send(new Uint8Array(100_000) as Uint8Array as WireFrame);
    this.clock.advance(STRIPE_AFTER_MS + 1);
    this.link.drained(1, false);
    this.stripes.consider();
  }

  get types(): string[] {
    return this.told.map(({ type }) => type);
  }
}

describe('stripes and a peer that knows none', () => {
  it('P2P-STR-04: is asked once by B, and its word for that counts as nothing else', () => {
    const alone = new Alone('B');
    alone.considerSlowly();
    expect(alone.types).to.deep.equal(['stripe-request']);
    expect(alone.stripes.unknownType()).to.equal(true);
    expect(alone.stripes.unknownType(), 'of something else').to.equal(false);
    alone.clock.advance(STRIPE_IDLE_MS * 2);
    alone.stripes.consider();
    expect(alone.told).to.have.length(1);
  });

  it('P2P-STR-04: gets the offers of A once, and its word for each counts as nothing else', () => {
    const alone = new Alone('A');
    alone.considerSlowly();
    for (let number = 1; number <= MAX_STRIPES; number++) {
      const linkId = stripeId(alone.link.id, number);
      alone.link.onStripe({ type: 'stripe-description', linkId, sdp: 'v=0\r\n' });
    }
    expect(alone.types).to.deep.equal(Array.from({ length: MAX_STRIPES }, () => 'stripe-offer'));
    for (let number = 1; number <= MAX_STRIPES; number++) {
      expect(alone.stripes.unknownType()).to.equal(true);
    }
    expect(alone.stripes.unknownType()).to.equal(false);
    alone.clock.advance(STRIPE_IDLE_MS * 2);
    alone.stripes.consider();
    expect(alone.told).to.have.length(MAX_STRIPES);
  });
});

describe('stripes that never open', () => {
  it('P2P-STR-04, P2P-STR-05: are said to be over before others are offered, later each time', () => {
    const alone = new Alone('A');
    const failAll = (first: number): void => {
      for (let number = first; number < first + MAX_STRIPES; number++) {
        const linkId = stripeId(alone.link.id, number);
        alone.link.onStripe({ type: 'stripe-description', linkId, sdp: 'v=0\r\n' });
        alone.link.onStripe({ type: 'stripe-closed', linkId });
      }
    };
    const offers = (): number => alone.types.filter(type => type === 'stripe-offer').length;
    alone.considerSlowly();
    failAll(1);
    alone.stripes.consider();
    expect(alone.types.at(-1), 'not at once').to.equal('stripe-offer');
    alone.clock.advance(STRIPE_IDLE_MS);
    expect(alone.types.at(-1)).to.equal('stripe-close');
    alone.clock.advance(STRIPE_IDLE_MS);
    alone.stripes.consider();
    failAll(1 + MAX_STRIPES);
    expect(offers(), 'once more').to.equal(2 * MAX_STRIPES);
    alone.clock.advance(2 * STRIPE_IDLE_MS);
    alone.stripes.consider();
    failAll(1 + 2 * MAX_STRIPES);
    expect(offers(), 'the pause has doubled').to.equal(2 * MAX_STRIPES);
  });
});

describe('stripes', function () {
  this.timeout(60_000);
  let network: TestNetwork;
  let sides: [SessionSide, SessionSide];
  let taken: [Taken, Taken];

  beforeEach(async () => {
    network = new TestNetwork();
    taken = [new Taken(), new Taken()];
    sides = await connectSessions(network, [{ files: taken[0] }, { files: taken[1] }]);
  });

  afterEach(() => sides.forEach(({ session }) => session.close('local')));

  const stripes = (): TestLink[] => network.openLinks.slice(1);

  async function untilStripes(count: number): Promise<void> {
    while (stripes().length !== count) await new Promise(resolve => setTimeout(resolve, 5));
  }

  /** Sends chunks over a channel that carries next to nothing, until stripes are open. */
  async function sendSlowly(from: 0 | 1, total: number): Promise<void> {
    const link = network.openLinks[0] as TestLink;
    const release = network.holdLink(link);
    const sent = sides[from].session.sendChunks(chunks(total), new AbortController().signal);
    sent.catch(() => undefined);
    while (link.waiting.length === 0) await new Promise(resolve => setTimeout(resolve, 5));
    sides[from].clock.advance(STRIPE_AFTER_MS + 1);
    release();
    await untilStripes(MAX_STRIPES);
  }

  for (const from of [0, 1] as const) {
    const who = from === 0 ? 'the dialler' : 'the answerer';
    it(`P2P-STR-03, P2P-STR-04: chunks of ${who} that wait for a slow channel get stripes, and come in order`, async () => {
      await sendSlowly(from, 40);
      await taken[1 - from]?.until(40);
      expect(taken[1 - from]?.indices).to.deep.equal(Array.from({ length: 40 }, (_, index) => index));
    });
  }

  it('P2P-STR-01: a stripe that stands still holds up what follows, and nothing is lost or out of order', async () => {
    await sendSlowly(0, 40);
    await taken[1].until(40);
    const release = stripes().map(link => network.holdLink(link));
    const again = sides[0].session.sendChunks(chunks(20), new AbortController().signal);
    again.catch(() => undefined);
    while (stripes().every(({ waiting }) => waiting.length === 0)) await new Promise(r => setTimeout(r, 5));
    release.reverse().forEach(letGo => letGo());
    await again;
    await taken[1].until(60);
    expect(taken[1].indices.slice(40)).to.deep.equal(Array.from({ length: 20 }, (_, index) => index));
    expect(sides[1].link.failure).to.equal(null);
  });

  it('P2P-STR-02: stripes carry numbered frames alone, and a short one goes by the link', async () => {
    await sendSlowly(0, 40);
    await taken[1].until(40);
    await sides[0].session.sendChunks(chunks(8), new AbortController().signal);
    await taken[1].until(48);
    const before = network.wire.length;
    await sides[0].session.sendPdu({ type: 'typing', isTyping: true });
    await sides[1].untilReceived(1);
    const [last] = network.wire.slice(before);
    expect(last?.bytes[0], 'numbered from now on').to.equal(0x53);
    expect(sides[1].received).to.have.length(1);
  });

  it('P2P-STR-05: stripes that carry nothing are closed by both, and what comes then goes by the link', async () => {
    await sendSlowly(0, 40);
    await taken[1].until(40);
    sides[0].clock.advance(STRIPE_IDLE_MS + 1);
    await untilStripes(0);
    const before = network.wire.length;
    await sides[0].session.sendChunks(chunks(8), new AbortController().signal);
    await taken[1].until(48);
    expect(network.wire.length - before, 'on the link, the only one there is').to.be.at.least(8);
    expect(sides.map(({ link }) => link.failure)).to.deep.equal([null, null]);
  });

  it('P2P-STR-05: a stripe that is lost ends the session, which a new one follows', async () => {
    await sendSlowly(0, 40);
    const [stripe] = stripes() as [TestLink];
    const { transport, linkId } = stripe.answerer;
    transport.post({ type: 'link-closed', linkId, reason: 'ice-failed' });
    await Promise.all(sides.map(({ ended }) => ended));
    expect(sides[1].link.failure).to.equal('unreachable');
  });

  it('P2P-STR-01: a frame without a number by a stripe, or after the first number, ends the session', async () => {
    await sendSlowly(0, 40);
    await taken[1].until(40);
    const [stripe] = stripes() as [TestLink];
    network.inject(stripe.answerer, Uint8Array.of(1, 2, 3));
    await sides[1].ended;
    expect(sides[1].link.failure).to.equal('peer-fault');
  });

  it('P2P-STR-04: an answerer that makes an offer breaks the rules', async () => {
    await sides[1].session.sendPdu({ type: 'stripe-offer', stripe: 1, sdp: 'v=0\r\n' });
    await sides[0].ended;
    expect(sides[0].link.failure).to.equal('peer-fault');
  });

  it('P2P-STR-04: more stripes than MAX_STRIPES are refused', async () => {
    for (let stripe = 1; stripe <= MAX_STRIPES + 1; stripe++) {
      await sides[0].session.sendPdu({ type: 'stripe-offer', stripe, sdp: 'v=0\r\n' });
    }
    await sides[1].ended;
    expect(sides[1].link.failure).to.equal('peer-fault');
  });

  it('P2P-STR-04: without a slow channel there are none', async () => {
    await sides[0].session.sendChunks(chunks(40), new AbortController().signal);
    await taken[1].until(40);
    expect(network.links).to.have.length(1);
  });
});
