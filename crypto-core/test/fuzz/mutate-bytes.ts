/**
 * Damage to byte strings: truncated, extended, flipped, spliced, lengths edited, random. Every mutation gives bytes
 * that differ from the original.
 */
import { concat } from '../../bytes/concat.ts';
import type { FuzzRandom } from './random.ts';

/** Byte strings to splice with: other messages, other layers' output, other sessions' messages. */
export type Donors = readonly Uint8Array[];

type Mutator = (random: FuzzRandom, bytes: Uint8Array, donors: Donors) => Uint8Array;

const INTERESTING = [0, 1, 2, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xfe, 0xff] as const;

const MUTATORS: Readonly<Record<string, Mutator>> = {
  'bit flipped': (random, bytes) =>
    change(bytes, copy => {
      const offset = at(random, copy);
      copy[offset] = (copy[offset] as number) ^ (1 << random.int(8));
    }),
  'byte replaced': (random, bytes) => change(bytes, copy => void (copy[at(random, copy)] = random.u32())),
  'interesting byte': (random, bytes) =>
    change(bytes, copy => void (copy[at(random, copy)] = random.pick(INTERESTING))),
  'several bytes': (random, bytes) =>
    change(bytes, copy => {
      for (let i = 1 + random.int(8); i > 0; i--) copy[at(random, copy)] = random.u32();
    }),
  'head changed': (random, bytes) =>
    change(bytes, copy => void (copy[random.int(Math.min(64, copy.length))] = random.u32())),
  'length field': (random, bytes) => editInteger(random, bytes),
  truncated: (random, bytes) => bytes.slice(0, random.int(bytes.length)),
  'last bytes cut': (random, bytes) => bytes.slice(0, Math.max(0, bytes.length - 1 - random.int(20))),
  'first bytes cut': (random, bytes) => bytes.slice(1 + random.int(Math.min(40, bytes.length))),
  extended: (random, bytes) => concat(bytes, random.bytes(1 + random.int(40))),
  'zeros appended': (random, bytes) => concat(bytes, new Uint8Array(1 + random.int(300))),
  'bytes inserted': (random, bytes) => {
    const offset = random.int(bytes.length + 1);
    return concat(bytes.subarray(0, offset), random.bytes(1 + random.int(8)), bytes.subarray(offset));
  },
  'bytes removed': (random, bytes) => {
    const offset = random.int(bytes.length);
    return concat(bytes.subarray(0, offset), bytes.subarray(offset + 1 + random.int(8)));
  },
  'blocks swapped': (random, bytes) => {
    const cut = random.int(bytes.length + 1);
    return concat(bytes.subarray(cut), bytes.subarray(0, cut));
  },
  doubled: (_random, bytes) => concat(bytes, bytes),
  'range zeroed': (random, bytes) =>
    change(bytes, copy => {
      const start = random.int(copy.length);
      copy.fill(0, start, start + 1 + random.int(64));
    }),
  'spliced with another': (random, bytes, donors) => {
    const donor = donors.length === 0 ? random.bytes(bytes.length) : random.pick(donors);
    return concat(bytes.subarray(0, random.int(bytes.length + 1)), donor.subarray(random.int(donor.length)));
  },
  'another in its place': (random, bytes, donors) =>
    donors.length === 0 ? random.bytes(bytes.length) : random.pick(donors).slice(),
  'random of its size': (random, bytes) => random.bytes(bytes.length),
  random: random => random.bytes(random.int(random.chance(0.1) ? 4_096 : 128)),
  empty: () => new Uint8Array(0),
  'all bits set': (_random, bytes) => new Uint8Array(bytes.length).fill(0xff),
};

/** Names of all mutations, for the tally. */
export const BYTE_MUTATIONS: readonly string[] = Object.keys(MUTATORS);

/** A mutation and what came of it. */
export interface Mutated {
  readonly mutation: string;
  readonly bytes: Uint8Array;
}

/** Bytes that differ from `bytes`. */
export function mutateBytes(random: FuzzRandom, bytes: Uint8Array, donors: Donors = []): Mutated {
  for (;;) {
    const mutation = random.pick(BYTE_MUTATIONS);
    const mutated = (MUTATORS[mutation] as Mutator)(random, bytes, donors);
    if (!sameBytes(mutated, bytes)) return { mutation, bytes: mutated };
    if (bytes.length === 0) return { mutation: 'extended', bytes: random.bytes(1 + random.int(40)) };
  }
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function change(bytes: Uint8Array, edit: (copy: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  if (copy.length > 0) edit(copy);
  return copy;
}

function at(random: FuzzRandom, bytes: Uint8Array): number {
  return random.int(bytes.length);
}

/** Adds to, or replaces, a big-endian integer of 1, 2, 4 or 8 bytes somewhere, most often near the front. */
function editInteger(random: FuzzRandom, bytes: Uint8Array): Uint8Array {
  const width = random.pick([1, 2, 4, 8]);
  if (bytes.length < width) return random.bytes(width);
  const copy = bytes.slice();
  const reach = random.chance(0.5) ? Math.min(64, copy.length - width) : copy.length - width;
  const offset = random.int(reach + 1);
  let carry = random.pick([1, -1, 2, -2, 63, 64, 255, 256, 65_536, 0x7fff_ffff]);
  if (random.chance(0.3)) copy.fill(random.pick([0, 0x7f, 0x80, 0xff]), offset, offset + width);
  for (let i = offset + width - 1; i >= offset && carry !== 0; i--) {
    const sum = (copy[i] as number) + carry;
    copy[i] = sum & 0xff;
    carry = Math.floor(sum / 256);
  }
  return copy;
}
