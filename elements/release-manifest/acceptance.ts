/**
 * May this release follow the pinned one? Rules of The Update Framework (TUF 1.0 §5.3, §5.4), for one manifest:
 * enough keys of the pinned root vouch for it, and of its own root too when that is another one; it is not older,
 * not expired, and no second one of the same number. Whatever is not accepted is refused with one reason.
 */
import {
  hashManifest,
  ManifestError,
  parseManifest,
  type ReleaseManifest,
  type ReleaseRoot,
} from './manifest.ts';
import { parsePublicKey, parseSignatures, verifySignature, type MinisignSignature } from './minisign.ts';

/** What a client holds fast. Before the first install: `seq` 0, `hash` null, and the root it was given. */
export interface Pin {
  readonly seq: number;
  /** Of the pinned release.json. */
  readonly hash: string | null;
  readonly root: ReleaseRoot;
}

/** The bytes of a release.json, and of the release.json.minisig beside it. */
export interface Candidate {
  readonly manifest: Uint8Array<ArrayBuffer>;
  readonly signatures: string;
}

export type Refusal =
  | 'malformed'
  /** No key of the pinned root vouches for it. */
  | 'unsigned'
  /** Fewer keys than the threshold of the pinned root, or of its own root. */
  | 'under-signed'
  | 'expired'
  /** Older than what is pinned. */
  | 'rolled-back'
  /** Another release of the pinned number, or the next one of another history. */
  | 'forked';

export type Acceptance =
  | {
      readonly kind: 'accepted';
      readonly release: ReleaseManifest;
      readonly hash: string;
      /** Names of the keys of the pinned root that vouch for it. */
      readonly signers: readonly string[];
      readonly pin: Pin;
    }
  | { readonly kind: 'refused'; readonly reason: Refusal };

const refused = (reason: Refusal): Acceptance => ({ kind: 'refused', reason });

/** Names of the root's keys with a valid signature, each once. */
async function signersOf(
  root: ReleaseRoot,
  signatures: readonly MinisignSignature[],
  message: Uint8Array<ArrayBuffer>,
): Promise<readonly string[]> {
  const names: string[] = [];
  for (const { name, publicKey } of root.keys) {
    const key = parsePublicKey(publicKey);
    const own = signatures.filter(({ keyId }) => keyId === key?.keyId);
    const results = key ? await Promise.all(own.map(one => verifySignature(key, one, message))) : [];
    if (results.includes(true)) names.push(name);
  }
  return names;
}

function read(bytes: Uint8Array): ReleaseManifest | null {
  try {
    return parseManifest(bytes);
  } catch (error) {
    if (error instanceof ManifestError) return null;
    throw error;
  }
}

/** Order in time: what is pinned never gives way to something before it or beside it. */
function checkOrder(release: ReleaseManifest, hash: string, pinned: Pin): Refusal | null {
  if (release.seq < pinned.seq) return 'rolled-back';
  if (pinned.hash === null) return null;
  if (release.seq === pinned.seq && hash !== pinned.hash) return 'forked';
  return release.seq === pinned.seq + 1 && release.prev !== pinned.hash ? 'forked' : null;
}

async function check({ manifest, signatures }: Candidate, pinned: Pin): Promise<Acceptance> {
  const release = read(manifest);
  if (!release) return refused('malformed');
  const parsed = parseSignatures(signatures);
  const signers = await signersOf(pinned.root, parsed, manifest);
  if (signers.length === 0) return refused('unsigned');
  if (signers.length < pinned.root.threshold) return refused('under-signed');
  const own = await signersOf(release.root, parsed, manifest);
  if (own.length < release.root.threshold) return refused('under-signed');
  const hash = await hashManifest(manifest);
  const order = checkOrder(release, hash, pinned);
  if (order) return refused(order);
  return { kind: 'accepted', release, hash, signers, pin: { seq: release.seq, hash, root: release.root } };
}

/** May `candidate` be installed at `nowMs` by a client that holds `pinned`? Reads nothing else, changes nothing. */
export async function acceptRelease(candidate: Candidate, pinned: Pin, nowMs: number): Promise<Acceptance> {
  const result = await check(candidate, pinned);
  const isExpired = result.kind === 'accepted' && nowMs >= Date.parse(result.release.expires);
  return isExpired ? refused('expired') : result;
}

/**
 * The next release of the pinned history, for its root only: a client that slept through several rotations walks
 * them one by one. Their expiry does not matter, since none of them is installed (TUF 1.0 §5.3.10).
 */
export async function advanceRoot(candidate: Candidate, pinned: Pin): Promise<Acceptance> {
  const result = await check(candidate, pinned);
  return result.kind === 'accepted' && result.release.seq !== pinned.seq + 1 ? refused('forked') : result;
}
