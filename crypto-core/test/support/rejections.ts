/** Expectations on refusals, and systematic damage to byte strings. */
import { expect } from '@esm-bundle/chai';
import { concat } from '../../bytes/concat.ts';
import { CryptoCoreError } from '../../errors.ts';
import type { CryptoCoreErrorCode } from '../../errors.ts';

/** Expects a CryptoCoreError of this code. */
export async function expectCode(
  code: CryptoCoreErrorCode,
  action: () => Promise<unknown> | unknown,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof CryptoCoreError)) throw error;
    expect(error.code).to.equal(code);
    return;
  }
  expect.fail(`expected ${code}, but it succeeded`);
}

/** A copy with the bits of `mask` flipped in byte `index`. */
export function flip(bytes: Uint8Array, index: number, mask = 0x01): Uint8Array {
  const damaged = bytes.slice();
  damaged[index] = (damaged[index] as number) ^ mask;
  return damaged;
}

/** Truncated at each length in steps, extended, and with each byte flipped. */
export function* damagedForms(bytes: Uint8Array, truncationStep = 1): Generator<Uint8Array> {
  for (let length = 0; length < bytes.length; length += truncationStep) yield bytes.slice(0, length);
  yield concat(bytes, new Uint8Array(1));
  for (let i = 0; i < bytes.length; i++) yield flip(bytes, i, 1 << (i % 8));
}

/** Expects a library or platform to refuse, with an error of any kind. */
export async function expectRefusal(action: () => unknown): Promise<void> {
  let result: unknown;
  try {
    result = await action();
  } catch (error) {
    expect(error).to.be.instanceOf(Error);
    return;
  }
  expect.fail(`expected a refusal, got ${typeof result}`);
}
