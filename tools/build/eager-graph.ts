/**
 * What a page with one `<enk-chat>` loads before the chat can be used, in bytes after gzip. `modules` has a limit: the
 * loader, its map and every module of chat and provider. The worker is counted apart, for it is no module of the
 * page: it comes beside the modules and starts while they run.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ReleaseMap } from '../../elements/loader/index.ts';
import { readRelease } from './write-release.ts';

export const EAGER_LIMIT_BYTES = 150_000;
export const LOADER_LIMIT_BYTES = 3 * 1024;

/** Elements that a page with a chat holds. */
export const eagerElements = ['@enk/provider', '@enk/chat'];

export interface EagerGraph {
  readonly loaderBytes: number;
  /** Loader, map and modules. */
  readonly modulesBytes: number;
  readonly workerBytes: number;
  /** The loader fetches the worker beside the modules, a round trip earlier than who starts it. */
  readonly isWorkerEarly: boolean;
  readonly modules: number;
}

/** Measures a built folder. */
export function measureEagerGraph(folder: string): EagerGraph {
  const { page } = readRelease(folder);
  const size = (path: string) => gzipSync(readFileSync(join(folder, path)), { level: 9 }).length;
  const map = JSON.parse(readFileSync(join(folder, page.map), 'utf8')) as ReleaseMap;
  const files = [...new Set(eagerElements.flatMap(name => map.elements[name] ?? []))];
  const sizes = [page.loader, page.map, ...files.map(file => `modules/${file}`)].map(size);
  return {
    loaderBytes: sizes[0] ?? 0,
    modulesBytes: sizes.reduce((sum, bytes) => sum + bytes, 0),
    workerBytes: size(page.worker),
    isWorkerEarly: eagerElements.some(name => `modules/${map.workers[name]}` === page.worker),
    modules: files.length,
  };
}

/** Problems in words, none when the limits hold. */
export function checkEagerGraph(graph: EagerGraph): readonly string[] {
  const { loaderBytes, modulesBytes, modules, isWorkerEarly } = graph;
  const problems: string[] = [];
  if (modules === 0) problems.push('the map knows no module of a chat');
  if (!isWorkerEarly) problems.push('the loader does not fetch the session worker with a chat');
  if (loaderBytes > LOADER_LIMIT_BYTES)
    problems.push(`the loader has ${loaderBytes} bytes after gzip; its limit is ${LOADER_LIMIT_BYTES}`);
  if (modulesBytes > EAGER_LIMIT_BYTES)
    problems.push(
      `the modules of a chat have ${modulesBytes} bytes after gzip; their limit is ${EAGER_LIMIT_BYTES}`,
    );
  return problems;
}
