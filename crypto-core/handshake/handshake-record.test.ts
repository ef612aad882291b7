/** Record protection of the sealed flights. */
import { expect } from '@esm-bundle/chai';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { HandshakeOpener, HandshakeSealer } from './handshake-record.ts';

async function rejects(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => false,
    () => true,
  );
}

describe('handshake record', () => {
  it('CC-HS-13: opens frames in order under the same key, and never two equal ciphertexts', async () => {
    const key = randomBytes(32);
    const sealer = await HandshakeSealer.create(key);
    const opener = await HandshakeOpener.create(key);
    const frames = [await sealer.seal(utf8('same')), await sealer.seal(utf8('same'))];
    expect(frames[0]?.slice(11)).not.to.deep.equal(frames[1]?.slice(11));
    for (const frame of frames) expect(await opener.open(frame)).to.deep.equal(utf8('same'));
  });

  it('CC-HS-13: refuses another key, counter, generation or kind, and every flipped byte', async () => {
    const key = randomBytes(32);
    const sealer = await HandshakeSealer.create(key);
    const frame = await sealer.seal(utf8('pdu'));
    const next = await sealer.seal(utf8('pdu'));
    const open = async (bytes: Uint8Array, openKey = key): Promise<Uint8Array> =>
      (await HandshakeOpener.create(openKey)).open(bytes);
    expect(await open(frame)).to.deep.equal(utf8('pdu'));
    expect(await rejects(open(next))).to.equal(true);
    expect(await rejects(open(frame, randomBytes(32)))).to.equal(true);
    for (let i = 0; i < frame.length; i++) {
      const flipped = frame.map((byte, j) => (i === j ? byte ^ 0x80 : byte));
      expect(await rejects(open(flipped)), `byte ${i}`).to.equal(true);
    }
    for (let size = 0; size < frame.length; size++) {
      expect(await rejects(open(frame.slice(0, size))), `size ${size}`).to.equal(true);
    }
  });
});
