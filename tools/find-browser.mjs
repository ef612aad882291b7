// Finds the browsers that tests and screenshots drive. Plain Node, no dependencies; installs nothing.
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './ensure-dependencies.mjs';

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run: the next place is tried
  }
}

/**
 * The first of these programs on PATH, or null.
 * @param {...string} names
 * @returns {string | null}
 */
export function findOnPath(...names) {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  for (const name of names) {
    const found = folders.map(folder => join(folder, name)).find(isExecutable);
    if (found) return found;
  }
  return null;
}

/** Folder where a browser from npm is kept between runs. */
export const browserCache = join(root, 'node_modules', '.cache', 'enk-browser');

/** @returns {string | null} */
function findCached() {
  if (!existsSync(browserCache)) return null;
  const file = readdirSync(browserCache)
    .map(name => join(browserCache, name))
    .find(name => name.endsWith('chromium') && isExecutable(name));
  return file ?? null;
}

/**
 * The Chromium to drive: ENK_CHROMIUM, PATH, the usual places, the one taken from npm; null when there is none.
 * @returns {string | null}
 */
export function findChromium() {
  const named = process.env['ENK_CHROMIUM'];
  if (named) return isExecutable(named) ? named : null;
  return (
    findOnPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome') ??
    usualPlaces.find(isExecutable) ??
    findCached()
  );
}

/** @returns {string | null} */
export function findFirefox() {
  const named = process.env['ENK_FIREFOX'];
  if (named) return isExecutable(named) ? named : null;
  return findOnPath('firefox-esr', 'firefox');
}

/** Command line of every headless Chromium that we start. */
export const chromiumFlags = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where distributions put the test browser of WebKitGTK: beside the library, one folder a version of it. */
const webkitFolders = [
  '/usr/lib',
  '/usr/lib64',
  '/usr/libexec',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
];

/**
 * WebKitGTK's driver, its test browser, and a screen for them; null when one is missing.
 * @returns {{ driver: string, browser: string } | null}
 */
export function findWebKit() {
  const driver = findOnPath('WebKitWebDriver');
  const browser = webkitFolders
    .flatMap(folder => ['4.1', '4.0'].map(version => join(folder, `webkit2gtk-${version}`, 'MiniBrowser')))
    .find(isExecutable);
  return driver && browser && findOnPath('Xvfb') ? { driver, browser } : null;
}
