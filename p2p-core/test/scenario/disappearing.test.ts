/** Messages with a timer: on both sides, over absence, crashes and clocks that are set. */
import { expect } from '@esm-bundle/chai';
import { openDB } from 'idb';
import type { MessageTimer, MessageView } from '../../worker/api.ts';
import { copyProfile } from '../support/copy-profile.ts';
import { Peer, befriend } from '../support/peer.ts';
import { TestNetwork } from '../support/test-network.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SENDING: MessageTimer = { startsAt: 'sending', lifetimeMs: HOUR_MS };
const READING: MessageTimer = { startsAt: 'reading', lifetimeMs: HOUR_MS };

describe('scenario: disappearing messages', () => {
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

  const set = (peer: Peer, timer: MessageTimer | null): Promise<void> =>
    peer.core.setTimer({ contactId: peer.contact.id, timer });

  async function agree(timer: MessageTimer): Promise<void> {
    await set(alice, timer);
    await alice.until('confirmed', () => alice.contact.timer?.isConfirmed);
  }

  const textsOf = async (peer: Peer): Promise<string[]> =>
    (await peer.messages()).filter(({ kind }) => kind === 'text').map(({ text }) => text);

  /** `who: kind lifetime` of each line about timers. */
  const linesOf = async (peer: Peer): Promise<string[]> =>
    (await peer.messages())
      .filter(({ kind }) => kind !== 'text')
      .map(
        ({ kind, isMine, timer }) =>
          `${isMine ? 'me' : 'them'}: ${kind} ${(timer?.lifetimeMs ?? 0) / HOUR_MS}`,
      );

  /** The newest state of a message that this peer's page was told. */
  const shown = (peer: Peer, text: string): MessageView | undefined =>
    peer.events
      .flatMap(event => (event.type === 'messages' ? event.messages : []))
      .findLast(message => message.text === text);

  const untilRemoved = (peer: Peer, count: number): Promise<unknown> =>
    peer.until(
      `${count} removed`,
      () =>
        peer.events.flatMap(event => (event.type === 'messages-removed' ? event.positions : [])).length >=
        count,
    );

  async function goOffline(peer: Peer): Promise<void> {
    await peer.crash();
    network.cutAll();
  }

  /** No record of a message is left, sealed or not. */
  async function countRecords(peer: Peer, store: string): Promise<number> {
    const db = await openDB(`enk:${peer.profileName}`);
    const count = await db.count(store);
    db.close();
    return count;
  }

  it('P2P-RET-02: both sides see who changed the timer to what, and both use it', async () => {
    await agree(SENDING);
    await bob.until('the timer', () => bob.contact.timer?.lifetimeMs === HOUR_MS);
    await set(bob, { startsAt: 'reading', lifetimeMs: DAY_MS });
    await alice.until('the other timer', () => alice.contact.timer?.lifetimeMs === DAY_MS);
    await set(alice, null);
    await bob.until('no timer', () => bob.contact.timer?.lifetimeMs === 0);
    expect(await linesOf(alice)).to.deep.equal(['me: timer 1', 'them: timer 24', 'me: timer 0']);
    expect(await linesOf(bob)).to.deep.equal(['them: timer 1', 'me: timer 24', 'them: timer 0']);
    expect(alice.contact.unreadCount, 'a line is no message').to.equal(0);
  });

  it('P2P-RET-05: a timer from sending takes both copies, and leaves nothing to find or in the store', async () => {
    await agree(SENDING);
    await alice.send('soon gone');
    await bob.untilReceived(1);
    await alice.untilDelivered();
    expect((await bob.messages()).at(-1)?.timer).to.deep.equal(SENDING);
    for (const peer of [alice, bob]) {
      expect((await peer.core.search({ query: 'gone', limit: 5 })).hits).to.have.length(1);
      peer.clock.advance(HOUR_MS + 1_000);
      await untilRemoved(peer, 1);
      expect(await textsOf(peer)).to.deep.equal([]);
      expect((await peer.core.search({ query: 'gone', limit: 5 })).hits).to.deep.equal([]);
      expect(peer.contact.lastMessage?.kind).to.equal('timer');
    }
    expect(bob.contact.unreadCount).to.equal(0);
    await alice.crash();
    expect([await countRecords(alice, 'messages'), await countRecords(alice, 'outbox')]).to.deep.equal([
      1, 0,
    ]);
    await alice.boot();
  });

  it('P2P-RET-01: a timer from reading starts when each side has seen the message', async () => {
    await agree(READING);
    await alice.send('read me');
    await bob.untilReceived(1);
    await alice.untilDelivered();
    expect(shown(alice, 'read me')?.vanishesAtMs, 'its author has seen it').to.be.a('number');
    bob.clock.advance(3 * DAY_MS);
    expect((await bob.messages()).at(-1)?.vanishesAtMs, 'not read yet').to.equal(null);
    const { position = 0 } = (await bob.messages()).at(-1) ?? {};
    await bob.core.markRead({ contactId: bob.contact.id, upToPosition: position });
    expect(shown(bob, 'read me')?.vanishesAtMs).to.be.a('number');
    bob.clock.advance(HOUR_MS - 2_000);
    expect(await textsOf(bob)).to.deep.equal(['read me']);
    bob.clock.advance(3_000);
    await untilRemoved(bob, 1);
    expect(await textsOf(bob)).to.deep.equal([]);
  });

  it('P2P-RET-05: what fell due while the profile was closed is gone before anything is shown', async () => {
    await agree(SENDING);
    await alice.send('gone at opening');
    await bob.untilReceived(1);
    await goOffline(bob);
    bob.clock.advance(HOUR_MS + 1_000);
    bob.events.length = 0;
    await bob.boot();
    const told = JSON.stringify(bob.events);
    expect(told).to.not.contain('gone at opening');
    expect(await textsOf(bob)).to.deep.equal([]);
    await bob.crash();
    expect(await countRecords(bob, 'messages'), 'the line about the timer').to.equal(1);
    await bob.boot();
  });

  it('P2P-RET-06: a clock set back keeps no message for ever, and set right takes none early', async () => {
    await agree({ startsAt: 'sending', lifetimeMs: 600_000 });
    await alice.send('ten minutes');
    await bob.untilReceived(1);
    bob.clock.setBack(300 * DAY_MS);
    for (let minute = 0; minute < 5; minute++) bob.clock.advance(60_000);
    await goOffline(bob);
    await bob.boot(); // the time that was seen is kept
    expect(await textsOf(bob)).to.deep.equal(['ten minutes']);
    for (let minute = 0; minute < 4; minute++) {
      bob.clock.advance(60_000);
      await bob.messages();
    }
    bob.clock.setBack(-300 * DAY_MS);
    expect(await textsOf(bob), 'set right: not early').to.deep.equal(['ten minutes']);
    bob.clock.setBack(300 * DAY_MS);
    await bob.messages();
    for (let minute = 0; minute < 3; minute++) {
      bob.clock.advance(60_000);
      await bob.messages();
    }
    expect(await textsOf(bob), 'not for ever').to.deep.equal([]);
  });

  it('P2P-RET-04: set while the other is away: what waited before stays, what came after does not', async () => {
    await goOffline(bob);
    await alice.send('stays');
    await set(alice, SENDING);
    await alice.send('goes');
    expect(alice.contact.timer?.isConfirmed).to.equal(false);
    await bob.boot();
    await bob.untilReceived(2);
    await alice.until('confirmed', () => alice.contact.timer?.isConfirmed);
    expect((await bob.messages()).map(({ text, timer }) => [text, timer?.lifetimeMs ?? 0])).to.deep.equal([
      ['stays', 0],
      ['', HOUR_MS],
      ['goes', HOUR_MS],
    ]);
    bob.clock.advance(HOUR_MS + 1_000);
    await untilRemoved(bob, 1);
    expect(await textsOf(bob)).to.deep.equal(['stays']);
  });

  it('P2P-RET-04: the time that a message waited counts, whatever the clocks say', async () => {
    await agree(SENDING);
    await goOffline(bob);
    await alice.send('waited');
    alice.clock.advance(HOUR_MS - 60_000);
    bob.clock.setBack(45 * 60_000);
    await bob.boot();
    await bob.untilReceived(1);
    const waited = (await bob.messages()).at(-1);
    const leftMs = (waited?.vanishesAtMs ?? 0) - bob.clock.nowMs();
    expect(leftMs).to.be.within(30_000, 61_000);
  });

  it('P2P-RET-09: a message whose time ran out before the other was there never arrives, and blocks nothing', async () => {
    await agree(SENDING);
    await goOffline(bob);
    await alice.send('too late');
    alice.clock.advance(HOUR_MS + 1_000);
    await untilRemoved(alice, 1);
    await alice.send('in time');
    await bob.boot();
    await bob.untilReceived(1);
    await alice.untilDelivered();
    expect(await textsOf(bob)).to.deep.equal(['in time']);
  });

  it('P2P-RET-03: two changes at once end the same on both sides, the stricter one', async () => {
    network.holdDials();
    network.cutAll();
    await Promise.all(
      [alice, bob].map(peer => peer.until('apart', () => peer.contact.connection.kind !== 'ready')),
    );
    await set(alice, { startsAt: 'sending', lifetimeMs: DAY_MS });
    await set(bob, SENDING);
    network.releaseDials();
    await alice.until('the stricter', () => alice.contact.timer?.lifetimeMs === HOUR_MS);
    await bob.until('confirmed', () => bob.contact.timer?.isConfirmed);
    expect(bob.contact.timer?.lifetimeMs).to.equal(HOUR_MS);
    expect(await linesOf(alice)).to.deep.equal(['me: timer 24', 'them: timer 1']);
  });

  it('P2P-RET-03: a restored copy takes the timer of the other, and says so', async () => {
    const copyName = `${bob.profileName}-copy`;
    await copyProfile(bob.profileName, copyName);
    await agree(SENDING);
    await goOffline(bob);
    bob = Peer.create(network, copyName);
    await bob.boot();
    await bob.until('the timer', () => bob.contact.timer?.lifetimeMs === HOUR_MS);
    expect(await linesOf(bob)).to.deep.equal(['them: timer 1']);
  });

  it('P2P-RET-05: a peer that lost a message that vanished here goes on with the next one', async () => {
    const copyName = `${bob.profileName}-copy`;
    await agree(SENDING);
    await copyProfile(bob.profileName, copyName);
    await alice.send('vanished');
    await alice.untilDelivered();
    await set(alice, null);
    await bob.until('no timer', () => bob.contact.timer?.lifetimeMs === 0);
    await alice.send('stays');
    await alice.untilDelivered();
    alice.clock.advance(HOUR_MS + 1_000);
    await untilRemoved(alice, 1);
    await goOffline(bob);
    bob = Peer.create(network, copyName);
    await bob.boot();
    await alice.send('and on');
    await alice.untilDelivered();
    expect(await textsOf(bob)).to.deep.equal(['stays', 'and on']);
  });

  it('P2P-RET-05: pages skip what is gone, also long stretches of it', async () => {
    await bob.send('before');
    await alice.untilReceived(1);
    await agree(SENDING);
    for (let index = 0; index < 120; index++) void alice.send(`gone ${index}`);
    await alice.untilDelivered();
    await set(alice, null);
    await alice.send('after');
    alice.clock.advance(HOUR_MS + 1_000);
    await untilRemoved(alice, 120);
    const page = await alice.core.listMessages({ contactId: alice.contact.id, limit: 2 });
    expect(page.messages.map(({ kind, text }) => text || kind)).to.deep.equal(['timer', 'after']);
    expect(page.hasOlder).to.equal(true);
    const older = await alice.core.listMessages({
      contactId: alice.contact.id,
      beforePosition: page.messages[0]?.position ?? 0,
      limit: 10,
    });
    expect(older.messages.map(({ kind, text }) => text || kind)).to.deep.equal(['before', 'timer']);
    expect(older.hasOlder).to.equal(false);
  });
});
