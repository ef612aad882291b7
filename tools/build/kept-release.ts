/**
 * A built release in one small file: what a shell loads, without source maps and what nothing in it asks for. An
 * earlier release is kept like this, for tests in which it meets the present one (shell/e2e/releases.e2e.ts).
 *
 * `node tools/run.mjs tools/build/kept-release.ts FOLDER` packs a built folder in place of the one that is kept.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { root } from '../../vite.config.ts';
import { computedImport, importsOf } from './imports.ts';
import { readRelease, toJson, type ReleaseIndex } from './write-release.ts';

export const keptFile = join(root, 'shell/e2e/fixtures/previous-release.json.br');

interface Kept extends ReleaseIndex {
  /** Path → text. */
  readonly files: Readonly<Record<string, string>>;
}

/** Keys of the map that the shell needs, and what those import. */
function keysOfShell(folder: string, { importMap }: ReleaseIndex): ReadonlySet<string> {
  const keys = new Set(['@enk/shell']);
  for (const key of keys) {
    const code = readFileSync(join(folder, importMap.imports[key] ?? ''), 'utf8');
    for (const imported of importsOf(code)) if (imported !== computedImport) keys.add(imported);
  }
  return keys;
}

export function packRelease(folder: string): Buffer {
  const index = readRelease(folder);
  const keys = keysOfShell(folder, index);
  const imports = Object.fromEntries(
    Object.entries(index.importMap.imports).filter(([key]) => keys.has(key)),
  );
  const { boot, shims, styles, worker } = index.page;
  const paths = [
    ...new Set([...Object.values(imports), ...[boot, shims, styles, worker].map(path => `./${path}`)]),
  ].sort();
  const kept: Kept = {
    importMap: { imports },
    integrity: Object.fromEntries(paths.map(path => [path, index.integrity[path] ?? ''])),
    page: { ...index.page, workers: [worker] },
    files: Object.fromEntries(paths.map(path => [path, readFileSync(join(folder, path), 'utf8')])),
  };
  return brotliCompressSync(JSON.stringify(kept), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
}

/** Writes the release that is kept into a folder, as the build writes one. */
export function unpackRelease(folder: string, file = keptFile): void {
  const { files, importMap, integrity, page } = JSON.parse(
    brotliDecompressSync(readFileSync(file)).toString(),
  ) as Kept;
  mkdirSync(join(folder, 'modules'), { recursive: true });
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  for (const [name, value] of Object.entries({ importmap: importMap, integrity, page }))
    writeFileSync(join(folder, `${name}.json`), toJson(value));
}

const [folder] = process.argv.slice(2);
if (folder !== undefined && process.argv[1]?.endsWith('kept-release.ts')) {
  const packed = packRelease(folder);
  mkdirSync(dirname(keptFile), { recursive: true });
  writeFileSync(keptFile, packed);
  console.log(`Kept ${packed.length} bytes.`);
}
