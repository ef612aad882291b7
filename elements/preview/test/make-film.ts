/** Small films, made by the browser's own encoders: pictures that do not compress, a key picture each second. */
import { BufferTarget, CanvasSource, Mp4OutputFormat, Output, WebMOutputFormat } from 'mediabunny';

const FPS = 5;
const SIDE = 128;

export async function makeFilm(
  container: 'mp4' | 'webm',
  { seconds, bitrate = 1_000_000 }: { seconds: number; bitrate?: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const target = new BufferTarget();
  const format =
    container === 'mp4' ? new Mp4OutputFormat({ fastStart: 'in-memory' }) : new WebMOutputFormat();
  const output = new Output({ format, target });
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const source = new CanvasSource(canvas, {
    codec: container === 'mp4' ? 'vp9' : 'vp8',
    bitrate,
    keyFrameInterval: 1,
  });
  output.addVideoTrack(source);
  await output.start();
  for (let frame = 0; frame < seconds * FPS; frame++) {
    drawNoise(canvas);
    await source.add(frame / FPS, 1 / FPS);
  }
  await output.finalize();
  if (target.buffer === null) throw new Error('no film');
  return new Uint8Array(target.buffer);
}

function drawNoise(canvas: OffscreenCanvas): void {
  const picture = new ImageData(SIDE, SIDE);
  crypto.getRandomValues(new Uint8Array(picture.data.buffer));
  for (let at = 3; at < picture.data.length; at += 4) picture.data[at] = 255;
  canvas.getContext('2d')?.putImageData(picture, 0, 0);
}
