/** The table of SPEC.md §20, made of what was measured. */
import type { PastFigures, RenewalFigures, StreamFigures } from './measure.ts';
import { measureAesPast, measureFollowing, measurePast, measureRenewals } from './measure.ts';
import { measureRoundTrips, measureStream } from './measure.ts';
import { recordConversation } from './recording.ts';

export interface CompromiseFigures {
  readonly past: PastFigures;
  readonly aesPastFrames: number;
  readonly mlsFollowed: number;
  readonly kem: RenewalFigures;
  readonly aes: RenewalFigures;
  readonly roundTrips: { readonly signal: number; readonly frames: number };
  readonly stream: StreamFigures;
}

/** Runs every attack: some seconds. */
export async function measureCompromise(): Promise<CompromiseFigures> {
  const recording = await recordConversation();
  return {
    past: await measurePast(recording, 5, 4),
    aesPastFrames: await measureAesPast(),
    mlsFollowed: await measureFollowing(recording, 'mls', 3),
    kem: await measureRenewals(recording, 'kem', 1),
    aes: await measureRenewals(recording, 'aes', 1),
    roundTrips: await measureRoundTrips(5),
    stream: await measureStream(230, 25),
  };
}

/** Rows of Markdown cells: layer, what a dump opens of the past, when a passive thief is out. */
export function compromiseRows(figures: CompromiseFigures): readonly (readonly string[])[] {
  const { past, aesPastFrames, mlsFollowed, kem, aes, roundTrips, stream } = figures;
  const nothing = (opened: number): string => (opened === 0 ? 'nothing' : `${opened} of ${past.tried}`);
  const renewals = ({ usual, withOwnHalfStolen }: RenewalFigures, noun: string): string =>
    `${count(usual, noun)}; ${withOwnHalfStolen} if the dump held the private half of one under way`;
  return [
    ['MLS', nothing(past.opened.mls), mlsFollowed === 1 ? 'not in this connection' : `${mlsFollowed}`],
    ['Signal', nothing(past.opened.signal), count(roundTrips.signal, 'round trip')],
    ['ML-KEM', nothing(past.opened.kem), renewals(kem, 'rekey')],
    ['AES', `the last ${thousands(aesPastFrames)} frames at most`, renewals(aes, 'rotation')],
    ['all four, taking turns', nothing(past.framesOpened), count(roundTrips.frames, 'round trip')],
    [
      'all four, one-way stream',
      nothing(past.framesOpened),
      `${count(Math.max(stream.frames, stream.kem, stream.kemWithOfferStolen), 'message')}`,
    ],
  ];
}

function count(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`;
}

function thousands(value: number): string {
  return value.toLocaleString('en-US');
}
