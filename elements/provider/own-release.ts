/** What runs on this page, as contacts are told: a release that enough keys vouch for, or nothing. Pure. */
import type { ReleaseClaim, ReleaseSnapshot } from '@enk/context';

export function ownRelease(snapshot: ReleaseSnapshot | undefined): ReleaseClaim | null {
  const running = snapshot?.kind === 'pinned' || snapshot?.kind === 'unpinned' ? snapshot.running : null;
  return running && { version: running.version, seq: running.seq, hash: running.hash };
}
