/** Two sessions and the ordered channel between them, in memory. For tests and benches only. */
import type { RenewalThresholds } from '../../cascade/control.ts';
import type { OpenResult } from '../../cascade/pair-session.ts';
import { PairSession } from '../../cascade/pair-session.ts';
import type { SealedFrame } from '../../frame/frame.ts';
import { makePairStates } from './make-pair.ts';
import type { Both } from './make-pair.ts';

/** One end: its session, what is in flight to it, and what it received. */
export interface LinkEnd {
  readonly session: PairSession;
  readonly inFlight: SealedFrame[];
  readonly received: Uint8Array[];
  readonly results: OpenResult[];
}

export interface Link extends Both<LinkEnd> {
  /** Opens the oldest frame in flight to `end`, if any. */
  deliver(end: LinkEnd): Promise<OpenResult | null>;
  /** Delivers until nothing is in flight in either direction. */
  settle(): Promise<void>;
  /** The clock that both sides read. */
  nowMs: number;
}

export async function makeLink(
  unsafeTestingThresholds: { a?: Partial<RenewalThresholds>; b?: Partial<RenewalThresholds> } = {},
): Promise<Link> {
  const start = Date.now();
  const states = await makePairStates(start);
  const makeEnd = (end: 'a' | 'b'): LinkEnd => ({
    session: new PairSession(states[end], null, {
      unsafeTestingThresholds: unsafeTestingThresholds[end] ?? {},
    }),
    inFlight: [],
    received: [],
    results: [],
  });
  const link: Link = {
    a: makeEnd('a'),
    b: makeEnd('b'),
    nowMs: start,
    async deliver(end) {
      const frame = end.inFlight.shift();
      if (frame === undefined) return null;
      const result = await end.session.open(frame);
      end.results.push(result);
      if (result.kind === 'pdu') end.received.push(result.bytes);
      return result;
    },
    async settle() {
      while (link.a.inFlight.length + link.b.inFlight.length > 0) {
        await link.deliver(link.a);
        await link.deliver(link.b);
      }
    },
  };
  const nowMs = (): number => link.nowMs;
  link.a.session.attach({ emit: frame => void link.b.inFlight.push(frame), nowMs });
  link.b.session.attach({ emit: frame => void link.a.inFlight.push(frame), nowMs });
  return link;
}
