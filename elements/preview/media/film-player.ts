/**
 * Plays a film of any length in a `<video>` or `<audio>`, out of a sealed file, through Media Source Extensions: only
 * what is played is read, and seeking reads the place alone. Works wherever a page may use `blob:` for media, also in
 * pages of others, where no service worker could serve ranges.
 *
 * Memory: what the browser buffers, AHEAD_S in front and BEHIND_S behind, and the reader's cache.
 */
import type { ByteSource } from '../preview-item.ts';
import { Film } from './film.ts';
import { remux } from './remux.ts';

const AHEAD_S = 20;
const BEHIND_S = 10;
/** What is asked for by itself before it is buffered. */
const NEAR_S = 0.3;

type SourceClass = typeof MediaSource;

const CONTAINERS = ['mp4', 'webm'] as const;
type Container = (typeof CONTAINERS)[number];

interface FilmPlayerParts {
  readonly film: Film;
  readonly container: Container;
  readonly media: HTMLMediaElement;
  readonly source: MediaSource;
  readonly onFailed: (error: unknown) => void;
}

/** Safari on phones has the managed one alone. */
function mediaSourceClass(): SourceClass | null {
  const { MediaSource: plain, ManagedMediaSource: managed } = globalThis as {
    MediaSource?: SourceClass;
    ManagedMediaSource?: SourceClass;
  };
  return plain ?? managed ?? null;
}

export class FilmPlayer {
  readonly #film: Film;
  readonly #container: Container;
  readonly #media: HTMLMediaElement;
  readonly #source: MediaSource;
  readonly #url: string;
  readonly #onFailed: (error: unknown) => void;
  readonly #life = new AbortController();
  #buffer: SourceBuffer | null = null;
  #run = new AbortController();
  readonly #waiting = new Set<() => void>();

  private constructor({ film, container, media, source, onFailed }: FilmPlayerParts) {
    this.#film = film;
    this.#container = container;
    this.#media = media;
    this.#source = source;
    this.#onFailed = onFailed;
    this.#url = URL.createObjectURL(source);
  }

  /**
   * Takes over `media` until `close()`. Null when this browser cannot stream this file; then `media` is untouched.
   * `onFailed` hears of bytes that could not be had later. Rejects when the file cannot be read.
   */
  static async open(
    media: HTMLMediaElement,
    bytes: ByteSource,
    onFailed: (error: unknown) => void,
  ): Promise<FilmPlayer | null> {
    const kind = mediaSourceClass();
    if (kind === null) return null;
    const film = await Film.open(bytes);
    if (film === null) return null;
    const container = CONTAINERS.find(candidate => kind.isTypeSupported(film.typeIn(candidate)));
    if (container === undefined) {
      film.close();
      return null;
    }
    const player = new FilmPlayer({ film, container, media, source: new kind(), onFailed });
    await player.#attach();
    return player;
  }

  /** Film or sound alone. */
  get hasPicture(): boolean {
    return this.#film.video !== null;
  }

  async #attach(): Promise<void> {
    const { signal } = this.#life;
    const opened = new Promise<void>(resolve => {
      this.#source.addEventListener('sourceopen', () => resolve(), { once: true, signal });
    });
    this.#media.disableRemotePlayback = true;
    this.#media.src = this.#url;
    await opened;
    this.#buffer = this.#source.addSourceBuffer(this.#film.typeIn(this.#container));
    this.#source.duration = this.#film.durationS;
    this.#buffer.addEventListener('updateend', () => this.#wake(), { signal });
    for (const name of ['timeupdate', 'seeking', 'waiting'] as const)
      this.#media.addEventListener(name, () => this.#look(name === 'seeking'), { signal });
    this.#begin(0);
  }

  /** Somebody jumped to what is not there: begin anew from there. Else whoever waits for room looks again. */
  #look(isSeek: boolean): void {
    const { currentTime, buffered } = this.#media;
    const first = buffered.length === 0 ? currentTime : buffered.start(0);
    if (isSeek && !this.#isBuffered(currentTime)) this.#begin(currentTime);
    // Many films begin some milliseconds after zero: nothing will ever be there.
    else if (currentTime < first && first - currentTime < NEAR_S) this.#media.currentTime = first;
    this.#wake();
  }

  #isBuffered(timeS: number): boolean {
    const { buffered } = this.#media;
    for (let index = 0; index < buffered.length; index++) {
      if (timeS >= buffered.start(index) && timeS < buffered.end(index) + NEAR_S) return true;
    }
    return false;
  }

  #begin(timeS: number): void {
    this.#run.abort();
    this.#run = new AbortController();
    const { signal } = this.#run;
    this.#wake();
    void this.#stream(timeS, signal).catch((error: unknown) => {
      if (!signal.aborted) this.#onFailed(error);
    });
  }

  async #stream(timeS: number, signal: AbortSignal): Promise<void> {
    await this.#idle();
    if (signal.aborted || this.#buffer === null) return;
    if (this.#source.readyState === 'open') this.#buffer.abort(); // the parser forgets the half of a fragment
    this.#buffer.remove(0, Number.POSITIVE_INFINITY);
    await this.#idle();
    const write = (bytes: Uint8Array<ArrayBuffer>): Promise<void> => this.#append(bytes, signal);
    const whole = remux(this.#film, { container: this.#container, timeS, signal, write });
    await Promise.race([whole, this.#film.failure]);
    await this.#idle();
    if (!signal.aborted && this.#source.readyState === 'open') this.#source.endOfStream();
  }

  async #append(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
    await this.#until(() => signal.aborted || (this.#isIdle && this.#aheadS < AHEAD_S));
    if (signal.aborted) return;
    await this.#dropOld();
    if (signal.aborted) return;
    this.#buffer?.appendBuffer(bytes);
    await this.#idle();
  }

  /** Forgets what was played, so that a film of hours takes no more memory than one of a minute. */
  async #dropOld(): Promise<void> {
    const until = this.#media.currentTime - BEHIND_S;
    const { buffered } = this.#media;
    if (this.#buffer === null || buffered.length === 0 || buffered.start(0) >= until - BEHIND_S) return;
    this.#buffer.remove(0, until);
    await this.#idle();
  }

  get #aheadS(): number {
    const { buffered, currentTime } = this.#media;
    const end = buffered.length === 0 ? 0 : buffered.end(buffered.length - 1);
    return Math.max(0, end - currentTime);
  }

  get #isIdle(): boolean {
    return this.#buffer?.updating !== true;
  }

  #idle(): Promise<void> {
    return this.#until(() => this.#isIdle);
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>(resolve => this.#waiting.add(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Gives file and memory back. Idempotent. */
  close(): void {
    if (this.#life.signal.aborted) return;
    this.#run.abort();
    this.#life.abort();
    this.#wake();
    this.#media.removeAttribute('src');
    this.#media.load();
    URL.revokeObjectURL(this.#url);
    this.#film.close();
  }
}
