/**
 * What the origin and the mirrors offer as a release, judged by the rules of elements/release-manifest. A client that
 * slept through a rotation of keys walks the releases between, which sources keep as `releases/N.json`.
 */
import {
  acceptRelease,
  advanceRoot,
  parseManifest,
  type Acceptance,
  type Candidate,
  type Pin,
} from '@enk/release-manifest';
import type { ReleaseRefusal } from '@enk/context';

const MANIFEST = 'release.json';
const TIMEOUT_MS = 15_000;
const MAX_CHARS = 1_048_576;
/** Releases between that are walked at most: more than anybody sleeps through within an expiry. */
const MAX_STEPS = 64;

export interface AcceptedJudgement {
  readonly kind: 'accepted';
  readonly source: string;
  readonly candidate: Candidate;
  readonly acceptance: Extract<Acceptance, { kind: 'accepted' }>;
}

export type Judgement =
  AcceptedJudgement | { readonly kind: 'refused'; readonly source: string; readonly reason: ReleaseRefusal };

async function load(source: string, path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(new URL(path, source), { cache: 'no-store', credentials: 'omit', signal });
    const bytes = response.ok ? new Uint8Array(await response.arrayBuffer()) : null;
    return bytes && bytes.length <= MAX_CHARS ? bytes : null;
  } catch {
    return null; // reported as unreachable
  }
}

/** The bytes of a manifest and of the signatures beside it; null when they cannot be had. */
export async function loadCandidate(source: string, path: string): Promise<Candidate | null> {
  const [manifest, signatures] = await Promise.all([load(source, path), load(source, `${path}.minisig`)]);
  return manifest && { manifest, signatures: new TextDecoder().decode(signatures ?? new Uint8Array()) };
}

function seqOf(candidate: Candidate): number | null {
  try {
    return parseManifest(candidate.manifest).seq;
  } catch {
    return null; // judged as malformed
  }
}

/** The pin after the releases between `pinned` and `seq`, as far as they can be had and hold. */
async function walk(source: string, pinned: Pin, seq: number): Promise<Pin> {
  let pin = pinned;
  for (let step = 0; pin.seq + 1 < seq && step < MAX_STEPS; step += 1) {
    const between = await loadCandidate(source, `releases/${pin.seq + 1}.json`);
    const acceptance = between && (await advanceRoot(between, pin));
    if (acceptance?.kind !== 'accepted') return pin;
    pin = acceptance.pin;
  }
  return pin;
}

/** Judges what one source offers to a client that holds `pinned`. */
export async function judge(source: string, pinned: Pin, nowMs: number): Promise<Judgement> {
  const candidate = await loadCandidate(source, MANIFEST);
  if (!candidate) return { kind: 'refused', source, reason: 'unreachable' };
  const seq = seqOf(candidate);
  const isLater = pinned.hash !== null && seq !== null && seq > pinned.seq + 1;
  const pin = isLater ? await walk(source, pinned, seq) : pinned;
  const acceptance = await acceptRelease(candidate, pin, nowMs);
  return acceptance.kind === 'accepted'
    ? { kind: 'accepted', source, candidate, acceptance }
    : { kind: 'refused', source, reason: acceptance.reason };
}
