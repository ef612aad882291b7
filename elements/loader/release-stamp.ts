/**
 * One release or none. The build puts {@link stampOf} at the top of every module of the product; the first that runs
 * says which release the page has, and a module of another one throws before it defines anything.
 */

/** Where a page keeps the name of the release that it runs. */
export const releaseKey = Symbol.for('@enk/release');

/** `code` of the error that a module of another release throws. */
export const mixedCode = 'release-mixed';

/** The release that runs in this page already. */
export function runningRelease(): string | undefined {
  return (globalThis as { [releaseKey]?: string })[releaseKey];
}

export function isMixed(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === mixedCode;
}

/** One line of JavaScript for the top of a module. */
export function stampOf(release: string): string {
  const [key, id, code] = ['@enk/release', release, mixedCode].map(text => JSON.stringify(text));
  const words = '"This page runs another release of Enkrypted: "';
  return `{const k=Symbol.for(${key}),r=globalThis[k]??=${id};if(r!==${id})throw Object.assign(new Error(${words}+r),{code:${code}})}`;
}
