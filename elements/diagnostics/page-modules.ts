/** Which modules the page's import map names: what runs here is what these hashes say, or it does not run. */

export interface PageModule {
  /** Key of the import map. */
  readonly name: string;
  /** The content hash in the file's name; empty for a file that has none. */
  readonly version: string;
}

/** `…/enk-chat.8b0275b35a00b0ac.js` → the hash. */
const HASH = /\.([0-9a-f]{16})\.js$/;

/** Modules of the first import map, by name; none where a page has none. */
export function pageModules(page: ParentNode = document): readonly PageModule[] {
  const text = page.querySelector('script[type=importmap]')?.textContent ?? '';
  return Object.entries(importsOf(text))
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .map(([name, url]) => ({ name, version: HASH.exec(url)?.[1] ?? '' }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function importsOf(text: string): object {
  try {
    const { imports } = JSON.parse(text) as { readonly imports?: unknown };
    return typeof imports === 'object' && imports !== null ? imports : {};
  } catch {
    return {}; // no map, or not one: the page shows that no modules are named
  }
}
