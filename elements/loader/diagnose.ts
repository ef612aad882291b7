/** Finds out which module made an import fail, since browsers name only the one that was asked for. */
import type { PageMap } from './page-map.ts';

export interface ModuleFailure {
  /** Import-map key, never a URL; for `mixed` the release that runs. */
  readonly module: string;
  readonly reason: 'altered' | 'unreachable' | 'failed' | 'unsupported' | 'mixed';
}

/** Asks for each module of the map with its integrity; what is refused with it but served without is altered. */
export async function diagnose(specifier: string, map: PageMap): Promise<ModuleFailure> {
  // Keys are sorted: of several for one file the first is the plain name, and the last entry set wins.
  const entries = Object.entries(map.imports).reverse();
  const keyOf = new Map(entries.map(([key, url]) => [url, key]));
  const results = await Promise.all(
    [...keyOf].map(async ([url, module]): Promise<ModuleFailure | null> => {
      const integrity = map.integrity[url];
      if (!integrity || (await isServed(url, { integrity }))) return null;
      return { module, reason: (await isServed(url, {})) ? 'altered' : 'unreachable' };
    }),
  );
  return (
    results.find(result => result?.reason === 'altered') ??
    results.find(result => result !== null) ?? { module: specifier, reason: 'failed' }
  );
}

function isServed(url: string, options: { integrity?: string }): Promise<boolean> {
  return fetch(new URL(url, document.baseURI), { ...options, credentials: 'omit', cache: 'no-cache' }).then(
    response => response.ok,
    () => false,
  );
}
