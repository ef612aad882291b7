import { expect } from '@esm-bundle/chai';
import { dayLabel, daysBetween, relativeTime } from './time.ts';

const NOON = new Date(2026, 2, 18, 12, 0).getTime(); // A Wednesday.
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe('time in words', () => {
  it('says "now" within the first minute and counts minutes within the first hour', () => {
    expect(relativeTime(NOON - 59_999, NOON)).to.equal('now');
    expect(relativeTime(NOON - MINUTE_MS, NOON)).to.equal('1 min');
    expect(relativeTime(NOON - 59 * MINUTE_MS, NOON)).to.equal('59 min');
  });

  it('goes from the clock to yesterday to the weekday to the date', () => {
    expect(relativeTime(NOON - 3 * HOUR_MS, NOON)).to.match(/9.00/);
    expect(relativeTime(NOON - DAY_MS, NOON)).to.equal('Yesterday');
    expect(relativeTime(NOON - 2 * DAY_MS, NOON)).to.equal('Mon');
    expect(relativeTime(NOON - 7 * DAY_MS, NOON)).to.contain('11');
    expect(relativeTime(NOON - 400 * DAY_MS, NOON)).to.contain('2025');
  });

  it('does not call the future "now": a peer whose clock is ahead', () => {
    expect(relativeTime(NOON + 5 * MINUTE_MS, NOON)).to.match(/12.05/);
  });

  it('counts local calendar days, not spans of 24 hours', () => {
    const lateEvening = new Date(2026, 2, 17, 23, 59).getTime();
    const earlyMorning = new Date(2026, 2, 18, 0, 1).getTime();
    expect(daysBetween(lateEvening, earlyMorning)).to.equal(1);
    expect(dayLabel(lateEvening, earlyMorning)).to.equal('Yesterday');
    expect(dayLabel(earlyMorning, NOON)).to.equal('Today');
  });
});
