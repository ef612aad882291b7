/**
 * A conversation as a wiretapper with a debugger sees it: every frame with what is inside of each layer, and, after
 * every step, a dump of both sides' whole states. Consumed secrets are wiped as in a session.
 */
import { wipe } from '../../bytes/wipe.ts';
import { acceptControl, RENEWAL_THRESHOLDS, renewKeys } from '../../cascade/control.ts';
import type { ControlStep, RenewalThresholds } from '../../cascade/control.ts';
import { CONTENT_CONTROL, CONTENT_PDU } from '../../cascade/padding.ts';
import type { PairState } from '../../cascade/pair-state.ts';
import { sealFrame } from '../../cascade/pair-state.ts';
import { deepCopy } from '../fuzz/state-snapshot.ts';
import { makePairStates } from '../support/make-pair.ts';
import type { Both } from '../support/make-pair.ts';
import { openStepwise } from '../support/stepwise.ts';
import type { LayerBytes } from '../support/stepwise.ts';

export type Side = 'a' | 'b';

/** A frame that arrived. `sealedAt`, `openedAt`: the first dump after it. */
export interface RecordedFrame {
  readonly from: Side;
  /** Among the frames of its sender, from 0. */
  readonly index: number;
  readonly isControl: boolean;
  readonly body: Uint8Array;
  readonly bytes: LayerBytes;
  readonly sealedAt: number;
  readonly openedAt: number;
}

interface FrameInFlight {
  readonly from: Side;
  readonly frame: Uint8Array;
  readonly sealedAt: number;
}

/** What a thief takes away: everything in memory, CryptoKeys included. Later wiping does not reach it. */
export function steal(state: PairState): PairState {
  return deepCopy(state);
}

export function otherSide(side: Side): Side {
  return side === 'a' ? 'b' : 'a';
}

/** Nothing is renewed, and the peer may renew at any time. */
export const NO_RENEWAL: RenewalThresholds = {
  rekeyAfterMessages: Infinity,
  rekeyAfterMs: Infinity,
  rotateAfterFrames: Infinity,
  rotateAfterMs: Infinity,
  peerRotatesAfterFrames: 0,
  peerRotatesAfterMs: 0,
};

/** Runs both sides of one connection. */
export class Recording {
  /** In the order in which they were sealed, of each side. */
  readonly frames: RecordedFrame[] = [];
  /** A dump after each step. */
  readonly dumps: Both<PairState>[] = [];
  readonly #inFlight: FrameInFlight[] = [];
  readonly #nowMs = Date.now();
  #pair: Both<PairState>;

  private constructor(pair: Both<PairState>) {
    this.#pair = pair;
    this.#dump();
  }

  static async start(): Promise<Recording> {
    return new Recording(await makePairStates());
  }

  /** Says something and delivers it, with all control frames that the thresholds cause. */
  async say(from: Side, thresholds = NO_RENEWAL): Promise<void> {
    const body = new Uint8Array([this.frames.length & 0xff]);
    const { next, frame, consumed } = await sealFrame(this.#pair[from], CONTENT_PDU, body);
    this.#adopt(from, { next, frames: [frame], consumed });
    await this.#renew(from, thresholds);
    await this.#deliverAll(thresholds);
  }

  /** Starts a KEM rekey or a rotation on one side and runs it to its end. */
  async renew(from: Side, what: 'rekey' | 'rotate'): Promise<void> {
    const start = what === 'rekey' ? { rekeyAfterMessages: 0 } : { rotateAfterFrames: 0 };
    await this.#renew(from, { ...NO_RENEWAL, ...start });
    await this.#deliverAll(NO_RENEWAL);
  }

  async #deliverAll(thresholds: RenewalThresholds): Promise<void> {
    for (let next = this.#inFlight.shift(); next !== undefined; next = this.#inFlight.shift()) {
      await this.#deliver(next, thresholds);
    }
  }

  async #deliver({ from, frame, sealedAt }: FrameInFlight, thresholds: RenewalThresholds): Promise<void> {
    const to = otherSide(from);
    const opened = await openStepwise(this.#pair[to], frame);
    if (opened.kind === 'rejected') throw opened.error;
    const isControl = opened.contentKind === CONTENT_CONTROL;
    const body = opened.body.slice();
    const step = isControl
      ? await acceptControl(opened.next, body, thresholds, this.#nowMs)
      : { next: opened.next, frames: [], consumed: [] };
    const { bytes, consumed } = opened;
    this.#adopt(to, { ...step, consumed: [...consumed, ...step.consumed] });
    const index = this.frames.filter(other => other.from === from).length;
    this.frames.push({ from, index, isControl, body, bytes, sealedAt, openedAt: this.dumps.length - 1 });
    await this.#renew(to, thresholds);
  }

  async #renew(side: Side, thresholds: RenewalThresholds): Promise<void> {
    const step = await renewKeys(this.#pair[side], thresholds, this.#nowMs);
    if (step.next !== this.#pair[side]) this.#adopt(side, step);
  }

  /** The session's commit: the new state, wiping, and then the frames. */
  #adopt(side: Side, step: ControlStep): void {
    this.#pair = { ...this.#pair, [side]: step.next };
    wipe(...step.consumed);
    this.#dump();
    const sealedAt = this.dumps.length - 1;
    for (const frame of step.frames) this.#inFlight.push({ from: side, frame, sealedAt });
  }

  #dump(): void {
    this.dumps.push({ a: steal(this.#pair.a), b: steal(this.#pair.b) });
  }
}

/** Both directions, bursts, one-way streams, three KEM rekeys, two rotations, DH ratchet steps. */
export async function recordConversation(): Promise<Recording> {
  const recording = await Recording.start();
  const { say, renew } = {
    say: async (turns: string) => {
      for (const side of turns) await recording.say(side as Side);
    },
    renew: recording.renew.bind(recording),
  };
  await say('aaabab');
  await renew('b', 'rekey');
  await say('abbba');
  await renew('a', 'rotate');
  await say('aaabb');
  await renew('a', 'rekey');
  await say('bab');
  await renew('b', 'rotate');
  await say('ab');
  await renew('b', 'rekey');
  await say('baab');
  return recording;
}

/** A long stream of one side under the profile's own thresholds. */
export async function recordStream(from: Side, messages: number): Promise<Recording> {
  const recording = await Recording.start();
  for (let i = 0; i < messages; i++) await recording.say(from, RENEWAL_THRESHOLDS);
  return recording;
}

/** Strictly taking turns, nothing renewed: what the Double Ratchet does alone. */
export async function recordTurns(rounds: number): Promise<Recording> {
  const recording = await Recording.start();
  for (let i = 0; i < rounds; i++) {
    await recording.say('a');
    await recording.say('b');
  }
  return recording;
}
