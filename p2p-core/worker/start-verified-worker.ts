/**
 * The one way to start a worker. Import maps and their integrity do not reach workers, and a worker's script cannot
 * come from another origin: so its bytes are fetched with integrity, hashed once more here, and started from a blob.
 * Unverified bytes never run; there is no other path.
 *
 * The page's CSP needs `worker-src blob:`, the worker's origin in `connect-src`, and `trusted-types enk-worker`.
 */
import { P2pError } from '../errors.ts';
import type { WorkerManifest } from './worker-manifest.ts';

interface TrustedTypesPolicy {
  createScriptURL(input: string): unknown;
}

interface TrustedTypesFactory {
  createPolicy(name: string, rules: { createScriptURL(input: string): string }): TrustedTypesPolicy;
}

export interface StartWorkerOptions extends WorkerManifest {
  /** Shown by developer tools. */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

/** Object URLs of verified bytes; the policy lets nothing else become a worker. */
const verifiedUrls = new Set<string>();
let policy: TrustedTypesPolicy | undefined;

/**
 * Starts a module worker from `url` if its bytes have the hash `integrity` (`sha384-` + base64). Rejects with
 * P2pError `worker-unverified` when they have another one, `worker-unavailable` when they cannot be had or the
 * browser refuses to start it, `aborted` when `signal` aborts. The caller terminates the worker.
 */
export async function startVerifiedWorker(options: StartWorkerOptions): Promise<Worker> {
  const bytes = await fetchVerified(options);
  const objectUrl = URL.createObjectURL(new Blob([bytes], { type: 'text/javascript' }));
  verifiedUrls.add(objectUrl);
  try {
    const scriptUrl = trustedScriptUrl(objectUrl);
    return new Worker(scriptUrl, { type: 'module', ...(options.name && { name: options.name }) });
  } catch (cause) {
    throw new P2pError('worker-unavailable', { cause });
  } finally {
    verifiedUrls.delete(objectUrl);
    URL.revokeObjectURL(objectUrl); // The worker holds the blob from its constructor on (HTML §10.2.6.3).
  }
}

/** What `enk-loader.js` leaves in a page that has it: files of the release from whichever mirror has them. */
interface LoaderSource {
  fetch(file: string): Promise<ArrayBuffer>;
}

const loaderKey = Symbol.for('@enk/loader');

/** The worker's bytes from the loader's mirrors; null without a loader, and when it has none. Not yet verified here. */
async function fromLoader(url: string): Promise<ArrayBuffer | null> {
  const source = (globalThis as { readonly [loaderKey]?: LoaderSource })[loaderKey];
  const file = url.slice(url.lastIndexOf('/') + 1);
  return (await source?.fetch(file).catch(() => null)) ?? null; // then its own address says what is wrong
}

/**
 * Bytes of a file of this release, from the loader's mirrors or `url`, checked against `integrity`. Rejects as
 * `startVerifiedWorker` does.
 */
export async function fetchVerified({
  url,
  integrity,
  signal,
}: WorkerManifest & { readonly signal?: AbortSignal }): Promise<ArrayBuffer> {
  try {
    const bytes =
      (await fromLoader(url)) ?? (await fetchBytes(url, { integrity, ...(signal && { signal }) }));
    if (await hasDigest(bytes, integrity)) return bytes;
  } catch (cause) {
    if (signal?.aborted) throw new P2pError('aborted', { cause });
    throw new P2pError((await isChanged(url, integrity)) ? 'worker-unverified' : 'worker-unavailable', {
      cause,
    });
  }
  throw new P2pError('worker-unverified');
}

/** A browser reports wrong integrity like a lost network: only for the words that people see, look once more. */
async function isChanged(url: string, integrity: string): Promise<boolean> {
  try {
    return !(await hasDigest(await fetchBytes(url, { cache: 'no-store' }), integrity));
  } catch {
    return false; // Not to be had at all.
  }
}

async function fetchBytes(url: string, init: RequestInit): Promise<ArrayBuffer> {
  const response = await fetch(url, { credentials: 'omit', referrerPolicy: 'no-referrer', ...init });
  if (!response.ok) throw new TypeError(`status ${response.status}`);
  return response.arrayBuffer();
}

async function hasDigest(bytes: ArrayBuffer, integrity: string): Promise<boolean> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-384', bytes));
  return integrity === `sha384-${btoa(String.fromCharCode(...digest))}`;
}

function trustedScriptUrl(objectUrl: string): string {
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypesFactory };
  if (trustedTypes === undefined) return objectUrl;
  policy ??= trustedTypes.createPolicy('enk-worker', {
    createScriptURL(input) {
      if (!verifiedUrls.has(input)) throw new TypeError('Only verified workers run');
      return input;
    },
  });
  return policy.createScriptURL(objectUrl) as string; // A TrustedScriptURL, which the types of Worker do not know.
}
