/**
 * Damage to canonical JSON: other keys, order, spellings, types and sizes, deep nesting, and damage inside its
 * base64url fields that is spelled correctly again. Every mutation gives another text.
 */
import { decodeBase64Url, encodeBase64Url } from '../../bytes/base64url.ts';
import { decodeUtf8, utf8 } from '../../bytes/utf8.ts';
import { mutateBytes, sameBytes } from './mutate-bytes.ts';
import type { Donors, Mutated } from './mutate-bytes.ts';
import type { FuzzRandom } from './random.ts';

type Fields = [string, unknown][];
type Mutator = (random: FuzzRandom, fields: Fields, donors: Donors) => string;

const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  1e300,
  '',
  'AA',
  'A'.repeat(65_536),
  [],
  {},
  [[]],
  '__proto__',
];

const MUTATORS: Readonly<Record<string, Mutator>> = {
  'field bytes mutated': mutateField,
  'field bytes mutated again': mutateField,
  'field bytes mutated once more': mutateField,
  'value replaced': (random, fields) => {
    field(random, fields)[1] = random.pick(VALUES);
    return text(fields);
  },
  'value of another field': (random, fields) => {
    field(random, fields)[1] = field(random, fields)[1];
    return text(fields);
  },
  'field left out': (random, fields) => {
    fields.splice(random.int(fields.length), 1);
    return text(fields);
  },
  'field added': (random, fields) => {
    const name = random.pick(['x', 'type', '__proto__', 'constructor', 'toJSON']);
    fields.splice(random.int(fields.length + 1), 0, [name, random.pick(VALUES)]);
    return text(fields);
  },
  'field repeated': (random, fields) => {
    fields.push(field(random, fields));
    return text(fields);
  },
  'fields reordered': (random, fields) => {
    fields.splice(random.int(fields.length), 0, ...fields.splice(random.int(fields.length), 1));
    return text(fields);
  },
  'number changed': (random, fields) => {
    const numbers = fields.filter(([, value]) => typeof value === 'number');
    const [first] = numbers;
    if (first === undefined) return `${text(fields)} `;
    random.pick(numbers)[1] = random.pick([0, 1, 2, 3, 255, 2 ** 32, Number(first[1]) + 1, -0.5]);
    return text(fields);
  },
  'number spelled otherwise': (random, fields) =>
    text(fields).replace(/:(\d+)([,}])/, random.pick([':$1.0$2', ':$1e0$2', ':0$1$2', ':"$1"$2', ':-$1$2'])),
  'white space': (random, fields) => {
    const whole = text(fields);
    const offset = random.int(whole.length + 1);
    return whole.slice(0, offset) + random.pick([' ', '\t', '\n', '\r']) + whole.slice(offset);
  },
  'character escaped': (random, fields) => {
    const whole = text(fields);
    const offset = whole.indexOf(random.pick(['a', 'e', 't', 'k']));
    if (offset < 0) return `${whole}\n`;
    const escaped = `\\u${whole.charCodeAt(offset).toString(16).padStart(4, '0')}`;
    return whole.slice(0, offset) + escaped + whole.slice(offset + 1);
  },
  'byte order mark': (_random, fields) => `\ufeff${text(fields)}`,
  'nested deeply': (random, fields) => {
    const depth = random.pick([10, 400, 5_000]);
    field(random, fields)[1] = RAW + '['.repeat(depth) + ']'.repeat(depth);
    return text(fields);
  },
  'nested without end': random => '[{"a":'.repeat(random.pick([100, 3_000])),
  'an array around it': (_random, fields) => `[${text(fields)}]`,
};

/** Marks a value that is JSON text already. */
const RAW = '\u0000raw';

/** Another text than `bytes`, which is the JSON text of an object. */
export function mutateJson(random: FuzzRandom, bytes: Uint8Array, donors: Donors = []): Mutated {
  for (;;) {
    const mutation = random.pick(Object.keys(MUTATORS));
    const fields = Object.entries(JSON.parse(decodeUtf8(bytes)) as object);
    const mutated = utf8((MUTATORS[mutation] as Mutator)(random, fields, donors));
    if (!sameBytes(mutated, bytes)) return { mutation, bytes: mutated };
  }
}

function mutateField(random: FuzzRandom, fields: Fields, donors: Donors): string {
  const strings = fields.filter(
    ([name, value]) => typeof value === 'string' && !/^(type|specVersion)$/.test(name),
  );
  if (strings.length === 0) return `${text(fields)} `;
  const chosen = random.pick(strings);
  chosen[1] = mutateText(random, String(chosen[1]), donors);
  return text(fields);
}

function mutateText(random: FuzzRandom, base64url: string, donors: Donors): string {
  let bytes: Uint8Array;
  try {
    bytes = decodeBase64Url(base64url);
  } catch {
    return `${base64url}x`; // plain text, not bytes
  }
  // Mostly of the same length, so that what stands behind the length check is reached.
  for (let i = 0; i < 4; i++) {
    const mutated = mutateBytes(random, bytes, donors).bytes;
    if (mutated.length === bytes.length || i === 3) return encodeBase64Url(mutated);
  }
  return base64url;
}

function field(random: FuzzRandom, fields: Fields): [string, unknown] {
  if (fields.length === 0) fields.push(['x', 1]);
  return random.pick(fields);
}

/** JSON text of fields in their order, repeated names kept. */
function text(fields: Fields): string {
  const parts = fields.map(([name, value]) => {
    const isRaw = typeof value === 'string' && value.startsWith(RAW);
    return `${JSON.stringify(name)}:${isRaw ? value.slice(RAW.length) : JSON.stringify(value)}`;
  });
  return `{${parts.join(',')}}`;
}
