/**
 * es-module-shims in shim mode, where modules cannot run natively. Its polyfill mode could not stop native
 * execution. It is handed the source of every module by us and fetches nothing; modules that run natively already
 * it takes as they are, so a page never has two copies of one module.
 */
import { appendScript } from './scripts.ts';

export interface ShimImport {
  (url: string): Promise<unknown>;
  addImportMap(map: object): void;
}

export interface SourceShimsOptions {
  /** URL of es-module-shims, on a mirror that has it. */
  readonly script: Promise<string>;
  readonly integrity: string;
  readonly nonce: string;
  readonly importMap: object;
  readonly isNative: (url: string) => boolean;
  /** Verified source of the module with this URL; rejects for every other URL. */
  readonly source: (url: string) => Promise<string>;
}

type ShimGlobal = typeof globalThis & { esmsInitOptions?: object; importShim?: ShimImport };

export async function startShims({
  script,
  integrity,
  nonce,
  importMap,
  isNative,
  source,
}: SourceShimsOptions): Promise<ShimImport> {
  const page: ShimGlobal = globalThis;
  const before = page.importShim;
  page.esmsInitOptions = {
    shimMode: true,
    skip: isNative,
    source: async (url: string) => ({ url, type: 'js', source: await source(url) }),
    ...(nonce && { nonce }),
  };
  await appendScript(await script, { integrity, policy: 'enk-shims', nonce });
  const started: ShimImport | undefined = page.importShim;
  // Shims of the page itself would fetch modules that nobody has verified.
  if (!started || started === before) throw new Error('shims');
  started.addImportMap(importMap);
  return started;
}
