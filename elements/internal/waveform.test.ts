import { expect } from '@esm-bundle/chai';
import { parseWaveform, waveformOf, waveformTag, WAVEFORM_BARS } from './waveform.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('waveforms', () => {
  it('come back as they were written, from anywhere in the head', () => {
    const bars = waveformOf(Array.from({ length: 500 }, (_, at) => at / 1_000));
    expect(bars).to.have.length(WAVEFORM_BARS);
    expect([bars[0], bars.at(-1)]).to.deep.equal([0, 31]);
    const [name, value] = waveformTag({ bars, durationS: 61.2 });
    expect(parseWaveform(bytesOf(`OggS…OpusTags ${name}=${value} and more`))).to.deep.equal({
      bars,
      durationS: 62,
    });
  });

  it('silence, one level and none are bars too', () => {
    for (const levels of [[], [0], [0.5], Array<number>(7).fill(0)]) {
      expect(waveformOf(levels)).to.have.length(WAVEFORM_BARS);
    }
    expect(Math.max(...waveformOf([0, 0]))).to.equal(0);
  });

  it('what others write is 64 levels or nothing', () => {
    for (const text of [
      '',
      'ENKWAVE=',
      `ENKWAVE=${'v'.repeat(63)}.5`,
      `ENKWAVE=${'v'.repeat(63)}w.5`,
      `XNKWAVE=${'v'.repeat(64)}.5`,
      `ENKWAVE=${'v'.repeat(64)}.x`,
    ]) {
      expect(parseWaveform(bytesOf(text)), text).to.equal(null);
    }
    expect(parseWaveform(bytesOf(' '.repeat(5_000) + `ENKWAVE=${'v'.repeat(64)}.5`))).to.equal(null);
  });
});
