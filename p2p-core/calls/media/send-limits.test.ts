import { expect } from '@esm-bundle/chai';
import { movingPicture } from '../../test/support/media-call.ts';
import { MEDIA_SLOTS } from '../media-slots.ts';
import { limitSender, sendLimits } from './send-limits.ts';

describe('what a connection may send', () => {
  it('P2P-CAL-24: pictures shrink with the number of members, sound does not', () => {
    for (const slot of MEDIA_SLOTS) {
      const rates = [1, 2, 3, 5, 9].map(others => sendLimits(slot, { others, rows: Infinity }).maxBitrate);
      expect(
        rates.toSorted((a, b) => b - a),
        slot,
      ).to.deep.equal(rates);
      const isSound = slot === 'microphone' || slot === 'screen-audio';
      expect(new Set(rates).size === 1, slot).to.equal(isSound);
    }
    // What all of them together need, stays near what a home can send.
    for (const others of [1, 2, 3, 4, 5, 9]) {
      expect(others * sendLimits('camera', { others, rows: Infinity }).maxBitrate).to.be.at.most(2_000_000);
    }
    expect(
      [1, 2, 3, 9].map(others => sendLimits('camera', { others, rows: Infinity }).maxHeight),
    ).to.deep.equal([720, 480, 360, 240]);
  });

  it('P2P-CAL-38: who shows fewer rows gets those, and fewer bits; never more than the number of members allows', () => {
    const camera = (others: number, rows: number) => sendLimits('camera', { others, rows });
    expect(camera(1, 1_080)).to.deep.equal(camera(1, Infinity));
    expect(camera(1, 360)).to.include({ maxHeight: 360, maxBitrate: 400_000, maxFramerate: 30 });
    expect(camera(1, 100)).to.include({ maxHeight: 100, maxBitrate: 200_000 });
    expect(camera(3, 720), 'a large tile among many').to.deep.equal(camera(3, Infinity));
    expect(camera(3, 240)).to.include({ maxHeight: 240, maxBitrate: 200_000 });
    for (const slot of ['microphone', 'screen', 'screen-audio'] as const) {
      expect(sendLimits(slot, { others: 3, rows: 100 })).to.deep.equal(
        sendLimits(slot, { others: 3, rows: Infinity }),
      );
    }
  });

  it('P2P-CAL-24: a sender takes them, by the rows that the camera has', async () => {
    const picture = movingPicture(); // of 180 rows
    const connection = new RTCPeerConnection();
    const { sender } = connection.addTransceiver(picture.track, { direction: 'sendonly' });
    const track = picture.track;
    track.getSettings = () => ({ width: 720, height: 1280 });
    await limitSender(sender, 'camera', { others: 3, rows: Infinity });
    const [encoding] = sender.getParameters().encodings;
    expect(encoding).to.include({ maxBitrate: 400_000, maxFramerate: 20, scaleResolutionDownBy: 2 });
    track.getSettings = () => ({ width: 320, height: 180 });
    await limitSender(sender, 'camera', { others: 1, rows: Infinity });
    expect(sender.getParameters().encodings[0]).to.include({ scaleResolutionDownBy: 1 });
    connection.close();
    picture.stop();
  });
});
