/**
 * What is in a media file, read from its index alone: tracks, codecs, duration, and encoded packets from any moment on.
 * A file of hours is as quick to open as one of seconds. Nothing is decoded here. Over Mediabunny (decision 0031).
 */
import {
  ALL_FORMATS,
  CustomSource,
  EncodedPacketSink,
  Input,
  type EncodedPacket,
  type InputAudioTrack,
  type InputVideoTrack,
} from 'mediabunny';
import type { ByteSource } from '../preview-item.ts';

const CACHE_BYTES = 16 * 1024 * 1024;

/** One track of a film, and its packets. */
export interface FilmTrack<T extends InputAudioTrack | InputVideoTrack> {
  readonly track: T;
  readonly sink: EncodedPacketSink;
}

export class Film {
  private constructor(
    readonly input: Input,
    readonly video: FilmTrack<InputVideoTrack> | null,
    readonly audio: FilmTrack<InputAudioTrack> | null,
    /** As in `codecs=` of a media type, RFC 6381. */
    readonly codecs: string,
    readonly durationS: number,
    /** Rejects once bytes cannot be had; whoever reads on waits for ever. */
    readonly failure: Promise<never>,
  ) {}

  /** Null: a container that is not known, or nothing in it that can be played. Rejects when bytes cannot be had. */
  static open(source: ByteSource): Promise<Film | null> {
    let fail: (error: unknown) => void = () => undefined;
    const failure = new Promise<never>((_, reject) => (fail = reject));
    failure.catch(() => undefined); // whoever reads hears of it
    const input = new Input({
      formats: ALL_FORMATS,
      source: new CustomSource({
        getSize: () => source.sizeBytes,
        // Never rejects: reads ahead have nobody who would hear of it.
        read: (start, end) =>
          source.read(start, end - start).catch((error: unknown) => {
            fail(error);
            return new Promise<never>(() => undefined);
          }),
        maxCacheSize: CACHE_BYTES,
        prefetchProfile: 'fileSystem',
      }),
    });
    return Promise.race([Film.#read(input, failure), failure]);
  }

  static async #read(input: Input, failure: Promise<never>): Promise<Film | null> {
    if (!(await input.canRead())) return dispose(input);
    const [video, audio] = await Promise.all([input.getPrimaryVideoTrack(), input.getPrimaryAudioTrack()]);
    const codecs = await Promise.all(
      [video, audio].map(async track => track?.getCodecParameterString() ?? null),
    );
    const isKnown = [video, audio].every((track, index) => track === null || codecs[index] !== null);
    if ((video === null && audio === null) || !isKnown) return dispose(input);
    const durationS = (await input.getDurationFromMetadata()) ?? (await input.computeDuration());
    return new Film(
      input,
      video && { track: video, sink: new EncodedPacketSink(video) },
      audio && { track: audio, sink: new EncodedPacketSink(audio) },
      codecs.filter(codec => codec !== null).join(', '),
      durationS,
      failure,
    );
  }

  /** The media type of a stream with these tracks. */
  typeIn(container: 'mp4' | 'webm'): string {
    return `${this.video === null ? 'audio' : 'video'}/${container}; codecs="${this.codecs}"`;
  }

  /** Where playing can begin to show what is at `timeS`: the key picture before it. */
  async startFor(timeS: number): Promise<{ video: EncodedPacket | null; audio: EncodedPacket | null }> {
    const video =
      (await this.video?.sink.getKeyPacket(timeS)) ?? (await this.video?.sink.getFirstKeyPacket()) ?? null;
    const from = video?.timestamp ?? timeS;
    const audio =
      (await this.audio?.sink.getPacket(from)) ?? (await this.audio?.sink.getFirstPacket()) ?? null;
    return { video, audio };
  }

  close(): void {
    this.input.dispose();
  }
}

function dispose(input: Input): null {
  input.dispose();
  return null;
}
