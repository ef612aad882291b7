/** Everything that a value holds: byte strings and keys, with the path to each. */

export interface FoundBytes {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface FoundKey {
  readonly path: string;
  readonly key: CryptoKey;
}

export interface Found {
  readonly bytes: FoundBytes[];
  readonly keys: FoundKey[];
}

/** Walks plain objects, arrays, maps and the fields of instances; each object once. */
export function walk(
  value: unknown,
  path = '',
  found: Found = { bytes: [], keys: [] },
  seen = new Set(),
): Found {
  if (typeof value !== 'object' || value === null || seen.has(value)) return found;
  seen.add(value);
  if (value instanceof Uint8Array) found.bytes.push({ path, bytes: value });
  else if (value instanceof CryptoKey) found.keys.push({ path, key: value });
  else if (value instanceof Map)
    for (const [key, item] of value) walk(item, `${path}{${String(key)}}`, found, seen);
  else
    for (const [key, item] of Object.entries(value))
      walk(item, path === '' ? key : `${path}.${key}`, found, seen);
  return found;
}

/** Byte strings of a pair's state that are no secrets: what was or will be on the wire, and what names things. */
const PUBLIC = [
  /^mls\.client\.(groupContext|ratchetTree|unappliedProposals|groupActiveState|clientConfig)\b/,
  /^mls\.client\.confirmationTag$/,
  /^mls\.client\.privatePath\.leafIndex$/,
  /^signal\.(associatedData|sendingKey\.publicKey|receiving\.ratchetKey)$/,
  /^kem\.(sessionId|offer\.encapsulationKey)$/,
  /^aes\.(th1|ownRotation\.pdu|ownRotation\.keyPair\.publicKey|peerRotation\.(publicKey|pdu))$/,
];

/** The secrets of a pair's state, by where they stand. Whatever is not known to be public counts as one. */
export function secretsOf(state: unknown): FoundBytes[] {
  return walk(state).bytes.filter(({ path }) => !PUBLIC.some(pattern => pattern.test(path)));
}

/** Paths of the byte strings that are not all zero. */
export function pathsNotWiped(secrets: readonly FoundBytes[]): string[] {
  return secrets.filter(({ bytes }) => bytes.some(byte => byte !== 0)).map(({ path }) => path);
}
