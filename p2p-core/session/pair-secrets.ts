/**
 * The generations of one contact's pair secret, newest first, pure. A handshake makes a new one on both sides, B first;
 * it may be cut off between the two commits, and two may run at once. What one side drops, the other may still need:
 * so each drops only what it knows to be replaced. crypto-core/model/pair-secrets.pml, P2P-SES-12.
 */
import type { PairSecret } from '../storage/records.ts';

/** Generations kept; also the PSKs that a hello may offer. */
const MAX_GENERATIONS = 3;

export interface MadePairSecret {
  readonly secret: Uint8Array;
  /** base64url of the PSK id. */
  readonly id: string;
}

/** A's commit: B has committed before its finish, so what A held when the link opened (`heldAtOpen`, ids) is replaced. */
export function addAsDialler(
  secrets: readonly PairSecret[],
  made: MadePairSecret,
  heldAtOpen: readonly string[],
): PairSecret[] {
  const since = secrets.filter(({ id }) => !heldAtOpen.includes(id));
  return confirm(withNewest(made, since), made.id);
}

/**
 * B's commit: A proved that it holds the parent and may get no further, however often, so the parent always stays; what
 * came after it may have reached A since it dialled. Without a parent (`parentId` is none of these) everything stays.
 */
export function addAsAnswerer(
  secrets: readonly PairSecret[],
  made: MadePairSecret,
  parentId: string,
): PairSecret[] {
  const parentAt = secrets.findIndex(({ id }) => id === parentId);
  if (parentAt === -1) return withNewest(made, secrets);
  const kept = secrets.slice(0, parentAt + 1);
  return withNewest(made, confirm(kept, parentId), parentId);
}

/**
 * A frame of the peer opened under the session that made `id`: the peer has committed, so `replacedIds` go. For B these
 * are the parent, or without one what B held when the link opened: A's hello did not name any of them.
 */
export function confirmPairSecret(
  secrets: readonly PairSecret[],
  id: string,
  replacedIds: readonly string[],
): PairSecret[] {
  if (!secrets.some(secret => secret.id === id)) return [...secrets]; // replaced in the meantime
  const others = secrets.filter(secret => !replacedIds.includes(secret.id));
  return confirm(others, id);
}

function confirm(secrets: readonly PairSecret[], provenId: string): PairSecret[] {
  return secrets.map(secret => (secret.id === provenId ? { ...secret, isConfirmed: true } : secret));
}

/** Above the limit the oldest goes that the peer never proved to hold; the parent never. */
function withNewest(made: MadePairSecret, older: readonly PairSecret[], parentId = ''): PairSecret[] {
  const newest: PairSecret = { secret: new Uint8Array(made.secret), id: made.id, isConfirmed: false };
  const excess = older.length - (MAX_GENERATIONS - 1);
  if (excess <= 0) return [newest, ...older];
  const replaceable = older.filter(({ id }) => id !== parentId).reverse();
  const isProven = ({ isConfirmed }: PairSecret): number => Number(isConfirmed);
  const gone = replaceable.sort((a, b) => isProven(a) - isProven(b)).slice(0, excess);
  return [newest, ...older.filter(secret => !gone.includes(secret))];
}
