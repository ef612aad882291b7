import { type SignalEngine, enkSignalEngine } from '@enk/crypto-core';
import { expect } from '@esm-bundle/chai';
import { MAX_LOGGED_ERRORS } from '../../limits.ts';
import type { ContactDiagnostics, DiagnosticsView } from '../../worker/diagnostics.ts';
import { EnkCore } from '../../worker/enk-core.ts';
import { NETWORK, Peer, befriend } from '../support/peer.ts';
import { findSecrets } from '../support/scan.ts';
import { collectSecrets } from '../support/secret-watch.ts';
import { TestClock } from '../support/test-clock.ts';
import { TestNetwork } from '../support/test-network.ts';

/** Everything of our engine but its name: what a hello compares. */
const otherEngine: SignalEngine = { ...(enkSignalEngine as SignalEngine), name: 'another-engine-1' };

async function contactOf({ core }: { readonly core: EnkCore }): Promise<ContactDiagnostics> {
  const { contacts } = await core.getDiagnostics();
  const [contact] = contacts;
  if (contact === undefined) throw new RangeError('no contact');
  return contact;
}

/** Asks until the answer is as wanted: errors are logged without an event of their own. */
async function untilDiagnostics(
  core: EnkCore,
  isWanted: (view: DiagnosticsView) => boolean,
): Promise<DiagnosticsView> {
  for (;;) {
    const view = await core.getDiagnostics();
    if (isWanted(view)) return view;
    await new Promise(resolve => setTimeout(resolve));
  }
}

describe('scenario: diagnostics', function () {
  this.timeout(60_000);
  const peers: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(peers.splice(0).map(peer => peer.close()));
  });

  async function pair(): Promise<{ network: TestNetwork; ana: Peer; ben: Peer }> {
    const network = new TestNetwork();
    const [ana, ben] = [
      await Peer.start(network, 'Anastasia Quill'),
      await Peer.start(network, 'Benjamin Frost'),
    ];
    peers.push(ana, ben);
    await befriend(ana, ben);
    return { network, ana, ben };
  }

  it('P2P-DIA-01: a session is told with its state, its handshake and the numbers of its layers', async () => {
    const { ana, ben } = await pair();
    for (const text of ['one', 'two', 'three']) await ben.send(text);
    await ben.untilDelivered();
    const contact = await contactOf(ben);
    expect(contact).to.include({
      state: 'ready',
      whitepaperState: 'Ready',
      outboxCount: 0,
      inFlightCount: 0,
    });
    expect(contact).to.include({ verification: 'verified-by-invite', reconnectCount: 0, nextDialAtMs: null });
    const session = contact.sessions.at(-1);
    expect(session?.handshake).to.be.oneOf(['invite', 'pair-secret']);
    expect(session?.isSynced).to.equal(true);
    expect(session?.layers).to.include({ epoch: '1', generation: 0 });
    expect(session?.layers.framesSent).to.be.greaterThan(3);
    expect(session?.layers.recordCounters.sent).to.equal(session?.layers.framesSent);
    const other = (await contactOf(ana)).sessions.find(({ linkId }) => linkId !== session?.linkId);
    expect(other?.layers.framesReceived).to.be.greaterThan(2);
    const view = await ben.core.getDiagnostics();
    expect(view).to.include({ signalEngine: 'enk-signal-1', isRelayOnly: false, specVersion: '1.0' });
    expect(view.layers).to.deep.equal(['MLS', 'Signal', 'ML-KEM', 'AES']);
  });

  it('P2P-DIA-01: without an open profile there is an answer too', async () => {
    const core = Peer.create(new TestNetwork(), `test-${crypto.randomUUID()}`).core;
    const view = await core.getDiagnostics();
    expect(view).to.deep.include({
      peerId: null,
      contacts: [],
      strangerErrors: [],
      signaling: { kind: 'idle' },
    });
  });

  it('P2P-DIA-02: a lost link is told with its reason, and the next one as a reconnection by the pair secret', async () => {
    const { network, ana, ben } = await pair();
    await ben.send('confirms the pair secret');
    await ben.untilDelivered();
    network.cutAll('ice-failed');
    await ben.until('another session', () => ben.contact.connection.kind !== 'ready');
    ben.clock.advance(30_000);
    ana.clock.advance(30_000);
    await Promise.all([ana.untilReady(), ben.untilReady()]);
    const contact = await contactOf(ben);
    expect(contact.errors.map(({ code }) => code)).to.include('ice-failed');
    expect(contact.reconnectCount).to.be.greaterThan(0);
    expect(contact.sessions.at(-1)?.handshake).to.equal('pair-secret');
  });

  it('P2P-DIA-02: who waits is told when the next dial is, and one code again is counted, not repeated', async () => {
    const { ana, ben } = await pair();
    await ana.crash();
    ben.network.cutAll();
    await ben.untilConnection('waiting-for-peer');
    for (let i = 0; i < 3; i++) {
      ben.clock.advance(600_000);
      await untilDiagnostics(ben.core, ({ contacts }) => (contacts[0]?.failedDials ?? 0) > i + 1);
    }
    const contact = await contactOf(ben);
    expect(contact).to.include({ state: 'waiting', whitepaperState: 'SignalingRegistered' });
    expect(contact.nextDialAtMs).to.be.greaterThan(ben.clock.nowMs() - 1);
    const gone = contact.errors.filter(({ code }) => code === 'peer-unavailable');
    expect(gone.length).to.equal(1);
    expect(gone[0]?.count).to.be.greaterThan(2);
    expect(contact.errors.length).to.be.at.most(MAX_LOGGED_ERRORS);
  });

  it('P2P-DIA-02: by an invite that meets another Signal engine both sides learn that it is the engine', async () => {
    const network = new TestNetwork();
    const ana = await Peer.start(network, 'Ana');
    peers.push(ana);
    const core = new EnkCore({
      transport: network.createTransport(),
      clock: new TestClock(),
      signalEngine: otherEngine,
      locks: navigator.locks,
      emit: () => undefined,
    });
    peers.push(core);
    await core.open({ profile: `test-${crypto.randomUUID()}`, network: NETWORK });
    const { token } = await ana.core.createInvite({});
    await core.acceptInvite({ token, name: 'Ana' });
    const inviter = await untilDiagnostics(ana.core, ({ strangerErrors }) => strangerErrors.length > 0);
    expect(inviter.strangerErrors[0]?.code).to.equal('other-engine');
    expect(inviter.contacts).to.deep.equal([]);
    const invitee = await untilDiagnostics(core, ({ contacts }) => contacts[0]?.state === 'stopped');
    expect(invitee.contacts[0]?.errors[0]?.code).to.equal('other-engine');
    expect(invitee.signalEngine).to.equal('another-engine-1');
  });

  it('P2P-DIA-01: holds no key, no secret, no name, no text and no address but the own', async () => {
    let found: readonly unknown[] = ['not looked'];
    let view: DiagnosticsView | undefined;
    const secrets = await collectSecrets(async () => {
      const { ben, ana } = await pair();
      await ben.send('a text that nobody else should read');
      await ben.untilDelivered();
      view = await ben.core.getDiagnostics();
      const words = ['Anastasia Quill', 'Benjamin Frost', 'nobody else should', ana.transport.peerId];
      found = findSecrets([new TextEncoder().encode(JSON.stringify(view))], words);
    });
    expect(secrets.length).to.be.greaterThan(50);
    expect(found).to.deep.equal([]);
    expect(findSecrets([new TextEncoder().encode(JSON.stringify(view))], secrets)).to.deep.equal([]);
  });
});
