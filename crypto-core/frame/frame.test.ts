import { expect } from '@esm-bundle/chai';
import { concat } from '../bytes/concat.ts';
import { randomBytes } from '../bytes/random.ts';
import { expectCode, flip } from '../test/support/rejections.ts';
import {
  decodeFrame,
  encodeFrameHeader,
  encodeHelloFrame,
  encodeSealedFrame,
  FRAME_KIND_HANDSHAKE,
  FRAME_KIND_PAYLOAD,
  MAX_FRAME_BYTES,
  MAX_HANDSHAKE_FRAME_BYTES,
  MAX_HELLO_BYTES,
} from './frame.ts';

const header = { kind: FRAME_KIND_PAYLOAD, gen: 255, ctr: 2 ** 53 - 1 } as const;

describe('frame', () => {
  it('CC-FRAME-02: round-trips header and ciphertext', () => {
    const ciphertext = randomBytes(40);
    const headerBytes = encodeFrameHeader(header);
    const parsed = decodeFrame(encodeSealedFrame(headerBytes, ciphertext));
    if (parsed.kind !== 'sealed') return expect.fail('not sealed');
    expect(parsed.header).to.deep.equal(header);
    expect([...parsed.headerBytes]).to.deep.equal([...headerBytes]);
    expect([...parsed.ciphertext]).to.deep.equal([...ciphertext]);
  });

  it('CC-FRAME-01: round-trips a hello and refuses one above 4 KiB', async () => {
    const parsed = decodeFrame(encodeHelloFrame(randomBytes(MAX_HELLO_BYTES - 2)));
    expect(parsed.kind).to.equal('hello');
    await expectCode('invalid-argument', () => encodeHelloFrame(randomBytes(MAX_HELLO_BYTES - 1)));
    await expectCode('protocol-error', () => decodeFrame(concat(new Uint8Array([1, 0]), randomBytes(4095))));
  });

  it('CC-FRAME-01: refuses another version or kind', async () => {
    const frame = encodeSealedFrame(encodeFrameHeader(header), randomBytes(16));
    await expectCode('protocol-error', () => decodeFrame(flip(frame, 0)));
    for (const kind of [3, 4, 127, 255]) {
      await expectCode('protocol-error', () => decodeFrame(flip(frame, 1, 2 ^ kind)));
    }
  });

  it('CC-FRAME-01: refuses frames that are too short, too long, or count too far', async () => {
    const frame = encodeSealedFrame(encodeFrameHeader(header), randomBytes(16));
    for (let length = 0; length < frame.length; length++) {
      await expectCode('protocol-error', () => decodeFrame(frame.slice(0, length)));
    }
    await expectCode('protocol-error', () => decodeFrame(flip(frame, 4, 0x20)));
    const long = new Uint8Array(MAX_FRAME_BYTES + 1);
    long.set(frame);
    await expectCode('protocol-error', () => decodeFrame(long));
    expect(decodeFrame(long.subarray(1 - 1, MAX_FRAME_BYTES)).kind).to.equal('sealed');
  });

  it('CC-FRAME-01: refuses a handshake frame above 32 KiB, on both ends', async () => {
    const headerBytes = encodeFrameHeader({ kind: FRAME_KIND_HANDSHAKE, gen: 0, ctr: 0 });
    const size = MAX_HANDSHAKE_FRAME_BYTES - headerBytes.length;
    expect(decodeFrame(encodeSealedFrame(headerBytes, new Uint8Array(size))).kind).to.equal('sealed');
    await expectCode('invalid-argument', () => encodeSealedFrame(headerBytes, new Uint8Array(size + 1)));
    await expectCode('protocol-error', () => decodeFrame(concat(headerBytes, new Uint8Array(size + 1))));
  });

  it('CC-FRAME-03: makes no sealed frame without room for a tag', async () => {
    await expectCode('invalid-argument', () =>
      encodeSealedFrame(encodeFrameHeader(header), new Uint8Array(15)),
    );
  });
});
