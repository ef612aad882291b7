/**
 * Does anybody whom this device trusts vouch for a release that a contact says it runs? What is kept here counts, what
 * the pinned release names as the one before it, and what the keys of the pinned release have signed, expired or not.
 */
import { acceptRelease, hashManifest, parseManifest, type Pin } from '@enk/release-manifest';
import { loadCandidate } from './candidates.ts';
import { readRecord } from './release-store.ts';

export interface ClaimedRelease {
  readonly seq: number;
  readonly hash: string;
}

/** Its true number; null: nobody is known to vouch for it. */
export async function numberOfKnown(base: string, claim: ClaimedRelease): Promise<number | null> {
  const [current, previous, offered] = await Promise.all([
    readRecord('current'),
    readRecord('previous'),
    readRecord('offered'),
  ]);
  if (!current) return null;
  const kept = [current, previous, offered].find(release => release?.pin.hash === claim.hash);
  if (kept) return kept.pin.seq;
  if (parseManifest(current.manifest).prev === claim.hash) return current.pin.seq - 1;
  return numberOfSigned(base, claim, current.pin);
}

async function numberOfSigned(base: string, { seq, hash }: ClaimedRelease, pin: Pin): Promise<number | null> {
  for (const path of ['release.json', `releases/${seq}.json`]) {
    const candidate = await loadCandidate(base, path);
    if (!candidate || (await hashManifest(candidate.manifest)) !== hash) continue;
    // Nobody installs it: neither its age nor its expiry matters.
    const acceptance = await acceptRelease(candidate, { seq: 0, hash: null, root: pin.root }, 0);
    if (acceptance.kind === 'accepted') return acceptance.pin.seq;
  }
  return null;
}
