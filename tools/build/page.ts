/**
 * Pages: the one inline import map, the boot script's tag, and the headers that go with them. The Content
 * Security Policy is made from the same values as the page, so the two cannot differ.
 */
import { createHash } from 'node:crypto';
import {
  controlIntegrity,
  controlUrl,
  probeUrl,
  wrongIntegrity,
} from '../../elements/loader/integrity-probe.ts';
import type { ReleaseRoot } from '@enk/release-manifest';
import { iconDataUrl } from './icons.ts';
import type { ReleaseIndex } from './write-release.ts';

export interface IceServer {
  readonly urls: string | readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

/** What the operator of a site decides: the content of `config.json`. No code, and in no release. */
export interface PageSettings {
  /** `ws://…` or `wss://…` */
  readonly broker: string;
  readonly iceServers: readonly IceServer[];
  /** Other places that have the files of releases, each with a slash at the end. */
  readonly mirrors?: readonly string[];
  /** Whose signatures a first visit demands; absent: an unsigned development build. */
  readonly root?: ReleaseRoot;
}

/** The text of `config.json`; shell/site-config.ts reads it. Throws for a broker that is no WebSocket address. */
export function configText({ broker, iceServers, mirrors = [], root }: PageSettings): string {
  originOf(broker);
  return `${JSON.stringify({ format: 'enk-site-1', broker, iceServers, mirrors, root: root ?? null }, null, 2)}\n`;
}

export interface Page {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How the boot script of a page treats browsers that do not enforce import-map integrity. */
export type Loading = 'strict' | 'compat';

/** The text of the inline import map with all URLs under `base` (ends with a slash), and the loader's probe. */
export function importMapText({ importMap, integrity }: ReleaseIndex, base: string): string {
  const under = (url: string) => url.replace(/^\.\//, base);
  const imports = Object.entries(importMap.imports).map(([key, url]) => [key, under(url)] as const);
  const urls = [...new Set(Object.values(importMap.imports))];
  const hashes = urls.map(url => [under(url), integrity[url]] as const);
  return JSON.stringify({
    imports: Object.fromEntries(imports),
    integrity: { ...Object.fromEntries(hashes), [controlUrl]: controlIntegrity, [probeUrl]: wrongIntegrity },
  });
}

const inlineHash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const escapeAttribute = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

const attributes = (entries: Readonly<Record<string, string>>) =>
  Object.entries(entries)
    .map(([name, value]) => (value === '' ? name : `${name}="${escapeAttribute(value)}"`))
    .join(' ');

/** Fills `{{name}}`; throws for a name without a value. Values of text are not escaped: the caller does. */
function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The page template asks for "${name}", which is not given.`);
    return value;
  });
}

function hashOf(index: ReleaseIndex, path: string): string {
  const hash = index.integrity[`./${path}`];
  if (!hash) throw new Error(`${path} has no integrity.`);
  return hash;
}

/** Hashes of the inline map, the boot script, the script of document frames and every module, beside `'strict-dynamic'`. */
function scriptSources(index: ReleaseIndex, mapText: string, loading: Loading): string {
  const modules = [...new Set(Object.values(index.importMap.imports))].map(
    url => `'${index.integrity[url]}'`,
  );
  const boot = `'${hashOf(index, index.page.boot)}'`;
  const shims = loading === 'compat' ? [`'${hashOf(index, index.page.shims)}'`, 'blob:'] : [];
  const probes = [`'${controlIntegrity}'`, `'${wrongIntegrity}'`];
  return [
    "'strict-dynamic'",
    inlineHash(mapText),
    boot,
    ...frameSource(index),
    ...shims,
    ...probes,
    ...modules,
  ].join(' ');
}

/** The script of document frames, which inherit the page's policy. Releases before it have none. */
function frameSource(index: ReleaseIndex): string[] {
  const { frame } = index.page;
  return frame === undefined ? [] : [`'${hashOf(index, frame)}'`];
}

const trustedTypes = (loading: Loading) =>
  `trusted-types enk-boot enk-worker enk-service-worker lit-html${loading === 'compat' ? ' enk-shims es-module-shims' : ''}`;

/**
 * The shell. `loading: 'compat'` is the page that the strict one hands over to. Its text is the same for every
 * operator; `settings` only open the policy for their broker and mirrors.
 */
export function renderShell(
  template: string,
  index: ReleaseIndex,
  { settings, loading }: { settings: PageSettings; loading: Loading },
): Page {
  const mapText = importMapText(index, './');
  const html = fill(template, {
    icon: escapeAttribute(iconDataUrl()),
    styles: `./${index.page.styles}`,
    stylesIntegrity: hashOf(index, index.page.styles),
    importMap: mapText,
    boot: `./${index.page.boot}`,
    bootIntegrity: hashOf(index, index.page.boot),
    bootAttributes: attributes(
      loading === 'strict'
        ? { 'data-shell': '', 'data-compat': 'compat.html' }
        : { 'data-shell': '', 'data-loader': 'shims', ...shimAttributes(index, './') },
    ),
  });
  return { html, headers: shellHeaders(index, { settings, loading }) };
}

/** What a page of the shell is served with. */
export function shellHeaders(
  index: ReleaseIndex,
  { settings, loading }: { settings: PageSettings; loading: Loading },
): Page['headers'] {
  const mapText = importMapText(index, './');
  const csp = [
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    `script-src ${scriptSources(index, mapText, loading)}`,
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    // Sandboxed previews of documents: frames without an origin, under this policy too (docs/decisions/0031).
    'frame-src blob:',
    // wss: because a person may choose another broker in the settings (docs/decisions/0009).
    `connect-src ${["'self'", connectSources(settings.broker), ...mirrorOrigins(settings)].join(' ')}`,
    // 'self' for the service worker; everything else that works is a verified blob.
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "require-trusted-types-for 'script'",
    trustedTypes(loading),
  ].join('; ');
  return { 'Content-Security-Policy': csp, ...pageHeaders };
}

/**
 * The policy of the first page under WEBCAT, whose rules know no `'strict-dynamic'`: everything from the one origin, and
 * the inline map by its hash. `blob:` is for the session worker, whose bytes are verified before they run.
 */
export function webcatPolicy(index: ReleaseIndex, mapText: string, settings: PageSettings): string {
  const probes = [`'${controlIntegrity}'`, `'${wrongIntegrity}'`];
  const scripts = ["'self'", inlineHash(mapText), ...frameSource(index), ...probes];
  return [
    "default-src 'none'",
    `script-src ${scripts.join(' ')}`,
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    'frame-src blob:',
    `connect-src 'self' ${connectSources(settings.broker)}`,
    "worker-src 'self' blob:",
    "manifest-src 'self'",
  ].join('; ');
}

/** The service worker's own policy: it asks its origin and the mirrors, and runs nothing but itself. */
export function serviceWorkerHeaders(settings: PageSettings): Page['headers'] {
  const csp = [
    "default-src 'none'",
    `connect-src ${["'self'", ...mirrorOrigins(settings)].join(' ')}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  return {
    'Content-Security-Policy': csp,
    'Content-Type': 'text/javascript; charset=utf-8',
    'Cache-Control': 'no-cache',
    'Access-Control-Allow-Origin': '*',
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'X-Content-Type-Options': 'nosniff',
  };
}

/** Origins of the mirrors. Throws for one that is no address. */
export const mirrorOrigins = ({ mirrors = [] }: PageSettings): string[] => [
  ...new Set(mirrors.map(mirror => new URL(mirror).origin)),
];

/** The configured broker, unless `wss:` covers it. */
function connectSources(broker: string): string {
  const origin = originOf(broker);
  return origin.startsWith('wss:') ? 'wss:' : `${origin} wss:`;
}

function shimAttributes(index: ReleaseIndex, base: string): Record<string, string> {
  return {
    'data-shims': `${base}${index.page.shims}`,
    'data-shims-integrity': hashOf(index, index.page.shims),
  };
}

/** `ws://host:port/path` → `ws://host:port`: a source expression without a path admits all paths. */
function originOf(broker: string): string {
  const { protocol, host } = new URL(broker);
  if (protocol !== 'ws:' && protocol !== 'wss:') throw new Error('A broker address starts with ws: or wss:.');
  return `${protocol}//${host}`;
}

/** What the product may ask a person for, and by name what it never asks for. */
const permissionsPolicy = [
  ...['camera', 'microphone', 'display-capture', 'fullscreen', 'picture-in-picture', 'screen-wake-lock'].map(
    name => `${name}=(self)`,
  ),
  ...['clipboard-write', 'publickey-credentials-create', 'publickey-credentials-get', 'autoplay'].map(
    name => `${name}=(self)`,
  ),
  ...['accelerometer', 'browsing-topics', 'geolocation', 'gyroscope', 'hid', 'magnetometer'].map(
    name => `${name}=()`,
  ),
  ...['midi', 'payment', 'serial', 'usb', 'xr-spatial-tracking'].map(name => `${name}=()`),
].join(', ');

const pageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-cache',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': permissionsPolicy,
  // Reported where import-map integrity counts as integrity (Chromium, Firefox); enforced nowhere yet, for WebKit's sake.
  'Integrity-Policy-Report-Only': 'blocked-destinations=(script)',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

/**
 * A foreign page: one tag, that of the loader, and a policy in the page itself that opens only what it needs. A page
 * with `'strict-dynamic'` names the loader alone; the loader answers for everything else.
 */
export function renderEmbed(
  template: string,
  index: ReleaseIndex,
  { mirrors, broker }: { mirrors: readonly string[]; broker: string },
): string {
  const origins = [...new Set(mirrors.map(mirror => new URL(mirror).origin))];
  const loader = hashOf(index, index.page.loader);
  const csp = [
    "default-src 'none'",
    `script-src 'strict-dynamic' '${loader}' ${frameSource(index).join(' ')}`.trim(),
    `connect-src ${origins.join(' ')} ${originOf(broker)}`,
    'worker-src blob:',
    'img-src blob: data:',
    'media-src blob:',
    'frame-src blob:',
    "require-trusted-types-for 'script'",
    'trusted-types enk-boot enk-loader enk-worker lit-html enk-shims es-module-shims',
  ].join('; ');
  return fill(template, {
    csp,
    loader: `${mirrors[0] ?? ''}${index.page.loader}`,
    loaderIntegrity: loader,
    mirrors: escapeAttribute(mirrors.join(' ')),
    broker: escapeAttribute(broker),
  });
}
