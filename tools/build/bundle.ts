/** One build pass in memory. Nothing is written here; names and hashes are given by emit.ts. */
import { build, type Plugin, type Rolldown } from 'vite';
import { passConfig } from '../../vite.config.ts';
import { importsOf } from './imports.ts';

export interface BundleOptions {
  /** A file or bare specifier, or the text of a virtual entry. */
  readonly entry: string | { readonly source: string };
  readonly format?: 'es' | 'iife';
  readonly external?: (specifier: string) => boolean;
  readonly define?: Readonly<Record<string, string>>;
  readonly plugins?: readonly Plugin[];
}

export interface Bundle {
  readonly code: string;
  /** Source map, JSON. */
  readonly map: string;
  readonly exports: readonly string[];
  /** Specifiers that stayed imports, static and dynamic, sorted. */
  readonly imports: readonly string[];
}

/** A module that only passes exports on has no map of its own. */
const emptyMap = { version: 3, sources: [] as string[], sourcesContent: [], names: [], mappings: '' };

const virtualEntry = 'enk-entry.js';

function virtualEntryPlugin(source: string): Plugin {
  const id = `\0${virtualEntry}`;
  return {
    name: 'enk-entry',
    enforce: 'pre',
    resolveId: specifier => (specifier === virtualEntry ? id : null),
    load: candidate => (candidate === id ? { code: source, moduleSideEffects: true } : null),
  };
}

/** Builds one file; throws when more than one comes out. */
export async function bundle(options: BundleOptions): Promise<Bundle> {
  const { entry } = options;
  const result = await build(
    passConfig({
      entry: typeof entry === 'string' ? entry : virtualEntry,
      format: options.format ?? 'es',
      external: options.external ?? (() => false),
      ...(options.define ? { define: options.define } : {}),
      plugins: [
        ...(options.plugins ?? []),
        ...(typeof entry === 'string' ? [] : [virtualEntryPlugin(entry.source)]),
      ],
    }),
  );
  const outputs = [result].flat() as Rolldown.RolldownOutput[];
  const chunks = outputs.flatMap(({ output }) => output).filter(part => part.type === 'chunk');
  const [chunk] = chunks;
  if (!chunk || chunks.length !== 1) throw new Error(`Expected one file, got ${chunks.length}.`);
  const { version, sources, sourcesContent, names, mappings } = chunk.map ?? emptyMap;
  return {
    code: chunk.code,
    map: JSON.stringify({ version, sources: sources.map(stableSource), sourcesContent, names, mappings }),
    exports: chunk.exports,
    imports: importsOf(chunk.code),
  };
}

/** Paths in maps are relative to the repository's top, whatever the folder in which it was built. */
function stableSource(source: string): string {
  return source.replaceAll('\0', '').replace(/^(?:\.\.\/)+/, '');
}
