import { expect } from '@esm-bundle/chai';
import { pairPsk } from '@enk/crypto-core';
import { MAX_UNKNOWN_TYPES_PER_SESSION, RELEASE_ANSWER_MS } from '../../limits.ts';
import { encodePdu } from '../../pdu/codec.ts';
import type { ReleaseClaim } from '../../worker/release.ts';
import { Peer, befriend } from '../support/peer.ts';
import { type RawLink, RawPeer } from '../support/raw-peer.ts';
import { TestNetwork } from '../support/test-network.ts';

const RAW_ID = 'differentpeerdifferentpeer';
const RELEASE: ReleaseClaim = { version: '1.2.0', seq: 7, hash: `sha384-${'A'.repeat(64)}` };

/** A hello as another version would say it; more of it nobody reads. */
const helloOf = (version: string, profile = 'EnkryptedChat-Profile-v1'): Uint8Array => {
  const layers = ['MLS', 'Signal', 'ML-KEM', 'AES'];
  const hello = { type: 'hello', specVersion: version, profile, layers, engine: 'enk-signal-1', new: true };
  return new Uint8Array([1, 0, ...new TextEncoder().encode(JSON.stringify(hello))]);
};

const codeOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'answered',
    (error: unknown) => (error as { readonly code?: string }).code,
  );

describe('scenario: releases and versions', function () {
  this.timeout(20_000);
  let network: TestNetwork;
  let alice: Peer;
  beforeEach(async () => {
    network = new TestNetwork();
    alice = await Peer.start(network, 'Alice');
  });
  afterEach(() => alice.close());

  async function rawContact(): Promise<{ raw: RawPeer; link: RawLink }> {
    const raw = await RawPeer.start(network, RAW_ID);
    const { token } = await alice.core.createInvite({});
    const link = await raw.connectByInvite(token);
    await link.greet();
    await untilSynced(alice);
    return { raw, link };
  }

  /** Cursors are exchanged: the two may ask. */
  async function untilSynced({ core }: Peer): Promise<void> {
    for (;;) {
      const { contacts } = await core.getDiagnostics();
      if (contacts[0]?.sessions.at(-1)?.isSynced === true) return;
      await new Promise(resolve => setTimeout(resolve));
    }
  }

  const ask = () => alice.core.askRelease({ contactId: alice.contact.id });

  it('P2P-REL-01: each side says what it runs when it is asked, and nothing before', async () => {
    const bob = await Peer.start(network, 'Bob');
    await befriend(alice, bob);
    await Promise.all([alice, bob].map(untilSynced));
    await bob.core.setRelease({ release: RELEASE });
    expect(await ask()).to.deep.equal({ kind: 'release', release: RELEASE });
    expect(await bob.core.askRelease({ contactId: bob.contact.id })).to.deep.equal({ kind: 'unsigned' });
    await bob.core.setRelease({ release: null });
    expect(await Promise.all([ask(), ask()])).to.deep.equal([{ kind: 'unsigned' }, { kind: 'unsigned' }]);
    await bob.close();
  });

  it('P2P-REL-01: nothing is said or asked by itself', async () => {
    const { link } = await rawContact();
    await alice.core.setRelease({ release: RELEASE });
    await link.seal(encodePdu({ type: 'typing', isTyping: true }));
    await alice.until('typing', () => alice.contact.isTyping);
    expect(link.pdus.some(({ type }) => String(type).startsWith('release-'))).to.equal(false);
    await link.seal(encodePdu({ type: 'release-request' }));
    expect(await link.untilPdu('release-info')).to.deep.include({ release: RELEASE });
    link.close();
  });

  it('P2P-REL-02: a peer from before is asked once in a session, and timers go on', async () => {
    const { link } = await rawContact();
    const asked = ask();
    await link.untilPdu('release-request');
    await link.seal(encodePdu({ type: 'protocol-error', code: 'unknown-type' }));
    expect(await asked).to.deep.equal({ kind: 'unsupported' });
    for (let again = 0; again <= MAX_UNKNOWN_TYPES_PER_SESSION; again++)
      expect(await ask()).to.deep.equal({ kind: 'unsupported' });
    expect(link.pdus.filter(({ type }) => type === 'release-request')).to.have.length(1);
    const timer = { startsAt: 'sending', lifetimeMs: 3_600_000 } as const;
    await alice.core.setTimer({ contactId: alice.contact.id, timer });
    const { revision } = (await link.untilPdu('timer-change')) as { revision: number };
    await link.seal(encodePdu({ type: 'timer-ack', revision }));
    await alice.until('a confirmed timer', () => alice.contact.timer?.isConfirmed === true);
    link.close();
  });

  it('P2P-REL-02: an answer is not taken for that to a timer that is asked about at once', async () => {
    const { link } = await rawContact();
    const timer = { startsAt: 'sending', lifetimeMs: 3_600_000 } as const;
    await alice.core.setTimer({ contactId: alice.contact.id, timer });
    const asked = ask();
    for (const type of ['timer-change', 'release-request']) await link.untilPdu(type);
    for (let answer = 0; answer < 2; answer++)
      await link.seal(encodePdu({ type: 'protocol-error', code: 'unknown-type' }));
    expect(await asked).to.deep.equal({ kind: 'unsupported' });
    await alice.send('goes on without the timer'); // which waits for the answer, else
    await link.untilPdu('message');
    link.close();
  });

  it('P2P-REL-03: an answer that nobody asked for, or a second one, ends the session', async () => {
    const { link } = await rawContact();
    const asked = ask();
    await link.untilPdu('release-request');
    await link.seal(encodePdu({ type: 'release-info', release: RELEASE }));
    expect(await asked).to.deep.equal({ kind: 'release', release: RELEASE });
    await link.seal(encodePdu({ type: 'release-info', release: RELEASE }));
    expect((await link.untilPdu('protocol-error'))['code']).to.equal('order');
    await link.closed;
  });

  it('P2P-REL-04: without a session or an answer it says so, and a late answer is still in order', async () => {
    const { link } = await rawContact();
    const late = codeOf(ask());
    await link.untilPdu('release-request');
    alice.clock.advance(RELEASE_ANSWER_MS);
    expect(await late).to.equal('no-answer');
    const again = ask();
    await link.seal(encodePdu({ type: 'release-info', release: null }));
    expect(await again).to.deep.equal({ kind: 'unsigned' });
    const cut = codeOf(ask());
    link.close();
    expect(await cut).to.equal('not-connected');
    await alice.until('down', () => alice.contact.connection.kind !== 'ready');
    expect(await codeOf(ask())).to.equal('not-connected');
  });

  for (const { claim, hello, code } of [
    { claim: 'a newer profile', hello: helloOf('1.0', 'EnkryptedChat-Profile-v2'), code: 'self-outdated' },
    { claim: 'a newer version', hello: helloOf('1.1'), code: 'self-outdated' },
    { claim: 'an older version', hello: helloOf('0.9'), code: 'peer-outdated' },
  ] as const) {
    it(`P2P-SES-30: a contact that dials with ${claim} learns our version, and the person who must update`, async () => {
      const { raw, link } = await rawContact();
      link.close();
      const next = await raw.dial(alice.transport.peerId);
      next.send(hello);
      const answer = new TextDecoder().decode((await next.receive()).slice(2));
      expect(JSON.parse(answer)).to.include({ type: 'hello', specVersion: '1.0' });
      await next.closed;
      const stopped = await alice.untilConnection('stopped');
      expect(stopped.connection).to.deep.equal({ kind: 'stopped', code });
    });

    it(`P2P-SES-30: so does the person who dials one with ${claim}; what is written meanwhile is kept`, async () => {
      const { raw, link } = await rawContact();
      raw.transport.subscribe(event => {
        if (event.type === 'link-open')
          raw.transport.execute({ type: 'send', linkId: event.link.linkId, bytes: hello });
      });
      link.close();
      await alice.until('down', () => alice.contact.connection.kind !== 'ready');
      await alice.send('kept');
      expect((await alice.untilConnection('stopped')).connection).to.deep.equal({ kind: 'stopped', code });
      expect(alice.contact.pendingCount).to.equal(1);
    });
  }

  it('P2P-SES-30, P2P-LIM-09: a stranger of another version hears nothing, and nobody is asked', async () => {
    const stranger = await RawPeer.start(network, 'strangerstrangerstranger');
    let frames = 0;
    network.filter = ({ from, to }) => {
      if (from === alice.transport.peerId && to === 'strangerstrangerstranger') frames += 1;
      return true;
    };
    const link = await stranger.dial(alice.transport.peerId);
    link.send(helloOf('1.1'));
    await link.closed;
    expect(frames).to.equal(0);
    expect(alice.consents).to.have.length(0);
  });

  it('P2P-SES-30: the two go on when the other has updated', async () => {
    const { raw, link } = await rawContact();
    const { pairSecret } = link.outcome.result;
    link.close();
    const outdated = await raw.dial(alice.transport.peerId);
    outdated.send(helloOf('0.9'));
    await outdated.closed;
    await alice.untilConnection('stopped');
    const updated = await raw.connect(alice.transport.peerId, [pairPsk(pairSecret)]);
    await updated.greet();
    await alice.untilReady();
    updated.close();
  });
});
