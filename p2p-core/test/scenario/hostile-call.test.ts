/** A contact with valid keys and bad manners at the telephone. */
import { expect } from '@esm-bundle/chai';
import { CALL_PDU_BUCKET, MAX_DROPPED_SIGNALS_PER_SESSION } from '../../limits.ts';
import { encodePdu, type PduBody } from '../../pdu/codec.ts';
import { sampleSdp } from '../support/media-double.ts';
import { Peer } from '../support/peer.ts';
import { type RawLink, RawPeer } from '../support/raw-peer.ts';
import { TestNetwork } from '../support/test-network.ts';

const CALL = 'AAAAAAAAAAAAAAAAAAAAAA';
const GROUP = 'A'.repeat(43);

describe('scenario: hostile calls', function () {
  this.timeout(60_000);
  let alice: Peer;
  let mallory: RawLink;

  beforeEach(async () => {
    const network = new TestNetwork();
    alice = await Peer.start(network, 'Alice');
    const raw = await RawPeer.start(network, 'mallorymallorymallorymallory');
    const { token } = await alice.core.createInvite({});
    mallory = await raw.connectByInvite(token);
    await mallory.greet();
    await alice.untilReady();
  });

  afterEach(() => alice.close());

  const say = (body: PduBody): Promise<void> => mallory.seal(encodePdu(body));

  it('P2P-CAL-19: PDUs of a call that is not are answered by a hang-up, and nothing of them reaches the page', async () => {
    await say({ type: 'call-offer', call: CALL, sdp: sampleSdp() });
    const answer = await mallory.untilPdu('call-hangup');
    expect(answer).to.include({ call: CALL, reason: 'unknown' });
    await say({ type: 'call-accept', call: CALL, keyPackage: 'AAAA' });
    await say({ type: 'call-welcome', call: CALL, welcome: 'AAAA' });
    await say({ type: 'call-hangup', call: CALL, reason: 'ended' });
    await say({ type: 'call-ring', call: CALL, group: GROUP, isVideo: false });
    await alice.until('a ring', () => alice.call?.phase === 'incoming');
    expect(alice.media.commands).to.deep.equal([]);
    expect(
      mallory.pdus.filter(({ type }) => type === 'call-hangup'),
      'endings are not answered',
    ).to.have.length(3);
  });

  it('P2P-CAL-19: media, Welcomes and Commits before the person accepted are nothing', async () => {
    await say({ type: 'call-ring', call: CALL, group: GROUP, isVideo: true });
    await say({ type: 'call-offer', call: CALL, sdp: sampleSdp() });
    await say({ type: 'call-candidate', call: CALL, candidate: '', section: 0, ufrag: null });
    await say({ type: 'call-welcome', call: CALL, welcome: 'AAAA' });
    await say({ type: 'call-group', call: CALL, message: 'AAAA' });
    await say({
      type: 'call-state',
      call: CALL,
      hasMicrophone: true,
      hasCamera: true,
      hasScreen: true,
      isHeld: false,
      isHandRaised: false,
    });
    await alice.until('flags', () => alice.call?.members[0]?.flags.hasCamera === true);
    expect(alice.call?.phase).to.equal('incoming');
    expect(alice.media.commands).to.deep.equal([]);
  });

  it('P2P-CAL-19: who accepts with a broken KeyPackage ends the call, and no media key was ever made', async () => {
    const id = await alice.core.startCall({ contactId: alice.contact.id, isVideo: false });
    await mallory.untilPdu('call-ring');
    await say({ type: 'call-accept', call: id, keyPackage: 'AAAA' });
    await alice.until('failed', () => alice.call?.endReason === 'failed');
    expect(alice.media.keys.get(id)?.of('epoch')).to.deep.equal([]);
  });

  it('P2P-CAL-19: a Welcome that is none ends the call', async () => {
    await say({ type: 'call-ring', call: CALL, group: GROUP, isVideo: false });
    await alice.until('a ring', () => alice.call?.phase === 'incoming');
    await alice.core.acceptCall({ call: CALL as never });
    await mallory.untilPdu('call-accept');
    await say({ type: 'call-welcome', call: CALL, welcome: 'AAAA' });
    await alice.until('failed', () => alice.call?.endReason === 'failed');
    expect(alice.media.keys.get(CALL as never)?.of('epoch') ?? []).to.deep.equal([]);
  });

  it('P2P-CAL-19: a flood of rings is dropped, and ends the session', async () => {
    alice.clock.freeze();
    const count = CALL_PDU_BUCKET.capacity + MAX_DROPPED_SIGNALS_PER_SESSION + 1;
    for (let index = 0; index < count; index++) {
      await say({ type: 'call-ring', call: CALL, group: GROUP, isVideo: false }).catch(() => undefined);
    }
    await mallory.closed;
  });
});
