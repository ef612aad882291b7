// Unit tests: every x.test.ts runs in a real Chromium, TypeScript and bare imports resolved on serving.
import { createServer } from 'node:net';
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

/** Libraries whose files name parts that a browser does not have (CommonJS, Node), each as one module. */
const bundledLibraries = {
  peerjs: 'node_modules/peerjs/dist/bundler.mjs',
  mediabunny: 'node_modules/mediabunny/dist/modules/src/index.js',
};
const bundled = new Map();

async function bundleLibrary(name) {
  const result = await build({
    root: rootDir,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      lib: { entry: `${rootDir}/${bundledLibraries[name]}`, formats: ['es'], fileName: name },
    },
  });
  return [result].flat()[0].output[0].code;
}

const libraryPlugin = {
  name: 'enk-libraries',
  resolveImport({ source }) {
    return Object.hasOwn(bundledLibraries, source) ? `/__vendor/${source}.js` : undefined;
  },
  async serve(context) {
    const name = /^\/__vendor\/(\w+)\.js$/.exec(context.path)?.[1];
    if (name === undefined || !Object.hasOwn(bundledLibraries, name)) return undefined;
    if (!bundled.has(name)) bundled.set(name, bundleLibrary(name));
    return { body: await bundled.get(name), type: 'js' };
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

/** Two groups, so that two browsers can run them: in one browser a second tab is hidden, and draws nothing. */
const filesOf = {
  all: '{crypto-core,p2p-core,elements,shell,tools}',
  core: 'crypto-core',
  rest: '{p2p-core,elements,shell,tools}',
};

/** Two runs that start at once would both find the first of the usual ports free. */
const port = await new Promise(resolve => {
  const server = createServer().listen(0, () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
  });
});

export default {
  rootDir,
  port,
  files: [`${filesOf[process.env['ENK_UNIT_GROUP'] ?? 'all']}/**/*.test.ts`, '!**/node_modules/**'],
  concurrency: 1,
  hostname: 'localhost',
  nodeResolve: { exportConditions: ['browser', 'production'], extensions: ['.ts', '.mjs', '.js'] },
  plugins: [
    tsMlsMendPlugin,
    libraryPlugin,
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
