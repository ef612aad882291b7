/**
 * es-module-shims in shim mode, for browsers that do not enforce the integrity of import maps: it fetches every
 * module with its hash and refuses one that has none. Its polyfill mode could not stop native execution.
 */
import type { PageMap } from './page-map.ts';
import { appendScript } from './scripts.ts';

interface ShimImport {
  (specifier: string): Promise<unknown>;
  addImportMap(map: PageMap): void;
}

type ShimGlobal = typeof globalThis & { esmsInitOptions?: object; importShim?: ShimImport };

/** Loads es-module-shims under its own SRI; rejects when the page names none or it cannot be had unaltered. */
export async function loadShims(
  { shims, shimsIntegrity, nonce }: DOMStringMap,
  map: PageMap,
): Promise<(specifier: string) => Promise<unknown>> {
  if (!shims || !shimsIntegrity) throw new Error('The page names no shims.');
  const global: ShimGlobal = globalThis;
  global.esmsInitOptions = { shimMode: true, enforceIntegrity: true, ...(nonce ? { nonce } : {}) };
  const url = new URL(shims, document.baseURI).href;
  await appendScript(url, { integrity: shimsIntegrity, policy: 'enk-shims', nonce });
  const { importShim } = global;
  if (!importShim) throw new Error('The shims did not start.');
  importShim.addImportMap(map);
  return specifier => importShim(specifier);
}
