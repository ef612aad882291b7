/** Deleting messages, here and for everyone, and what a peer with valid keys can try with it. */
import { expect } from '@esm-bundle/chai';
import { openDB } from 'idb';
import { MAX_TIMER_STEPS, MAX_UNKNOWN_TYPES_PER_SESSION, UNDO_DELETE_MS } from '../../limits.ts';
import { encodePdu } from '../../pdu/codec.ts';
import { copyProfile } from '../support/copy-profile.ts';
import { Peer, befriend } from '../support/peer.ts';
import { type RawLink, RawPeer } from '../support/raw-peer.ts';
import { TestNetwork } from '../support/test-network.ts';

const INCARNATION = 'AAAAAAAAAAAAAAAAAAAAAA';
const HOUR_MS = 3_600_000;

const shownOf = async (peer: Peer): Promise<string[]> =>
  (await peer.messages()).map(({ kind, text }) => (kind === 'text' ? text : kind));

const positionOf = async (peer: Peer, text: string): Promise<number> =>
  (await peer.messages()).find(message => message.text === text)?.position ?? -1;

const remove = async (peer: Peer, forEveryone: boolean, ...texts: string[]): Promise<void> =>
  peer.core.deleteMessages({
    contactId: peer.contact.id,
    positions: await Promise.all(texts.map(text => positionOf(peer, text))),
    forEveryone,
  });

const foundBy = async (peer: Peer, query: string): Promise<number> =>
  (await peer.core.search({ query, limit: 10 })).hits.length;

const untilLine = (peer: Peer, position: number): Promise<unknown> =>
  peer.until('a line', () =>
    peer.events.some(
      event =>
        event.type === 'messages' &&
        event.messages.some(message => message.kind === 'deleted' && message.position === position),
    ),
  );

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );

describe('scenario: deleting', () => {
  let network: TestNetwork;
  let alice: Peer;
  let bob: Peer;

  beforeEach(async () => {
    network = new TestNetwork();
    alice = await Peer.start(network, 'Alice');
    bob = await Peer.start(network, 'Bob');
    await befriend(alice, bob);
  });

  afterEach(async () => {
    await Promise.all([alice.close(), bob.close()]);
  });

  async function goOffline(peer: Peer): Promise<void> {
    await peer.crash();
    network.cutAll();
  }

  async function countRecords(peer: Peer, store: string): Promise<number> {
    const db = await openDB(`enk:${peer.profileName}`);
    const count = await db.count(store);
    db.close();
    return count;
  }

  it('P2P-RET-07: what is deleted here is not shown or found at once, and can be brought back', async () => {
    await bob.send('mine to delete');
    await alice.untilReceived(1);
    expect(alice.contact.unreadCount).to.equal(1);
    await remove(alice, false, 'mine to delete');
    expect(await shownOf(alice)).to.deep.equal([]);
    expect(await foundBy(alice, 'delete')).to.equal(0);
    await alice.until(
      'no preview',
      () => alice.contact.lastMessage === null && alice.contact.unreadCount === 0,
    );
    await alice.core.undoDelete({ contactId: alice.contact.id, positions: [0] });
    expect(await shownOf(alice)).to.deep.equal(['mine to delete']);
    expect(await foundBy(alice, 'delete')).to.equal(1);
    await alice.until('unread again', () => alice.contact.unreadCount === 1);
    expect(await shownOf(bob), 'and nothing changed there').to.deep.equal(['mine to delete']);
  });

  it('P2P-RET-07: it is gone for good after a while, also when the page dies meanwhile, and does not come again', async () => {
    for (const text of ['first', 'second']) await bob.send(text);
    await alice.untilReceived(2);
    await bob.untilDelivered();
    await remove(alice, false, 'first');
    await goOffline(alice);
    alice.clock.advance(UNDO_DELETE_MS + 1_000);
    await alice.boot();
    await alice.core.undoDelete({ contactId: alice.contact.id, positions: [0] });
    await alice.untilReady();
    await bob.send('third');
    await bob.untilDelivered();
    expect(await shownOf(alice)).to.deep.equal(['second', 'third']);
    await alice.crash();
    expect(await countRecords(alice, 'messages')).to.equal(2);
    await alice.boot();
  });

  it('P2P-RET-08: deleted for everyone, a line stays on both sides and nothing can be found', async () => {
    await alice.send('a slip of the tongue');
    await bob.untilReceived(1);
    await alice.untilDelivered();
    expect(await foundBy(bob, 'tongue')).to.equal(1);
    await remove(alice, true, 'a slip of the tongue');
    await untilLine(bob, 0);
    for (const peer of [alice, bob]) {
      expect(await shownOf(peer)).to.deep.equal(['deleted']);
      expect(await foundBy(peer, 'tongue')).to.equal(0);
      expect(peer.contact.lastMessage?.kind).to.equal('deleted');
    }
    expect(bob.contact.unreadCount).to.equal(0);
  });

  it('P2P-RET-08: the other is asked when it is there again, once, also after a crash', async () => {
    for (const text of ['keep', 'delete']) await alice.send(text);
    await bob.untilReceived(2);
    await alice.untilDelivered();
    await goOffline(bob);
    await remove(alice, true, 'delete');
    await alice.crash();
    await Promise.all([alice.boot(), bob.boot()]);
    await untilLine(bob, 1);
    expect(await shownOf(bob)).to.deep.equal(['keep', 'deleted']);
    await alice.send('and on');
    await alice.untilDelivered();
    await alice.crash();
    expect(await countRecords(alice, 'outbox'), 'nothing is asked again').to.equal(0);
    await alice.boot();
  });

  it('P2P-RET-09: what waits to be sent is not sent, and what waits behind it is', async () => {
    await goOffline(bob);
    for (const text of ['one', 'unsent', 'three']) await alice.send(text);
    await remove(alice, true, 'unsent');
    await alice.crash(); // what is void is void after a restart, too
    await alice.boot();
    const frames = network.wire.length;
    await bob.boot();
    await bob.untilReceived(2);
    await alice.untilDelivered();
    expect(network.wire.length).to.be.greaterThan(frames);
    expect(await shownOf(bob)).to.deep.equal(['one', 'three']);
    expect(await shownOf(alice)).to.deep.equal(['one', 'deleted', 'three']);
    expect(bob.contact.unreadCount).to.equal(2);
  });

  it('P2P-RET-09: what left and is not acknowledged is deleted there, whether it arrived or not', async () => {
    for (const arrives of [true, false]) {
      const [text, next] = [`in flight ${String(arrives)}`, `next ${String(arrives)}`];
      await alice.send(`before ${String(arrives)}`);
      await alice.untilDelivered(); // both sides are in step
      network.filter = ({ from }) => (from === bob.transport.peerId ? false : arrives);
      await alice.send(text);
      if (arrives) await bob.until('it', () => bob.contact.lastMessage?.text === text);
      await remove(alice, true, text);
      await goOffline(bob);
      network.filter = () => true;
      await bob.boot();
      await alice.send(next);
      await alice.untilDelivered();
      await bob.until('the next', () => bob.contact.lastMessage?.text === next);
      expect(await foundBy(bob, 'flight')).to.equal(0);
      expect([alice.contact.notice, bob.contact.notice], 'nobody looks like a copy').to.deep.equal([
        null,
        null,
      ]);
    }
    expect((await shownOf(bob)).filter(text => text.startsWith('in flight'))).to.deep.equal([]);
  });

  it('P2P-RET-08: nobody deletes a message of another for everyone', async () => {
    await bob.send('not yours');
    await alice.untilReceived(1);
    expect(await codeOf(remove(alice, true, 'not yours'))).to.equal('bad-request');
    expect(await shownOf(alice)).to.deep.equal(['not yours']);
  });

  it('P2P-RET-05: a restored copy that lost messages deleted here gets the others, without a gap', async () => {
    const copyName = `${bob.profileName}-copy`;
    await copyProfile(bob.profileName, copyName);
    for (const text of ['one', 'two', 'three']) await alice.send(text);
    await alice.untilDelivered();
    await remove(alice, true, 'two');
    await untilLine(bob, 1);
    await goOffline(bob);
    bob = Peer.create(network, copyName);
    await bob.boot();
    await bob.untilReceived(2);
    expect(await shownOf(bob)).to.deep.equal(['one', 'three']);
  });

  it('P2P-RET-07: a crash between any two commits leaves a message deleted or not, and nothing half', async () => {
    for (const text of ['stays', 'goes']) await alice.send(text);
    await alice.untilDelivered();
    await remove(alice, true, 'goes');
    await goOffline(alice); // whatever was told by then
    await alice.boot();
    expect(await shownOf(alice)).to.deep.equal(['stays', 'deleted']);
    await untilLine(bob, 1);
    expect(await shownOf(bob)).to.deep.equal(['stays', 'deleted']);
  });
});

describe('scenario: hostile retention', () => {
  let network: TestNetwork;
  let alice: Peer;

  beforeEach(async () => {
    network = new TestNetwork();
    alice = await Peer.start(network, 'Alice');
  });

  afterEach(() => alice.close());

  async function maliciousContact(): Promise<RawLink> {
    const raw = await RawPeer.start(network, 'maliciouspeermaliciouspeer');
    const { token } = await alice.core.createInvite({});
    const link = await raw.connectByInvite(token);
    await link.greet();
    return link;
  }

  const say = (link: RawLink, seq: number, text: string): Promise<void> =>
    link.seal(encodePdu({ type: 'message', incarnation: INCARNATION, seq, text, sentAt: 1 }));

  it('P2P-RET-08: a deletion of our message is refused, and ends the session', async () => {
    const link = await maliciousContact();
    await alice.send('ours');
    const { incarnation = '' } = (await link.untilPdu('message')) as { incarnation?: string };
    await link.seal(encodePdu({ type: 'message-delete', number: 1, messages: [{ incarnation, seq: 1 }] }));
    await link.closed;
    expect((await link.untilPdu('protocol-error'))['code']).to.equal('order');
    expect(await shownOf(alice)).to.deep.equal(['ours']);
  });

  it('P2P-RET-08: a deletion of what is not there changes nothing, and is confirmed', async () => {
    const link = await maliciousContact();
    await say(link, 1, 'there');
    await link.untilPdu('ack');
    const unknown = 'BBBBBBBBBBBBBBBBBBBBBA';
    const messages = [
      { incarnation: unknown, seq: 1 },
      { incarnation: INCARNATION, seq: 7 },
    ];
    await link.seal(encodePdu({ type: 'message-delete', number: 1, messages }));
    expect((await link.untilPdu('message-delete-ack'))['number']).to.equal(1);
    expect(await shownOf(alice)).to.deep.equal(['there']);
    link.close();
  });

  it('P2P-RET-08: a message that was deleted is not taken again, nor for another one', async () => {
    const link = await maliciousContact();
    await say(link, 1, 'once');
    await link.untilPdu('ack');
    await link.seal(
      encodePdu({ type: 'message-delete', number: 1, messages: [{ incarnation: INCARNATION, seq: 1 }] }),
    );
    await link.untilPdu('message-delete-ack');
    link.pdus.length = 0;
    await say(link, 1, 'once');
    expect((await link.untilPdu('ack'))['seq']).to.equal(1);
    expect(await shownOf(alice)).to.deep.equal(['deleted']);
    link.close();
  });

  it('P2P-RET-03: a revision out of reach is refused; absurd timers are no PDU', async () => {
    for (const change of [
      { revision: MAX_TIMER_STEPS + 1, lifetimeS: 60, code: 'order' },
      { revision: 1, lifetimeS: 1, code: 'schema' },
      { revision: 1, lifetimeS: 1e12, code: 'schema' },
    ]) {
      const link = await maliciousContact();
      const { code, ...fields } = change;
      await link.sealJson({ type: 'timer-change', specVersion: '1.0', startsAt: 'sending', ...fields });
      await link.closed;
      expect((await link.untilPdu('protocol-error'))['code']).to.equal(code);
    }
    expect(alice.contacts.every(({ timer }) => timer === null)).to.equal(true);
  });

  it('P2P-RET-03: a flood of changes leaves one line', async () => {
    const link = await maliciousContact();
    const count = 100;
    for (let revision = 1; revision <= count; revision++) {
      const lifetimeS = 60 + revision;
      await link.seal(encodePdu({ type: 'timer-change', revision, startsAt: 'sending', lifetimeS }));
    }
    await alice.until('the last', () => alice.contact.timer?.lifetimeMs === (60 + count) * 1_000);
    expect(await shownOf(alice)).to.deep.equal(['timer']);
    link.close();
  });

  it('P2P-RET-04: a timer that no line told is told before the message that has it', async () => {
    const link = await maliciousContact();
    await link.seal(encodePdu({ type: 'message-timer', startsAt: 'reading', lifetimeS: 60, ageS: 0 }));
    await say(link, 1, 'burn after reading');
    await say(link, 2, 'this one, too');
    await link.seal(encodePdu({ type: 'message-timer', startsAt: 'sending', lifetimeS: 0, ageS: 0 }));
    await say(link, 3, 'stays');
    await alice.untilReceived(3);
    const messages = await alice.messages();
    expect(messages.map(({ kind, text, timer }) => [text || kind, timer?.lifetimeMs ?? 0])).to.deep.equal([
      ['message-timer', 60_000],
      ['burn after reading', 60_000],
      ['this one, too', 60_000],
      ['message-timer', 0],
      ['stays', 0],
    ]);
    expect(alice.contact.unreadCount).to.equal(3);
    expect(alice.contact.timer, 'it is not the conversation’s').to.equal(null);
    link.close();
  });

  it('P2P-RET-10: with a peer that knows none of this, messages go on, and the timer stays unconfirmed', async () => {
    const link = await maliciousContact();
    const before = link.pdus.length;
    await alice.core.setTimer({
      contactId: alice.contact.id,
      timer: { startsAt: 'sending', lifetimeMs: HOUR_MS },
    });
    await link.untilPdu('timer-change');
    const texts = Array.from({ length: MAX_UNKNOWN_TYPES_PER_SESSION + 1 }, (_, index) => `m${index}`);
    for (const text of texts) await alice.send(text);
    expect(
      link.pdus.slice(before).some(({ type }) => type === 'message'),
      'waits for the answer',
    ).to.equal(false);
    await link.seal(encodePdu({ type: 'protocol-error', code: 'unknown-type' }));
    const { incarnation = '' } = (await link.untilPdu('message')) as { incarnation?: string };
    for (let seq = 1; seq <= texts.length; seq++)
      await link.seal(encodePdu({ type: 'ack', incarnation, seq }));
    await alice.untilDelivered();
    await remove(alice, true, 'm0');
    await alice.send('still here');
    await alice.core.getDiagnostics();
    const types = new Set(link.pdus.map(({ type }) => type));
    expect(types.has('message-timer') || types.has('message-delete')).to.equal(false);
    expect(alice.contact.timer?.isConfirmed).to.equal(false);
    link.close();
  });
});
