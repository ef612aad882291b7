/** Joining byte strings. `lp` makes a concatenation of variable-length fields injective. */
import { u32 } from './integers.ts';
import { wipe } from './wipe.ts';

/** The parts one after the other, in a new array. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (const part of parts) size += part.length;
  const joined = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Length-prefixed `x`: u32 length ‖ x. */
export function lp(x: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(u32(x.length), x);
}

/** As {@link concat}; then overwrites the parts, which are secret copies that nobody else wipes. */
export function joinAndWipe(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = concat(...parts);
  wipe(...parts);
  return joined;
}

/** As {@link lp}; then overwrites `x`. */
export function lpAndWipe(x: Uint8Array): Uint8Array<ArrayBuffer> {
  const prefixed = lp(x);
  wipe(x);
  return prefixed;
}
