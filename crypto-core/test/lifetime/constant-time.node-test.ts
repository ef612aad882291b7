/** Byte strings are compared in constant time only: a reading of the product code, for want of a type that forbids it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** `===` on arrays compares identities; these are the ways to compare contents that stop at a difference. */
const EARLY_EXITS = [
  /\[\s*\w+\s*\]\s*[!=]==\s*\w+\[/, // a[i] !== b[i]
  /\.(?:every|some)\(\(?\w+,\s*\w+\)?\s*=>\s*\w+\s*[!=]==\s*\w+\[/,
  /encode(?:Hex|Base64Url)\([^()]*\)\s*[!=]==/,
  /[!=]==\s*encode(?:Hex|Base64Url)\(/,
  /\.(?:join|toString)\(\)\s*[!=]==/,
  /\b(?:indexedDB\.cmp|deepEqual|isDeepStrictEqual|timingSafeEqual|Buffer\.compare)\b/,
];
/** What is compared so is no byte string, and public. */
const EXCUSED = ['claim.layers.join() !== CIPHER_LAYERS.join()'];
/** Where a peer could measure: a MAC, a binder, an authenticator, a PSK's id, a plaintext that is a hash. */
const GUARDED: Readonly<Record<string, string>> = {
  'handshake/finish.ts': 'constantTimeEqual(computeMac(input, finish.signature), finish.mac)',
  'handshake/psk.ts': 'constantTimeEqual(computeBinder(input), binder)',
  'handshake/opening.ts': 'constantTimeEqual(id, choice.id)',
  'handshake/initiator.ts': 'constantTimeEqual(ack.pdu.epochAuthenticator, epochAuthenticator)',
  'handshake/responder.ts': 'constantTimeEqual(',
};

function productFiles(): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && !/(^|\/)(test|model|node_modules)\//.test(name))
    .filter(name => !/\.(test|fixture|node-test|d)\.ts$/.test(name))
    .sort();
}

function earlyExits(text: string): string[] {
  const lines = text.split('\n').filter(line => EARLY_EXITS.some(pattern => pattern.test(line)));
  return lines.map(line => line.trim()).filter(line => !EXCUSED.some(excuse => line.includes(excuse)));
}

describe('comparison of byte strings', () => {
  it('CC-LIF-05: nowhere in the package stops at the first difference', () => {
    const files = productFiles();
    assert.ok(files.length > 60, `${files.length} files`);
    const found = files.flatMap(name =>
      earlyExits(readFileSync(join(root, name), 'utf8')).map(line => `${name}: ${line}`),
    );
    assert.deepEqual(found, []);
  });

  it('CC-LIF-05: uses the constant-time comparison where a peer could measure', () => {
    for (const [name, call] of Object.entries(GUARDED)) {
      assert.ok(readFileSync(join(root, name), 'utf8').includes(call), `${name}: ${call}`);
    }
  });

  it('CC-LIF-05: the reading sees what it looks for', () => {
    const bad = [
      'if (mac[i] !== expected[i]) return false;',
      'return a.every((byte, i) => byte === b[i]);',
      'if (encodeHex(mac) === encodeHex(expected)) return;',
      'return id.join() === other.join();',
    ];
    for (const line of bad) assert.deepEqual(earlyExits(line), [line]);
    assert.deepEqual(earlyExits('if (kind === 1) return; if (a.length !== b.length) return;'), []);
  });
});
