/**
 * One transform's stream of encoded frames: sealed or dropped on the way out, opened or dropped on the way in. There
 * is no third way: a frame leaves only as what the step made of it, and what looks like the clear frame never leaves.
 * P2P-CAL-02, P2P-CAL-03.
 */
import { FRAME_TYPE_BYTES } from './frame-type.ts';
import type { TransformCounts } from './messages.ts';

/** What this file needs of RTCEncodedVideoFrame and RTCEncodedAudioFrame. */
export interface EncodedFrame {
  data: ArrayBuffer;
  /** Of video. */
  readonly type?: 'key' | 'delta' | 'empty';
}

/** What this file needs of RTCRtpScriptTransformer. */
export interface FramePort {
  readonly readable: ReadableStream<EncodedFrame>;
  readonly writable: WritableStream<EncodedFrame>;
}

/** Makes the frame that goes on; null drops it. May reject: then it is dropped, too. */
export type FrameStep = (
  data: Uint8Array<ArrayBuffer>,
  type: EncodedFrame['type'],
) => Promise<Uint8Array<ArrayBuffer> | null>;

/** An SFrame is longer than its media frame by a header of one byte at least and the tag. */
const LEAST_OVERHEAD_BYTES = 17;
/** Of a clear frame so many bytes in a row are enough to know it again. */
const PROBE_BYTES = 8;
/** Headers of SFrame end here at the latest (RFC 9605 §4.3), with a frame's type before them. */
const HEADER_MAX_BYTES = 17 + FRAME_TYPE_BYTES;

export class FramePipe {
  readonly #id: string;
  readonly #step: FrameStep;
  readonly #isSealing: boolean;
  #taken = 0;
  #passed = 0;
  #dropped = 0;
  #passedBytes = 0;

  constructor(id: string, direction: 'seal' | 'open', step: FrameStep) {
    this.#id = id;
    this.#isSealing = direction === 'seal';
    this.#step = step;
  }

  get counts(): TransformCounts {
    return {
      id: this.#id,
      taken: this.#taken,
      passed: this.#passed,
      dropped: this.#dropped,
      passedBytes: this.#passedBytes,
    };
  }

  /** Works until the stream ends; rejects when it breaks. */
  run({ readable, writable }: FramePort): Promise<void> {
    const turn = new TransformStream<EncodedFrame, EncodedFrame>({
      transform: async (frame, controller) => {
        if (await this.#pass(frame)) controller.enqueue(frame);
      },
    });
    return readable.pipeThrough(turn).pipeTo(writable);
  }

  /** True when the frame may go on; its data are the step's then. */
  async #pass(frame: EncodedFrame): Promise<boolean> {
    this.#taken += 1;
    const input = new Uint8Array(frame.data);
    const output = await this.#step(input, frame.type).catch(() => null);
    if (output === null || (this.#isSealing && isClear(input, output))) {
      this.#dropped += 1;
      return false;
    }
    frame.data = ownBuffer(output);
    this.#passed += 1;
    this.#passedBytes += output.length;
    return true;
  }
}

/** The buffer of exactly these bytes. */
function ownBuffer(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
}

/**
 * True when `output` cannot be the SFrame of `input`, or begins with it: whatever broke the sealing, a clear frame
 * stays here. It only catches our own defects; who wants to leak can do so in other ways.
 */
export function isClear(input: Uint8Array, output: Uint8Array): boolean {
  if (output.length < input.length + LEAST_OVERHEAD_BYTES) return true;
  if (input.length < PROBE_BYTES) return false; // so few bytes stand anywhere by chance
  for (let offset = 0; offset <= HEADER_MAX_BYTES; offset++) {
    if (startsAt(output, offset, input.subarray(0, PROBE_BYTES))) return true;
  }
  return false;
}

function startsAt(bytes: Uint8Array, offset: number, probe: Uint8Array): boolean {
  return probe.every((byte, index) => bytes[offset + index] === byte);
}
