/**
 * The generations of one contact's pair secret, pure. A session makes a new one; older ones stay until a frame of
 * the peer under the new session proves that the peer holds it too. Two handshakes that ran at once make
 * siblings (same parent): both stay until a descendant is confirmed, so that either side's order of commits
 * leaves a common one. HANDSHAKE.md "FINISH", P2P-SES-12.
 */
import type { PairSecret } from '../storage/records.ts';

/** Generations kept; also the PSKs that a hello may offer. */
const MAX_GENERATIONS = 3;

/**
 * Adds the secret of a session that just committed; newest first. Its parent always stays until the new one is
 * confirmed: the peer proved that it holds that one, and may hold no other, however often its own commit is lost.
 */
export function addPairSecret(
  secrets: readonly PairSecret[],
  made: { readonly secret: Uint8Array; readonly id: string; readonly parentId: string },
): PairSecret[] {
  const fresh: PairSecret = { ...made, secret: new Uint8Array(made.secret), isConfirmed: false };
  // Without a common PSK the older ones are of no use to this peer, but siblings of the same moment are.
  const older = secrets.filter(secret => made.parentId !== '' || secret.parentId === '');
  const isParent = ({ id }: PairSecret): boolean => id === made.parentId;
  const room = MAX_GENERATIONS - 1 - older.filter(isParent).length;
  const others = older.filter(secret => !isParent(secret)).slice(0, room);
  return [fresh, ...older.filter(secret => isParent(secret) || others.includes(secret))];
}

/**
 * A frame of the peer opened under the session that made `id`, so the peer holds it: what it replaces goes, its
 * siblings stay.
 */
export function confirmPairSecret(secrets: readonly PairSecret[], id: string): PairSecret[] {
  const index = secrets.findIndex(secret => secret.id === id);
  const confirmed = secrets[index];
  if (confirmed === undefined || confirmed.isConfirmed) return [...secrets];
  return secrets
    .filter((secret, at) => at <= index || secret.parentId === confirmed.parentId)
    .map(secret => (secret.id === id ? { ...secret, isConfirmed: true } : secret));
}

/**
 * The order in which a hello offers them: newest generation first, siblings by id, so that two sides that hold the
 * same siblings in different order choose the same one.
 */
export function offeredPairSecrets(secrets: readonly PairSecret[]): PairSecret[] {
  const parents = [...new Set(secrets.map(secret => secret.parentId))];
  return parents.flatMap(parentId =>
    secrets.filter(secret => secret.parentId === parentId).sort((a, b) => (a.id < b.id ? -1 : 1)),
  );
}
