/**
 * What the loader knows of its release: `enk-map.<hash>.json`, written by the build. The loader holds the hash of
 * this one file; the file holds the hash of every other.
 */

export interface ReleaseMap {
  /** Stamped into every module of the product (docs/decisions/0021). */
  readonly release: string;
  /** `@enk/chat` → names of all files that its element is made of, what is imported first, itself last. */
  readonly elements: Readonly<Record<string, readonly string[]>>;
  /** The worker that an element starts; fetched with its files. */
  readonly workers: Readonly<Record<string, string>>;
  /** File name → `sha384-…` */
  readonly files: Readonly<Record<string, string>>;
  /** File name of es-module-shims, a classic script. */
  readonly shims: string;
  /** Import map as text, with `~/` for the folder of the mirror. */
  readonly importMap: string;
  /** What people read of failures that only a loaded map can meet: reason → text. */
  readonly texts: Readonly<Record<string, string>>;
}

/** The import map for one mirror: a text that the build can know too, so a policy of hashes can admit it. */
export function importMapText({ importMap }: Pick<ReleaseMap, 'importMap'>, folder: string): string {
  return importMap.replaceAll('~/', folder);
}
