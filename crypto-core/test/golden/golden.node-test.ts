/** The golden vectors in Node, where `npm run vectors` makes them. The checks are those of the browser's test. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { checkErrors, openingChecks, regenerationChecks } from './golden.body.ts';
import { GOLDEN_VECTORS } from './vectors.ts';

const folder = new URL('../vectors/profile-v1/', import.meta.url);
const read = (file: string): Promise<string> => readFile(new URL(file, folder), 'utf8');

it('CC-VEC-01: there is one file for each vector, and no other', async () => {
  assert.deepEqual((await readdir(folder)).sort(), GOLDEN_VECTORS.map(({ file }) => file).sort());
});

for (const { claim, check } of regenerationChecks(read)) it(`CC-VEC-01: ${claim}`, check);

for (const { claim, check } of openingChecks(read)) it(`CC-VEC-02: ${claim}`, check);

it('CC-VEC-03: V9: what must be refused is refused with its code, and nothing else is', async () => {
  const { refused, accepted } = await checkErrors(read);
  assert.ok(refused > 90 && accepted > 15, `${refused} refused, ${accepted} accepted`);
});
