/** Compares what a mirror serves with a signed release, byte for byte, and its headers with those it needs. */
import { createHash } from 'node:crypto';
import { parseManifest, type ReleaseManifest } from '@enk/release-manifest';
import { MANIFEST, SIGNATURES } from '../../tools/release/make-manifest.ts';
import { headerFaults, type HeaderFault } from './mirror-headers.ts';

export type FaultKind =
  | HeaderFault
  /** No answer at all. */
  | 'unreachable'
  /** Another status than 200. */
  | 'missing'
  | 'redirected'
  | 'truncated'
  | 'altered'
  /** release.json is that of an older release, consistent or not. */
  | 'old-release'
  /** release.json.minisig is not that of this release. */
  | 'signatures';

export interface Fault {
  readonly path: string;
  readonly kind: FaultKind;
  /** What was found, in a few words. */
  readonly found: string;
}

/** The release that mirrors are compared with, already accepted. */
export interface Reference {
  readonly release: ReleaseManifest;
  /** The bytes of every file by path, release.json and its signatures among them. */
  readonly bytesOf: (path: string) => Buffer;
}

export interface MirrorReport {
  readonly url: string;
  /** Number of the release that it serves; null when that cannot be read. */
  readonly seq: number | null;
  readonly files: number;
  readonly faults: readonly Fault[];
}

const TIMEOUT_MS = 30_000;
const AT_ONCE = 6;

const hashOf = (bytes: Buffer) => `sha384-${createHash('sha384').update(bytes).digest('base64')}`;

function seqOf(bytes: Buffer): number | null {
  try {
    return parseManifest(bytes).seq;
  } catch {
    return null; // not a manifest: reported as altered
  }
}

function compareBytes(path: string, served: Buffer, { release, bytesOf }: Reference): Fault | null {
  const wanted = bytesOf(path);
  if (served.equals(wanted)) return null;
  if (path === SIGNATURES) return { path, kind: 'signatures', found: 'not those of this release' };
  const seq = path === MANIFEST ? seqOf(served) : null;
  if (seq !== null && seq < release.seq) return { path, kind: 'old-release', found: `release ${seq}` };
  const isCut = served.length < wanted.length && served.equals(wanted.subarray(0, served.length));
  if (isCut) return { path, kind: 'truncated', found: `${served.length} of ${wanted.length} bytes` };
  return { path, kind: 'altered', found: hashOf(served).slice(0, 23) };
}

interface FileReport {
  readonly faults: readonly Fault[];
  readonly served: Buffer | null;
}

async function checkFile(base: string, path: string, reference: Reference): Promise<FileReport> {
  const fail = (kind: FaultKind, found: string): FileReport => ({
    faults: [{ path, kind, found }],
    served: null,
  });
  let response: Response;
  let served: Buffer;
  try {
    response = await fetch(new URL(path, base), {
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { Origin: 'https://embedder.example' },
    });
    served = Buffer.from(await response.arrayBuffer());
  } catch {
    return fail('unreachable', 'no whole answer');
  }
  if (response.status >= 300 && response.status < 400) return fail('redirected', `status ${response.status}`);
  if (response.status !== 200) return fail('missing', `status ${response.status}`);
  const wrongHeaders = headerFaults(path, response.headers).map(kind => ({
    path,
    kind,
    found: shown(kind, response),
  }));
  const wrongBytes = compareBytes(path, served, reference);
  return { faults: wrongBytes ? [wrongBytes, ...wrongHeaders] : wrongHeaders, served };
}

const headerOf: Readonly<Record<HeaderFault, string>> = {
  cors: 'Access-Control-Allow-Origin',
  corp: 'Cross-Origin-Resource-Policy',
  cache: 'Cache-Control',
  type: 'Content-Type',
  nosniff: 'X-Content-Type-Options',
};

const shown = (kind: HeaderFault, { headers }: Response) =>
  `${headerOf[kind]}: ${headers.get(headerOf[kind]) ?? 'absent'}`;

/** Looks at every file of the release on one mirror. `url` ends with a slash. */
export async function verifyMirror(url: string, reference: Reference): Promise<MirrorReport> {
  const paths = [MANIFEST, SIGNATURES, ...Object.keys(reference.release.files)];
  const faults: Fault[] = [];
  let seq: number | null = null;
  for (let i = 0; i < paths.length; i += AT_ONCE) {
    const batch = paths.slice(i, i + AT_ONCE);
    const reports = await Promise.all(batch.map(path => checkFile(url, path, reference)));
    faults.push(...reports.flatMap(report => report.faults));
    if (i === 0 && reports[0]?.served) seq = seqOf(reports[0].served);
  }
  return { url, seq, files: paths.length, faults };
}
