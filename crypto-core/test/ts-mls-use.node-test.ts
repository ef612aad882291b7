/** What the product must not use of ts-mls, whatever a test could show of it: looked up in the sources. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const folder = new URL('..', import.meta.url).pathname;
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts') && !/test|fixture/.test(name))
  .map(name => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
  .filter(({ text }) => text.includes("'ts-mls"));

describe('use of ts-mls', () => {
  it('reads the product’s sources', () => {
    assert.ok(sources.length > 10, `${sources.length} sources import ts-mls`);
  });

  it('CC-GRP-16: no source uses processMessage, which drops PSK indices, or what the profile excludes (defects 2, 9)', () => {
    const excluded =
      /\b(processMessage|processPublicMessage|joinGroupExternal|reinitGroup|branchGroup|wireAsPublicMessage)\b/;
    const found = sources.filter(({ text }) => excluded.test(text)).map(({ name }) => name);
    assert.deepEqual(found, []);
  });

  it('CC-GRP-02: no source takes the library’s default configuration, which accepts everybody (defect 6)', () => {
    const defaults = /\b(defaultClientConfig|defaultAuthenticationService|defaultLifetime(Config)?)\b/;
    const found = sources.filter(({ text }) => defaults.test(text)).map(({ name }) => name);
    assert.deepEqual(found, []);
  });

  it('CC-GRP-01: one source names a suite, and none a suite’s number (defect 8)', () => {
    const naming = sources.filter(({ text }) => /['"`]MLS_(128|256)_/.test(text)).map(({ name }) => name);
    assert.deepEqual(naming, ['mls/suite.ts']);
    const numbers =
      /\b(getCiphersuiteFromId|getCiphersuiteNameFromId|0xf00[79])\b|import \{[^}]*\bciphersuites\b[^}]*\} from/;
    const found = sources.filter(({ text }) => numbers.test(text)).map(({ name }) => name);
    assert.deepEqual(found, []);
  });
});
