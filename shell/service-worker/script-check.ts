/** Does the origin answer for the pinned service worker with another script? What a browser would find on an update. */
import { hashManifest, parseManifest } from '@enk/release-manifest';
import { readRecord } from './release-store.ts';
import { workerPathOf } from './worker-identity.ts';

const isScript = (type: string | null): boolean =>
  /^(?:text|application)\/(?:x-)?(?:java|ecma)script\b/i.test(type ?? '');

/**
 * Asks the origin for the script of the pinned release, as a browser would. True when it answers with another script;
 * no answer, a missing file, or a page that says "not found" are none.
 */
export async function isScriptReplaced(base: string): Promise<boolean> {
  const current = await readRecord('current');
  if (!current) return false;
  const release = parseManifest(current.manifest);
  const path = workerPathOf(release);
  if (path === null) return false;
  try {
    const response = await fetch(new URL(path, base), { cache: 'no-store', credentials: 'omit' });
    if (!response.ok || !isScript(response.headers.get('Content-Type'))) return false;
    return (await hashManifest(new Uint8Array(await response.arrayBuffer()))) !== release.serviceWorker;
  } catch {
    return false; // no answer says nothing
  }
}
