/** How often each kind of step is taken, and what texts are written: the weights of a run. */
import type { SeededRandom } from './random.ts';

export const STEP_KINDS = [
  'deliver',
  'deliver-link',
  'send',
  'send-both',
  'tick',
  'wait',
  'cut',
  'hold',
  'tamper',
  'crash',
  'arm-crash',
  'boot',
  'path',
  'broker',
  'partition',
  'clock-jump',
  'copy',
  'restore',
  'page',
  'agree',
  'reconnect',
] as const;

export type StepKind = (typeof STEP_KINDS)[number];
export type StepWeights = Readonly<Record<StepKind, number>>;

/**
 * `reliable`: what a real data channel and real people do; nobody is ever at fault, so nothing may stop.
 * `restores`: the same, and devices go back to old copies. `hostile`: also, the network tampers with frames.
 */
export type RunKind = 'reliable' | 'restores' | 'hostile';

export const RUN_KINDS: readonly RunKind[] = ['reliable', 'restores', 'hostile'];

const BASE: StepWeights = {
  deliver: 52,
  'deliver-link': 12,
  send: 6,
  'send-both': 2,
  tick: 10,
  wait: 0.4,
  cut: 0.6,
  hold: 0.5,
  tamper: 0,
  crash: 0.3,
  'arm-crash': 2,
  boot: 5,
  path: 0.5,
  broker: 0.3,
  partition: 0.15,
  'clock-jump': 0.3,
  copy: 0,
  restore: 0,
  page: 2,
  agree: 1,
  reconnect: 0.5,
};

export function weightsOf(kind: RunKind): StepWeights {
  switch (kind) {
    case 'reliable':
      return BASE;
    case 'restores':
      return { ...BASE, copy: 0.6, restore: 0.2 };
    case 'hostile':
      return { ...BASE, copy: 0.5, restore: 0.15, tamper: 1.2, reconnect: 1.5 };
  }
}

/** In every text, so that a scan finds any of them. */
export const CANARY = 'canary-4711';

/** A text that occurs once in a run: mostly a line, now and then a page. */
export function makeText(random: SeededRandom, from: string, number: number): string {
  const length = random.chance(0.02) ? random.int(1_000, 20_000) : random.int(0, 150);
  return `${CANARY} ${from} #${number} ${'ünïcode 😀 '.repeat(length / 10)}`;
}
