// Which published vectors must run: the files of test/vectors/coverage.json, each with its number of cases.
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../test/vectors/', import.meta.url);

/** Folders whose every file must run in the browser. */
export const vectorFolders = ['sframe', 'mls', 'wycheproof', 'acvp', 'hpke', 'xwing', 'rfc', 'signal'];

/** @returns {Record<string, number>} number of cases by path below test/vectors */
export function pinnedCases() {
  return JSON.parse(readFileSync(new URL('coverage.json', folder), 'utf8'));
}

/** Paths of the files that are on disk, sorted. */
export function vectorFilesOnDisk() {
  return vectorFolders
    .flatMap(name => readdirSync(new URL(`${name}/`, folder)).map(file => `${name}/${file}`))
    .sort();
}

/** @param {string} path @returns {unknown} the parsed file */
export function readVectorFile(path) {
  return JSON.parse(readFileSync(new URL(path, folder), 'utf8'));
}

/**
 * Compares what the tests say they ran (`vectors: x.json N of N`) with the manifest.
 * @param {readonly string[]} lines lines that the tests printed
 * @param {Record<string, number>} pinned
 */
export function compareCoverage(lines, pinned) {
  const ran = new Map();
  for (const line of lines) {
    const found = /^vectors: (\S+) (\d+) of (\d+)$/.exec(line);
    if (found && found[2] === found[3]) ran.set(found[1], Number(found[2]));
  }
  const missing = Object.keys(pinned).filter(path => ran.get(path) !== pinned[path]);
  const cases = [...ran.values()].reduce((sum, count) => sum + count, 0);
  return { files: ran.size, cases, missing };
}
