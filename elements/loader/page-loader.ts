/**
 * Loads elements of one release into a page: fetches every file of a graph from the mirrors first, then runs it. A
 * graph runs natively from one mirror where an import map with integrity is in force; else through es-module-shims,
 * which is handed the verified bytes and never asks a mirror itself.
 */
import type { ModuleFailure } from './diagnose.ts';
import { enforcesIntegrity } from './integrity-probe.ts';
import type { Delivery, Mirrors } from './mirrors.ts';
import { importMapText, type ReleaseMap } from './release-map.ts';
import { isMixed, runningRelease } from './release-stamp.ts';
import { appendImportMap } from './scripts.ts';
import { startShims, type ShimImport } from './source-shims.ts';

const nativeImport = (url: string): Promise<unknown> => import(/* @vite-ignore */ url);

export interface PageLoader {
  /** Verified bytes of a file of the release, kept in memory. Rejects as {@link Mirrors.fetch} does. */
  fetch(file: string): Promise<Delivery>;
  /** Runs elements (`@enk/chat` …), one call after another. Null when all run, else why not. */
  load(elements: readonly string[]): Promise<ModuleFailure | null>;
  mode(): 'native' | 'shims';
}

/** With `shimsOnly` nothing runs natively. */
export function createPageLoader(
  map: ReleaseMap,
  mirrors: Mirrors,
  { nonce, shimsOnly }: { nonce: string; shimsOnly: boolean },
): PageLoader {
  const deliveries = new Map<string, Promise<Delivery>>();
  /** Files that run natively. Whatever comes later shares them, however it is loaded. */
  const running = new Set<string>();
  /** The mirror's folder under which modules of this page know each other, once there is one. */
  let folder = '';
  let isNative = !shimsOnly;
  let shims: Promise<ShimImport> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function fetchFile(file: string): Promise<Delivery> {
    let delivery = deliveries.get(file);
    if (!delivery) {
      const integrity = map.files[file];
      if (!integrity) return Promise.reject(new Error('unreachable')); // no file of this release
      delivery = mirrors.fetch(file, integrity);
      deliveries.set(file, delivery);
      delivery.catch(() => deliveries.delete(file)); // asked for again, it is looked for again
    }
    return delivery;
  }

  /** Each file is imported by itself: so it is known which ones run, should one not. */
  async function runNatively(files: readonly string[]): Promise<boolean> {
    if (!folder) {
      folder = mirrors.first();
      appendImportMap(importMapText(map, folder), nonce); // throws where Trusted Types do not know us
      if (!(await enforcesIntegrity(nativeImport))) return false;
    } else {
      const places = await Promise.all(files.map(fetchFile));
      if (places.some(({ mirror }) => mirror !== folder)) return false;
    }
    const results = await Promise.allSettled(files.map(file => nativeImport(folder + file)));
    files.forEach((file, i) => results[i]?.status === 'fulfilled' && running.add(file));
    return files.every(file => running.has(file));
  }

  async function run(files: readonly string[], entries: readonly string[]): Promise<void> {
    isNative &&= await runNatively(files.filter(file => !running.has(file))).catch(() => false);
    if (isNative) return;
    folder ||= mirrors.first();
    shims ??= startShims({
      script: fetchFile(map.shims).then(({ mirror }) => mirror + map.shims),
      integrity: map.files[map.shims] ?? '',
      nonce,
      importMap: JSON.parse(importMapText(map, folder)) as object,
      isNative: url => running.has(url.replace(folder, '')),
      source: url => fetchFile(url.replace(folder, '')).then(({ bytes }) => new TextDecoder().decode(bytes)),
    });
    const shimImport = await shims;
    for (const entry of entries) if (!running.has(entry)) await shimImport(folder + entry);
  }

  async function load(elements: readonly string[]): Promise<ModuleFailure | null> {
    const found = runningRelease();
    const isForeign = Object.keys(map.elements).some(name =>
      customElements.get(name.replace('@enk/', 'enk-')),
    );
    if (found ? found !== map.release : isForeign) return { module: found ?? '?', reason: 'mixed' };
    const lists = elements.map(name => map.elements[name] ?? []);
    const files = [...new Set(lists.flat())];
    // Whoever starts a worker asks for it again, and says what is wrong with it.
    for (const name of elements) if (map.workers[name]) fetchFile(map.workers[name]).catch(() => null);
    let module = '';
    try {
      await Promise.all(
        files.map(file =>
          fetchFile(file).catch(error => {
            module ||= file.split('.')[0] ?? '';
            throw error;
          }),
        ),
      );
      module = elements.join();
      await run(
        files,
        lists.map(list => list.at(-1) ?? ''),
      );
      return null;
    } catch (error) {
      return isMixed(error)
        ? { module: runningRelease() ?? '', reason: 'mixed' }
        : { module, reason: reasonOf(error) };
    }
  }

  return {
    fetch: fetchFile,
    load(elements) {
      const result = last.then(() => load(elements));
      last = result;
      return result;
    },
    mode: () => (isNative ? 'native' : 'shims'),
  };
}

export function reasonOf(error: unknown): 'altered' | 'unreachable' | 'failed' {
  const { message } = error as Error;
  return message === 'altered' || message === 'unreachable' ? message : 'failed';
}
