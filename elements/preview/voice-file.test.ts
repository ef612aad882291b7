import { parseWaveform, waveformTag, WAVEFORM_BARS, WAVEFORM_HEAD_BYTES } from '@enk/internal';
import { expect } from '@esm-bundle/chai';
import { AudioSample, AudioSampleSource, BufferTarget, Output, WebMOutputFormat } from 'mediabunny';
import { voiceFile } from './media/voice-file.ts';

const RATE = 48_000;

/** A second of a tone as recorders write it, by the browser's own encoder: WebM that does not say how long it is. */
async function record(): Promise<Blob> {
  const target = new BufferTarget();
  const output = new Output({ format: new WebMOutputFormat({ appendOnly: true }), target });
  const source = new AudioSampleSource({ codec: 'opus', bitrate: 32_000 });
  output.addAudioTrack(source);
  await output.start();
  const data = Float32Array.from({ length: RATE }, (_, at) => Math.sin((at * 440 * 2 * Math.PI) / RATE) / 2);
  const sample = new AudioSample({
    data,
    format: 'f32',
    numberOfChannels: 1,
    sampleRate: RATE,
    timestamp: 0,
  });
  await source.add(sample);
  sample.close();
  await output.finalize();
  return new Blob([target.buffer ?? '']);
}

describe('voice messages', () => {
  it('become Opus in Ogg with their length and shape, and say nothing of who recorded them', async () => {
    const blob = await record();
    const bars = Array.from({ length: WAVEFORM_BARS }, (_, at) => at % 32);
    const file = await voiceFile(
      { blob, tag: durationS => waveformTag({ bars, durationS }) },
      'Voice message',
    );
    expect([file.name, file.type]).to.deep.equal(['Voice message.ogg', 'audio/ogg']);
    const head = new Uint8Array(await file.slice(0, WAVEFORM_HEAD_BYTES).arrayBuffer());
    expect(String.fromCharCode(...head.subarray(0, 4))).to.equal('OggS');
    const waveform = parseWaveform(head);
    expect(waveform?.bars).to.deep.equal(bars);
    expect(String.fromCharCode(...head)).to.not.match(/Chrome|Firefox|ENCODER/iu);
    const audio = new Audio(URL.createObjectURL(file));
    await new Promise((resolve, reject) => {
      audio.addEventListener('loadedmetadata', resolve);
      audio.addEventListener('error', reject);
    });
    expect(audio.duration).to.be.closeTo(1, 0.1);
    expect(waveform?.durationS).to.be.within(1, 2);
    audio.currentTime = 0.3;
    await new Promise(resolve => audio.addEventListener('seeked', resolve));
    expect(audio.currentTime).to.be.closeTo(0.3, 0.1);
    URL.revokeObjectURL(audio.src);
  });

  it('what is no sound becomes no file', async () => {
    const failed = await voiceFile({ blob: new Blob(['x'.repeat(500)]), tag: () => ['A', 'B'] }, 'a').then(
      () => 'made',
      () => 'refused',
    );
    expect(failed).to.equal('refused');
  });
});
