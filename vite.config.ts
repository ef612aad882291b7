/**
 * Shared settings of every build pass: one ES module out, nothing in its bytes that depends on the machine.
 * The passes themselves are made by tools/build/bundle.ts.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InlineConfig, Plugin } from 'vite';
import { libsignalPartsPlugin } from './tools/build/libsignal-parts.ts';
import { absentModuleSource, absentPeers, isMendedFile, mendTsMls } from './tools/build/ts-mls-mend.ts';

export const root = dirname(fileURLToPath(import.meta.url));

const absentId = '\0enk-absent-peer';

/** Applies the ts-mls mend, and answers its absent peers; the build fails where the mend does not apply. */
const tsMlsPlugin: Plugin = {
  name: 'enk-ts-mls-mend',
  enforce: 'pre',
  resolveId: source => (absentPeers.includes(source) ? absentId : null),
  load: id => (id === absentId ? absentModuleSource : null),
  transform: (code, id) => (isMendedFile(id) ? { code: mendTsMls(code, id), map: null } : null),
};

/** One pass: `entry` (a file, a bare specifier or a virtual module) becomes a single file; `external` tells which imports stay imports. */
export interface PassOptions {
  readonly entry: string;
  readonly format: 'es' | 'iife';
  readonly external: (specifier: string) => boolean;
  readonly define?: Readonly<Record<string, string>>;
  readonly plugins?: readonly Plugin[];
}

export function passConfig(options: PassOptions): InlineConfig {
  return {
    root,
    configFile: false,
    envFile: false,
    publicDir: false,
    logLevel: 'error',
    mode: 'production',
    define: { 'process.env.NODE_ENV': '"production"', ...options.define },
    plugins: [tsMlsPlugin, libsignalPartsPlugin, ...(options.plugins ?? [])],
    build: {
      write: false,
      target: 'es2022',
      minify: 'oxc',
      sourcemap: true,
      modulePreload: false,
      reportCompressedSize: false,
      lib: { entry: options.entry, formats: [options.format], name: 'enkBoot', fileName: 'module' },
      rolldownOptions: {
        input: options.entry,
        external: options.external,
        treeshake: true,
        output: {
          codeSplitting: false,
          minify: true,
          sourcemapExcludeSources: false,
          comments: { legal: true },
        },
      },
    },
  };
}

export default {};
