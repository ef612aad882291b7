/**
 * The name of a release: a hash of all code that it consists of, before its own name is stamped into it. The same
 * sources have the same name everywhere.
 */
import { createHash } from 'node:crypto';
import { stampOf } from '../../elements/loader/index.ts';
import type { Bundle } from './bundle.ts';

/** 16 hex digits. Independent of the order. */
export function releaseIdOf(parts: Iterable<readonly [name: string, code: string]>): string {
  const hash = createHash('sha256');
  for (const [name, code] of [...parts].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${name}\n${code.length}\n${code}`);
  return hash.digest('hex').slice(0, 16);
}

/** The module with the stamp in a line of its own before it; its source map moves with it. */
export function stamped(bundle: Bundle, release: string): Bundle {
  const map = JSON.parse(bundle.map) as { mappings: string };
  return {
    ...bundle,
    code: `${stampOf(release)}\n${bundle.code}`,
    map: JSON.stringify({ ...map, mappings: `;${map.mappings}` }),
  };
}
