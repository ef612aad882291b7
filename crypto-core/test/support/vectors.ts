/** Vector files of `test/vectors`, served beside the tests. */
import { expect } from '@esm-bundle/chai';

/** The parsed file; fails when it is missing. */
export async function loadVectors<T>(path: string): Promise<T> {
  const response = await fetch(new URL(`../../../test/vectors/${path}`, import.meta.url));
  expect(response.ok, path).to.equal(true);
  return (await response.json()) as T;
}
