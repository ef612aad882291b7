/** What a thief can and cannot open, counted over many dumps of recorded conversations. SPEC.md §20 (CC-CMP). */
import { createAesState } from '../../aes/aes-state.ts';
import { aesLayer } from '../../aes/aes-layer.ts';
import { randomBytes } from '../../bytes/random.ts';
import type { PairState } from '../../cascade/pair-state.ts';
import { makePairStates } from '../support/make-pair.ts';
import { LAYER_IDS } from '../support/stepwise.ts';
import type { LayerId } from '../support/stepwise.ts';
import { recordStream, recordTurns, steal } from './recording.ts';
import type { RecordedFrame, Recording, Side } from './recording.ts';
import { Thief } from './thief.ts';

/** One side's dump. */
interface Theft {
  readonly victim: Side;
  readonly at: number;
  readonly stolen: PairState;
  /** Frames that the victim had sent or opened by then, and all others. */
  readonly before: readonly RecordedFrame[];
  readonly after: readonly RecordedFrame[];
}

/** Every `every`-th dump of both sides, and each one with a renewal under way. */
export function thefts(recording: Recording, every: number): Theft[] {
  return recording.dumps.flatMap((dump, at) =>
    (['a', 'b'] as const).flatMap(victim => {
      const stolen = dump[victim];
      const isPending = stolen.kem.offer !== null || stolen.aes.ownRotation !== null;
      if (at % every !== 0 && !isPending) return [];
      const isBefore = ({ from, sealedAt, openedAt }: RecordedFrame): boolean =>
        (from === victim ? sealedAt : openedAt) <= at;
      const before = recording.frames.filter(isBefore);
      const after = recording.frames.filter(frame => !isBefore(frame));
      return [{ victim, at, stolen, before, after }];
    }),
  );
}

/** How many earlier ciphertexts of each layer open with a dump, and how many were tried. */
export interface PastFigures {
  readonly dumps: number;
  readonly tried: number;
  readonly opened: Readonly<Record<LayerId, number>>;
  /** Whole frames. */
  readonly framesOpened: number;
}

/** Tries the `last` frames before each theft, and the first of the connection. */
export async function measurePast(recording: Recording, every: number, last: number): Promise<PastFigures> {
  const opened = { mls: 0, signal: 0, kem: 0, aes: 0 };
  let [tried, framesOpened, dumps] = [0, 0, 0];
  for (const { victim, stolen, before } of thefts(recording, every)) {
    dumps++;
    const thief = new Thief(victim, stolen);
    for (const frame of [...before.slice(0, 1), ...before.slice(1).slice(-last)]) {
      tried++;
      const results = new Set<boolean>();
      for (const id of LAYER_IDS) {
        const isOpen = await thief.opensPast(id, frame);
        if (isOpen) opened[id]++;
        results.add(isOpen);
      }
      if (!results.has(false)) framesOpened++;
    }
  }
  return { dumps, tried, opened, framesOpened };
}

/** The longest run of earlier frames of one direction that a dump opens at the AES layer, which keeps its key a while. */
export async function measureAesPast(): Promise<number> {
  const [th1, root] = [randomBytes(32), randomBytes(32)];
  const create = (role: 'A' | 'B') => createAesState({ role, root: root.slice(), th1, nowMs: 0 });
  const stolen = steal((await makePairStates()).b);
  let [a, b] = [await create('A'), await create('B')];
  const frames: RecordedFrame[] = [];
  let longest = 0;
  for (let i = 0; i < 2_052; i++) {
    const sealed = await aesLayer.seal(a, new Uint8Array(1));
    b = (await aesLayer.open(b, sealed.bytes)).next;
    a = sealed.next;
    frames.push(frameOf(sealed.bytes));
    // The key is replaced at multiples of 1,024 frames: look closely around them.
    if ((i + 3) % 1_024 > 4) continue;
    longest = Math.max(longest, await countOpened(new Thief('b', { ...stolen, aes: b }), frames));
  }
  return longest;
}

/** The latest frames that open, until one does not. */
async function countOpened(thief: Thief, frames: readonly RecordedFrame[]): Promise<number> {
  let opened = 0;
  for (const frame of frames.toReversed()) {
    if (!(await thief.opensPast('aes', frame))) break;
    opened++;
  }
  return opened;
}

function frameOf(aes: Uint8Array): RecordedFrame {
  const none = new Uint8Array(0);
  const bytes = { padded: none, mls: none, signal: none, kem: none, aes };
  return { from: 'a', index: 0, isControl: false, body: none, bytes, sealedAt: 0, openedAt: 0 };
}

/** After how many renewals of a layer a passive thief opens nothing more of it: at best, and with a half of one stolen. */
export interface RenewalFigures {
  readonly usual: number;
  readonly withOwnHalfStolen: number;
}

/** Generations that a thief still opens, counted from the one at the theft: the most over all dumps. */
export async function measureRenewals(
  recording: Recording,
  id: 'kem' | 'aes',
  every: number,
): Promise<RenewalFigures> {
  const most = { usual: 0, withOwnHalfStolen: 0 };
  for (const { victim, stolen, after } of thefts(recording, every)) {
    const thief = new Thief(victim, stolen);
    const begun = id === 'kem' ? stolen.kem.generation : stolen.aes.generation;
    const isPending = id === 'kem' ? stolen.kem.offer !== null : stolen.aes.ownRotation !== null;
    const key = isPending ? 'withOwnHalfStolen' : 'usual';
    for (const frame of after) {
      if (!(await thief.followLayer(id, frame))) continue;
      most[key] = Math.max(most[key], generationOf(id, frame) - begun + 1);
    }
  }
  return most;
}

function generationOf(id: 'kem' | 'aes', { bytes }: RecordedFrame): number {
  const { kem, aes } = bytes;
  return id === 'aes' ? (aes[2] as number) : new DataView(kem.buffer, kem.byteOffset).getUint32(0);
}

/** Share of later messages of a layer that a passive thief opens, over all dumps: 1 when it never heals. */
export async function measureFollowing(recording: Recording, id: LayerId, every: number): Promise<number> {
  let [opened, total] = [0, 0];
  for (const { victim, stolen, after } of thefts(recording, every)) {
    const thief = new Thief(victim, stolen);
    for (const frame of after) {
      total++;
      if (await thief.followLayer(id, frame)) opened++;
    }
  }
  return opened / total;
}

/** Round trips after which neither Signal alone nor the whole cascade opens, when the sides take turns. */
export async function measureRoundTrips(rounds: number): Promise<{ signal: number; frames: number }> {
  const recording = await recordTurns(rounds);
  const most = { signal: 0, frames: 0 };
  for (const { victim, stolen, after } of thefts(recording, 1)) {
    const [layer, whole] = [new Thief(victim, stolen), new Thief(victim, stolen)];
    for (const [index, frame] of after.entries()) {
      // Two messages, one each way, are one round trip.
      if (await layer.followLayer('signal', frame)) most.signal = Math.max(most.signal, index + 1);
      if (await whole.followFrame(frame)) most.frames = Math.max(most.frames, index + 1);
    }
  }
  return { signal: Math.ceil(most.signal / 2), frames: Math.ceil(most.frames / 2) };
}

/** Messages of a one-way stream that a thief still opens after the theft, at most, under the profile's thresholds. */
export interface StreamFigures {
  /** The whole cascade, as frames on the wire. */
  readonly frames: number;
  /** By ML-KEM alone, everything else given away: what counts against a quantum computer. */
  readonly kem: number;
  /** The same when the dump held the victim's own offer under way. */
  readonly kemWithOfferStolen: number;
}

export async function measureStream(messages: number, every: number): Promise<StreamFigures> {
  const most = { frames: 0, kem: 0, kemWithOfferStolen: 0 };
  const recording = await recordStream('a', messages);
  for (const { victim, stolen, after } of thefts(recording, every)) {
    const key = stolen.kem.offer === null ? 'kem' : 'kemWithOfferStolen';
    // Only thefts after which a whole round of renewals was recorded.
    if (after.filter(({ isControl }) => !isControl).length < 160) continue;
    most.frames = Math.max(most.frames, await followWhole(new Thief(victim, stolen), after));
    most[key] = Math.max(most[key], await followKem(new Thief(victim, stolen), after));
  }
  return most;
}

/** A direction that failed once stays shut: its counters are strict. */
async function followWhole(thief: Thief, after: readonly RecordedFrame[]): Promise<number> {
  const shut = new Set<Side>();
  let opened = 0;
  for (const frame of after) {
    if (shut.has(frame.from)) continue;
    if (!(await thief.followFrame(frame))) shut.add(frame.from);
    else if (!frame.isControl) opened++;
  }
  return opened;
}

async function followKem(thief: Thief, after: readonly RecordedFrame[]): Promise<number> {
  const shut = new Set<Side>();
  let opened = 0;
  for (const frame of after) {
    if (shut.has(frame.from)) continue;
    const isOpen = await thief.followLayer('kem', frame);
    // The answer that the thief needs comes from the other side, after its own direction still opens.
    if (!isOpen) shut.add(frame.from);
    else if (!frame.isControl) opened++;
  }
  return opened;
}
