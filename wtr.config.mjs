// Unit tests: every x.test.ts runs in a real Chromium, TypeScript and bare imports resolved on serving.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { chromeLauncher } from '@web/test-runner-chrome';
import puppeteer from 'puppeteer-core';
import { tsImport } from 'tsx/esm/api';
import { build } from 'vite';
import { chromiumFlags, findChromium } from './tools/find-browser.mjs';
import { summaryLineReporter } from './tools/wtr-reporter.mjs';

const rootDir = dirname(fileURLToPath(import.meta.url));
const { absentModuleSource, absentPeers, isMendedFile, mendTsMls } = await tsImport(
  './tools/build/ts-mls-mend.ts',
  import.meta.url,
);

const executablePath = findChromium();
if (!executablePath)
  throw new Error('No Chromium found. Set ENK_CHROMIUM, or run npm test, which installs one.');

/** Serves ts-mls mended, as the build vendors it. */
const tsMlsMendPlugin = {
  name: 'enk-ts-mls-mend',
  resolveImport({ source }) {
    return absentPeers.includes(source) ? '/__absent-peer.js' : undefined;
  },
  serve(context) {
    return context.path === '/__absent-peer.js' ? { body: absentModuleSource, type: 'js' } : undefined;
  },
  transform(context) {
    if (!isMendedFile(context.path) || typeof context.body !== 'string') return undefined;
    return { body: mendTsMls(context.body, context.path) };
  },
};

let bundledPeerJs;

/** PeerJS, whose dependencies are partly CommonJS, as one module. */
async function bundlePeerJs() {
  const result = await build({
    root: rootDir,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      lib: { entry: `${rootDir}/node_modules/peerjs/dist/bundler.mjs`, formats: ['es'], fileName: 'peerjs' },
    },
  });
  return [result].flat()[0].output[0].code;
}

const peerJsPlugin = {
  name: 'enk-peerjs',
  resolveImport({ source }) {
    return source === 'peerjs' ? '/__vendor/peerjs.js' : undefined;
  },
  async serve(context) {
    if (context.path !== '/__vendor/peerjs.js') return undefined;
    bundledPeerJs ??= bundlePeerJs();
    return { body: await bundledPeerJs, type: 'js' };
  },
};

const { libsignalPartsPlugin } = await tsImport('./tools/build/libsignal-parts.ts', import.meta.url);

/** CommonJS with its own globals: the engine's library, and a second copy of it as it comes, for tests. */
const libsignalFiles = {
  '/crypto-core/signal-libsignal/library.ts': [libsignalPartsPlugin],
  '/crypto-core/signal-libsignal/test/bare-library.ts': [],
};
const bundledLibsignal = new Map();

async function bundleLibsignal(path) {
  const result = await build({
    root: rootDir,
    configFile: false,
    logLevel: 'error',
    plugins: libsignalFiles[path],
    build: {
      write: false,
      minify: false,
      lib: { entry: rootDir + path, formats: ['es'], fileName: 'libsignal' },
      rolldownOptions: { external: source => source.endsWith('/handle-curve.ts') },
    },
  });
  return [result].flat()[0].output[0].code;
}

const libsignalPlugin = {
  name: 'enk-libsignal',
  async serve(context) {
    if (!Object.hasOwn(libsignalFiles, context.path)) return undefined;
    if (!bundledLibsignal.has(context.path))
      bundledLibsignal.set(context.path, bundleLibsignal(context.path));
    return { body: await bundledLibsignal.get(context.path), type: 'js' };
  },
};

export default {
  rootDir,
  files: ['{crypto-core,p2p-core,elements,shell,tools,test}/**/*.test.ts', '!**/node_modules/**'],
  concurrency: 1,
  hostname: 'localhost',
  nodeResolve: { exportConditions: ['browser', 'production'], extensions: ['.ts', '.mjs', '.js'] },
  plugins: [
    tsMlsMendPlugin,
    peerJsPlugin,
    libsignalPlugin,
    esbuildPlugin({ ts: true, target: 'es2022', tsconfig: `${rootDir}/tsconfig.base.json` }),
  ],
  browsers: [
    chromeLauncher({
      puppeteer,
      concurrency: 1,
      launchOptions: {
        executablePath,
        headless: true,
        args: [...chromiumFlags, '--allow-loopback-in-peer-connection', '--use-fake-ui-for-media-stream'],
      },
      // Chromium gathers loopback candidates only for an origin that has the microphone permission.
      async createPage({ context, config }) {
        const origin = `${config.protocol}//${config.hostname}:${config.port}`;
        await context.overridePermissions(origin, ['microphone', 'clipboard-read', 'clipboard-write']);
        return context.newPage();
      },
    }),
  ],
  testFramework: { config: { ui: 'bdd', timeout: 60_000 } },
  testsStartTimeout: 60_000,
  testsFinishTimeout: 240_000,
  browserStartTimeout: 60_000,
  reporters: [summaryLineReporter()],
};
