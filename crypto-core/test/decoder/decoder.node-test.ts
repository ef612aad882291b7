/**
 * Runs the second decoder of the golden vectors: Python with the distribution's `cryptography`, written from SPEC.md,
 * without a line or a library of ours.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findPython } from '../../../tools/parts.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const vectors = fileURLToPath(new URL('../vectors/profile-v1/', import.meta.url));
const python = findPython();
const options = { skip: python === null ? 'no Python with the package cryptography' : false };

function decode(...args: readonly string[]): { readonly status: number | null; readonly lines: string[] } {
  // -I: isolated, so that nothing but the standard library, the distribution and this folder is found.
  const script = `import sys; sys.path.insert(0, sys.argv.pop(1)); import decode; sys.exit(decode.main(sys.argv[1], sys.argv[2:]))`;
  const run = spawnSync(python ?? '', ['-I', '-B', '-c', script, folder, ...args], { encoding: 'utf8' });
  return { status: run.status, lines: `${run.stdout}${run.stderr}`.trim().split('\n') };
}

it('CC-VEC-04: the second decoder opens every golden vector', options, async () => {
  const { status, lines } = decode(vectors);
  console.log(lines.map(line => `    ${line}`).join('\n'));
  assert.equal(status, 0, lines.join('\n'));
  const files = (await readdir(vectors)).length;
  assert.equal(lines.at(-1), `opened ${files} files`);
});

it('CC-VEC-04: it imports nothing but the standard library and cryptography', async () => {
  const modules = (await readdir(folder)).filter(name => name.endsWith('.py'));
  const own = modules.map(name => name.slice(0, -3));
  const standard = [
    'base64',
    'copy',
    'hashlib',
    'hmac',
    'json',
    're',
    'sys',
    'traceback',
    'pathlib',
    'urllib',
  ];
  const allowed = new Set([...own, ...standard, 'cryptography']);
  for (const name of modules) {
    const source = await readFile(join(folder, name), 'utf8');
    const imports = [...source.matchAll(/^\s*(?:from|import) ([a-z0-9_]+)/gim)].map(match => match[1] ?? '');
    assert.deepEqual(
      imports.filter(module => !allowed.has(module)),
      [],
      name,
    );
  }
});

it('CC-VEC-05: one changed digit in any byte string of V8 fails', options, async () => {
  const text = await readFile(join(vectors, 'v8-cascade.json'), 'utf8');
  const places = [...text.matchAll(/"[A-Za-z0-9]+": "([0-9a-f]{4,})"/g)];
  const copies = await mkdtemp(join(tmpdir(), 'decoder-'));
  try {
    const names: string[] = [];
    for (const [index, place] of places.entries()) {
      const middle = place.index + place[0].indexOf(place[1] ?? '') + Math.floor((place[1] ?? '').length / 2);
      const digit = text.charAt(middle) === '0' ? '1' : '0';
      names.push(`v8-${index}.json`);
      await writeFile(
        join(copies, `v8-${index}.json`),
        text.slice(0, middle) + digit + text.slice(middle + 1),
      );
    }
    await writeFile(join(copies, 'v8-unchanged.json'), text);
    assert.ok(names.length >= 100, 'too few places');
    assert.equal(decode(copies, 'v8-unchanged.json').status, 0);
    const { status, lines } = decode(copies, ...names);
    assert.notEqual(status, 0);
    for (const name of names)
      assert.ok(
        lines.some(line => line.startsWith(`${name}: FAILED`)),
        `${name} opened`,
      );
  } finally {
    await rm(copies, { recursive: true, force: true });
  }
});

it(
  'CC-CAS-09: it predicts every control PDU of V8 and V11, and fails when one is not due',
  options,
  async () => {
    assert.equal(decode(vectors, 'v8-cascade.json', 'v11-rotation.json').status, 0);
    const copies = await mkdtemp(join(tmpdir(), 'decoder-'));
    try {
      const text = await readFile(join(vectors, 'v8-cascade.json'), 'utf8');
      const earlier = text.replaceAll('"atMs": 600000', '"atMs": 599999');
      assert.notEqual(earlier, text);
      await writeFile(join(copies, 'v8-cascade.json'), earlier);
      const { status, lines } = decode(copies, 'v8-cascade.json');
      assert.equal(status, 1);
      assert.match(lines.join('\n'), /a control PDU that was not due/);
    } finally {
      await rm(copies, { recursive: true, force: true });
    }
  },
);

it('CC-VEC-05: a missing file fails', options, async () => {
  const copies = await mkdtemp(join(tmpdir(), 'decoder-'));
  try {
    await writeFile(join(copies, 'v1-pipeline.json'), await readFile(join(vectors, 'v1-pipeline.json')));
    const { status, lines } = decode(copies);
    assert.equal(status, 1);
    assert.match(lines.at(-1) ?? '', /missing .*V8/);
  } finally {
    await rm(copies, { recursive: true, force: true });
  }
});
