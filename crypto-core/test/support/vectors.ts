/**
 * The runner of published vectors. `describeVectors` loads a file of `test/vectors`, counts the cases whose check
 * succeeded, and closes with a test that fails unless every case of the file ran and their number is the one that
 * `test/vectors/coverage.json` pins. It prints `vectors: x.json N of N`; the test reporter adds these lines up and
 * fails a whole run in which a file of the manifest was not read. tools/vector-coverage.node-test.ts compares the
 * manifest with the disk.
 */
import { expect } from '@esm-bundle/chai';
import { listCases } from './vector-cases.ts';

/** What the tests of one file do with it. */
export interface VectorRun<File> {
  /** The parsed file. */
  load(): Promise<File>;
  /** Checks each of the selected cases and counts those that pass. Fails when nothing is selected. */
  each<Case extends object>(
    select: (file: File) => readonly Case[],
    check: (vector: Case) => Promise<void> | void,
  ): Promise<void>;
}

/** Describes the tests of one file of `test/vectors`, and that they ran all of its cases. */
export function describeVectors<File>(path: string, body: (vectors: VectorRun<File>) => void): void {
  const ran = new Set<object>();
  let loading: Promise<unknown> | undefined;
  const load = (): Promise<unknown> => (loading ??= fetchJson(path));
  const vectors: VectorRun<File> = {
    load: async () => (await load()) as File,
    async each(select, check) {
      const cases = select((await load()) as File);
      expect(cases.length, `${path}: cases selected`).to.be.greaterThan(0);
      for (const [index, vector] of cases.entries()) {
        await checkCase(`${path}, ${nameCase(vector, index)}`, async () => check(vector));
        ran.add(vector);
      }
    },
  };
  describe(path, () => {
    body(vectors);
    it(`runs every case of ${path}`, async () => {
      const cases = listCases(await load());
      const pinned = (await fetchJson('coverage.json')) as Readonly<Record<string, number>>;
      expect(cases.filter(vector => !ran.has(vector)).length, 'cases that no test ran').to.equal(0);
      expect(ran.size, 'objects that are no cases of the file').to.equal(cases.length);
      expect(cases.length, 'cases that coverage.json demands').to.equal(pinned[path]);
      console.log(`vectors: ${path} ${ran.size} of ${cases.length}`);
    });
  });
}

async function fetchJson(path: string): Promise<unknown> {
  const response = await fetch(new URL(`../../../test/vectors/${path}`, import.meta.url));
  expect(response.ok, path).to.equal(true);
  return response.json();
}

async function checkCase(name: string, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${name}: ${reason}`, { cause });
  }
}

function nameCase(vector: object, index: number): string {
  const tcId: unknown = Reflect.get(vector, 'tcId');
  return typeof tcId === 'number' ? `tcId ${tcId}` : `case ${index}`;
}
