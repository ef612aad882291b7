/**
 * What one session has to send, in three lanes: the next frame is always that of the most urgent lane. A large PDU is
 * a source of many frames, so everything more urgent passes between any two of them. P2P-CHK-01, P2P-CHK-02.
 *
 *     control  acknowledgements, cursors, typing, receipts, errors: one frame each, never held back
 *     chat     messages, in order; one that is cut in chunks keeps its place
 *     bulk     everything else that is large, a chunk of each in turn
 *
 * Invariants: one frame at a time is sealed, so what comes later can still overtake; a chunk waits while the channel's
 * queue holds more than its path carries soon (ChannelQueue), because nothing overtakes there. Lower lanes may wait as
 * long as a higher one has work: control and chat are bounded by what persons do and by the window. Not responsible for
 * how full the lanes are: callers wait for what they put in.
 */
import { P2pError } from '../errors.ts';

export const SEND_LANES = ['control', 'chat', 'bulk'] as const;
export type SendLane = (typeof SEND_LANES)[number];
/** `sealed`: a frame of fast bulk (CC-BLK), which is one already. */
export type FrameKind = 'pdu' | 'chunk' | 'sealed';

/** Gives the frames of one PDU, one by one. */
export interface FrameSource {
  /** What `take` gives next; null when there is nothing more. `wait`: not now. */
  readonly nextKind: FrameKind | 'wait' | null;
  /** The next frame's content. Called right before it is sealed. */
  take(): Uint8Array;
  /** So many of its frames were sealed and sent. */
  onSent?(frames: number): void;
}

/** Where frames go. */
export interface FrameSink {
  /** Seals and sends. Rejects when the session is over, or for content that is no frame's. */
  seal(kind: FrameKind, content: Uint8Array): Promise<void>;
  /** False while chunks have to wait. */
  readonly hasChunkRoom: boolean;
}

/** A PDU of one frame. */
export function singleFrame(pdu: Uint8Array): FrameSource {
  let isTaken = false;
  return {
    get nextKind() {
      return isTaken ? null : 'pdu';
    },
    take() {
      isTaken = true;
      return pdu;
    },
  };
}

interface Job {
  readonly source: FrameSource;
  sentFrames: number;
  resolve(): void;
  reject(error: unknown): void;
}

export class SendQueue {
  readonly #sink: FrameSink;
  readonly #lanes: Readonly<Record<SendLane, Job[]>> = { control: [], chat: [], bulk: [] };
  #isRunning = false;
  #isClosed = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Jobs that are not done. */
  get size(): number {
    return SEND_LANES.reduce((sum, lane) => sum + this.#lanes[lane].length, 0);
  }

  /**
   * Resolves when the source's last frame is sealed and sent. Rejects with the sink's error, or with P2pError
   * `aborted` when `signal` fires (no further frame of it leaves) or the queue closes.
   */
  send(lane: SendLane, source: FrameSource, signal?: AbortSignal): Promise<void> {
    if (this.#isClosed || signal?.aborted === true) return Promise.reject(new P2pError('aborted'));
    return new Promise((resolve, reject) => {
      const onAbort = (): void => this.#drop(lane, job, new P2pError('aborted'));
      const job: Job = {
        source,
        sentFrames: 0,
        resolve: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        reject: error => {
          signal?.removeEventListener('abort', onAbort);
          reject(error as Error);
        },
      };
      signal?.addEventListener('abort', onAbort);
      this.#lanes[lane].push(job);
      this.wake();
    });
  }

  /** Chunks are under way. */
  get hasBulk(): boolean {
    return this.#lanes.bulk.length > 0;
  }

  /** There may be something to send, or room for it. */
  wake(): void {
    if (!this.#isRunning) void this.#run();
  }

  /** Rejects everything that waits. */
  close(): void {
    this.#isClosed = true;
    for (const lane of SEND_LANES) {
      for (const job of [...this.#lanes[lane]]) this.#drop(lane, job, new P2pError('aborted'));
    }
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#next(); next !== null; next = this.#next())
      await this.#sendOne(next.lane, next.job);
    this.#isRunning = false;
  }

  /** Of the most urgent lane that may send now: its first job, in the bulk lane the first that may. */
  #next(): { readonly lane: SendLane; readonly job: Job } | null {
    const canSend = ({ source: { nextKind: kind } }: Job): boolean =>
      kind === 'pdu' || ((kind === 'chunk' || kind === 'sealed') && this.#sink.hasChunkRoom);
    for (const lane of SEND_LANES) {
      const jobs = lane === 'bulk' ? this.#lanes.bulk : this.#lanes[lane].slice(0, 1);
      const job = jobs.find(canSend);
      if (job !== undefined) return { lane, job };
    }
    return null;
  }

  async #sendOne(lane: SendLane, job: Job): Promise<void> {
    const jobs = this.#lanes[lane];
    try {
      await this.#sink.seal(job.source.nextKind as FrameKind, job.source.take());
    } catch (error) {
      return this.#drop(lane, job, error);
    }
    const index = jobs.indexOf(job);
    if (index === -1) return; // aborted meanwhile
    job.sentFrames += 1;
    job.source.onSent?.(job.sentFrames);
    if (job.source.nextKind === null) {
      jobs.splice(index, 1);
      job.resolve();
    } else if (lane === 'bulk') {
      jobs.push(...jobs.splice(index, 1)); // in turn
    }
  }

  #drop(lane: SendLane, job: Job, error: unknown): void {
    const index = this.#lanes[lane].indexOf(job);
    if (index === -1) return;
    this.#lanes[lane].splice(index, 1);
    job.reject(error);
  }
}
