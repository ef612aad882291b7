/** Frames as they are on the wire, beside what the encoder made, and whose keys open them. */
import { expect } from '@esm-bundle/chai';
import {
  addMember,
  connectMembers,
  framesDecoded,
  MediaMember,
  movingPicture,
  until,
  untilDecoded,
} from '../../test/support/media-call.ts';
import { tapMember, type Wiretap } from '../../test/support/wiretap.ts';
import { MediaKeys } from '../media-worker/media-keys.ts';
import { slotIndex } from '../media-slots.ts';

const CAMERA = slotIndex('camera');
/** So many bytes in a row of a compressed frame stand in no other by chance. */
const WINDOW_BYTES = 12;

interface Encoded {
  readonly type: 'key' | 'delta';
  readonly encoded: Uint8Array;
  readonly sealed: Uint8Array | null;
}

describe('frames and keys', function () {
  this.timeout(180_000);
  let picture: ReturnType<typeof movingPicture>;
  const ends: (() => void)[] = [];

  beforeEach(() => {
    picture = movingPicture();
    ends.push(() => picture.stop());
  });

  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  async function member(name: string, broken = ''): Promise<MediaMember> {
    const one = await MediaMember.create(name, broken);
    ends.push(() => one.close());
    return one;
  }

  async function tapOf(one: MediaMember): Promise<Wiretap> {
    const tap = await tapMember(one);
    ends.push(() => tap.close());
    return tap;
  }

  /** From here on a member's keys are in the test's hands. Resolves once another member's frames can open. */
  function takeKeys({ keys }: MediaMember): Promise<MediaKeys> {
    const { port1, port2 } = new MessageChannel();
    return new Promise(resolve => {
      const taken: MediaKeys = new MediaKeys(port1, {
        onSealing: () => undefined,
        onAnnounced: () => resolve(taken),
        onKeyless: () => undefined,
      });
      ends.push(() => taken.close());
      keys?.attach(port2);
    });
  }

  /** How many of these frames, each once, the keys open as this author's camera. */
  async function opened(
    keys: MediaKeys,
    author: MediaMember,
    frames: readonly Uint8Array[],
  ): Promise<{ readonly opened: number; readonly distinct: number }> {
    const distinct = [...new Map(frames.map(bytes => [bytes.join(), bytes])).values()];
    const all = await Promise.all(distinct.map(bytes => keys.open(author.id, CAMERA, bytes)));
    return { opened: all.filter(frame => frame !== null).length, distinct: distinct.length };
  }

  it('P2P-CAL-02: no frame on the wire equals what the encoder made, or holds a piece of it', async () => {
    const encoder: Encoded[] = [];
    const channel = new BroadcastChannel('encoder');
    channel.onmessage = ({ data }: MessageEvent<Encoded>) => encoder.push(data);
    ends.push(() => channel.close());
    const [a, b] = [await member('a', 'watched'), await member('b')];
    await connectMembers([a, b]);
    const tap = await tapOf(a);
    await a.media.setTrack('camera', picture.track);
    await tap.untilFrames(30);
    // Probes of the bandwidth repeat packets, so what was encoded may be less than what came off the wire.
    await until('30 frames of the encoder', () => (encoder.length >= 30 ? true : null));
    const pieces = new Set(encoder.flatMap(({ encoded }) => windows(encoded, WINDOW_BYTES)));
    const holdsPiece = (bytes: Uint8Array): boolean => windows(bytes, 1).some(piece => pieces.has(piece));
    for (const { encoded } of encoder) if (encoded.length > 40) expect(holdsPiece(encoded)).to.equal(true);
    expect(tap.frames.filter(({ bytes }) => holdsPiece(bytes))).to.deep.equal([]);
    const sealed = new Set(encoder.map(frame => frame.sealed?.join()));
    expect(
      tap.frames.every(({ bytes }) => sealed.has(bytes.join())),
      'all left as the worker made them',
    ).to.equal(true);
  });

  it('P2P-CAL-25: the receiving browser takes each frame for what it is, key or delta', async () => {
    const types = new Map<string, string>();
    const channel = new BroadcastChannel('encoder');
    channel.onmessage = ({ data }: MessageEvent<Encoded>) => {
      if (data.sealed !== null) types.set(data.sealed.join(), data.type);
    };
    ends.push(() => channel.close());
    const [a, b] = [await member('a', 'watched'), await member('b')];
    await connectMembers([a, b]);
    const tap = await tapOf(a);
    await a.media.setTrack('camera', picture.track);
    await tap.untilFrames(30);
    const seen = tap.frames.map(({ type }) => type);
    expect(seen).to.deep.equal(tap.frames.map(({ bytes }) => types.get(bytes.join())));
    expect(new Set(seen)).to.deep.equal(new Set(['key', 'delta']));
  });

  it('P2P-CAL-25: a frame whose type was changed on the way opens for nobody', async () => {
    const [a, b] = [await member('a'), await member('b')];
    await connectMembers([a, b]);
    const keys = await takeKeys(b);
    const tap = await tapOf(a);
    await a.media.setTrack('camera', picture.track);
    await tap.untilFrames(5);
    const [frame] = tap.frames.map(({ bytes }) => bytes) as [Uint8Array];
    for (const type of [1 - (frame[0] as number), 2]) {
      const changed = frame.slice();
      changed[0] = type;
      expect(await keys.open(a.id, CAMERA, changed)).to.equal(null);
    }
    expect(await keys.open(a.id, CAMERA, frame)).not.to.equal(null);
  });

  it('P2P-CAL-02: with a wrong key no frame decodes', async () => {
    const [a, b, c] = [await member('a'), await member('b'), await member('c')];
    await connectMembers([a, b]);
    await addMember(a, c, [a, b], a.groupId, new Uint8Array(16).fill(1)); // another call's: all else is right
    await a.media.setTrack('camera', picture.track);
    await untilDecoded(b, a.id, 40);
    const received = (await c.media.stats()).find(({ peer }) => peer === a.id);
    expect(received?.packetsReceived, 'frames came').to.be.above(20);
    expect(await framesDecoded(c, a.id)).to.equal(0);
    expect(await framesDecoded(b, a.id)).to.be.at.least(40);
  });

  it('P2P-CAL-04: a newcomer opens nothing from before, and who was removed nothing from then on', async () => {
    const [a, b, c] = [await member('a'), await member('b'), await member('c')];
    await connectMembers([a, b]);
    const tap = await tapOf(a);
    await a.media.setTrack('camera', picture.track);
    await tap.untilFrames(20);
    const before = tap.frames.splice(0).map(({ bytes }) => bytes);
    await addMember(a, c, [a, b], a.groupId);
    const keys = await takeKeys(c);
    expect(await opened(keys, a, before)).to.deep.include({ opened: 0 });
    await tap.untilFrames(40);
    const within = await opened(
      keys,
      a,
      tap.frames.splice(0).map(({ bytes }) => bytes),
    );
    expect(within.opened, 'frames of its own time').to.be.at.least(10);
    const commit = await (a.group as NonNullable<typeof a.group>).remove([c.group?.ownLeaf ?? -1]);
    a.keys?.enterEpoch(true);
    await b.receive(commit);
    await untilDecoded(b, a.id, 5); // the rest is under new keys
    tap.frames.splice(0);
    await tap.untilFrames(20);
    const after = await opened(
      keys,
      a,
      tap.frames.map(({ bytes }) => bytes),
    );
    expect(after.distinct).to.be.at.least(10);
    expect(after.opened).to.equal(0);
  });
});

/** All pieces of a frame, every so many bytes one. */
function windows(bytes: Uint8Array, step: number): readonly string[] {
  const pieces: string[] = [];
  for (let start = 0; start + WINDOW_BYTES <= bytes.length; start += step) {
    pieces.push(bytes.subarray(start, start + WINDOW_BYTES).join());
  }
  return pieces;
}
