/**
 * EXPERIMENTAL. What two drafts want of a site that comes from one origin, so that others than its own service worker can
 * vouch for its files: the manifest of WAICT (waict-wg, integrity 0.1) and the unsigned one of WEBCAT (Freedom of the
 * Press Foundation), made from the same list of files as everything else. docs/decisions/0027-attested-manifests.md.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importMapText, webcatPolicy, type PageSettings } from '../../tools/build/page.ts';
import { pageLoading } from '../../tools/build/site-paths.ts';
import { toJson, type ReleaseIndex } from '../../tools/build/write-release.ts';

export interface AttestedFile {
  /** Relative to the site's top. */
  readonly path: string;
  readonly text: string;
}

const base64url = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64url');

/** Every file of the release by the path at which it is served; the first page also as `/`. */
function servedPaths({ integrity }: ReleaseIndex): readonly (readonly [served: string, path: string])[] {
  const paths = Object.keys(integrity).map(url => url.slice(2));
  return [...paths.map(path => [`/${path}`, path] as const), ['/', 'index.html'] as const].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
}

/** Named after its own hash, as the draft says. What an operator decides (config.json) is data, and not in it. */
export function waictManifest(index: ReleaseIndex): AttestedFile & { readonly source: string } {
  const hashes = servedPaths(index).map(([served, path]) => [served, index.integrity[`./${path}`]] as const);
  const text = toJson({ hashes: Object.fromEntries(hashes) });
  const name = base64url(Buffer.from(text));
  return { path: `.well-known/waict/v1/manifest/${name}`, text, source: `waict-manifest-v1-${name}` };
}

/** For the pages, beside what they send already; in report mode, which is all that this has been made for. */
export const waictHeader = ({ source }: { readonly source: string }): string =>
  `Integrity-Policy-Report-Only: blocked-destinations=(script), sources=("inline" "${source}")`;

export interface WebcatSite {
  /** Address of the site. */
  readonly origin: string;
  readonly version: string;
}

/** The input of WEBCAT's own program, which adds the time and the signatures. */
export function webcatManifest(
  folder: string,
  index: ReleaseIndex,
  settings: PageSettings,
  { origin, version }: WebcatSite,
): AttestedFile {
  const files = Object.keys(index.integrity)
    .sort()
    .map(url => [`/${url.slice(2)}`, base64url(readFileSync(join(folder, url)))] as const);
  const compat = Object.keys(pageLoading).find(path => path !== 'index.html') ?? '';
  const manifest = {
    app: origin,
    version,
    default_csp: webcatPolicy(index, importMapText(index, './'), settings),
    extra_csp: { [`/${compat}`]: "default-src 'none'" },
    default_index: '/index.html',
    default_fallback: '/index.html',
    wasm: [],
    files: Object.fromEntries(files),
  };
  return { path: 'webcat.json', text: toJson(manifest) };
}
