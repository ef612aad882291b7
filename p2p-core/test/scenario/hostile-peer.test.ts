import { expect } from '@esm-bundle/chai';
import { pairPsk } from '@enk/crypto-core';
import { HANDSHAKE_BUCKET, MAX_DROPPED_SIGNALS_PER_SESSION, SIGNAL_PDU_BUCKET } from '../../limits.ts';
import { encodePdu } from '../../pdu/codec.ts';
import { Peer, befriend } from '../support/peer.ts';
import { type RawLink, RawPeer } from '../support/raw-peer.ts';
import { TestNetwork } from '../support/test-network.ts';

/** A few turns of the event loop: enough for the network in memory to deliver. */
async function nextTask(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await new Promise<void>(resolve => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => (port1.close(), resolve());
      port2.postMessage(null);
    });
  }
}

const INCARNATION = 'AAAAAAAAAAAAAAAAAAAAAA';

describe('scenario: hostile bytes', () => {
  let alice: Peer;
  let network: TestNetwork;

  beforeEach(async () => {
    network = new TestNetwork();
    alice = await Peer.start(network, 'Alice');
  });

  afterEach(async () => {
    await alice.close();
  });

  async function maliciousContact(): Promise<RawLink> {
    const raw = await RawPeer.start(network, 'maliciouspeermaliciouspeer');
    const { token } = await alice.core.createInvite({});
    return raw.connectByInvite(token);
  }

  it('P2P-DEL-05: an ack counts from the session that carries the conversation, not from an older one', async () => {
    const raw = await RawPeer.start(network, 'zzliciouspeermaliciouspeer'); // the side that decides about glare
    const { token } = await alice.core.createInvite({});
    const older = await raw.connectByInvite(token);
    await older.greet();
    const newer = await raw.connect(alice.transport.peerId, [pairPsk(older.outcome.result.pairSecret)]);
    await newer.greet();
    await alice.send('hello');
    const { incarnation, seq } = (await newer.untilPdu('message')) as { incarnation: string; seq: number };
    await older.seal(encodePdu({ type: 'ack', incarnation, seq }));
    await older.seal(encodePdu({ type: 'typing', isTyping: true })); // behind it: the ack was worked off
    await alice.until('typing', () => alice.contact.isTyping);
    expect(alice.contact.pendingCount).to.equal(1);
    await newer.seal(encodePdu({ type: 'ack', incarnation, seq }));
    await alice.untilDelivered();
  });

  it('P2P-SES-18: a cleartext frame after Ready ends the link; the session comes back on a new one', async () => {
    const bob = await Peer.start(network, 'Bob');
    await befriend(alice, bob);
    const hello = network.wire[0]?.bytes ?? new Uint8Array();
    const [link] = network.openLinks;
    if (link === undefined) throw new Error('no link');
    network.inject(link.answerer, hello);
    await alice.until('closed', () => !link.isOpen || (void 0, false));
    await alice.until('down', () => alice.contact.connection.kind !== 'ready');
    await alice.untilReady();
    await bob.send('still works');
    await alice.untilReceived(1);
    await bob.close();
  });

  it('P2P-SES-18: a replayed frame ends the link', async () => {
    const bob = await Peer.start(network, 'Bob');
    await befriend(alice, bob);
    await bob.send('once');
    await alice.untilReceived(1);
    const [link] = network.openLinks;
    const replay = network.wire.findLast(({ from }) => from === bob.transport.peerId);
    if (link === undefined || replay === undefined) throw new Error('no link');
    network.inject(link.dialler.transport === bob.transport ? link.answerer : link.dialler, replay.bytes);
    await alice.until('down', () => alice.contact.connection.kind !== 'ready');
    await alice.untilReady();
    expect(await alice.texts(false)).to.deep.equal(['once']);
    await bob.close();
  });

  it('P2P-SES-17: anything before the cursors ends the session', async () => {
    const link = await maliciousContact();
    await link.seal(encodePdu({ type: 'message', incarnation: INCARNATION, seq: 1, text: 'x', sentAt: 1 }));
    await link.closed;
    expect((await link.untilPdu('protocol-error'))['code']).to.equal('order');
    expect(await alice.messages()).to.deep.equal([]);
  });

  it('P2P-PDU-03: an unknown type is answered once, sealed, and dropped', async () => {
    const link = await maliciousContact();
    await link.greet();
    await link.sealJson({ type: 'telepathy', specVersion: '1.0', anything: 1 });
    expect((await link.untilPdu('protocol-error'))['code']).to.equal('unknown-type');
    await link.seal(encodePdu({ type: 'message', incarnation: INCARNATION, seq: 1, text: 'hi', sentAt: 1 }));
    expect((await link.untilPdu('ack'))['seq']).to.equal(1);
    expect(link.pdus.filter(({ type }) => type === 'protocol-error')).to.have.length(1);
    link.close();
  });

  it('P2P-SES-24: a bulk chunk that nobody asked for ends the session', async () => {
    const link = await maliciousContact();
    await link.greet();
    await link.sealBulk(
      encodePdu({ type: 'message', incarnation: INCARNATION, seq: 1, text: 'x', sentAt: 1 }),
    );
    await link.closed;
    expect((await link.untilPdu('protocol-error'))['code']).to.equal('order');
    expect(await alice.messages()).to.deep.equal([]);
  });

  it('P2P-PDU-04: a foreign key refuses the PDU and ends the session', async () => {
    const link = await maliciousContact();
    await link.greet();
    await link.sealJson({ type: 'typing', specVersion: '1.0', isTyping: true, html: '<b>' });
    await link.closed;
    expect((await link.untilPdu('protocol-error'))['code']).to.equal('schema');
  });

  it('P2P-DEL-06: a gap ends the session; what came before it is stored', async () => {
    const link = await maliciousContact();
    await link.greet();
    for (const seq of [1, 3]) {
      await link.seal(
        encodePdu({ type: 'message', incarnation: INCARNATION, seq, text: `m${seq}`, sentAt: 1 }),
      );
    }
    await link.closed;
    expect(await alice.texts(false)).to.deep.equal(['m1']);
  });

  it('P2P-DEL-07: a known id is dropped and acknowledged again', async () => {
    const link = await maliciousContact();
    await link.greet();
    const pdu = encodePdu({ type: 'message', incarnation: INCARNATION, seq: 1, text: 'm', sentAt: 1 });
    await link.seal(pdu);
    await link.untilPdu('ack');
    link.pdus.length = 0;
    await link.seal(pdu);
    expect((await link.untilPdu('ack'))['seq']).to.equal(1);
    expect(await alice.texts(false)).to.deep.equal(['m']);
    link.close();
  });

  it('P2P-DEL-05: an acknowledgement of what was never sent ends the session', async () => {
    const link = await maliciousContact();
    await link.greet();
    await alice.send('one');
    const { incarnation } = await link.untilPdu('message');
    await link.sealJson({ type: 'ack', specVersion: '1.0', incarnation, seq: 2 });
    await link.closed;
    expect(alice.contact.pendingCount).to.equal(1);
  });

  it('P2P-SES-08: a peer that breaks two sessions running is not dialled again', async () => {
    const raw = await RawPeer.start(network, 'maliciouspeermaliciouspeer');
    const { token } = await alice.core.createInvite({});
    for (let round = 0; round < 2; round++) {
      const link = await raw.connectByInvite(token);
      await link.greet();
      link.sendRaw(new Uint8Array(64).fill(2));
      await link.closed;
    }
    const stopped = await alice.untilConnection('stopped');
    expect(stopped.connection).to.deep.equal({ kind: 'stopped', code: 'protocol-error' });
  });

  it('P2P-SES-19: a protocol-error is never answered', async () => {
    const link = await maliciousContact();
    await link.greet();
    for (let index = 0; index < 3; index++)
      await link.seal(encodePdu({ type: 'protocol-error', code: 'schema' }));
    await link.seal(encodePdu({ type: 'message', incarnation: INCARNATION, seq: 1, text: 'hi', sentAt: 1 }));
    await link.untilPdu('ack');
    expect(link.pdus.some(({ type }) => type === 'protocol-error')).to.equal(false);
    link.close();
  });

  it('P2P-SES-20: session-close ends the link and counts as nobody’s fault', async () => {
    for (let round = 0; round < 3; round++) {
      const link = await maliciousContact();
      await link.greet();
      await link.seal(encodePdu({ type: 'session-close', reason: 'leaving' }));
      await link.closed;
    }
    expect(alice.contacts.every(({ connection }) => connection.kind !== 'stopped')).to.equal(true);
  });

  it('P2P-LIM-04: a flood of signals is dropped, and messages still pass', async () => {
    const link = await maliciousContact();
    await link.greet();
    alice.clock.freeze(); // no token comes back meanwhile
    for (let index = 0; index < SIGNAL_PDU_BUCKET.capacity * 2; index++) {
      await link.seal(encodePdu({ type: 'profile-update', displayName: `Mallory ${index}` }));
    }
    await link.seal(encodePdu({ type: 'message', incarnation: INCARNATION, seq: 1, text: 'hi', sentAt: 1 }));
    await link.untilPdu('ack');
    expect(alice.contact.name).to.not.equal(`Mallory ${SIGNAL_PDU_BUCKET.capacity * 2 - 1}`);
    link.close();
  });

  it('P2P-LIM-04: signals without end end the session', async () => {
    const link = await maliciousContact();
    await link.greet();
    alice.clock.freeze();
    for (let index = 0; index < SIGNAL_PDU_BUCKET.capacity + MAX_DROPPED_SIGNALS_PER_SESSION + 1; index++) {
      await link.seal(encodePdu({ type: 'typing', isTyping: true }));
      if (index % 32 === 0) await nextTask();
    }
    await link.closed;
  });

  it('P2P-LIM-02: an address that dials without end is cut off before any cryptography', async () => {
    const raw = await RawPeer.start(network, 'hammeringpeerhammeringpeer');
    alice.clock.freeze();
    let silent = 0;
    for (let index = 0; index < HANDSHAKE_BUCKET.capacity + 3; index++) {
      const link = await raw.dial(alice.transport.peerId);
      await Promise.race([link.closed, alice.core.getDiagnostics()]);
      if (await Promise.race([link.closed.then(() => true), nextTask().then(() => false)])) silent += 1;
      link.close();
    }
    expect(silent).to.be.greaterThan(0);
  });

  it('P2P-LIM-03: a flood before the handshake is cut off', async () => {
    const raw = await RawPeer.start(network, 'floodingpeerfloodingpeer');
    const link = await raw.dial(alice.transport.peerId);
    for (let index = 0; index < 40; index++) link.sendRaw(new Uint8Array(8_000));
    await link.closed;
  });
});
