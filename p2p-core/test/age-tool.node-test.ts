/** What the export's parts write, opened by the distribution's own `age` and `tar`: two programs that are not ours. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { findOnPath } from '../../tools/find-browser.mjs';
import { sealExport } from '../moving/age.ts';
import { TAR_END, tarHeader, tarPadding } from '../moving/tar.ts';

const hasAge = findOnPath('age') !== null && findOnPath('tar') !== null;

const python = findOnPath('python3');
const hasTerminal = hasAge && python !== null;

/** age asks for passphrases at a terminal only; Python has one to give. The exit code of age. */
function decryptAtTerminal(from: string, to: string, passphrase: string): number | null {
  const program = [
    'import os, pty, sys',
    'pid, fd = pty.fork()',
    'if pid == 0: os.execvp("age", ["age", "-d", "-o", sys.argv[2], sys.argv[1]])',
    'seen = b""',
    'while b"passphrase" not in seen: seen += os.read(fd, 1024)',
    'os.write(fd, sys.argv[3].encode() + b"\\n")',
    'try:',
    '  while os.read(fd, 1024): pass',
    'except OSError: pass', // Linux: the other side of the terminal is closed
    'sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))',
  ].join('\n');
  return spawnSync(python ?? '', ['-c', program, from, to, passphrase], { timeout: 60_000 }).status;
}

describe('an export and the tools of the distribution', () => {
  const folder = mkdtempSync(join(tmpdir(), 'enk-export-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const files = new Map([
    ['export.json', new TextEncoder().encode('{"format":"enkrypted-export"}')],
    ['conversations/1/1.jsonl', new TextEncoder().encode('{"text":"Größe 東京"}\n'.repeat(9_000))],
    ['files/1', new Uint8Array(0)],
  ]);

  function archive(): ReadableStream<Uint8Array> {
    const parts = [...files].flatMap(([name, bytes]) => [
      tarHeader({ name, sizeBytes: bytes.length }, 1_700_000_000),
      bytes,
      tarPadding(bytes.length),
    ]);
    return new ReadableStream({
      start(controller) {
        for (const part of [...parts, TAR_END]) controller.enqueue(part);
        controller.close();
      },
    });
  }

  it(
    'P2P-MOV-01: age opens it with its key, and tar unpacks it',
    { skip: !hasAge && 'age is not installed' },
    async () => {
      const identity = join(folder, 'key.txt');
      assert.equal(spawnSync('age-keygen', ['-o', identity]).status, 0);
      const [recipient = ''] = /age1[a-z0-9]+/.exec(readFileSync(identity, 'utf8')) ?? [];
      const sealed = await sealExport(archive(), { kind: 'recipient', recipient });
      const path = join(folder, 'export.tar.age');
      writeFileSync(path, Buffer.from(await new Response(sealed).arrayBuffer()));
      const tar = join(folder, 'export.tar');
      const opened = spawnSync('age', ['-d', '-i', identity, '-o', tar, path]);
      assert.equal(opened.status, 0, opened.stderr.toString());
      assert.equal(spawnSync('tar', ['-xf', tar, '-C', folder]).status, 0);
      for (const [name, bytes] of files) {
        assert.deepEqual(new Uint8Array(readFileSync(join(folder, name))), bytes, name);
      }
    },
  );

  it(
    'P2P-MOV-01: age opens it with its passphrase, typed at a terminal, and no other',
    { skip: !hasTerminal && 'age or python3 is not installed' },
    async () => {
      const path = join(folder, 'passphrase.tar.age');
      const sealed = await sealExport(archive(), { kind: 'passphrase', passphrase: 'größer als 東京!' });
      writeFileSync(path, Buffer.from(await new Response(sealed).arrayBuffer()));
      const tar = join(folder, 'passphrase.tar');
      assert.equal(decryptAtTerminal(path, tar, 'another passphrase'), 1);
      assert.equal(decryptAtTerminal(path, tar, 'größer als 東京!'), 0);
      const listed = spawnSync('tar', ['-tf', tar]).stdout.toString().trim().split('\n');
      assert.deepEqual(listed, [...files.keys()]);
    },
  );

  it('P2P-MOV-01: age refuses it with one byte flipped', { skip: !hasAge && 'age is not installed' }, () => {
    const path = join(folder, 'export.tar.age');
    const bytes = readFileSync(path);
    bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const opened = spawnSync('age', ['-d', '-i', join(folder, 'key.txt'), '-o', '/dev/null', path]);
    assert.notEqual(opened.status, 0);
  });
});
