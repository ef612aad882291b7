// Real parts that tests use beside Chromium and Node: one table. Plain Node, no dependencies.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findFirefox, findOnPath, findWebKit } from './find-browser.mjs';

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {string[]} packages Debian packages that bring it
 * @property {() => boolean} isPresent
 * @property {string} usedFor
 */

/** @param {string} file */
const font = file => () => existsSync(`/usr/share/fonts/${file}`);

/** @type {readonly Part[]} */
export const parts = [
  {
    name: 'fonts-noto-core',
    packages: ['fonts-noto-core'],
    isPresent: font('truetype/noto/NotoSansArabic-Regular.ttf'),
    usedFor: 'screenshots of many scripts',
  },
  {
    name: 'fonts-noto-cjk',
    packages: ['fonts-noto-cjk'],
    isPresent: font('opentype/noto/NotoSansCJK-Regular.ttc'),
    usedFor: 'screenshots of Chinese, Japanese and Korean',
  },
  {
    name: 'fonts-noto-color-emoji',
    packages: ['fonts-noto-color-emoji'],
    isPresent: font('truetype/noto/NotoColorEmoji.ttf'),
    usedFor: 'screenshots with emoji',
  },
  {
    name: 'firefox',
    packages: ['firefox-esr'],
    isPresent: () => findFirefox() !== null,
    usedFor: 'end-to-end tests between two engines',
  },
  {
    name: 'webkit',
    packages: ['webkit2gtk-driver', 'xvfb'],
    isPresent: () => findWebKit() !== null,
    usedFor: 'end-to-end tests of the loader in a third engine',
  },
  {
    name: 'nftables',
    packages: ['nftables'],
    isPresent: () => findOnPath('nft') !== null || existsSync('/usr/sbin/nft'),
    usedFor: 'cutting the network in end-to-end tests',
  },
  {
    name: 'iproute2',
    packages: ['iproute2'],
    isPresent: () => findOnPath('ip') !== null || existsSync('/usr/sbin/ip'),
    usedFor: 'the private network of end-to-end tests',
  },
  {
    name: 'redis-server',
    packages: ['redis-server'],
    isPresent: () => findOnPath('redis-server') !== null,
    usedFor: 'tests of a broker with several nodes',
  },
  {
    name: 'coturn',
    packages: ['coturn'],
    isPresent: () => findOnPath('turnserver') !== null,
    usedFor: 'end-to-end tests over a relay',
  },
  {
    name: 'janus',
    packages: ['janus'],
    isPresent: () => findOnPath('janus') !== null,
    usedFor: 'end-to-end tests of calls by an SFU',
  },
  {
    name: 'nginx',
    packages: ['nginx-light'],
    isPresent: () => findOnPath('nginx') !== null || existsSync('/usr/sbin/nginx'),
    usedFor: 'the load balancer’s example',
  },
  {
    name: 'caddy',
    packages: ['caddy'],
    isPresent: () => findOnPath('caddy') !== null,
    usedFor: 'the load balancer’s example',
  },
  {
    name: 'minisign',
    packages: ['minisign'],
    isPresent: () => findOnPath('minisign') !== null,
    usedFor: 'checking release signatures with the reference program',
  },
  {
    name: 'rclone',
    packages: ['rclone'],
    isPresent: () => findOnPath('rclone') !== null,
    usedFor: 'publishing to mirrors over the network',
  },
  {
    name: 'spin',
    packages: ['spin', 'gcc', 'libc6-dev'],
    isPresent: () => findOnPath('spin') !== null && findOnPath('gcc') !== null,
    usedFor: 'checking the model of the protocol',
  },
  {
    name: 'age',
    packages: ['age'],
    isPresent: () => findOnPath('age') !== null,
    usedFor: 'opening an export with a program that is not ours',
  },
  {
    name: 'python3-cryptography',
    packages: ['python3', 'python3-cryptography'],
    isPresent: () => findPython() !== null,
    usedFor: 'the second, independent decoder of the golden vectors',
  },
];

/** A Python 3 that has the `cryptography` package; null when there is none. */
export function findPython() {
  const hasCryptography = (/** @type {string} */ python) =>
    spawnSync(python, ['-c', 'import cryptography'], { stdio: 'ignore' }).status === 0;
  return ['/usr/bin/python3', findOnPath('python3')].find(path => path && hasCryptography(path)) ?? null;
}

/** True when this process may install packages of the distribution. */
export function canInstall() {
  return process.getuid?.() === 0 && findOnPath('apt-get') !== null;
}

let isListFresh = false;

/**
 * Installs packages of the distribution; false when that did not work.
 * @param {readonly string[]} packages
 */
export function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  if (!isListFresh) spawnSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore', timeout: 180_000 });
  isListFresh = true;
  console.log(`Installing ${packages.join(' ')} …`);
  const args = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
  return spawnSync('apt-get', args, { env, stdio: 'ignore', timeout: 600_000 }).status === 0;
}

/** Installs what is missing where that is possible, and returns the parts that stay missing. */
export function ensureParts() {
  const missing = () => parts.filter(part => !part.isPresent());
  const wanted = missing().flatMap(part => part.packages);
  if (wanted.length > 0 && canInstall() && !aptInstall(wanted)) wanted.forEach(name => aptInstall([name]));
  return missing();
}
