import { expect } from '@esm-bundle/chai';
import { MAX_RECEIVED_MESSAGE_BYTES } from '../limits.ts';
import type { LinkId, PeerId, TransportEvent } from '../ports/transport.ts';
import { LinkPair, swapFingerprint } from '../test/support/link-pair.ts';
import { ByteChannel } from './byte-channel.ts';
import { SessionLink } from './session-link.ts';

describe('SessionLink', () => {
  let pair: LinkPair;
  afterEach(() => pair.close());

  it('P2P-LNK-04: opens on both sides with the fingerprints crossed', async () => {
    pair = await new LinkPair().opened();
    const [a, b] = [(await pair.until('A', 'link-open')).link, (await pair.until('B', 'link-open')).link];
    expect([a.role, b.role]).to.deep.equal(['A', 'B']);
    expect([a.localPeerId, a.remotePeerId]).to.deep.equal([b.remotePeerId, b.localPeerId]);
    expect(a.localFingerprint).to.deep.equal(b.remoteFingerprint);
    expect(a.remoteFingerprint).to.deep.equal(b.localFingerprint);
    expect(a.localFingerprint).not.to.deep.equal(b.localFingerprint);
  });

  it('never sends a candidate before its description', async () => {
    pair = await new LinkPair().opened();
    const types = pair.signals.map(({ type }) => type);
    expect(types[0]).to.equal('OFFER');
    expect(types.filter(type => type !== 'CANDIDATE')).to.deep.equal(['OFFER', 'ANSWER']);
  });

  it('P2P-LNK-07: carries whole binary messages in order, and one at once after open', async () => {
    pair = new LinkPair();
    pair.a.dial();
    await pair.until('A', 'link-open');
    const sizes = [1, 0, 1_000, 65_536, 262_144];
    for (const size of sizes) pair.a.send(new Uint8Array(size).fill(size % 251));
    const received = (): Uint8Array[] =>
      pair.events.B.flatMap(event => (event.type === 'link-message' ? [event.bytes] : []));
    while (received().length < sizes.length) await new Promise(resolve => setTimeout(resolve));
    expect(received().map(bytes => bytes.length)).to.deep.equal(sizes);
    expect(received().every(bytes => bytes.every(byte => byte === bytes.length % 251))).to.equal(true);
    expect(pair.typesAt('B').indexOf('link-open')).to.equal(0);
  });

  it('P2P-LNK-14: tells the path that the browser chose, and how much went over it', async () => {
    pair = new LinkPair();
    expect(await pair.a.stats()).to.equal(null);
    pair.a.dial();
    await Promise.all([pair.until('A', 'link-open'), pair.until('B', 'link-open')]);
    pair.a.send(new Uint8Array(5_000));
    await pair.until('B', 'link-message');
    const [a, b] = await Promise.all([pair.a.stats(), pair.b.stats()]);
    expect(a?.path?.route).to.be.oneOf(['same-network', 'direct', 'internet']); // by what addresses this machine has
    expect(a?.path?.local.protocol).to.equal('udp');
    expect([a?.bytesSent, a?.bytesReceived, b?.bytesReceived]).to.deep.equal([5_000, 0, 5_000]);
    expect(JSON.stringify([a, b])).not.to.match(/\d+\.\d+\.\d+\.\d+|\.local|::/);
    pair.a.close('closed-locally');
    expect(await pair.a.stats()).to.equal(null);
  });

  it('reports that its queue has emptied', async () => {
    pair = await new LinkPair().opened();
    for (let i = 0; i < 20; i++) pair.a.send(new Uint8Array(60_000));
    for (;;) {
      const drained = pair.events.A.filter(event => event.type === 'link-drained');
      if (drained.at(-1)?.takenBytes === 20 * 60_000) break;
      await new Promise(resolve => setTimeout(resolve));
    }
  });

  it('P2P-LNK-08: lets what was sent before a close still arrive', async () => {
    pair = await new LinkPair().opened();
    for (let i = 0; i < 10; i++) pair.a.send(new Uint8Array(50_000));
    pair.a.close('closed-locally');
    expect((await pair.until('B', 'link-closed')).reason).to.equal('closed-remotely');
    expect(pair.typesAt('B').filter(type => type === 'link-message')).to.have.length(10);
  });

  it('P2P-LNK-08: reports a close once, last, and sends nothing afterwards', async () => {
    pair = await new LinkPair().opened();
    pair.a.close('closed-locally');
    pair.a.close('ice-failed');
    pair.a.send(new Uint8Array(1));
    await pair.until('B', 'link-closed');
    expect(pair.typesAt('A')).to.deep.equal(['link-open', 'link-closed']);
    expect(pair.typesAt('B')).to.deep.equal(['link-open', 'link-closed']);
  });

  for (const type of ['OFFER', 'ANSWER'] as const) {
    it(`P2P-LNK-04: does not open when the broker swaps the fingerprint of the ${type}`, async () => {
      pair = new LinkPair((at, payload) => (at === type ? swapFingerprint(payload) : payload));
      pair.a.dial();
      const [deceived] = type === 'OFFER' ? (['B'] as const) : (['A'] as const);
      expect((await pair.until(deceived, 'link-closed')).reason).to.equal('ice-failed');
      expect(pair.typesAt(deceived)).not.to.include('link-open');
    });
  }

  it('P2P-LNK-04: refuses an answer with a second fingerprint before the browser sees it', async () => {
    const add = (payload: string): string =>
      payload.replace(/a=fingerprint:sha-256 ([^\\]+)/, (found, value: string) => {
        const other = value.startsWith('00') ? `11${value.slice(2)}` : `00${value.slice(2)}`;
        return `${found}\\r\\na=fingerprint:sha-256 ${other}`;
      });
    pair = new LinkPair((type, payload) => (type === 'ANSWER' ? add(payload) : payload));
    pair.a.dial();
    expect((await pair.until('A', 'link-closed')).reason).to.equal('refused-description');
  });

  it('P2P-LNK-04: refuses its own offer, reflected as the answer', async () => {
    let offer = '';
    pair = new LinkPair((type, payload) => {
      if (type === 'OFFER') offer = payload;
      if (type !== 'ANSWER') return payload;
      return offer.replace('"type":"offer"', '"type":"answer"').replace('actpass', 'active');
    });
    pair.a.dial();
    expect((await pair.until('A', 'link-closed')).reason).to.equal('refused-description');
  });

  it('P2P-LNK-05: ignores every description that comes after the first', async () => {
    pair = await new LinkPair().opened();
    const sdp = (type: string): string => {
      const signal = pair.signals.find(found => found.type === type)?.payload as { sdp: { sdp: string } };
      return swapFingerprint(signal.sdp.sdp);
    };
    pair.a.acceptAnswer(sdp('ANSWER'));
    pair.a.send(Uint8Array.of(1));
    await pair.until('B', 'link-message');
    expect(pair.typesAt('A')).not.to.include('link-closed');
  });
});

describe('P2P-LNK-07: SessionLink against a stranger', () => {
  let link: SessionLink;
  let stranger: RTCPeerConnection;
  const events: TransportEvent[] = [];
  afterEach(() => {
    link.close('closed-locally');
    stranger.close();
    events.length = 0;
  });

  /** A stranger with a bare RTCPeerConnection dials our link; the link answers. */
  async function dial(
    makeChannels: (connection: RTCPeerConnection) => RTCDataChannel,
  ): Promise<RTCDataChannel> {
    stranger = new RTCPeerConnection();
    link = new SessionLink({
      linkId: 'in' as LinkId,
      connectionId: 'dc_1',
      role: 'B',
      localPeerId: 'bob' as PeerId,
      remotePeerId: 'mallory' as PeerId,
      configuration: async () => ({ iceServers: [] }),
      isSignalingUp: () => true,
      openPipe: (channel, told) => new ByteChannel(channel, told),
      emit: event => events.push(event),
      sendSignal: (_to, type, payload) => {
        if (type === 'ANSWER')
          void stranger.setRemoteDescription((payload as { sdp: RTCSessionDescriptionInit }).sdp);
        if (type === 'CANDIDATE') {
          void stranger.addIceCandidate((payload as { candidate: RTCIceCandidateInit }).candidate);
        }
      },
    });
    const channel = makeChannels(stranger);
    stranger.onicecandidate = ({ candidate }) => candidate && link.acceptCandidate(candidate.toJSON());
    await stranger.setLocalDescription();
    link.answer(stranger.localDescription?.sdp ?? '');
    await new Promise(resolve => (channel.onopen = resolve));
    return channel;
  }

  async function closedReason(): Promise<string> {
    for (;;) {
      const last = events.at(-1);
      if (last?.type === 'link-closed') return last.reason;
      await new Promise(resolve => setTimeout(resolve));
    }
  }

  it('is cut off for text', async () => {
    (await dial(connection => connection.createDataChannel('x'))).send('hello');
    expect(await closedReason()).to.equal('closed-locally');
    expect(events.map(({ type }) => type)).not.to.include('link-message');
  });

  it('is cut off for a message above the limit, where the browser lets it through at all', async () => {
    const channel = await dial(connection => connection.createDataChannel('x'));
    const max = stranger.sctp?.maxMessageSize ?? 0;
    if (max <= MAX_RECEIVED_MESSAGE_BYTES)
      return void expect(() => channel.send(new Uint8Array(max + 1))).to.throw();
    channel.send(new Uint8Array(MAX_RECEIVED_MESSAGE_BYTES + 1));
    expect(await closedReason()).to.equal('closed-locally');
  });

  it('is cut off for an unordered channel', async () => {
    await dial(connection => connection.createDataChannel('x', { ordered: false }));
    expect(await closedReason()).to.equal('refused-description');
  });

  it('is cut off for an unreliable channel', async () => {
    await dial(connection => connection.createDataChannel('x', { maxRetransmits: 0 }));
    expect(await closedReason()).to.equal('refused-description');
  });

  it('is cut off for a second channel', async () => {
    await dial(connection => {
      const first = connection.createDataChannel('x');
      connection.createDataChannel('y');
      return first;
    });
    expect(await closedReason()).to.equal('refused-description');
  });
});
