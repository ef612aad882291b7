/**
 * The files of the shell beside its modules: pages, what they are served with, web app manifest, icons, service
 * worker. They know no operator: which broker, which mirrors and which keys stand in `config.json`, which is data and
 * not part of a release. So one signature covers every byte of code.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../vite.config.ts';
import { bundle } from './bundle.ts';
import { emitScript, integrityOf, type EmittedFile } from './emit.ts';
import { buildIcons, type IconImage } from './icons.ts';
import { serviceWorkerEntry } from './module-table.ts';
import { renderShell } from './page.ts';
import { PAGE_HEADERS, pageLoading, WEB_MANIFEST } from './site-paths.ts';
import type { ReleaseIndex } from './write-release.ts';

/** Stands for any broker: the policy names `wss:` and no host. */
const anyBroker = { broker: 'wss://broker.invalid/', iceServers: [] };

const stable = (path: string, content: string | Buffer): EmittedFile => {
  const bytes = Buffer.from(content);
  return { path, bytes, integrity: integrityOf(bytes) };
};

export const shellTemplate = (): string => readFileSync(join(root, 'shell/index.html'), 'utf8');

/** `index` has the modules and the page's parts already. */
function pageFiles(index: ReleaseIndex): EmittedFile[] {
  const template = shellTemplate();
  const rendered = Object.entries(pageLoading).map(
    ([path, loading]) => [path, renderShell(template, index, { settings: anyBroker, loading })] as const,
  );
  const headers = Object.fromEntries(rendered.map(([path, page]) => [path, page.headers]));
  return [
    ...rendered.map(([path, { html }]) => stable(path, html)),
    stable(PAGE_HEADERS, `${JSON.stringify(headers, null, 2)}\n`),
  ];
}

function webManifest(icons: readonly IconImage[]): EmittedFile {
  const manifest = {
    name: 'Enkrypted',
    short_name: 'Enkrypted',
    description: 'Private conversations from browser to browser',
    id: './',
    start_url: './',
    scope: './',
    display: 'standalone',
    background_color: '#ffffff',
    theme_color: '#2d55d3',
    icons: icons.flatMap(({ path, manifest: entry }) =>
      entry === null ? [] : [{ src: `./${path}`, ...entry }],
    ),
  };
  return stable(WEB_MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Its name says its bytes: an update check of a browser must find the same bytes under it for ever (decision 0022). */
export async function buildServiceWorker(): Promise<readonly [script: EmittedFile, map: EmittedFile]> {
  const built = await bundle({ entry: serviceWorkerEntry, format: 'iife' });
  if (built.imports.length > 0) throw new Error('The service worker must be one file without imports.');
  const { script, map } = emitScript('service-worker', built, '');
  return [script, map];
}

/** Everything beside the modules, the service worker excepted. */
export async function buildSiteFiles(index: ReleaseIndex): Promise<readonly EmittedFile[]> {
  const icons = await buildIcons();
  return [...pageFiles(index), webManifest(icons), ...icons.map(({ path, bytes }) => stable(path, bytes))];
}
