/**
 * A recording as a file that every browser plays and seeks in: Opus in Ogg (RFC 7845), with its shape in a comment. What
 * recorders write says neither how long it is nor where anything stands; nothing is encoded anew. Over Mediabunny.
 */
import {
  ALL_FORMATS,
  BlobSource,
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacketSink,
  Input,
  OggOutputFormat,
  Output,
} from 'mediabunny';

export interface Recorded {
  readonly blob: Blob;
  /** Name and value of the comment that stands in it, once its length is known. */
  tag(durationS: number): readonly [string, string];
}

/** Rejects with an Error when it is no Opus: it is not sent, then. */
export async function voiceFile({ blob, tag }: Recorded, name: string): Promise<File> {
  const input = new Input({ formats: ALL_FORMATS, source: new BlobSource(blob) });
  try {
    const track = await input.getPrimaryAudioTrack();
    const decoderConfig = await track?.getDecoderConfig();
    if (track?.codec !== 'opus' || !decoderConfig) throw new Error('not Opus');
    const target = new BufferTarget();
    const output = new Output({ format: new OggOutputFormat(), target });
    const source = new EncodedAudioPacketSource('opus');
    output.addAudioTrack(source);
    const [key, value] = tag(await track.computeDuration());
    output.setMetadataTags({ raw: { [key]: value } });
    await output.start();
    for await (const packet of new EncodedPacketSink(track).packets()) {
      await source.add(packet, { decoderConfig });
    }
    await output.finalize();
    if (target.buffer === null) throw new Error('empty');
    return new File([target.buffer], `${name}.ogg`, { type: 'audio/ogg' });
  } finally {
    input.dispose();
  }
}
