import { expect } from '@esm-bundle/chai';
import { type EncodedFrame, FramePipe, isClear } from './frame-pipe.ts';

const bytes = (length: number, from = 1): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, index) => (from + index * 7) % 251);

describe('the pipe of frames', () => {
  it('P2P-CAL-03: knows a clear frame again at the start, behind a header, and when nothing was added', () => {
    const input = bytes(100);
    const behind = (header: number, tail: number): Uint8Array => {
      const output = new Uint8Array(header + input.length + tail);
      output.set(input, header);
      return output;
    };
    expect(isClear(input, input)).to.equal(true);
    for (const header of [0, 1, 6, 11, 17])
      expect(isClear(input, behind(header, 40)), `${header}`).to.equal(true);
    expect(isClear(input, bytes(116, 3)), 'too short for header and tag').to.equal(true);
    expect(isClear(input, bytes(117, 3))).to.equal(false);
    expect(isClear(bytes(2), bytes(20, 3)), 'a frame of silence').to.equal(false);
  });

  it('P2P-CAL-03: passes what the step made, and drops what it did not make, rejected or left clear', async () => {
    const sealed = bytes(200, 3);
    const steps = [
      async () => sealed,
      async () => null,
      async () => Promise.reject(new TypeError('broken')),
      async (data: Uint8Array<ArrayBuffer>) => data,
    ];
    let turn = 0;
    const pipe = new FramePipe('t', 'seal', data => (steps[turn++] as (typeof steps)[number])(data));
    const input = new TransformStream<EncodedFrame, EncodedFrame>();
    const output = new TransformStream<EncodedFrame, EncodedFrame>();
    const running = pipe.run({ readable: input.readable, writable: output.writable });
    const got: EncodedFrame[] = [];
    const reading = output.readable.pipeTo(new WritableStream({ write: frame => void got.push(frame) }));
    const writer = input.writable.getWriter();
    for (let index = 0; index < steps.length; index++) await writer.write({ data: bytes(50).buffer });
    await writer.close();
    await Promise.all([running, reading]);
    expect(got.map(({ data }) => new Uint8Array(data))).to.deep.equal([sealed]);
    expect(pipe.counts).to.deep.equal({ id: 't', taken: 4, passed: 1, dropped: 3, passedBytes: 200 });
  });
});
