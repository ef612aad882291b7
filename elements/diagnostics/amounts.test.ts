import { expect } from '@esm-bundle/chai';
import { agoText, bytesText, countText, durationText, millisecondsText, rateText } from './amounts.ts';

describe('amounts in words', () => {
  it('bytes have decimal units and at most three digits', () => {
    const cases: [number, string][] = [
      [0, '0 B'],
      [999, '999 B'],
      [999.6, '1 kB'],
      [1_000, '1 kB'],
      [1_240, '1.2 kB'],
      [48_900, '49 kB'],
      [999_600, '1 MB'],
      [10_737_418_240, '11 GB'],
    ];
    for (const [bytes, text] of cases) expect(bytesText(bytes)).to.equal(text);
    expect(rateText(1_240.4)).to.equal('1.2 kB/s');
    expect(rateText(null)).to.equal('–');
  });

  it('times are whole units, and the shortest is said as such', () => {
    expect([0.4, 2.44, 9.96, 12.3, null].map(millisecondsText)).to.deep.equal([
      '< 1 ms',
      '2.4 ms',
      '10 ms',
      '12 ms',
      '–',
    ]);
    const durations = [-5, 59_999, 60_000, 3_599_999, 3_600_000, 86_400_000, 172_800_000].map(durationText);
    expect(durations).to.deep.equal(['0 s', '59 s', '1 min', '59 min', '1 h', '1 day', '2 days']);
    expect([agoText(1_000, 1_500), agoText(1_000, 61_000)]).to.deep.equal(['just now', '1 min ago']);
    expect(countText(12_345)).to.equal('12,345');
  });
});
