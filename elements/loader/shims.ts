/**
 * es-module-shims in shim mode, for browsers that do not enforce the integrity of import maps: it fetches every
 * module with its hash and refuses one that has none. Its polyfill mode could not stop native execution.
 */
import type { PageMap } from './page-map.ts';

interface ShimImport {
  (specifier: string): Promise<unknown>;
  addImportMap(map: PageMap): void;
}

type ShimGlobal = typeof globalThis & { esmsInitOptions?: object; importShim?: ShimImport };

interface ScriptUrlPolicies {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string };
}

/** Loads es-module-shims under its own SRI; rejects when the page names none or it cannot be had unaltered. */
export async function loadShims(
  url: string | undefined,
  integrity: string | undefined,
  map: PageMap,
): Promise<(specifier: string) => Promise<unknown>> {
  if (!url || !integrity) throw new Error('no shims');
  const global: ShimGlobal = globalThis;
  global.esmsInitOptions = { shimMode: true, enforceIntegrity: true };
  await appendScript(trustedUrl(new URL(url, document.baseURI).href), integrity);
  const { importShim } = global;
  if (!importShim) throw new Error('no shims');
  importShim.addImportMap(map);
  return specifier => importShim(specifier);
}

function appendScript(src: string, integrity: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement('script'), {
      integrity,
      crossOrigin: 'anonymous',
      src,
    });
    script.addEventListener('load', () => resolve());
    script.addEventListener('error', () => reject(new Error('no shims')));
    document.head.append(script);
  });
}

/** Admits exactly this URL where the page requires Trusted Types. */
function trustedUrl(only: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: ScriptUrlPolicies };
  const rules = {
    createScriptURL(url: string) {
      if (url === only) return url;
      throw new TypeError('unexpected script');
    },
  };
  return trustedTypes ? trustedTypes.createPolicy('enk-boot', rules).createScriptURL(only) : only;
}
