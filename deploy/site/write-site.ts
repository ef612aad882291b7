/** The shell as static files for one broker, and the headers that any server must send with them. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseManifest, type ReleaseRoot } from '@enk/release-manifest';
import { checkRelease } from '../../tools/build/check-release.ts';
import { configText, shellHeaders, type PageSettings } from '../../tools/build/page.ts';
import { pageLoading, SITE_CONFIG } from '../../tools/build/site-paths.ts';
import { readRelease } from '../../tools/build/write-release.ts';
import { MANIFEST } from '../../tools/release/make-manifest.ts';
import { pinOfRoot, verifyFolder } from '../../tools/release/verify-release.ts';
import { waictHeader, waictManifest, webcatManifest } from './attested-manifests.ts';
import { caddyHeaders, nginxHeaders, staticHostHeaders } from './header-files.ts';
import { headerRules, type Pages } from './header-rules.ts';

export function renderPages(dist: string, settings: PageSettings): Pages {
  const index = readRelease(dist);
  return Object.fromEntries(
    Object.entries(pageLoading).map(([path, loading]) => [
      path === 'index.html' ? '/' : `/${path}`,
      { html: readFileSync(join(dist, path), 'utf8'), headers: shellHeaders(index, { settings, loading }) },
    ]),
  );
}

/** Throws unless the folder is the release that enough of these keys vouch for. */
async function requireSigned(dist: string, root: ReleaseRoot): Promise<void> {
  const { acceptance, problems } = await verifyFolder(dist, pinOfRoot(root), Date.now());
  if (acceptance.kind === 'refused') throw new Error(`This release is ${acceptance.reason}.`);
  if (problems.length > 0) throw new Error(`This folder is not its release:\n${problems.join('\n')}`);
}

/** Pages of a signed release are served by its service worker, with policies that know no operator. */
function requireSecureBroker({ broker, root }: PageSettings): void {
  if (root && !broker.startsWith('wss://')) throw new Error('A signed release needs a broker at wss://.');
}

/**
 * Writes `public/` (what is served) and `headers/` (for the server) below `out`. `history` is a folder with `N.json` and
 * `N.json.minisig` of earlier releases, by which clients that slept through a change of keys find their way. Throws
 * when the build is not whole, or not the signed release that `settings.root` demands. A site from one origin gets
 * `experimental/` and a manifest below `public/.well-known` as well.
 */
export async function writeSite(
  dist: string,
  out: string,
  settings: PageSettings & { readonly history?: string; readonly origin?: string },
): Promise<void> {
  const problems = checkRelease(dist);
  if (problems.length > 0) throw new Error(`This build is not whole:\n${problems.join('\n')}`);
  requireSecureBroker(settings);
  if (settings.root) await requireSigned(dist, settings.root);
  const pages = renderPages(dist, settings);
  const rules = headerRules(pages, readRelease(dist), settings);
  const [site, headers] = [join(out, 'public'), join(out, 'headers')];
  mkdirSync(headers, { recursive: true });
  cpSync(dist, site, { recursive: true, filter: source => !source.endsWith('page.json') });
  if (settings.history !== undefined) cpSync(settings.history, join(site, 'releases'), { recursive: true });
  writeFileSync(join(site, SITE_CONFIG), configText(settings));
  writeFileSync(join(site, '_headers'), staticHostHeaders(rules));
  writeFileSync(join(headers, 'nginx.conf'), nginxHeaders(rules));
  writeFileSync(join(headers, 'Caddyfile'), caddyHeaders(rules));
  if ((settings.mirrors ?? []).length === 0) writeAttested(dist, out, settings);
}

function writeAttested(
  dist: string,
  out: string,
  settings: PageSettings & { readonly origin?: string },
): void {
  const index = readRelease(dist);
  const waict = waictManifest(index);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), text);
  };
  write(`public/${waict.path}`, waict.text);
  write('experimental/waict-header.txt', `${waictHeader(waict)}\n`);
  if (settings.origin === undefined) return;
  const { path, text } = webcatManifest(dist, index, settings, {
    origin: new URL(settings.origin).origin,
    version: versionOf(dist),
  });
  write(`experimental/${path}`, text);
}

/** Of the signed release; a build that nobody signed has none. */
function versionOf(dist: string): string {
  const file = join(dist, MANIFEST);
  return existsSync(file) ? parseManifest(readFileSync(file)).version : '0.0.0-unsigned';
}
