/**
 * Encoded packets of a film, from a moment on, as one stream that Media Source Extensions take: fragmented MP4 (ISO/IEC
 * 14496-12 §8.8) or WebM. Nothing is decoded or encoded: the same pictures and sounds in another container.
 */
import {
  EncodedAudioPacketSource,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  Output,
  StreamTarget,
  WebMOutputFormat,
  type EncodedPacket,
} from 'mediabunny';
import type { Film } from './film.ts';

const FRAGMENT_S = 0.5;

export interface RemuxOptions {
  /** The one that the browser streams these codecs in. */
  readonly container: 'mp4' | 'webm';
  /** From the key picture before it. */
  readonly timeS: number;
  readonly signal: AbortSignal;
  /** Takes what comes next, and is waited for. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** A track on its way: what comes next of it, and where it goes. */
interface Lane {
  next: EncodedPacket | null;
  readonly rest: AsyncGenerator<EncodedPacket, void, unknown>;
  add(packet: EncodedPacket): Promise<void>;
  close(): void;
}

/** Writes everything from there to the end. Resolves then, or early once `signal` aborts. */
export async function remux(film: Film, { container, timeS, write, signal }: RemuxOptions): Promise<void> {
  const output = new Output({
    format:
      container === 'mp4'
        ? new Mp4OutputFormat({ fastStart: 'fragmented', minimumFragmentDuration: FRAGMENT_S })
        : new WebMOutputFormat({ appendOnly: true, minimumClusterDuration: FRAGMENT_S }),
    target: new StreamTarget(new WritableStream({ write: ({ data }) => write(data.slice()) })),
  });
  const lanes = await openLanes(film, output, timeS);
  try {
    await output.start();
    while (!signal.aborted) {
      const lane = earliest(lanes);
      if (lane === null) return await output.finalize();
      await lane.add(lane.next as EncodedPacket);
      lane.next = (await lane.rest.next()).value ?? null;
      if (lane.next === null) lane.close(); // or fragments would wait for more of it
    }
    await output.cancel();
  } finally {
    await Promise.all(lanes.map(lane => lane.rest.return()));
  }
}

function earliest(lanes: readonly Lane[]): Lane | null {
  const going = lanes.filter(({ next }) => next !== null);
  return going.reduce<Lane | null>(
    (first, lane) => (first === null || timeOf(lane) < timeOf(first) ? lane : first),
    null,
  );
}

const timeOf = ({ next }: Lane): number => next?.timestamp ?? Number.POSITIVE_INFINITY;

async function openLanes(film: Film, output: Output, timeS: number): Promise<Lane[]> {
  const start = await film.startFor(timeS);
  const lanes: Lane[] = [];
  const { video, audio } = film;
  if (video !== null && start.video !== null) {
    const codec = await video.track.getCodec();
    const decoderConfig = await video.track.getDecoderConfig();
    if (codec === null || decoderConfig === null) throw new Error('a track without codec');
    const source = new EncodedVideoPacketSource(codec);
    output.addVideoTrack(source, { rotation: await video.track.getRotation() });
    lanes.push(
      await lane(video.sink.packets(start.video), source, packet => source.add(packet, { decoderConfig })),
    );
  }
  if (audio !== null && start.audio !== null) {
    const codec = await audio.track.getCodec();
    const decoderConfig = await audio.track.getDecoderConfig();
    if (codec === null || decoderConfig === null) throw new Error('a track without codec');
    const source = new EncodedAudioPacketSource(codec);
    output.addAudioTrack(source);
    lanes.push(
      await lane(audio.sink.packets(start.audio), source, packet => source.add(packet, { decoderConfig })),
    );
  }
  return lanes;
}

async function lane(
  rest: Lane['rest'],
  source: { close(): void },
  add: (packet: EncodedPacket) => Promise<void>,
): Promise<Lane> {
  // Sounds may begin before zero, where an encoder put its delay: those are not to be heard.
  let first = await rest.next();
  while (!first.done && first.value.timestamp < 0) first = await rest.next();
  return { next: first.value ?? null, rest, add, close: () => source.close() };
}
