// A cheap hash of everything that the build reads, to know whether dist/ is current. Plain Node.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../ensure-dependencies.mjs';

const sources = ['crypto-core', 'p2p-core', 'elements', 'shell', 'examples', 'tools/build'];
const files = ['package-lock.json', 'tsconfig.base.json', 'tsconfig.json', 'vite.config.ts'];

export const stampFile = join(root, 'dist', '.sources');

/** @param {string} folder @returns {string[]} */
function list(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ['node_modules', 'e2e', 'test'].includes(entry.name) ? [] : list(path);
    return /\.(test|d)\.ts$/.test(path) || path === 'examples/embed/index.html' ? [] : [path];
  });
}

/** Hash over names and contents of all sources. */
export function sourceStamp() {
  const hash = createHash('sha256');
  for (const file of [...files, ...sources.flatMap(list)].sort()) {
    if (!statSync(join(root, file)).isFile()) continue;
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** True when dist/ was built from the present sources. */
export function isBuildCurrent() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === sourceStamp();
}
