/**
 * JSON in the canonical form of RFC 8785 for what a manifest holds: objects, arrays, strings, safe integers,
 * booleans and null. Two manifests with one meaning have one text, so a hash or a signature names the meaning.
 */

export type CanonicalValue =
  null | boolean | number | string | readonly CanonicalValue[] | { readonly [key: string]: CanonicalValue };

const byCodeUnits = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);

/** Throws a TypeError for a number that is no safe integer, and for text with a lone surrogate. */
export function canonicalJson(value: CanonicalValue): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new TypeError('integers only');
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) throw new TypeError('lone surrogate');
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: CanonicalValue) => canonicalJson(item)).join(',')}]`;
  const members = Object.entries(value).sort(byCodeUnits);
  return `{${members.map(([key, item]) => `${canonicalJson(key)}:${canonicalJson(item)}`).join(',')}}`;
}
