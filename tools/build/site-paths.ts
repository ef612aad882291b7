/** Names that stay the same from release to release. */
import type { Loading } from './page.ts';

/** Path of a page → how it loads. */
export const pageLoading = {
  'index.html': 'strict',
  'compat.html': 'compat',
} as const satisfies Record<string, Loading>;

/** What the service worker serves the pages with: the policies of any site whose broker is at wss:. */
export const PAGE_HEADERS = 'page-headers.json';
export const WEB_MANIFEST = 'manifest.webmanifest';
/** The operator's choices: data that no release holds. */
export const SITE_CONFIG = 'config.json';
