/**
 * What the build makes: one ES module a workspace package and a vendor library, each with its own key in the
 * import map. Anything with a key stays an import everywhere but in the worker.
 */
import { join } from 'node:path';
import { root } from '../../vite.config.ts';

export interface LocalModule {
  /** Import-map key; equals the workspace package's name. */
  readonly specifier: string;
  /** First part of the file name. */
  readonly name: string;
  /** Absolute path of the package's index. */
  readonly entry: string;
}

const local = (specifier: string, folder: string): LocalModule => ({
  specifier,
  name: specifier.replace('@enk/', 'enk-'),
  entry: join(root, folder, 'index.ts'),
});

export const localModules: readonly LocalModule[] = [
  local('@enk/context', 'elements/context'),
  local('@enk/services', 'elements/services'),
  local('@enk/internal', 'elements/internal'),
  local('@enk/provider', 'elements/provider'),
  local('@enk/chat', 'elements/chat'),
  local('@enk/diagnostics', 'elements/diagnostics'),
  local('@enk/unlock', 'elements/unlock'),
  local('@enk/vault-settings', 'elements/vault-settings'),
  local('@enk/release-manifest', 'elements/release-manifest'),
  local('@enk/release', 'elements/release'),
  local('@enk/files', 'elements/files'),
  local('@enk/preview', 'elements/preview'),
  local('@enk/call', 'elements/call'),
  local('@enk/crypto-core', 'crypto-core'),
  local('@enk/p2p-core', 'p2p-core'),
  local('@enk/signal-engine', 'p2p-core/signal-engine'),
  local('@enk/signal-libsignal', 'crypto-core/signal-libsignal'),
  local('@enk/shell', 'shell'),
];

/** Packages that make up one vendor file. A package in no group is bundled into the group that imports it. */
export const vendorGroups: Readonly<Record<string, readonly string[]>> = {
  lit: ['lit', 'lit-html', 'lit-element', '@lit/reactive-element'],
  'lit-context': ['@lit/context'],
  peerjs: ['peerjs'],
  'ts-mls': ['ts-mls', '@hpke/core', '@hpke/common', '@hpke/ml-kem', '@hpke/hybridkem-x-wing'],
  'noble-hashes': ['@noble/hashes'],
  'noble-curves': ['@noble/curves'],
  'noble-ciphers': ['@noble/ciphers'],
  'noble-post-quantum': ['@noble/post-quantum'],
  'scure-bip39': ['@scure/bip39', '@scure/base'],
  valibot: ['valibot'],
  idb: ['idb'],
  qr: ['qr'],
  mediabunny: ['mediabunny'],
};

export interface WorkerModule {
  /** First part of the file name. */
  readonly name: string;
  readonly entry: string;
  /** The module whose constants are this worker's file name and hash. */
  readonly namedBy: string;
  /** Runs as soon as an element does, so a loader fetches it with the element's modules. */
  readonly isStartedAtOnce: boolean;
}

const sessionWorker = (name: string, file: string, namedBy: string): WorkerModule => ({
  name,
  entry: join(root, 'p2p-core/worker', file),
  namedBy,
  isStartedAtOnce: true,
});

export const defaultWorker = sessionWorker('enk-worker', 'worker.ts', '@enk/signal-engine');

/** One session worker an engine of the Signal layer, and the media worker. The others run where an import map is pointed at the module that names them. */
export const workerModules: readonly WorkerModule[] = [
  defaultWorker,
  sessionWorker('enk-worker-libsignal', 'worker-libsignal.ts', '@enk/signal-libsignal'),
  // Frames of calls: the same for every engine.
  {
    name: 'enk-media-worker',
    entry: join(root, 'p2p-core/calls/media-worker/media-worker.ts'),
    namedBy: '@enk/p2p-core',
    isStartedAtOnce: false,
  },
];
/** Draws documents of others in a frame without an origin; stands there as inline text, by its hash (decision 0031). */
export const frameScript = {
  name: 'enk-document-frame',
  entry: join(root, 'elements/preview/frame/document-frame.ts'),
} as const;
export const serviceWorkerEntry = join(root, 'shell/service-worker/service-worker.ts');
export const bootEntry = join(root, 'elements/loader/boot.ts');
export const loaderEntry = join(root, 'elements/loader/enk-loader.ts');
/** Everything that a page may embed, in one file without imports. */
export const standaloneEntry = join(root, 'elements/loader/standalone.ts');
export const shimsFile = join(root, 'node_modules/es-module-shims/dist/es-module-shims.js');

/** `@noble/hashes/sha2.js` → `@noble/hashes`; null for a relative or absolute path. */
export function packageOf(specifier: string): string | null {
  const match = /^(@[^/]+\/[^/]+|[^@./\0][^/:]*)(?:\/|$)/.exec(specifier);
  return match?.[1] ?? null;
}

/** The vendor group of a specifier, or null. */
export function vendorGroupOf(specifier: string): string | null {
  const name = packageOf(specifier);
  if (name === null) return null;
  return Object.entries(vendorGroups).find(([, packages]) => packages.includes(name))?.[0] ?? null;
}

/** True for a specifier that is, or will be, a key of the import map. */
export function hasKey(specifier: string): boolean {
  return localModules.some(module => module.specifier === specifier) || vendorGroupOf(specifier) !== null;
}
