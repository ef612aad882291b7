/**
 * One transfer that is cut again and again, in every way and at random places. What each cut costs is counted where
 * chunks leave: those of a run that the next run sends once more.
 */
import { expect } from '@esm-bundle/chai';
import { Sending } from '../../files/sending.ts';
import { FILE_TRANSFER_CHUNK_BYTES, FILE_WINDOW_BYTES } from '../../limits.ts';
import type { Peer } from '../support/peer.ts';
import {
  acceptOffer,
  closeStage,
  countChunks,
  expectReceived,
  offerStored,
  openStage,
  pattern,
  type Stage,
  untilDone,
} from './stage.ts';

const CUTS = 12;
const SIZE_BYTES = 24 * 2 ** 20 + 77;
/** Chunks that pass before the next cut, at most. */
const LONGEST_PEACE = 24;

/** One run of a transfer in one session. */
interface Run {
  /** The first chunk that the other side had not got. */
  readonly from: number;
  /** Chunks that left. */
  left: number;
}

type Method<R> = (this: Sending) => R;

/** Notes every run of every outgoing transfer from here on. */
function watchRuns(): { readonly runs: readonly Run[]; stop(): void } {
  const runs: Run[] = [];
  const running = new WeakMap<Sending, Run>();
  const prototype = Sending.prototype;
  const run = Reflect.get(prototype, 'run') as Method<Promise<void>>;
  const take = Reflect.get(prototype, 'take') as Method<Uint8Array>;
  prototype.run = function (this: Sending) {
    const noted = { from: this.ackedChunks, left: 0 };
    runs.push(noted);
    running.set(this, noted);
    return run.call(this);
  };
  prototype.take = function (this: Sending) {
    const noted = running.get(this);
    if (noted !== undefined) noted.left += 1;
    return take.call(this);
  };
  const stop = (): void => void Object.assign(prototype, { run, take });
  return { runs, stop };
}

async function reload(peer: Peer): Promise<void> {
  await peer.crash();
  await peer.boot();
}

const WAYS: readonly ((stage: Stage) => Promise<void>)[] = [
  async ({ network }) => network.cutAll(),
  async ({ network }) => network.cutAll('closed-remotely'),
  ({ alice }) => reload(alice),
  ({ bob }) => reload(bob),
];

/** The same sequence in every run of the test. */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function expectEachWithinWindow(runs: readonly Run[]): void {
  for (const [index, { from, left }] of runs.slice(0, -1).entries()) {
    const again = (from + left - (runs[index + 1]?.from ?? 0)) * FILE_TRANSFER_CHUNK_BYTES;
    expect(again, `cut ${index} sends again`).to.be.within(0, FILE_WINDOW_BYTES);
  }
}

export async function manyCuts(): Promise<void> {
  const stage = await openStage();
  const { network, alice, bob } = stage;
  const random = sequence(7);
  const watched = watchRuns();
  let [cuts, left] = [0, 1];
  let disturbed: Promise<void> | null = null;
  countChunks(network, alice, () => {
    if (disturbed !== null || cuts === CUTS || --left > 0) return;
    left = 1 + random(LONGEST_PEACE);
    const way = WAYS[(cuts + random(2)) % WAYS.length] as (typeof WAYS)[number];
    cuts += 1;
    disturbed = Promise.resolve()
      .then(() => way(stage))
      .finally(() => (disturbed = null));
  });
  try {
    const bytes = pattern(SIZE_BYTES, 4);
    await offerStored(alice, bytes);
    await acceptOffer(bob);
    await bob.until('the last cut', () => cuts === CUTS && disturbed === null);
    await untilDone(bob);
    await untilDone(alice);
    await expectReceived(bob, bytes);
    expect(watched.runs.length, 'runs').to.be.above(CUTS / 2);
    expectEachWithinWindow(watched.runs);
  } finally {
    watched.stop();
  }
  await closeStage(stage);
}
