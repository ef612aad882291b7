/** Runs in the page of sframe.bench.ts: what sealing and opening one frame of a call costs, through the code of calls. */
import { FramePipe, type EncodedFrame } from '../p2p-core/calls/media-worker/frame-pipe.ts';
import { SFrameKeyChain } from '@enk/crypto-core';

export interface FrameCost {
  readonly sealMs: readonly number[];
  readonly openMs: readonly number[];
  /** AES-256-GCM alone: one encrypt, one decrypt. */
  readonly aesMs: readonly number[];
}

const callId = crypto.getRandomValues(new Uint8Array(16));
const exporter = async (_label: string, context: Uint8Array, length: number): Promise<Uint8Array> => {
  const key = await crypto.subtle.importKey('raw', context.slice(), 'HKDF', false, ['deriveBits']);
  const algorithm = { name: 'HKDF', hash: 'SHA-512', salt: new Uint8Array(0), info: new Uint8Array(0) };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, length * 8));
};

/** One frame through a pipe of its own stream would measure the stream: the pipe's turn is called by a stream that is there. */
function pump(pipe: FramePipe): { turn(frame: EncodedFrame): Promise<EncodedFrame> } {
  const input = new TransformStream<EncodedFrame, EncodedFrame>();
  const output = new TransformStream<EncodedFrame, EncodedFrame>();
  void pipe.run({ readable: input.readable, writable: output.writable });
  const [writer, reader] = [input.writable.getWriter(), output.readable.getReader()];
  return {
    async turn(frame) {
      void writer.write(frame);
      return (await reader.read()).value as EncodedFrame;
    },
  };
}

const sframeBench = {
  async frames(sizeBytes: number, count: number): Promise<FrameCost> {
    const [a, b] = [0, 1].map(ownLeaf => new SFrameKeyChain({ callId, ownLeaf })) as [
      SFrameKeyChain,
      SFrameKeyChain,
    ];
    const epoch = { epoch: 1n, exporter, removesMembers: false, nowMs: 0 };
    const joinNonce = a.enterEpoch(epoch);
    b.enterEpoch(epoch);
    await b.announce({ epoch: 1n, leaf: 0, joinNonce });
    const none = new Uint8Array(0);
    const seal = pump(new FramePipe('s', 'seal', async data => (await a.sender(1)).encrypt(data, none)));
    const open = pump(
      new FramePipe('o', 'open', async frame => {
        const opened = await b.open({ frame, metadata: none, nowMs: 0 });
        return opened.kind === 'opened' ? opened.plaintext : null;
      }),
    );
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]);
    const costs = { sealMs: [] as number[], openMs: [] as number[], aesMs: [] as number[] };
    for (let index = 0; index < count; index++) {
      const data = crypto.getRandomValues(new Uint8Array(sizeBytes));
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const startedAt = performance.now();
      const sealed = await seal.turn({ data: data.slice().buffer });
      const sealedAt = performance.now();
      const opened = await open.turn(sealed);
      const openedAt = performance.now();
      const ciphertext = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, data);
      await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, ciphertext);
      costs.aesMs.push(performance.now() - openedAt);
      if (new Uint8Array(opened.data)[0] !== data[0]) throw new Error('another frame came out');
      costs.sealMs.push(sealedAt - startedAt);
      costs.openMs.push(openedAt - sealedAt);
    }
    return costs;
  },
};

declare global {
  interface Window {
    sframeBench: typeof sframeBench;
  }
}

window.sframeBench = sframeBench;
