import { expect } from '@esm-bundle/chai';
import { TAB_PROTOCOL } from '../../worker/tabs/tab-channel.ts';
import { Peer } from '../support/peer.ts';
import { Tab } from '../support/tab.ts';
import { TestNetwork } from '../support/test-network.ts';

describe('scenario: one profile in several tabs', function () {
  this.timeout(30_000);
  let network: TestNetwork;
  let alice: Peer;
  let first: Tab;
  let second: Tab;
  let profileName: string;
  const tabs: Tab[] = [];

  beforeEach(async () => {
    network = new TestNetwork();
    alice = await Peer.start(network, 'Alice');
    profileName = `test-${crypto.randomUUID()}`;
    first = tab();
    await first.open();
    await first.request('setDisplayName', { displayName: 'Bob' });
    const { token } = await alice.core.createInvite({});
    await first.request('acceptInvite', { token, name: '' });
    await Promise.all([alice.untilReady(), untilReady(first)]);
    second = tab();
  });

  afterEach(async () => {
    await Promise.all([alice.close(), ...tabs.splice(0).map(each => each.close().catch(() => undefined))]);
  });

  function tab(): Tab {
    const made = new Tab(network, profileName);
    tabs.push(made);
    return made;
  }

  const untilReady = (each: Tab): Promise<void> =>
    each.until('ready', () => each.contacts.some(({ connection }) => connection.kind === 'ready'));

  const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'none',
      (error: { code?: unknown }) => error.code,
    );

  it('P2P-TAB-01: the second tab is told what the first was, and opens while the first goes on', async () => {
    await second.open();
    expect(second.profile).to.deep.equal(first.profile);
    expect(second.contacts).to.deep.equal(first.contacts);
    expect(await second.request('getSafetyNumber', { contactId: second.contact.id })).to.deep.equal(
      await first.request('getSafetyNumber', { contactId: first.contact.id }),
    );
    expect(() => second.transport.peerId, 'only the owner registers').to.throw(RangeError);
  });

  it('P2P-TAB-02, P2P-RET-08: what one tab deletes or sets, the others are told, and a successor knows', async () => {
    await second.open();
    const { id: contactId } = second.contact;
    await second.request('setTimer', { contactId, timer: { startsAt: 'reading', lifetimeMs: 60_000 } });
    await first.until('the timer', () => first.contact.timer?.isConfirmed === true);
    await alice.send('from alice');
    await first.send('by the first');
    await second.until('both', () => second.shown.length === 3);
    const removed = (tab: Tab): number[] =>
      tab.events.flatMap(event => (event.type === 'messages-removed' ? event.positions : []));
    const positionOf = (text: string): number => first.shown.indexOf(text);
    const hers = positionOf('from alice');
    await second.request('deleteMessages', { contactId, positions: [hers], forEveryone: false });
    await first.until('told', () => removed(first).includes(hers));
    const ours = positionOf('by the first');
    await first.request('deleteMessages', { contactId, positions: [ours], forEveryone: true });
    await second.until('a line', () => second.shown[ours] === '');
    await first.crash();
    await second.until('it owns the profile', () => second.events.some(({ type }) => type === 'resumed'));
    expect(await second.stored(), 'lines alone').to.deep.equal(['', '']);
    await alice.until('a line', () => alice.contact.lastMessage?.kind === 'deleted');
  });

  it('P2P-TAB-07: a call begins in the tab that has the devices: the other is told so', async () => {
    await second.open();
    const request = { contactId: second.contact.id, isVideo: false };
    expect(await codeOf(second.request('startCall', request))).to.equal('call-in-other-tab');
    // Its own core has no media here: that is another answer.
    expect(await codeOf(first.request('startCall', request))).to.equal('calls-unavailable');
  });

  it('P2P-TAB-02: what both write arrives once each, and both are told the same', async () => {
    await second.open();
    const lines = Array.from({ length: 20 }, (_, index) => index);
    const write = async (each: Tab, name: string): Promise<void> => {
      for (const index of lines) await each.send(`${name} ${index}`);
    };
    await Promise.all([
      write(first, 'first'),
      write(second, 'second'),
      ...lines.map(i => alice.send(`alice ${i}`)),
    ]);
    const received = await alice.untilReceived(40);
    for (const name of ['first', 'second']) {
      const own = received.filter(text => text.startsWith(`${name} `));
      expect(own).to.deep.equal(lines.map(index => `${name} ${index}`));
    }
    await Promise.all([first, second].map(each => each.until('all lines', () => each.shown.length === 60)));
    expect(second.shown).to.deep.equal(first.shown);
    expect(await second.stored()).to.deep.equal(second.shown);
  });

  it('P2P-TAB-03: when the owner ends, the other goes on with everything, and is told to read again', async () => {
    await second.open();
    await second.send('through the first');
    await first.close();
    await second.until('resumed', () => second.events.some(({ type }) => type === 'resumed'));
    expect(second.profile.kind).to.equal('open');
    expect(await second.stored()).to.deep.equal(['through the first']);
    await untilReady(second);
    await second.send('by itself');
    expect(await alice.untilReceived(2)).to.deep.equal(['through the first', 'by itself']);
  });

  it('P2P-TAB-04: a message whose answer died with the owner is stored once', async () => {
    await second.open();
    first.passes = ({ kind }) => kind !== 'response';
    const sent = second.send('once');
    await first.until('stored', () => first.shown.includes('once'));
    await first.crash();
    network.cut(first.transport);
    await sent;
    expect(await second.stored()).to.deep.equal(['once']);
    await untilReady(second);
    expect(await alice.untilReceived(1)).to.deep.equal(['once']);
  });

  it('P2P-TAB-04: a message that died on its way to the owner is stored by the next', async () => {
    await second.open();
    second.passes = ({ kind }) => kind !== 'request';
    const sent = second.send('not lost');
    second.passes = () => true;
    await first.crash();
    network.cut(first.transport);
    await sent;
    expect(await second.stored()).to.deep.equal(['not lost']);
  });

  it('P2P-TAB-04: what must not be done twice fails, and says so', async () => {
    await second.open();
    first.passes = ({ kind }) => kind !== 'response';
    const invited = codeOf(second.request('createInvite', {}));
    await first.until('made', () => first.invites.some(({ state }) => state === 'open'));
    await first.crash();
    expect(await invited).to.equal('owner-changed');
    await second.until(
      'one invite',
      () => second.invites.filter(({ state }) => state === 'open').length === 1,
    );
  });

  it('P2P-TAB-05: of three, one takes over and the third follows it', async () => {
    const third = tab();
    await second.open();
    await third.open();
    await first.crash();
    network.cut(first.transport);
    const isResumed = (each: Tab): boolean => each.events.some(({ type }) => type === 'resumed');
    await Promise.all([second, third].map(each => each.until('resumed', () => isResumed(each))));
    await second.send('from the second');
    await third.send('from the third');
    await Promise.all([second, third].map(each => each.until('both', () => each.shown.length === 2)));
    expect(await second.stored()).to.deep.equal(['from the second', 'from the third']);
    expect(await third.stored()).to.deep.equal(['from the second', 'from the third']);
    expect(await alice.untilReceived(2)).to.deep.equal(['from the second', 'from the third']);
  });

  it('P2P-TAB-06: a tab of another protocol waits, as one without any', async () => {
    first.passes = message => !('kind' in message); // an owner that cannot be understood says nothing
    const opening = second.open();
    await second.until('waiting', () => second.profile.kind === 'waiting-for-other-tab');
    const asked = second.request('listInvites');
    await first.close();
    await opening;
    expect(await asked).to.deep.equal([]);
    expect(second.profile.kind).to.equal('open');
  });

  it('P2P-TAB-07: what is no message of this protocol changes nothing', async () => {
    await second.open();
    const before = second.profile;
    const intruder = new BroadcastChannel(`enk:${profileName}`);
    const base = { protocol: TAB_PROTOCOL };
    for (const message of [
      null,
      'x',
      { kind: 'owner', owner: 'nobody' },
      { ...base, kind: 'welcome', owner: 'o', to: 'somebody', events: [null] },
      { ...base, kind: 'event', owner: 'nobody', event: { type: 'profile', profile: { kind: 'closed' } } },
      { ...base, kind: 'event', owner: 1, event: {} },
      { ...base, kind: 'response', to: 'nobody', response: { kind: 'response', id: 1, ok: true } },
      { ...base, kind: 'request', owner: 'nobody', from: 'x', id: 1, method: 'close' },
    ]) {
      intruder.postMessage(message);
    }
    await second.send('behind them');
    expect(second.profile).to.deep.equal(before);
    expect(first.profile.kind).to.equal('open');
    intruder.close();
  });

  it('P2P-TAB-08: a guest that closes leaves the owner as it is', async () => {
    await second.open();
    await second.close();
    expect(second.profile.kind).to.equal('closed');
    expect(first.profile.kind).to.equal('open');
    expect(await codeOf(second.request('listInvites'))).to.equal('not-open');
    await first.send('still here');
    expect(await alice.untilReceived(1)).to.deep.equal(['still here']);
    await second.open();
    expect(second.profile).to.deep.equal(first.profile);
  });

  it('P2P-TAB-09: who comes to a locked profile is told that, and nothing of what was open', async () => {
    const passcode = { kind: 'passcode', text: '480 917 35' } as const;
    await first.send('secret line');
    await first.request('addUnlockMethod', { current: null, method: passcode });
    await first.request('lock');
    await second.open();
    expect(second.profile.kind).to.equal('locked');
    expect([...new Set(second.events.map(({ type }) => type))]).to.deep.equal(['profile']);
    await second.request('unlock', { attempt: passcode });
    await second.until('open', () => second.profile.kind === 'open');
    await first.until('open', () => first.profile.kind === 'open');
    expect(await second.stored()).to.deep.equal(['secret line']);
  });
});
