/**
 * Whether a state still stands (SPEC.md CC-GRP-19). Successors share buffers with it, so the `consumed` of any
 * of them leaves zeros in it, from which anybody can derive: such a state is superseded and does nothing more.
 */
import { isAllZero } from '../bytes/equal.ts';
import { CryptoCoreError } from '../errors.ts';
import { secretsOf } from './group-secrets.ts';
import type { MlsGroup } from './group-state.ts';

/** Throws `invalid-argument` when one secret of the state, of whatever use, was wiped. */
export function assertLive(group: MlsGroup): void {
  const current = group.kind === 'stable' ? group : group.parent;
  assertNoneWiped(secretsOf(current.client));
  assertNoneWiped(current.proposedUpdates.map(update => update.hpkePrivateKey));
  if (group.kind === 'pendingCommit') assertNoneWiped(secretsOf(group.staged));
}

/**
 * Runs `action` on a state that stands before and after it: what came of a state that was superseded meanwhile
 * is dropped.
 */
export async function whileLive<T>(group: MlsGroup, action: () => Promise<T>): Promise<T> {
  assertLive(group);
  const result = await action();
  assertLive(group);
  return result;
}

function assertNoneWiped(secrets: Iterable<Uint8Array>): void {
  for (const secret of secrets) if (isAllZero(secret)) throw new CryptoCoreError('invalid-argument');
}
