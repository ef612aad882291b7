/**
 * Bytes of a file from the first mirror that has them: mirrors are asked in order, the next one as soon as the one
 * before fails or is slow. Nothing leaves here whose SHA-384 is not the one asked for.
 */

/** Why a mirror was passed over. `unreachable` is also what a browser says of a mirror without CORS headers. */
export type MirrorReason = 'unreachable' | 'missing' | 'altered' | 'slow';

export interface MirrorFailure {
  /** Folder of the mirror. */
  readonly mirror: string;
  readonly file: string;
  readonly reason: MirrorReason;
}

export interface Delivery {
  readonly mirror: string;
  readonly bytes: ArrayBuffer;
}

export interface Mirrors {
  /** The mirror that is asked first: one that has not failed, as long as there is one. */
  first(): string;
  /** Rejects with an error whose message is `altered` or `unreachable` when no mirror has the file. */
  fetch(file: string, integrity: string): Promise<Delivery>;
}

/** A file is given up after this time, whatever has arrived. */
const LIMIT_MS = 60_000;
/** A body may take this many times as long as the headers before the next mirror starts. */
const BODY_FACTOR = 8;

/** `order`: the mirrors' module folders, each with a slash at its end, the preferred one first. */
export function createMirrors(
  order: readonly string[],
  hedgeMs: number,
  onFailure: (failure: MirrorFailure) => void,
): Mirrors {
  const told = new Set<string>();

  /** Whoever fails is asked last from now on, and is named once for each reason. */
  const fail = (mirror: string, file: string, reason: MirrorReason) => {
    order = [...order.filter(other => other !== mirror), mirror];
    const key = reason + mirror;
    if (!told.has(key)) onFailure({ mirror, file, reason });
    told.add(key);
  };

  const fetchFile = (file: string, integrity: string) =>
    new Promise<Delivery>((resolve, reject) => {
      const waiting = [...order];
      const stop = new AbortController();
      const { signal } = stop;
      let running = 0;
      let reason: 'altered' | 'unreachable' = 'unreachable';
      const end = (delivery?: Delivery) => {
        if (delivery) resolve(delivery);
        else reject(new Error(reason));
        clearTimeout(limit);
        stop.abort();
      };
      const limit = setTimeout(end, LIMIT_MS);
      const startNext = () => {
        const mirror = waiting.shift();
        if (mirror) void start(mirror);
        else if (!running) end();
      };
      const start = async (mirror: string) => {
        running++;
        let timer: ReturnType<typeof setTimeout> | undefined;
        const hedge = (ms: number) => {
          clearTimeout(timer);
          timer = setTimeout(() => {
            if (!waiting.length) return;
            fail(mirror, file, 'slow');
            startNext();
          }, ms);
        };
        hedge(hedgeMs);
        const result = await attempt(mirror + file, integrity, signal, () => hedge(hedgeMs * BODY_FACTOR));
        clearTimeout(timer);
        running--;
        if (signal.aborted) return;
        if (typeof result !== 'string') return end({ mirror, bytes: result });
        if (result === 'altered') reason = result;
        fail(mirror, file, result);
        startNext();
      };
      startNext();
    });

  return { first: () => order[0] ?? '', fetch: fetchFile };
}

async function attempt(
  url: string,
  integrity: string,
  signal: AbortSignal,
  onHeaders: () => void,
): Promise<ArrayBuffer | Exclude<MirrorReason, 'slow'>> {
  try {
    // A cache may have kept what a mirror served altered: what does not match is asked for once more, past it.
    for (const cache of ['default', 'reload'] as const) {
      const response = await fetch(url, { cache, signal });
      onHeaders();
      if (!response.ok) return 'missing';
      const bytes = await response.arrayBuffer();
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-384', bytes));
      if (`sha384-${btoa(String.fromCharCode(...digest))}` === integrity) return bytes;
    }
    return 'altered';
  } catch {
    return 'unreachable'; // the browser does not tell why
  }
}
