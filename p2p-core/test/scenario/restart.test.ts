import { expect } from '@esm-bundle/chai';
import {
  ICE_RESTART_RETRY_MS,
  LIVENESS_IDLE_MS,
  LIVENESS_PROBE_MS,
  PATH_LOST_REDIAL_MS,
  PATH_LOST_TIMEOUT_MS,
} from '../../limits.ts';
import { Peer, befriend } from '../support/peer.ts';
import { TestNetwork } from '../support/test-network.ts';

const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('scenario: a session on another path', () => {
  let alice: Peer;
  let bob: Peer;
  let network: TestNetwork;

  beforeEach(async () => {
    network = new TestNetwork();
    alice = await Peer.start(network, 'Alice');
    bob = await Peer.start(network, 'Bob');
    await befriend(alice, bob);
  });

  afterEach(async () => {
    await Promise.all([alice.close(), bob.close()]);
  });

  async function bothSend(count: number): Promise<void> {
    for (const text of numbered('a', count)) await alice.send(text);
    for (const text of numbered('b', count)) await bob.send(text);
  }

  async function bothHold(count: number): Promise<void> {
    expect(await bob.untilReceived(count)).to.deep.equal(numbered('a', count));
    expect(await alice.untilReceived(count)).to.deep.equal(numbered('b', count));
    await Promise.all([alice.untilDelivered(), bob.untilDelivered()]);
  }

  /** The connection was lost, as the person saw it, and is there again. */
  async function lostAndBack(peer: Peer): Promise<void> {
    const kinds = (): (string | undefined)[] =>
      peer.events.flatMap(event => (event.type === 'contacts' ? [event.contacts[0]?.connection.kind] : []));
    await peer.until('disconnected, then ready', () => {
      const all = kinds();
      return all.includes('disconnected') && all.at(-1) === 'ready';
    });
  }

  it('P2P-SES-27: a lost path is replaced through the broker, and the same session goes on', async () => {
    network.losePaths();
    await bothSend(3);
    await bothHold(3);
    await Promise.all([lostAndBack(alice), lostAndBack(bob)]);
    expect(network.links.length, 'no other link was made').to.equal(1);
    expect(network.restarts.map(({ kind }) => kind)).to.include.members(['offer', 'answer']);
    const brokerSaw = network.signals.map(({ bytes }) => new TextDecoder().decode(bytes)).join();
    expect(brokerSaw).not.to.match(/ice-restart|ufrag|v=0/);
  });

  it('P2P-SES-28: what a hostile broker brings an open link changes nothing', async () => {
    network.passesSignals = false;
    network.losePaths();
    await alice.untilConnection('disconnected');
    const [link] = network.openLinks;
    if (link === undefined) throw new Error('no link');
    await bob.until('a signal each way', () => new Set(network.signals.map(({ from }) => from)).size === 2);
    for (const { from, bytes } of network.signals.slice()) {
      const own = link.dialler.transport.peerId === from ? link.dialler : link.answerer;
      const other = own === link.dialler ? link.answerer : link.dialler;
      network.injectSignal(own, bytes); // reflected
      network.injectSignal(
        other,
        bytes.map((byte, index) => (index === 20 ? byte ^ 1 : byte)),
      );
      network.injectSignal(other, new TextEncoder().encode('{"type":"ice-restart-offer","number":9}'));
    }
    await alice.core.getDiagnostics();
    expect(network.restarts).to.deep.equal([]);
    expect(network.openLinks.length).to.equal(1);
    network.passesSignals = true;
    for (const peer of [alice, bob]) peer.clock.advance(ICE_RESTART_RETRY_MS + 1);
    await Promise.all([alice.untilReady(), bob.untilReady()]);
    expect(network.links.length).to.equal(1);
  });

  it('P2P-SES-05: without a way to restart another session takes over, and nothing is lost or doubled', async () => {
    network.canRestart = false;
    network.losePaths();
    await bothSend(3);
    await Promise.all([alice.untilConnection('disconnected'), bob.untilConnection('disconnected')]);
    for (const peer of [alice, bob]) peer.clock.advance(PATH_LOST_REDIAL_MS + 1);
    await bothHold(3);
    for (const peer of [alice, bob]) peer.clock.advance(PATH_LOST_TIMEOUT_MS + 1);
    await bob.until('one link', () => network.openLinks.length === 1 || (void bob.core.getPrivacy(), false));
    expect(network.links.length).to.be.greaterThan(1);
  });

  it('P2P-SES-25: a peer that is gone without a word is noticed, and dialled anew until it is back', async () => {
    await bob.crash();
    alice.clock.advance(LIVENESS_IDLE_MS + 1);
    alice.clock.advance(LIVENESS_PROBE_MS + 1);
    await alice.untilConnection('disconnected');
    await alice.send('while gone');
    await bob.boot();
    expect(await bob.untilReceived(1)).to.deep.equal(['while gone']);
    await alice.untilDelivered();
  });

  it('P2P-SES-25: a silent peer that is there answers, and nothing changes', async () => {
    const before = network.wire.length;
    alice.clock.advance(LIVENESS_IDLE_MS + 1);
    await alice.until('a ping and its answer', () => {
      void alice.core.getPrivacy();
      return network.wire.length >= before + 2;
    });
    alice.clock.advance(LIVENESS_PROBE_MS + 1);
    await alice.send('still the same');
    await alice.untilDelivered();
    expect(alice.contact.connection.kind).to.equal('ready');
    expect(network.links.length).to.equal(1);
  });

  it('P2P-SES-26: a new network makes a restart at once, while the old path still carries', async () => {
    for (const { transport } of [alice, bob]) transport.post({ type: 'wake', isNewNetwork: true });
    await alice.until('a restart', () => {
      void alice.core.getPrivacy();
      return network.restarts.some(({ kind }) => kind === 'answer');
    });
    await bothSend(2);
    await bothHold(2);
    expect(network.links.length).to.equal(1);
  });
});
