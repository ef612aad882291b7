/**
 * `config.json` of a site: what its operator decides. Data from the network and no part of a release, so every field
 * is checked, and none of them can be code. The page and the service worker both read it here.
 */
import { readRoot, type ReleaseRoot } from '@enk/release-manifest';

export interface SiteConfig {
  readonly brokerUrl: string;
  /** JSON list, as `<enk-provider ice-servers>` takes it. */
  readonly iceServers: string;
  /** Absolute addresses with a slash at the end: other places that have the files of releases. */
  readonly mirrors: readonly string[];
  /** Whose signatures a first visit demands; null: an unsigned development build. */
  readonly root: ReleaseRoot | null;
}

export const SITE_CONFIG_PATH = './config.json';

/** Larger is no configuration. */
const MAX_CHARS = 65_536;
const MAX_MIRRORS = 16;
const FIELDS = ['broker', 'format', 'iceServers', 'mirrors', 'root'];

/** `unreachable`: no answer, or not a good one; `malformed`: an answer that is no configuration. */
export class SiteConfigError extends Error {
  constructor(readonly code: 'unreachable' | 'malformed') {
    super('The configuration of this site cannot be used.');
  }
}

function isMirror(value: unknown): value is string {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, hostname, pathname, search, hash } = new URL(value);
  const isSafe =
    protocol === 'https:' || (protocol === 'http:' && /^(?:localhost|127\.0\.0\.1)$/.test(hostname));
  return isSafe && pathname.endsWith('/') && search === '' && hash === '';
}

function parse(text: string): SiteConfig {
  const value = JSON.parse(text) as Record<string, unknown>;
  const { format, broker, iceServers, mirrors, root } = value;
  const isWhole =
    Object.keys(value).sort().join() === FIELDS.join() &&
    format === 'enk-site-1' &&
    typeof broker === 'string' &&
    Array.isArray(iceServers) &&
    Array.isArray(mirrors) &&
    mirrors.length <= MAX_MIRRORS &&
    mirrors.every(isMirror);
  if (!isWhole) throw new SiteConfigError('malformed');
  return {
    brokerUrl: broker,
    iceServers: JSON.stringify(iceServers),
    mirrors,
    root: root === null ? null : readRoot(root),
  };
}

/** Throws SiteConfigError `malformed`. What stands in `broker` and `iceServers` is checked where it is used. */
export function parseSiteConfig(text: string): SiteConfig {
  if (text.length > MAX_CHARS) throw new SiteConfigError('malformed');
  try {
    return parse(text);
  } catch {
    throw new SiteConfigError('malformed');
  }
}

/** Fetches and checks the configuration of the site that this page or worker belongs to. Throws SiteConfigError. */
export async function loadSiteConfig(base: string, fetcher: typeof fetch = fetch): Promise<SiteConfig> {
  let text: string;
  try {
    const response = await fetcher(new URL(SITE_CONFIG_PATH, base));
    if (!response.ok) throw new SiteConfigError('unreachable');
    text = await response.text();
  } catch {
    throw new SiteConfigError('unreachable');
  }
  return parseSiteConfig(text);
}
