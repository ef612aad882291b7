/** What is on the wire when the sealing works, and when it is broken in each of the ways that we could think of. */
import { expect } from '@esm-bundle/chai';
import {
  connectMembers,
  MediaMember,
  movingPicture,
  startMediaWorker,
  until,
} from '../../test/support/media-call.ts';
import { hasVp8StartCode, TAP, tapMember, untilCaptured, Wiretap } from '../../test/support/wiretap.ts';
import { MediaKeys } from '../media-worker/media-keys.ts';
import { slotIndex } from '../media-slots.ts';
import { PeerMedia } from './peer-media.ts';

const CAMERA = slotIndex('camera');

describe('the wire of a call', function () {
  this.timeout(180_000);
  let picture: ReturnType<typeof movingPicture>;
  const ends: (() => void)[] = [];

  beforeEach(() => {
    picture = movingPicture();
    ends.push(() => picture.stop());
  });

  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  /** Two members of a group; what the first one sends goes to a wiretap, too. */
  async function tapped(broken = ''): Promise<{ a: MediaMember; b: MediaMember; tap: Wiretap }> {
    const [a, b] = [await MediaMember.create('a', broken), await MediaMember.create('b')];
    await connectMembers([a, b]);
    const tap = await tapMember(a);
    ends.push(() => [a, b, tap].forEach(end => end.close()));
    return { a, b, tap };
  }

  /** A connection without our worker: what the browser alone makes of it. */
  async function unworked(): Promise<{ media: PeerMedia; tap: Wiretap }> {
    const tap = new Wiretap(signal => media.accept(signal));
    const media = new PeerMedia({
      peer: TAP,
      isOfferer: true,
      isPolite: false,
      worker: null,
      configuration: async () => ({}),
      send: signal => tap.accept(signal),
      onState: () => undefined,
      onRefused: () => undefined,
    });
    ends.push(() => [media, tap].forEach(end => end.close()));
    await tap.untilConnected();
    return { media, tap };
  }

  const sender = (media: PeerMedia): RTCRtpSender => media.sender('camera') as RTCRtpSender;

  it('P2P-CAL-02: every frame is an SFrame that the other member opens, and none has a clear start', async () => {
    const { a, b, tap } = await tapped();
    const { port1, port2 } = new MessageChannel();
    let tellAnnounced = (): void => undefined;
    const announced = new Promise<void>(resolve => (tellAnnounced = resolve));
    const keys = new MediaKeys(port1, {
      onSealing: () => undefined,
      onAnnounced: () => tellAnnounced(),
      onKeyless: () => undefined,
    });
    b.keys?.attach(port2); // from here on the other member's keys are in this test's hands
    await announced;
    await a.media.setTrack('camera', picture.track);
    await tap.untilFrames(20);
    // Probes of the bandwidth repeat packets: the same frame comes off the wire several times.
    const distinct = [...new Map(tap.frames.map(({ bytes }) => [bytes.join(), bytes])).values()];
    const opened = await Promise.all(distinct.map(bytes => keys.open(a.id, CAMERA, bytes)));
    expect(opened.every(frame => frame !== null)).to.equal(true);
    expect(await keys.open(a.id, CAMERA, distinct[0] as Uint8Array), 'once').to.equal(null);
    expect(
      opened.some(frame => frame !== null && hasVp8StartCode(frame)),
      'a key frame was among them',
    ).to.equal(true);
    expect(tap.frames.filter(({ bytes }) => hasVp8StartCode(bytes))).to.deep.equal([]);
    expect(tap.frames.every(({ slot }) => slot === CAMERA)).to.equal(true);
    keys.close();
  });

  it('P2P-CAL-06: the wiretap sees a clear frame where there is one', async () => {
    const tap = new Wiretap(signal => void accept(signal));
    const connection = new RTCPeerConnection();
    ends.push(() => [connection, tap].forEach(end => end.close()));
    const accept = async (signal: Parameters<Wiretap['accept']>[0]): Promise<void> => {
      if (signal.kind === 'answer')
        await connection.setRemoteDescription({ type: 'answer', sdp: signal.sdp });
      if (signal.kind === 'candidate') {
        await connection.addIceCandidate({ candidate: signal.candidate, sdpMLineIndex: signal.section });
      }
    };
    for (const kind of ['audio', 'video', 'video', 'audio']) {
      const transceiver = connection.addTransceiver(kind, { direction: 'sendrecv' });
      const codecs = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
      transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => /opus|VP8|rtx/i.test(mimeType)));
    }
    connection.onicecandidate = ({ candidate }) => {
      if (candidate === null) return;
      const { candidate: text, sdpMLineIndex, usernameFragment } = candidate;
      tap.accept({
        kind: 'candidate',
        candidate: text,
        section: sdpMLineIndex ?? 0,
        ufrag: usernameFragment,
      });
    };
    await connection.setLocalDescription();
    tap.accept({ kind: 'offer', sdp: connection.localDescription?.sdp ?? '' });
    await tap.untilConnected();
    await connection.getTransceivers()[CAMERA]?.sender.replaceTrack(picture.track);
    await until('a clear key frame', () =>
      tap.frames.some(({ bytes }) => hasVp8StartCode(bytes)) ? true : null,
    );
  });

  it('P2P-CAL-06: a transform that was never attached: no frame leaves', async () => {
    const { media, tap } = await unworked();
    await media.setTrack('camera', picture.track);
    await untilCaptured(sender(media), 60);
    expect(tap.frames).to.deep.equal([]);
  });

  it('P2P-CAL-06: a transform that is attached late: no frame leaves before, and no clear one after', async () => {
    const { media, tap } = await unworked();
    await media.setTrack('camera', picture.track);
    await untilCaptured(sender(media), 30);
    expect(tap.frames).to.deep.equal([]);
    const worker = await startMediaWorker();
    ends.push(() => worker.terminate());
    const attached = new Promise(resolve => (worker.onmessage = resolve));
    sender(media).transform = new RTCRtpScriptTransform(worker, {
      id: 'late',
      direction: 'seal',
      slot: CAMERA,
    });
    await attached;
    await untilCaptured(sender(media), 30);
    expect(tap.frames, 'it has no keys').to.deep.equal([]);
  });

  for (const broken of ['throws', 'returns-input', 'returns-input-with-header']) {
    it(`P2P-CAL-03: a transform that ${broken}: no frame leaves`, async () => {
      const { a, tap } = await tapped(broken);
      await a.media.setTrack('camera', picture.track);
      const [first] = a.media.view?.peers ?? [];
      expect(first).not.to.equal(undefined);
      await until('the camera is on its sender', () =>
        a.media.senderTrack(TAP, 'camera') !== null ? true : null,
      );
      await untilCaptured(a.media.unsafeTestingSender(TAP, 'camera'), 60);
      expect(tap.frames).to.deep.equal([]);
    });
  }

  it('P2P-CAL-05: a worker that throws outside of its streams ends media at once, and it is told', async () => {
    const { a, tap } = await tapped('throws-uncaught');
    await a.media.setTrack('camera', picture.track);
    await until('trouble', () => (a.media.view?.trouble === 'worker-stopped' ? true : null));
    await until('muted', () => (a.media.senderTrack(TAP, 'camera') === null ? true : null));
    expect(tap.frames.filter(({ bytes }) => hasVp8StartCode(bytes))).to.deep.equal([]);
    expect(a.media.view?.epoch).to.equal(null);
  });

  it('P2P-CAL-05: a worker that dies ends media at once, the senders are muted, and it is told', async () => {
    const { a, tap } = await tapped();
    await a.media.setTrack('camera', picture.track);
    await tap.untilFrames(10);
    a.worker?.terminate();
    const told = until('trouble', () => (a.media.view?.trouble === 'worker-stopped' ? true : null));
    await untilCaptured(a.media.unsafeTestingSender(TAP, 'camera'), 10);
    const count = tap.frames.length;
    await told;
    await until('muted', () => (a.media.senderTrack(TAP, 'camera') === null ? true : null));
    expect(tap.frames.length - count, 'frames that were on their way').to.be.below(3);
    expect(tap.frames.filter(({ bytes }) => hasVp8StartCode(bytes))).to.deep.equal([]);
  });
});
