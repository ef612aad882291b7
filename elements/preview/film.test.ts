import { expect } from '@esm-bundle/chai';
import { FilmPlayer } from './media/film-player.ts';
import type { ByteSource } from './preview-item.ts';
import { makeFilm } from './test/make-film.ts';
import { until } from './test/show-preview.ts';

interface CountedSource extends ByteSource {
  readBytes: number;
}

function sourceOf(bytes: Uint8Array): CountedSource {
  const source: CountedSource = {
    sizeBytes: bytes.length,
    readBytes: 0,
    read: async (offset, length) => {
      source.readBytes += length;
      return bytes.slice(offset, offset + length);
    },
  };
  return source;
}

async function play(
  bytes: Uint8Array,
): Promise<{ media: HTMLVideoElement; source: CountedSource; player: FilmPlayer | null; failed: unknown[] }> {
  const media = document.createElement('video');
  media.muted = true;
  document.body.append(media);
  const source = sourceOf(bytes);
  const failed: unknown[] = [];
  const player = await FilmPlayer.open(media, source, error => failed.push(error));
  return { media, source, player, failed };
}

const seek = async (media: HTMLVideoElement, timeS: number): Promise<void> => {
  media.currentTime = timeS;
  await until(() => !media.seeking && media.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA);
};

describe('films', () => {
  afterEach(() => document.body.replaceChildren());

  for (const container of ['mp4', 'webm'] as const) {
    it(`of minutes seek at once in ${container}, and only the place is read`, async () => {
      const bytes = await makeFilm(container, { seconds: 120 });
      const { media, source, player } = await play(bytes);
      expect(player).to.not.equal(null);
      await until(() => media.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA);
      expect(media.duration).to.be.closeTo(120, 1);
      for (const timeS of [110, 3, 80.4]) await seek(media, timeS);
      expect(media.currentTime).to.be.closeTo(80.4, 0.1);
      expect(source.readBytes).to.be.lessThan(bytes.length * 0.75);
      const held = media.buffered.end(media.buffered.length - 1) - media.buffered.start(0);
      expect(held).to.be.lessThan(60);
      player?.close();
      expect(media.hasAttribute('src')).to.equal(false);
    });
  }

  it('play to their end', async () => {
    const { media, player, failed } = await play(await makeFilm('mp4', { seconds: 3 }));
    await media.play();
    await until(() => media.ended);
    expect(failed).to.deep.equal([]);
    player?.close();
  });

  it('that are damaged or no films at all are not played, and end nothing else', async () => {
    const noise = crypto.getRandomValues(new Uint8Array(60_000));
    const { player } = await play(noise);
    expect(player).to.equal(null);
    const film = await makeFilm('mp4', { seconds: 2 });
    film.fill(0xff, 40, film.length / 4);
    const outcome = await play(film).then(
      ({ player: broken }) => broken?.close() ?? 'none',
      () => 'refused',
    );
    expect(outcome).to.be.oneOf(['none', 'refused', undefined]);
  });

  it('whose bytes cannot be had say so', async () => {
    const bytes = await makeFilm('mp4', { seconds: 60 });
    const { media, source, player, failed } = await play(bytes);
    await until(() => media.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA);
    source.read = () => Promise.reject(new Error('damaged'));
    media.currentTime = 50;
    await until(() => failed.length > 0);
    player?.close();
  });
});
