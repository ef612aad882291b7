/** The headers that every file of a mirror needs, and why. */

export type HeaderFault = 'cors' | 'corp' | 'cache' | 'type' | 'nosniff';

const types: Readonly<Record<string, string>> = {
  js: 'text/javascript',
  map: 'application/json',
  json: 'application/json',
  css: 'text/css',
};

/** Content type without parameters; null where any will do. */
export function typeOf(path: string): string | null {
  return types[path.slice(path.lastIndexOf('.') + 1)] ?? null;
}

/** Files named by their content never change; everything else is asked for anew each time. */
export const isImmutable = (path: string): boolean => path.startsWith('modules/');

/** What is wrong with the headers of one file; empty when nothing is. */
export function headerFaults(path: string, headers: Headers): readonly HeaderFault[] {
  const get = (name: string) => (headers.get(name) ?? '').toLowerCase();
  const faults: HeaderFault[] = [];
  // Module scripts and anything with integrity are fetched in CORS mode.
  if (get('access-control-allow-origin') !== '*') faults.push('cors');
  // Pages that isolate themselves (COEP) refuse what does not say this.
  if (get('cross-origin-resource-policy') !== 'cross-origin') faults.push('corp');
  const type = typeOf(path);
  if (type !== null && get('content-type').split(';')[0]?.trim() !== type) faults.push('type');
  if (get('x-content-type-options') !== 'nosniff') faults.push('nosniff');
  if (!hasRightCaching(path, get('cache-control'))) faults.push('cache');
  return faults;
}

function hasRightCaching(path: string, value: string): boolean {
  const directives = value.split(',').map(directive => directive.trim());
  if (!isImmutable(path)) return directives.includes('no-cache') || directives.includes('no-store');
  const age = Number(/max-age=(\d+)/.exec(value)?.[1] ?? 0);
  return directives.includes('immutable') && age >= 31_536_000 && !directives.includes('private');
}
