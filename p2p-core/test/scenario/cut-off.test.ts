/** Peers that cost on purpose: each is cut off within its limit, and the session with somebody else goes on. */
import { expect } from '@esm-bundle/chai';
import { pairPsk } from '@enk/crypto-core';
import {
  CHUNK_BYTES,
  CONSENT_TIMEOUT_MS,
  HANDSHAKE_TIMEOUT_MS,
  MAX_CONSENT_REQUESTS,
  MAX_MESSAGE_PDU_BYTES,
  MAX_OPEN_QUEUE_FRAMES,
  MAX_PDU_BYTES,
  MAX_REASSEMBLIES_PER_PEER,
  MAX_REASSEMBLY_BYTES,
  MAX_STRANGER_HANDSHAKES,
  MAX_UNKNOWN_TYPES_PER_SESSION,
  REASSEMBLY_TIMEOUT_MS,
  STRIKE_BUCKET,
} from '../../limits.ts';
import { encodeChunk } from '../../delivery/chunk.ts';
import { ReassemblyBudget } from '../../delivery/reassembly-budget.ts';
import { encodePdu } from '../../pdu/codec.ts';
import { type CryptoCount, countCrypto, untilCryptoIsQuiet } from '../support/crypto-count.ts';
import { Peer, befriend } from '../support/peer.ts';
import { type RawLink, RawPeer } from '../support/raw-peer.ts';
import { type SessionSide, connectSessions } from '../support/session-pair.ts';
import { TestNetwork } from '../support/test-network.ts';

const INCARNATION = 'AAAAAAAAAAAAAAAAAAAAAA';
const MALLORY = 'maliciouspeermaliciouspeer';

describe('scenario: peers that cost on purpose', function () {
  this.timeout(60_000);
  let network: TestNetwork;
  let alice: Peer;
  let bob: Peer;
  let said: number;

  beforeEach(async () => {
    network = new TestNetwork();
    [alice, bob] = [await Peer.start(network, 'Alice'), await Peer.start(network, 'Bob')];
    await befriend(alice, bob);
    said = 0;
  });

  afterEach(async () => {
    await Promise.all([alice.close(), bob.close()]);
  });

  /** What was under way is over: its commits (which no cipher shows), what they led to, and its cryptography. */
  async function untilSettled(): Promise<void> {
    const privacy = { sendTyping: false, sendReadReceipts: false };
    for (const { core } of [alice, bob, alice]) await core.setPrivacy({ privacy }); // units of work run in turn
    await untilCryptoIsQuiet();
  }

  const fromBob = (): string[] => Array.from({ length: said }, (_, index) => `still here ${index}`);

  /** Bob's session with Alice works: the same one, unless something broke it. */
  async function bobIsHeard(): Promise<void> {
    await bob.send(`still here ${said++}`);
    await bob.untilDelivered();
  }

  async function assertBobUndisturbed(): Promise<void> {
    await bobIsHeard();
    const ofBob = alice.contacts.find(({ peerId }) => peerId === bob.transport.peerId);
    const { messages } = await alice.core.listMessages({
      contactId: ofBob?.id ?? bob.contact.id,
      limit: 100,
    });
    expect(messages.map(({ text }) => text)).to.deep.equal(fromBob());
    const dropped = bob.events.filter(
      event => event.type === 'contacts' && event.contacts[0]?.connection.kind === 'waiting-for-peer',
    );
    expect(dropped, 'times that Bob lost the session').to.have.length(0);
  }

  async function maliciousContact(raw?: RawPeer): Promise<RawLink> {
    const mallory = raw ?? (await RawPeer.start(network, MALLORY));
    const { token } = await alice.core.createInvite({});
    const link = await mallory.connectByInvite(token);
    await link.greet();
    return link;
  }

  const offer = (transfer: number, of: string, sizeBytes: number): Uint8Array =>
    encodePdu({ type: 'chunks-offer', transfer, of, sizeBytes });

  /** Dials, waits for the end, and says what that cost Alice. */
  async function dialAndCount(raw: RawPeer): Promise<{ count: CryptoCount; frames: number }> {
    const before = network.wire.filter(({ from }) => from === alice.transport.peerId).length;
    await untilSettled();
    const stop = countCrypto();
    const link = await raw.dial(alice.transport.peerId);
    await link.closed;
    const frames = network.wire.filter(({ from }) => from === alice.transport.peerId).length - before;
    return { count: stop(), frames };
  }

  it('P2P-LIM-07: a loop of garbage and reconnects ends, and is answered no more before any cryptography', async () => {
    const mallory = await RawPeer.start(network, MALLORY);
    alice.clock.freeze(); // no strike comes back meanwhile
    let link = await maliciousContact(mallory);
    for (let round = 1; ; round++) {
      link.sendRaw(new Uint8Array(64).fill(2));
      await link.closed;
      await bobIsHeard();
      if (round === STRIKE_BUCKET.capacity) break;
      link = await mallory.connect(alice.transport.peerId, [pairPsk(link.outcome.result.pairSecret)]);
      await link.greet();
    }
    const { count, frames } = await dialAndCount(mallory);
    expect(count.total, JSON.stringify(count.calls)).to.equal(0);
    expect(frames).to.equal(0);
    const ofMallory = alice.contacts.find(({ peerId }) => peerId === MALLORY);
    expect(ofMallory?.connection.kind).to.equal('stopped');
    await assertBobUndisturbed();

    // From another address its secret tells who it is, before anything is computed.
    const elsewhere = await RawPeer.start(network, 'anotheraddressanotheraddress');
    const secret = pairPsk(link.outcome.result.pairSecret);
    const refused = await elsewhere
      .connect(alice.transport.peerId, [secret])
      .catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Error);

    alice.clock.advance(1_000 / STRIKE_BUCKET.refillPerSecond);
    const later = await mallory.connect(alice.transport.peerId, [secret]);
    await later.greet();
    later.close();
  });

  it('P2P-LIM-03: more frames than may wait are refused at once, whatever is in them', async () => {
    const link = await maliciousContact();
    const release = alice.transport.hold();
    for (let index = 0; index < 2 * MAX_OPEN_QUEUE_FRAMES; index++) {
      await link.seal(encodePdu({ type: 'typing', isTyping: true }));
    }
    release();
    await link.closed;
    await assertBobUndisturbed();
  });

  it('P2P-LIM-08: strangers that open links and say nothing leave contacts a place, and go when their time is up', async () => {
    const links: RawLink[] = [];
    for (let index = 0; index < 2 * (MAX_STRANGER_HANDSHAKES + MAX_CONSENT_REQUESTS); index++) {
      const stranger = await RawPeer.start(network, `strangerstrangerstranger${index + 10}`);
      links.push(await stranger.dial(alice.transport.peerId));
    }
    await bobIsHeard();
    const isOpen = (link: RawLink): boolean =>
      network.openLinks.some(({ dialler }) => dialler.linkId === link.id);
    expect(links.filter(isOpen)).to.have.length(MAX_STRANGER_HANDSHAKES + MAX_CONSENT_REQUESTS);
    // A contact that comes back gets in all the same.
    const back = alice.until('down', () =>
      alice.contacts.some(({ connection }) => connection.kind !== 'ready'),
    );
    network.cut(bob.transport);
    await back;
    await bob.untilReady();
    await bobIsHeard();
    alice.clock.advance(HANDSHAKE_TIMEOUT_MS);
    await Promise.all(links.map(({ closed }) => closed));
  });

  it('P2P-LIM-09: a blocked contact costs no cryptography and hears nothing', async () => {
    const mallory = await RawPeer.start(network, MALLORY);
    const link = await maliciousContact(mallory);
    const contact = alice.contacts.find(({ peerId }) => peerId === MALLORY);
    if (contact === undefined) throw new Error('no contact');
    await alice.core.setBlocked({ contactId: contact.id, blocked: true });
    await link.closed;
    const { count, frames } = await dialAndCount(mallory);
    expect(count.total, JSON.stringify(count.calls)).to.equal(0);
    expect(frames).to.equal(0);
    const elsewhere = await RawPeer.start(network, 'anotheraddressanotheraddress');
    const secret = pairPsk(link.outcome.result.pairSecret);
    const refused = await elsewhere
      .connect(alice.transport.peerId, [secret])
      .catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Error);
    expect(alice.consents, 'nor is the person asked').to.have.length(0);
    await assertBobUndisturbed();
  });

  it('P2P-LIM-09: an unknown dialler costs one hello until the person agrees: no key is made, nothing is sent', async () => {
    const stranger = await RawPeer.start(network, 'strangerstrangerstranger');
    const link = await stranger.dial(alice.transport.peerId);
    await untilSettled();
    let stop: () => CryptoCount = () => ({ calls: {}, asymmetric: 0, total: 0 });
    let frames = 0;
    network.filter = ({ from, to, bytes }) => {
      if (from === 'strangerstrangerstranger' && bytes[1] === 0) stop = countCrypto(); // its hello leaves
      // What Alice says to her contacts meanwhile (a ping, on a slow machine) is not about the stranger.
      if (from === alice.transport.peerId && to === 'strangerstrangerstranger') frames += 1;
      return true;
    };
    void stranger.sayHello(link);
    await alice.until('a request', () => alice.consents.length === 1);
    const count = stop();
    expect(count.asymmetric, JSON.stringify(count.calls)).to.equal(0);
    expect(count.total, JSON.stringify(count.calls)).to.be.at.most(2);
    expect(frames).to.equal(0);
    alice.clock.advance(CONSENT_TIMEOUT_MS);
    await link.closed;
    await assertBobUndisturbed();
  });

  it('P2P-CHK-08: a message that stops in the middle ends the session when its time is up', async () => {
    const link = await maliciousContact();
    const pdu = encodePdu({
      type: 'message',
      incarnation: INCARNATION,
      seq: 1,
      text: 'x'.repeat(60_000),
      sentAt: 1,
    });
    await link.seal(offer(1, 'message', pdu.length));
    await link.sealBulk(encodeChunk(1, 0, pdu));
    await link.seal(encodePdu({ type: 'typing', isTyping: true }));
    await alice.until('typing', () => alice.contacts.some(({ isTyping }) => isTyping));
    alice.clock.advance(REASSEMBLY_TIMEOUT_MS - 1_000);
    await assertBobUndisturbed();
    expect(network.openLinks).to.have.length(2);
    alice.clock.advance(1_000);
    await link.closed;
    await assertBobUndisturbed();
  });

  const ATTACKS: readonly (readonly [string, string, (link: RawLink) => Promise<void>])[] = [
    ['P2P-SES-24: a chunk of nothing', 'order', link => link.sealBulk(encodeChunk(1, 0, new Uint8Array(0)))],
    [
      'P2P-CHK-05: a chunk out of order',
      'order',
      async link => {
        await link.seal(offer(1, 'message', 40_000));
        await link.sealBulk(encodeChunk(1, 1, new Uint8Array(0)));
      },
    ],
    [
      'P2P-CHK-05: a PDU of another type than announced',
      'schema',
      async link => {
        const text = encodePdu({ type: 'typing', isTyping: true });
        const pdu = new Uint8Array(CHUNK_BYTES + 1).fill(0x20); // JSON may end in spaces
        pdu.set(text);
        await link.seal(offer(1, 'message', pdu.length));
        for (const index of [0, 1]) await link.sealBulk(encodeChunk(1, index, pdu));
      },
    ],
    [
      'P2P-CHK-04: a message over its limit',
      'oversize',
      link => link.seal(offer(1, 'message', MAX_MESSAGE_PDU_BYTES + 1)),
    ],
    ['P2P-CHK-04: a transfer number out of order', 'order', link => link.seal(offer(2, 'message', 40_000))],
    [
      'P2P-CHK-04: an answer to what was never offered',
      'order',
      link => link.seal(encodePdu({ type: 'chunks-accept', transfer: 1 })),
    ],
    [
      'P2P-CHK-02: progress of what was never sent',
      'order',
      link => link.seal(encodePdu({ type: 'chunks-progress', chunks: 1 })),
    ],
  ];
  for (const [what, code, attack] of ATTACKS) {
    it(`${what} ends the session`, async () => {
      const link = await maliciousContact();
      await attack(link);
      await link.closed;
      expect((await link.untilPdu('protocol-error'))['code']).to.equal(code);
      expect(await alice.messages(alice.contacts.find(({ peerId }) => peerId === MALLORY)?.id)).to.deep.equal(
        [],
      );
      await assertBobUndisturbed();
    });
  }

  it('P2P-CHK-04: offers of what nobody expects are refused, and end the session when there are too many', async () => {
    const link = await maliciousContact();
    for (let transfer = 1; transfer <= MAX_UNKNOWN_TYPES_PER_SESSION + 1; transfer++) {
      await link.seal(offer(transfer, 'anything', MAX_PDU_BYTES));
    }
    await link.closed;
    expect(link.pdus.filter(({ type }) => type === 'chunks-refuse')).to.have.length.at.least(
      MAX_UNKNOWN_TYPES_PER_SESSION,
    );
    await assertBobUndisturbed();
  });
});

describe('scenario: peers that hold memory', function () {
  this.timeout(60_000);

  it('P2P-LIM-10: what arrives while frames are opened waits in its own link’s queue, so that a flood ends there', async () => {
    const network = new TestNetwork();
    const [mallory, alice] = await connectSessions(network);
    const frames: Uint8Array[] = [];
    network.filter = ({ from, bytes }) => {
      if (from !== mallory.transport.peerId) return true;
      frames.push(bytes);
      return false;
    };
    for (let index = 0; index < 2 * MAX_OPEN_QUEUE_FRAMES; index++) {
      await mallory.session.sendPdu({ type: 'ack', incarnation: INCARNATION, seq: 1 });
    }
    // As a worker's page posts them: one task each, all in the line before anything is worked off.
    const { port1, port2 } = new MessageChannel();
    let arrived = 0;
    const allArrived = new Promise<void>(resolve => {
      port1.onmessage = ({ data }: MessageEvent<Uint8Array>) => {
        alice.link.received(data);
        if (++arrived === frames.length) resolve();
      };
    });
    for (const frame of frames) port2.postMessage(frame);
    await allArrived;
    port1.close();
    expect(alice.link.failure).to.equal('peer-fault');
    expect(alice.received.length, 'opened before the end').to.be.below(16);
    await alice.ended;
  });

  it('P2P-CHK-06: any number of them stay within the budget, and others’ messages pass', async () => {
    const network = new TestNetwork();
    const budget = new ReassemblyBudget();
    const accept = async (): Promise<void> => undefined;
    const receiving = { budget, expected: new Map([['file', { maxBytes: MAX_PDU_BYTES, accept }]]) };
    const connect = (): Promise<[SessionSide, SessionSide]> => connectSessions(network, [{}, receiving]);
    const hostile = [await connect(), await connect(), await connect(), await connect()];
    const [bob, alice] = await connect();
    const deaf = new Set<string>(hostile.map(([{ transport }]) => transport.peerId));
    network.filter = ({ to }) => !deaf.has(to);
    for (const [mallory] of hostile) {
      for (let transfer = 1; transfer <= MAX_REASSEMBLIES_PER_PEER; transfer++) {
        await mallory.session.sendPdu({
          type: 'chunks-offer',
          transfer,
          of: 'file',
          sizeBytes: MAX_PDU_BYTES,
        });
      }
    }
    const text = 'x'.repeat(60_000);
    const message = encodePdu({ type: 'message', incarnation: INCARNATION, seq: 1, text, sentAt: 1 });
    await bob.session.send(message, 'chat');
    await alice.untilReceived(1);
    expect(budget.peakBytes).to.be.at.most(MAX_REASSEMBLY_BYTES);
    for (const [mallory] of hostile) {
      const next = MAX_REASSEMBLIES_PER_PEER + 1;
      await mallory.session.sendPdu({
        type: 'chunks-offer',
        transfer: next,
        of: 'file',
        sizeBytes: MAX_PDU_BYTES,
      });
    }
    await Promise.all(hostile.map(([, victim]) => victim.ended));
    expect(hostile.map(([, { link }]) => link.failure)).to.deep.equal(Array(4).fill('peer-fault'));
    expect(budget.usedBytes).to.equal(0);
    expect(alice.link.stage).to.equal('ready');
    alice.session.close('local');
  });
});
