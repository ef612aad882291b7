/**
 * Which service worker is ours? Its file's name holds its hash, and a browser installs another worker under the same
 * address only when the bytes behind it differ: so that alone is proof of a change. Another address is in order only
 * when the accepted release names it. Pages and the worker itself both look. Decision 0022.
 */
import type { ReleaseManifest } from '@enk/release-manifest';

/** Path of the service worker's script in a release; its name holds its hash. */
export function workerPathOf({ files, serviceWorker }: ReleaseManifest): string | null {
  const found = Object.entries(files).find(
    ([path, hash]) => hash === serviceWorker && !path.endsWith('.map'),
  );
  return found?.[0] ?? null;
}

/** Is `installing`, seen beside `active`, a worker that nobody signed? Addresses are absolute; `named` is the pinned release's. */
export function isForeignWorker(
  { installing, active }: { readonly installing: string; readonly active: string | null },
  named: string | null,
): boolean {
  if (named === null) return active !== null; // nothing pinned, yet a worker ran: its store was taken away
  return installing !== named || installing === active;
}
