// Makes sure that there is a Chromium: found, else from the distribution, else from npm. Plain Node.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { browserCache, findChromium } from './find-browser.mjs';
import { aptInstall, canInstall } from './parts.mjs';

/** Pinned; Linux x64, no download script of its own. */
const npmBrowser = '@sparticuz/chromium@153.0.0';

/**
 * The path of a Chromium, installed if need be; null with a clear message when there is no way to one.
 * @returns {Promise<string | null>}
 */
export async function ensureBrowser() {
  const found = findChromium();
  if (found) return found;
  if (process.env['ENK_CHROMIUM']) {
    console.error(
      `ENK_CHROMIUM is set, but ${process.env['ENK_CHROMIUM']} is not a program that can be run.`,
    );
    return null;
  }
  if (canInstall() && aptInstall(['chromium']) && findChromium()) return findChromium();
  if (process.platform === 'linux' && process.arch === 'x64') return fromNpm();
  console.error('No Chromium was found. Install one, or set ENK_CHROMIUM to its path.');
  return null;
}

/** Installs the npm package beside our own dependencies, unpacks it once, and remembers where. */
async function fromNpm() {
  console.log(`Installing ${npmBrowser} …`);
  const folder = join(browserCache, 'npm');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}\n');
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', npmBrowser];
  const run = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  if (run.status !== 0) {
    console.error('No Chromium was found and none could be installed. Set ENK_CHROMIUM to the path of one.');
    return null;
  }
  return unpack(folder);
}

/**
 * The package unpacks itself into the system's temporary folder: told to do so in ours, libraries included, in a
 * process of its own. The result is a program `chromium` that finds those libraries where the system lacks them.
 * @param {string} folder
 */
function unpack(folder) {
  const files = join(browserCache, 'files');
  rmSync(files, { recursive: true, force: true });
  mkdirSync(files, { recursive: true });
  const program = "import('@sparticuz/chromium').then(m => m.default.executablePath())";
  const env = { ...process.env, TMPDIR: files, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' };
  const run = spawnSync(process.execPath, ['-e', program], { cwd: folder, env, stdio: 'ignore' });
  const binary = join(files, 'chromium');
  if (run.status !== 0 || !existsSync(binary)) {
    console.error(
      'The Chromium from npm could not be unpacked. Set ENK_CHROMIUM to the path of another one.',
    );
    return null;
  }
  chmodSync(binary, 0o755);
  const target = join(browserCache, 'chromium');
  writeFileSync(target, launcher(spawnSync(binary, ['--version']).status === 0), { mode: 0o755 });
  return target;
}

/** @param {boolean} hasLibraries whether the system has what the binary links to */
function launcher(hasLibraries) {
  const lines = ['#!/bin/sh', 'files="$(dirname "$(readlink -f "$0")")/files"'];
  if (!hasLibraries)
    lines.push('export LD_LIBRARY_PATH="$files/al2023/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"');
  if (!existsSync('/etc/fonts')) lines.push('export FONTCONFIG_PATH="$files/fonts"');
  return [...lines, 'exec "$files/chromium" "$@"', ''].join('\n');
}
