/** The whole way of a release, through the command line, with the reference program as witness. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseManifest } from '@enk/release-manifest';
import { buildRelease } from '../build/release.ts';
import { writeRelease } from '../build/write-release.ts';
import { findOnPath } from '../find-browser.mjs';
import { root } from '../../vite.config.ts';
import { appendToLog, readLog } from './log.ts';
import {
  encodeSecretKey,
  generateSecretKey,
  parseSecretKey,
  publicKeyOf,
  signMessage,
} from './secret-key.ts';

const withoutMinisign = findOnPath('minisign') === null && 'needs minisign';

describe('a secret key file', () => {
  const cheap = { operations: 32_768, memoryBytes: 16_777_216 };

  it('is read back with its password, and with no other', () => {
    const key = generateSecretKey();
    assert.deepEqual(parseSecretKey(encodeSecretKey(key, 'correct', cheap), 'correct'), key);
    assert.throws(() => parseSecretKey(encodeSecretKey(key, 'correct', cheap), 'wrong'), /password/);
    assert.deepEqual(parseSecretKey(encodeSecretKey(key, ''), ''), key);
  });

  it('is refused damaged, cut off, or asking for more memory than minisign ever does', () => {
    const text = encodeSecretKey(generateSecretKey(), '');
    const bytes = Buffer.from(text.split('\n')[1] ?? '', 'base64');
    for (let i = 62; i < bytes.length; i += 1) {
      const flipped = Buffer.from(bytes);
      flipped[i] = (flipped[i] ?? 0) ^ 1;
      assert.throws(() => parseSecretKey(`x\n${flipped.toString('base64')}\n`, ''), `${i}`);
    }
    assert.throws(() => parseSecretKey(`x\n${bytes.subarray(1).toString('base64')}`, ''));
    const greedy = encodeSecretKey(generateSecretKey(), 'x', cheap).split('\n');
    const asking = Buffer.from(greedy[1] ?? '', 'base64');
    asking.writeBigUInt64LE(1n << 40n, 46);
    assert.throws(() => parseSecretKey(`x\n${asking.toString('base64')}\n`, 'x'), /memory/);
  });

  it('of ours signs with minisign, and one of minisign signs here', { skip: withoutMinisign }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'enk-minisign-'));
    try {
      const at = (name: string) => join(folder, name);
      const minisign = (...args: string[]) =>
        assert.equal(spawnSync('minisign', args, { cwd: folder }).status, 0, args.join(' '));
      writeFileSync(at('m'), 'a release\n');
      const ours = generateSecretKey();
      writeFileSync(at('ours.key'), encodeSecretKey(ours, ''));
      minisign('-S', '-l', '-W', '-s', 'ours.key', '-m', 'm');
      minisign('-V', '-P', publicKeyOf(ours), '-m', 'm');
      minisign('-G', '-W', '-p', 'theirs.pub', '-s', 'theirs.key');
      const theirs = parseSecretKey(readFileSync(at('theirs.key'), 'utf8'), '');
      assert.equal(publicKeyOf(theirs), readFileSync(at('theirs.pub'), 'utf8').split('\n')[1]);
      writeFileSync(at('m.minisig'), signMessage(theirs, readFileSync(at('m')), 'by us'));
      minisign('-V', '-p', 'theirs.pub', '-m', 'm');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('npm run release', () => {
  const folder = mkdtempSync(join(tmpdir(), 'enk-release-'));
  const at = (name: string) => join(folder, name);
  const dist = at('dist');
  const rootFile = at('root.json');
  const log = at('releases.log');
  let keys: readonly { readonly name: string; readonly publicKey: string }[];

  const cli = (...args: string[]) => {
    const run = spawnSync(process.execPath, ['--import', 'tsx', 'tools/release/cli.ts', ...args], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, ENK_RELEASE_PASSWORD: '' },
    });
    return { status: run.status, text: run.stdout + run.stderr };
  };
  const ok = (...args: string[]) => {
    const { status, text } = cli(...args);
    assert.equal(status, 0, text);
    return text;
  };
  const make = () => ok('make', '--root', rootFile, '--changes', at('changes'), '--dir', dist, '--log', log);
  const verify = () => cli('verify', '--root', rootFile, '--dir', dist);

  before(async () => {
    writeRelease(await buildRelease(), dist);
    keys = ['ana', 'ben', 'cleo'].map(name => ({
      name,
      publicKey: ok('keygen', '--out', at(`${name}.key`)).trim(),
    }));
    writeFileSync(rootFile, JSON.stringify({ keys, threshold: 2 }));
    writeFileSync(at('changes'), 'First release\n');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('writes keys that only their owner can read, and none into the repository', () => {
    assert.equal(statSync(at('ana.key')).mode & 0o777, 0o600);
    assert.match(cli('keygen', '--out', join(root, 'oops.key')).text, /does not belong into the repository/);
    assert.equal(existsSync(join(root, 'oops.key')), false);
    assert.notEqual(cli('keygen', '--out', at('ana.key')).status, 0, 'never over a key that exists');
  });

  it('makes a manifest of every file; without two of three signatures nobody accepts it', () => {
    make();
    assert.match(verify().text, /Refused: unsigned/);
    ok('sign', '--key', at('ana.key'), '--dir', dist);
    assert.match(verify().text, /Refused: under-signed/);
    ok('sign', '--key', at('cleo.key'), '--dir', dist);
    assert.match(verify().text, /Signed by ana, cleo/);
  });

  it('is checked by minisign as well, for each signer', { skip: withoutMinisign }, () => {
    const blocks = readFileSync(join(dist, 'release.json.minisig'), 'utf8').match(/(?:.*\n){4}/g) ?? [];
    assert.equal(blocks.length, 2);
    for (const [i, name] of ['ana', 'cleo'].entries()) {
      writeFileSync(at('one.minisig'), blocks[i] ?? '');
      const { publicKey } = keys.find(key => key.name === name) ?? { publicKey: '' };
      const args = ['-V', '-P', publicKey, '-m', join(dist, 'release.json'), '-x', at('one.minisig')];
      assert.equal(spawnSync('minisign', args).status, 0, name);
    }
  });

  it('names workers and the import map, and is the same from the same build', () => {
    const manifest = parseManifest(readFileSync(join(dist, 'release.json')));
    assert.equal(Object.keys(manifest.workers).length, 3);
    assert.ok(
      Object.keys(manifest.files).some(path => path.endsWith('.js.map')),
      'source maps too',
    );
    const { expires: _, ...first } = manifest;
    const copy = at('copy');
    cpSync(dist, copy, { recursive: true });
    ok('make', '--root', rootFile, '--changes', at('changes'), '--dir', copy, '--log', log);
    const { expires: __, ...second } = parseManifest(readFileSync(join(copy, 'release.json')));
    assert.deepEqual(second, first);
  });

  it('tells an altered file, a missing one and one too many, and refuses to make a manifest of them', () => {
    const copy = at('broken');
    cpSync(dist, copy, { recursive: true });
    const { files } = parseManifest(readFileSync(join(dist, 'release.json')));
    const [first = '', second = ''] = Object.keys(files).filter(path => path.startsWith('modules/'));
    writeFileSync(join(copy, first), 'x');
    rmSync(join(copy, second));
    writeFileSync(join(copy, 'modules/stray.js'), '');
    const { status, text } = cli('verify', '--root', rootFile, '--dir', copy);
    assert.equal(status, 1);
    for (const problem of [`${first} is altered`, `${second} is missing`, 'stray.js is not in the release'])
      assert.ok(text.includes(problem), text);
    const remade = cli('make', '--root', rootFile, '--changes', at('changes'), '--dir', copy, '--log', log);
    assert.match(remade.text, /not whole/);
  });

  it('numbers releases by the log, which is only ever appended to', () => {
    ok('log', '--append', '--dir', dist, '--log', log);
    assert.match(cli('log', '--append', '--dir', dist, '--log', log).text, /follows another one/);
    const first = readFileSync(join(dist, 'release.json'));
    make();
    const second = parseManifest(readFileSync(join(dist, 'release.json')));
    assert.equal(second.seq, 2);
    assert.equal(second.prev, readLog(readFileSync(log, 'utf8'))[0]?.release);
    assert.notEqual(parseManifest(first).seq, 2);
    assert.match(verify().text, /Refused: unsigned/, 'signatures of the one before do not stay');
  });
});

describe('the release log', () => {
  const entry = (seq: number) => ({ seq, version: '1.0.0', release: `sha384-${String(seq).repeat(64)}` });
  const log = [1, 2, 3].reduce((text, seq) => appendToLog(text, entry(seq)), '');

  it('is read back, and takes only the next number', () => {
    assert.deepEqual(
      readLog(log).map(({ seq }) => seq),
      [1, 2, 3],
    );
    for (const seq of [0, 3, 5]) assert.throws(() => appendToLog(log, entry(seq)));
  });

  it('is refused with any byte before its last line changed, a line removed, or cut off', () => {
    const lastLine = log.lastIndexOf('\n', log.length - 2) + 1;
    for (let i = 0; i < lastLine; i += 1) {
      const changed = log.slice(0, i) + String.fromCharCode(log.charCodeAt(i) ^ 1) + log.slice(i + 1);
      assert.throws(() => readLog(changed), `${i}`);
    }
    const lines = log.split('\n');
    assert.throws(() => readLog([lines[0], ...lines.slice(2)].join('\n')));
    assert.throws(() => readLog(lines.slice(1).join('\n')));
    assert.throws(() => readLog(log.slice(0, -1)));
  });

  it('of this repository holds', () => {
    readLog(readFileSync(join(root, 'releases.log'), 'utf8'));
  });
});
