/**
 * `npm run release -- keygen|make|sign|verify|log`: see docs/releases.md. Secret keys are read from files outside the
 * repository, and written nowhere else. The password, when a key has one, is read from ENK_RELEASE_PASSWORD.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fingerprintWords, parseManifest, type ReleaseRoot } from '@enk/release-manifest';
import { root as repository } from '../../vite.config.ts';
import { integrityOf } from '../build/emit.ts';
import { appendToLog, readLog } from './log.ts';
import { makeManifest, MANIFEST, SIGNATURES } from './make-manifest.ts';
import {
  encodeSecretKey,
  generateSecretKey,
  isEncrypted,
  parseSecretKey,
  publicKeyOf,
  signMessage,
} from './secret-key.ts';
import { pinOfRoot, verifyFolder } from './verify-release.ts';

const usage = `npm run release -- COMMAND
  keygen --out FILE                      a secret key (FILE) and its public key (FILE.pub)
  make   --root FILE --changes FILE [--days 90] [--dir dist] [--log releases.log]
                                         release.json for a build
  sign   --key FILE [--dir dist]         one more signature in release.json.minisig
  verify --root FILE [--dir dist]        the folder is a release that enough keys vouch for
  log    [--dir dist] [--append] [--log releases.log]
                                         check the chain; --append adds the release of the folder
ENK_RELEASE_PASSWORD protects a key; without it keygen writes one in clear, for tests.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    key: { type: 'string' },
    root: { type: 'string' },
    changes: { type: 'string' },
    days: { type: 'string', default: '90' },
    dir: { type: 'string', default: 'dist' },
    log: { type: 'string', default: 'releases.log' },
    append: { type: 'boolean', default: false },
  },
});

const password = process.env['ENK_RELEASE_PASSWORD'] ?? '';
const folder = resolve(values.dir);

function needed(name: 'out' | 'key' | 'root' | 'changes'): string {
  const value = values[name];
  if (value === undefined) throw new Error(`--${name} is missing.\n${usage}`);
  return resolve(value);
}

const readRoot = (): ReleaseRoot => JSON.parse(readFileSync(needed('root'), 'utf8')) as ReleaseRoot;
const readText = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

function keygen(): void {
  const out = needed('out');
  if (!relative(repository, out).startsWith('..'))
    throw new Error('A secret key does not belong into the repository. Name a file outside of it.');
  const key = generateSecretKey();
  writeFileSync(out, encodeSecretKey(key, password), { mode: 0o600, flag: 'wx' });
  const publicKey = publicKeyOf(key);
  writeFileSync(`${out}.pub`, `untrusted comment: minisign public key\n${publicKey}\n`, { flag: 'wx' });
  console.log(publicKey);
}

function make(): void {
  const days = Number(values.days);
  if (!(days > 0 && days <= 400)) throw new Error('--days is 1 to 400.');
  const last = readLog(readText(values.log)).at(-1);
  const expires = `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19)}Z`;
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    version: string;
  };
  const changes = readFileSync(needed('changes'), 'utf8')
    .split('\n')
    .filter(line => line.trim() !== '');
  const previous = last ? { seq: last.seq, hash: last.release } : null;
  const manifest = makeManifest(folder, { version, changes, expires, root: readRoot(), previous });
  writeFileSync(join(folder, MANIFEST), manifest);
  writeFileSync(join(folder, SIGNATURES), ''); // those of another manifest vouch for nothing here
  show(manifest);
}

function show(manifest: Uint8Array): void {
  const { version, seq, expires } = parseManifest(manifest);
  const hash = integrityOf(Buffer.from(manifest));
  console.log(
    `Release ${seq}, version ${version}, expires ${expires}\n${hash}\n${fingerprintWords(hash).join(' ')}`,
  );
}

function sign(): void {
  const text = readFileSync(needed('key'), 'utf8');
  if (isEncrypted(text) && password === '') throw new Error('This key needs ENK_RELEASE_PASSWORD.');
  const manifest = readFileSync(join(folder, MANIFEST));
  const { seq, version } = parseManifest(manifest);
  const comment = `enkrypted release ${seq} version ${version}`;
  appendFileSync(join(folder, SIGNATURES), signMessage(parseSecretKey(text, password), manifest, comment));
  show(manifest);
}

async function verify(): Promise<void> {
  const { acceptance, problems } = await verifyFolder(folder, pinOfRoot(readRoot()), Date.now());
  if (acceptance.kind === 'refused') throw new Error(`Refused: ${acceptance.reason}.`);
  for (const problem of problems) console.error(`✗ ${problem}`);
  if (problems.length > 0) throw new Error(`${problems.length} files are not what was signed.`);
  show(readFileSync(join(folder, MANIFEST)));
  console.log(`Signed by ${acceptance.signers.join(', ')}.`);
}

function log(): void {
  const text = readText(values.log);
  if (values.append) {
    const manifest = readFileSync(join(folder, MANIFEST));
    const { seq, version, prev } = parseManifest(manifest);
    if ((readLog(text).at(-1)?.release ?? null) !== prev)
      throw new Error('This release follows another one.');
    writeFileSync(values.log, appendToLog(text, { seq, version, release: integrityOf(manifest) }));
  }
  const entries = readLog(readText(values.log));
  for (const { seq, version, release } of entries) console.log(`${seq}  ${version}  ${release}`);
  console.log(`${entries.length} releases, the chain holds.`);
}

const commands: Readonly<Record<string, () => void | Promise<void>>> = { keygen, make, sign, verify, log };

try {
  const command = commands[positionals[0] ?? ''];
  if (!command) throw new Error(usage);
  await command();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
