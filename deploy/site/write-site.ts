/** The shell as static files for one broker, and the headers that any server must send with them. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkRelease } from '../../tools/build/check-release.ts';
import { renderShell, type PageSettings } from '../../tools/build/page.ts';
import { readRelease } from '../../tools/build/write-release.ts';
import { root } from '../../vite.config.ts';
import { caddyHeaders, nginxHeaders, staticHostHeaders } from './header-files.ts';
import { headerRules, type Pages } from './header-rules.ts';

export function renderPages(dist: string, settings: PageSettings): Pages {
  const index = readRelease(dist);
  const template = readFileSync(join(root, 'shell/index.html'), 'utf8');
  return {
    '/': renderShell(template, index, { settings, loading: 'strict' }),
    '/compat.html': renderShell(template, index, { settings, loading: 'compat' }),
  };
}

/** Writes `public/` (what is served) and `headers/` (for the server) below `out`. Throws when the build is not whole. */
export function writeSite(dist: string, out: string, settings: PageSettings): void {
  const problems = checkRelease(dist);
  if (problems.length > 0) throw new Error(`This build is not whole:\n${problems.join('\n')}`);
  const pages = renderPages(dist, settings);
  const rules = headerRules(pages);
  const [site, headers] = [join(out, 'public'), join(out, 'headers')];
  mkdirSync(headers, { recursive: true });
  cpSync(dist, site, { recursive: true, filter: source => !source.endsWith('page.json') });
  for (const [path, { html }] of Object.entries(pages))
    writeFileSync(join(site, path === '/' ? 'index.html' : path), html);
  writeFileSync(join(site, '_headers'), staticHostHeaders(rules));
  writeFileSync(join(headers, 'nginx.conf'), nginxHeaders(rules));
  writeFileSync(join(headers, 'Caddyfile'), caddyHeaders(rules));
}
