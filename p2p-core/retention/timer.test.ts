import { expect } from '@esm-bundle/chai';
import type { TimerRecord } from '../storage/records.ts';
import { NO_TIMER, isSameTimer, isStricter, timerFields } from './timer.ts';

const timers: readonly TimerRecord[] = [0, 5, 60].flatMap(lifetimeS => [
  { startsAt: 'sending', lifetimeS },
  { startsAt: 'reading', lifetimeS },
]);

describe('timers', () => {
  it('P2P-RET-03: of two different ones exactly one is stricter, whoever compares', () => {
    for (const a of timers) {
      for (const b of timers) {
        const count = Number(isStricter(a, b)) + Number(isStricter(b, a));
        expect(count, JSON.stringify([a, b])).to.equal(isSameTimer(a, b) ? 0 : 1);
      }
    }
  });

  it('P2P-RET-03: a shorter one is stricter than a longer one, and that than none', () => {
    const [hour, day] = [3_600, 86_400].map(lifetimeS => ({ startsAt: 'reading', lifetimeS }) as const);
    if (hour === undefined || day === undefined) throw new RangeError();
    expect([isStricter(hour, day), isStricter(day, NO_TIMER), isStricter(NO_TIMER, hour)]).to.deep.equal([
      true,
      true,
      false,
    ]);
    expect(timerFields(NO_TIMER)).to.deep.equal({});
  });
});
