/**
 * "State unchanged" for any state of this package: a deep copy, and a comparison that says where it differs.
 * CryptoKeys, functions and class instances without own data are compared by identity.
 */

/** A copy that later changes and wiping do not reach; CryptoKeys stay the same objects. */
export function deepCopy<Value>(value: Value): Value {
  return copyOf(value) as Value;
}

/** Path of the first difference, or null. */
export function findDifference(before: unknown, after: unknown, path = 'state'): string | null {
  if (before instanceof Uint8Array) {
    if (!(after instanceof Uint8Array) || before.length !== after.length) return path;
    for (let i = 0; i < before.length; i++) if (before[i] !== after[i]) return `${path}[${i}]`;
    return null;
  }
  if (before instanceof Map) {
    if (!(after instanceof Map)) return path;
    return findDifference([...before], [...after], path);
  }
  if (Array.isArray(before)) {
    if (!Array.isArray(after) || before.length !== after.length) return path;
    for (let i = 0; i < before.length; i++) {
      const difference = findDifference(before[i], after[i], `${path}[${i}]`);
      if (difference !== null) return difference;
    }
    return null;
  }
  if (!isPlain(before)) return Object.is(before, after) ? null : path;
  return isPlain(after) ? differenceOfRecords(before, after, path) : path;
}

function differenceOfRecords(before: object, after: object, path: string): string | null {
  const [own, other] = [Object.entries(before), after as Readonly<Record<string, unknown>>];
  if (own.length !== Object.keys(after).length) return path;
  for (const [key, value] of own) {
    const difference = findDifference(value, other[key], `${path}.${key}`);
    if (difference !== null) return difference;
  }
  return null;
}

function copyOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.slice();
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, copyOf(item)]));
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item)]));
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || value instanceof CryptoKey) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
