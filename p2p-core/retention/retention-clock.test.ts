import { expect } from '@esm-bundle/chai';
import { RETENTION_MAX_STEP_MS } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import { RetentionClock } from './retention-clock.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** A device's clock that stands still until it is set. */
class SetClock implements Clock {
  constructor(public ms: number) {}
  nowMs(): number {
    return this.ms;
  }
  setTimer(): () => void {
    return () => undefined;
  }
}

describe('the retention clock', () => {
  it('P2P-RET-06: goes with the device’s clock, also over a sleep', () => {
    const device = new SetClock(100 * DAY_MS);
    const clock = new RetentionClock(device, 0);
    for (const stepMs of [1, MINUTE_MS, 3 * DAY_MS]) {
      device.ms += stepMs;
      expect(clock.nowMs()).to.equal(device.ms);
    }
  });

  it('P2P-RET-06: a device’s clock that is set back does not take it back, and it goes on', () => {
    const device = new SetClock(100 * DAY_MS);
    const clock = new RetentionClock(device, 0);
    device.ms -= 50 * DAY_MS;
    expect(clock.nowMs()).to.equal(100 * DAY_MS);
    for (let minutes = 1; minutes <= 60; minutes++) {
      device.ms += MINUTE_MS;
      expect(clock.nowMs()).to.equal(100 * DAY_MS + minutes * MINUTE_MS);
    }
  });

  it('P2P-RET-06: a device’s clock that is set right again takes nothing ahead of its time', () => {
    const device = new SetClock(100 * DAY_MS);
    const clock = new RetentionClock(device, 0);
    device.ms -= DAY_MS;
    clock.nowMs();
    device.ms += MINUTE_MS;
    clock.nowMs();
    device.ms += DAY_MS; // the right time is one minute after the beginning
    expect(clock.nowMs()).to.equal(100 * DAY_MS + MINUTE_MS);
  });

  it('P2P-RET-06: begins where an earlier start had come to', () => {
    const device = new SetClock(100 * DAY_MS);
    const clock = new RetentionClock(device, 130 * DAY_MS);
    expect(clock.nowMs()).to.equal(130 * DAY_MS);
    device.ms += RETENTION_MAX_STEP_MS;
    expect(clock.nowMs()).to.equal(130 * DAY_MS + RETENTION_MAX_STEP_MS);
    expect(clock.toDeviceMs(130 * DAY_MS)).to.equal(100 * DAY_MS);
  });
});
