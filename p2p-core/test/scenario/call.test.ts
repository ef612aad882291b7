/** Calls between people: rings, answers, crossings and ends, over real sessions and a real MLS group. */
import { expect } from '@esm-bundle/chai';
import type { CallView } from '../../calls/call-view.ts';
import { CALL_LOST_MS, CALL_RING_GRACE_MS, CALL_RING_MS } from '../../limits.ts';
import type { ContactId } from '../../worker/api.ts';
import { sampleSdp } from '../support/media-double.ts';
import { befriend, Peer } from '../support/peer.ts';
import { TestNetwork } from '../support/test-network.ts';

describe('scenario: calls', function () {
  this.timeout(60_000);
  let network: TestNetwork;
  let alice: Peer;
  let bob: Peer;
  let bobAtAlice: ContactId;

  beforeEach(async () => {
    network = new TestNetwork();
    alice = await Peer.start(network, 'Alice');
    bob = await Peer.start(network, 'Bob');
    await befriend(alice, bob);
    bobAtAlice = alice.contact.id;
  });

  afterEach(async () => {
    await Promise.all([alice.close(), bob.close()]);
  });

  const inPhase = (peer: Peer, phase: CallView['phase']): Promise<CallView> =>
    peer.until(`a call that is ${phase}`, () => (peer.call?.phase === phase ? peer.call : null));

  const ended = async (peer: Peer): Promise<CallView['endReason']> =>
    (await inPhase(peer, 'ended')).endReason;

  const memberPhase = (peer: Peer): string | undefined => peer.call?.members[0]?.phase;

  async function ring(isVideo = true): Promise<CallView> {
    await alice.core.startCall({ contactId: bobAtAlice, isVideo });
    return inPhase(bob, 'incoming');
  }

  async function talk(): Promise<CallView> {
    const { id } = await ring();
    await bob.core.acceptCall({ call: id });
    await Promise.all([inPhase(alice, 'active'), inPhase(bob, 'active')]);
    return (await bob.until('an epoch', () => (bob.call?.epoch === 1 ? bob.call : null))) as CallView;
  }

  it('P2P-CAL-13: a ring is shown, rings there, is accepted, and media connect', async () => {
    const { isVideo, isOutgoing, members } = await ring();
    expect({ isVideo, isOutgoing, phase: members[0]?.phase }).to.deep.equal({
      isVideo: true,
      isOutgoing: false,
      phase: 'incoming',
    });
    await alice.until('ringing', () => memberPhase(alice) === 'ringing');
    expect(bob.media.commands, 'a ring alone costs the page nothing').to.deep.equal([]);
    await bob.core.acceptCall({ call: bob.call?.id as CallView['id'] });
    await Promise.all([inPhase(alice, 'active'), inPhase(bob, 'active')]);
    expect(alice.media.of('media-connect')[0]).to.include({ isOfferer: false, isPolite: false });
    expect(bob.media.of('media-connect')[0]).to.include({ isOfferer: true, isPolite: true });
  });

  it('P2P-CAL-20: both are in one MLS group, hear each other’s join nonce, and derive the same keys', async () => {
    const { id } = await talk();
    await alice.until('an epoch', () => alice.call?.epoch === 1);
    const [ours, theirs] = [alice.media.keys.get(id), bob.media.keys.get(id)];
    await alice.until('nonces', () => ours?.of('announced').length === 1 || nudge(alice));
    await bob.until('nonces', () => theirs?.of('announced').length === 1 || nudge(bob));
    expect(ours?.of('announced')[0]?.leaf).to.equal(1);
    expect(theirs?.of('announced')[0]?.leaf).to.equal(0);
    const context = new Uint8Array(36);
    const request = {
      kind: 'export',
      id: 7,
      epoch: 1n,
      label: 'enk/v1 sframe',
      context,
      lengthBytes: 32,
    } as const;
    ours?.post(request);
    theirs?.post(request);
    await alice.until('a secret', () => ours?.of('exported').length === 1 || nudge(alice));
    await bob.until('a secret', () => theirs?.of('exported').length === 1 || nudge(bob));
    expect(ours?.of('exported')[0]?.secret).to.deep.equal(theirs?.of('exported')[0]?.secret);
    expect(ours?.of('exported')[0]?.secret).to.have.length(32);
  });

  it('P2P-CAL-15: declined, cancelled, hung up: each side is told what happened', async () => {
    let { id } = await ring();
    await bob.core.declineCall({ call: id });
    expect(await ended(alice)).to.equal('declined');
    expect(await ended(bob)).to.equal('declined');
    ({ id } = await ring());
    await alice.core.hangUp({ call: id });
    expect(await ended(bob)).to.equal('missed');
    expect(bob.missed.map(({ contactId }) => contactId)).to.deep.equal([bob.contact.id]);
    await bob.core.dismissCalls({ contactId: bob.contact.id });
    expect(bob.missed).to.deep.equal([]);
    ({ id } = await talk());
    await bob.core.hangUp({ call: id });
    expect(await ended(alice)).to.equal('hung-up-by-other');
    expect(await ended(bob)).to.equal('hung-up');
    expect(alice.media.commands.at(-1)?.type).to.equal('media-close');
    await alice.until('keys gone', () => alice.media.keys.get(id)?.of('end').length === 1 || nudge(alice));
  });

  it('P2P-CAL-15: nobody answers: it ends by time on both sides, and one of them missed it', async () => {
    await ring();
    alice.clock.advance(CALL_RING_MS);
    expect(await ended(alice)).to.equal('no-answer');
    expect(await ended(bob)).to.equal('missed');
    expect(bob.missed).to.have.length(1);
  });

  it('P2P-CAL-26: what was missed is there after a restart until it was seen, also a ring that the restart cut', async () => {
    const first = await ring();
    await alice.core.hangUp({ call: first.id });
    expect(await ended(bob)).to.equal('missed');
    await bob.core.dismissCalls({ contactId: null });
    const second = await ring(false);
    await bob.crash();
    bob.missed = [];
    await bob.boot();
    await bob.until('two missed calls', () => bob.missed[0]?.times === 2);
    expect(
      bob.missed.map(({ call, isVideo }) => [call, isVideo]),
      'the last one',
    ).to.deep.equal([[second.id, false]]);
    await bob.core.dismissCalls({ contactId: bob.contact.id });
    await bob.crash();
    await bob.boot();
    expect(bob.missed).to.deep.equal([]);
  });

  it('P2P-CAL-15: the callee stops ringing by itself when the caller is gone', async () => {
    await ring();
    await alice.crash();
    bob.clock.advance(CALL_RING_MS + CALL_RING_GRACE_MS);
    expect(await ended(bob)).to.equal('missed');
    await alice.boot();
  });

  it('P2P-CAL-17: who is in a call is busy for others, and sees that they rang', async () => {
    const carol = await Peer.start(network, 'Carol');
    await befriendMore(bob, carol);
    await talk();
    await carol.core.startCall({ contactId: carol.contact.id, isVideo: false });
    expect(await ended(carol)).to.equal('busy');
    await bob.until('a missed call', () => bob.missed.length === 1);
    expect(bob.call?.phase).to.equal('active');
    await carol.close();
  });

  it('P2P-CAL-18: rings that cross become one call, without another word', async () => {
    await Promise.all([
      alice.core.startCall({ contactId: alice.contact.id, isVideo: true }),
      bob.core.startCall({ contactId: bob.contact.id, isVideo: true }),
    ]);
    const [a, b] = await Promise.all([inPhase(alice, 'active'), inPhase(bob, 'active')]);
    expect(a.id).to.equal(b.id);
  });

  it('P2P-CAL-14: what a member sends is shown at the other, and again on a new session', async () => {
    const { id } = await talk();
    const flags = {
      hasMicrophone: true,
      hasCamera: false,
      hasScreen: true,
      isHeld: false,
      isHandRaised: true,
    };
    await bob.core.setCallFlags({ call: id, flags });
    await alice.until('flags', () => alice.call?.members[0]?.flags.hasScreen === true);
    expect(alice.call?.members[0]?.flags).to.deep.equal(flags);
    await bob.core.sendReaction({ call: id, emoji: '👏' });
    await alice.until('a reaction', () => alice.events.some(event => event.type === 'call-reaction'));
  });

  it('P2P-CAL-38: how large a camera is shown is told to its owner, once for each size', async () => {
    const { id } = await talk();
    const shown = () => alice.media.of('media-picture').map(({ peer, rows }) => [peer, rows]);
    for (const rows of [360, 360, 240]) {
      await bob.core.showCallRows({ call: id, contactId: bob.contact.id, rows });
    }
    await alice.until('both', () => shown().length === 2 || nudge(alice));
    expect(shown()).to.deep.equal([
      [bobAtAlice, 360],
      [bobAtAlice, 240],
    ]);
  });

  it('P2P-CAL-16: a lost path is waited for, and ends the call when it stays lost', async () => {
    const { id } = await talk();
    alice.media.state(id, alice.contact.id, 'lost');
    await alice.until('lost', () => memberPhase(alice) === 'lost');
    alice.media.state(id, alice.contact.id, 'connected');
    await alice.until('back', () => memberPhase(alice) === 'present');
    alice.media.state(id, alice.contact.id, 'lost');
    await alice.until('lost', () => memberPhase(alice) === 'lost');
    alice.clock.advance(CALL_LOST_MS);
    expect(await ended(alice)).to.equal('lost');
    expect(await ended(bob)).to.equal('failed');
  });

  it('P2P-CAL-16: a peer that crashed and came back ends the call of before', async () => {
    await talk();
    await bob.crash();
    bob.call = null;
    await bob.boot();
    expect(await ended(alice)).to.equal('lost');
    expect(bob.call).to.equal(null);
  });

  it('P2P-CAL-05: media that fail on the page end the call, and both are told', async () => {
    const { id } = await talk();
    bob.media.emit({ type: 'media-failed', call: id, code: 'media-worker-stopped' });
    expect(await ended(bob)).to.equal('media-worker-stopped');
    expect(await ended(alice)).to.equal('failed');
  });

  it('P2P-CAL-22: three in a call: the newcomer offers to both, and who leaves is out of the group', async () => {
    const carol = await Peer.start(network, 'Carol');
    await befriendMore(bob, carol);
    await befriendMore(alice, carol);
    const { id } = await talk();
    const carolAtAlice = await alice.until('carol', () => contactNamed(alice, 'Carol'));
    await alice.core.inviteToCall({ call: id, contactId: carolAtAlice });
    await inPhase(carol, 'incoming');
    await carol.core.acceptCall({ call: id });
    for (const peer of [alice, bob, carol]) {
      await peer.until('all present', () => {
        const members = peer.call?.members ?? [];
        return members.length === 2 && members.every(({ phase }) => phase === 'present');
      });
      await peer.until('epoch 2', () => peer.call?.epoch === 2);
    }
    // One decides who is in the call: a second one would split the group.
    expect([alice, bob, carol].map(peer => peer.call?.mayChangeMembers)).to.deep.equal([true, false, false]);
    const bobAtCarol = await carol.until('bob', () => contactNamed(carol, 'Bob'));
    const refused: unknown = await carol.core
      .inviteToCall({ call: id, contactId: bobAtCarol })
      .catch((error: unknown) => error);
    expect(refused).to.include({ code: 'bad-request' });
    expect(carol.media.of('media-connect').map(({ isOfferer }) => isOfferer)).to.deep.equal([true, true]);
    // The founder leaves: the next lowest leaf removes it, and the other follows.
    await alice.core.hangUp({ call: id });
    await bob.until('epoch 3', () => bob.call?.epoch === 3);
    await carol.until('epoch 3', () => carol.call?.epoch === 3);
    await bob.until(
      'told to the media worker',
      () => bob.media.keys.get(id)?.of('epoch').at(-1)?.removesMembers === true || nudge(bob),
    );
    expect(bob.call?.phase).to.equal('active');
    await carol.close();
  });

  /** Carol accepts while what the caller tells one of the others is still under way. */
  for (const late of ['Bob', 'Carol'] as const) {
    it(`P2P-CAL-22: what a member sends to ${late} before the caller's word of it arrives waits for that`, async () => {
      const carol = await Peer.start(network, 'Carol');
      await befriendMore(bob, carol);
      await befriendMore(alice, carol);
      const { id } = await talk();
      const carolAtAlice = await alice.until('carol', () => contactNamed(alice, 'Carol'));
      await alice.core.inviteToCall({ call: id, contactId: carolAtAlice });
      await inPhase(carol, 'incoming');
      const [behind, ahead] = late === 'Bob' ? [bob, carol] : [carol, bob];
      const sent = (): number =>
        network.wire.filter(
          ({ from, to }) => from === ahead.transport.peerId && to === behind.transport.peerId,
        ).length;
      const before = sent();
      const goOn = network.stall(alice.transport, behind.transport);
      await carol.core.acceptCall({ call: id });
      await ahead.until('epoch 2', () => ahead.call?.epoch === 2);
      // State and join nonce, of the newcomer its offer, too; then a word, to know that they were read.
      await ahead.until('sent', () => sent() >= before + (late === 'Bob' ? 3 : 2) || nudge(ahead));
      const contactId = await ahead.until('the other', () => contactNamed(ahead, late));
      await ahead.core.sendMessage({ contactId, text: 'read' });
      await behind.until('read', () => behind.events.some(event => event.type === 'messages'));
      expect(behind.call?.members).to.have.length(1);
      goOn();
      for (const peer of [alice, bob, carol]) {
        await peer.until('all present', () => {
          const members = peer.call?.members ?? [];
          return members.length === 2 && members.every(({ phase }) => phase === 'present');
        });
        const nonces = (): number =>
          new Set(
            peer.media.keys
              .get(id)
              ?.of('announced')
              .filter(({ epoch }) => epoch === 2n)
              .map(({ leaf }) => leaf),
          ).size;
        await peer.until('the join nonces of both others', () => nonces() === 2 || nudge(peer));
      }
      await carol.close();
    });
  }

  it('P2P-CAL-10: a description that is none of a call reaches no page', async () => {
    const { id } = await talk();
    const before = bob.media.of('media-signal').length;
    const sdp = sampleSdp().replace('VP8', 'H264');
    alice.media.emit({
      type: 'media-signal',
      call: id,
      peer: alice.contact.id as never,
      signal: { kind: 'offer', sdp },
    });
    expect(await ended(bob)).to.equal('failed');
    expect(bob.media.of('media-signal').length).to.equal(before);
    expect(await ended(alice)).to.equal('failed');
  });
});

/** Looks again in a moment: key ports tell the peer nothing. */
function nudge(peer: Peer): false {
  setTimeout(() => peer.look(), 10);
  return false;
}

function contactNamed(peer: Peer, name: string): ContactId | null {
  return peer.contacts.find(contact => contact.name === name)?.id ?? null;
}

async function befriendMore(inviter: Peer, invitee: Peer): Promise<void> {
  const { token } = await inviter.core.createInvite({});
  const id = await invitee.core.acceptInvite({ token, name: '' });
  await invitee.untilReady(id);
  await inviter.until('everybody ready', () =>
    inviter.contacts.every(({ connection }) => connection.kind === 'ready'),
  );
}
