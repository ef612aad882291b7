/**
 * `npm run verify:integrity`: builds again into a folder of its own and compares with what is committed, built
 * and served. Exits non-zero on any difference, any module without integrity, any file that is not listed, any
 * served byte that does not match, a chat or a loader above its size. `-- --twice` builds from two copies of the sources in two different folders.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root } from '../../vite.config.ts';
import { serveSite } from '../serve.ts';
import { checkRelease, listReleaseFiles } from './check-release.ts';
import { checkEagerGraph, EAGER_LIMIT_BYTES, measureEagerGraph } from './eager-graph.ts';
import { integrityOf } from './emit.ts';
import { exampleEmbed, embedFile } from './embed-page.ts';
import { buildRelease, type Release } from './release.ts';
import { readRelease, toJson, writeRelease } from './write-release.ts';

const problems: string[] = [];
const expect = (isTrue: boolean, problem: string) => {
  if (!isTrue) problems.push(problem);
};

const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

function checkFolder(folder: string, label: string): void {
  for (const problem of checkRelease(folder)) problems.push(`${label}: ${problem}`);
}

/** Committed files equal the fresh build. */
function checkCommitted(release: Release): void {
  const pairs = [
    ['importmap.json', toJson(release.importMap)],
    ['integrity.json', toJson(release.integrity)],
    [relative(root, embedFile), exampleEmbed(release)],
  ] as const;
  for (const [file, wanted] of pairs) {
    expect(read(join(root, file)) === wanted, `${file} is not what the sources build; run npm run build`);
  }
}

/** Two folders hold the same files with the same bytes. */
function compareFolders(first: string, second: string, label: string): void {
  const names = new Set([...listReleaseFiles(first), ...listReleaseFiles(second)]);
  for (const name of names) {
    const [a, b] = [join(first, name), join(second, name)];
    if (!existsSync(a) || !existsSync(b)) problems.push(`${label}: ${name} is only in one of the two`);
    else expect(readFileSync(a).equals(readFileSync(b)), `${label}: ${name} differs`);
  }
}

/** What comes over HTTP is what integrity.json promises. */
async function checkServed(folder: string): Promise<void> {
  const site = await serveSite({ folder, broker: 'ws://localhost:9' });
  try {
    for (const [url, integrity] of Object.entries(readRelease(folder).integrity)) {
      const response = await fetch(new URL(url, site.url));
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(response.ok && integrityOf(bytes) === integrity, `served: ${url} does not match its integrity`);
    }
    const stray = await fetch(new URL('page.json', site.url));
    expect(stray.status === 404, 'served: a file that is not listed was answered');
  } finally {
    await site.close();
  }
}

/** Copies the sources elsewhere and builds there with the same installed packages. */
function buildCopy(scratch: string, name: string): string {
  const copy = join(scratch, name);
  const skipped = new Set(['node_modules', 'dist', '.git', '.cache', 'coverage']);
  cpSync(root, copy, { recursive: true, filter: source => !skipped.has(relative(root, source)) });
  copyInstalled(copy);
  const args = ['--import', 'tsx', 'tools/build/build.ts'];
  const run = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`The build in a second folder failed.\n${run.stderr}`);
  return join(copy, 'dist');
}

/** Links stay as they are, so that workspace packages are those of the copy and not of the original. */
function copyInstalled(copy: string): void {
  const from = join(root, 'node_modules');
  cpSync(from, join(copy, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: source => relative(from, source) !== '.cache',
  });
}

async function main(args: readonly string[]): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'enk-verify-'));
  try {
    const fresh = join(scratch, 'fresh');
    const release = await buildRelease();
    writeRelease(release, fresh);
    checkCommitted(release);
    checkFolder(fresh, 'fresh build');
    await checkServed(fresh);
    const graph = measureEagerGraph(fresh);
    problems.push(...checkEagerGraph(graph));
    console.log(
      `A chat loads ${graph.modulesBytes} bytes in ${graph.modules} modules (gzip, ${EAGER_LIMIT_BYTES} at most), its worker ${graph.workerBytes}; the loader has ${graph.loaderBytes}.`,
    );
    const dist = join(root, 'dist');
    if (existsSync(dist)) {
      checkFolder(dist, 'dist');
      compareFolders(fresh, dist, 'dist against a fresh build');
    }
    if (args.includes('--twice')) {
      compareFolders(fresh, buildCopy(scratch, 'one'), 'first copy');
      compareFolders(fresh, buildCopy(scratch, 'another/deeper'), 'second copy');
    }
    console.log(
      `${release.files.length} files checked, ${Object.keys(release.importMap.imports).length} keys.`,
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  for (const problem of problems) console.error(`✗ ${problem}`);
  console.log(problems.length === 0 ? 'Integrity holds.' : `${problems.length} problems.`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

await main(process.argv.slice(2));
