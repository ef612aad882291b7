/** Serves one script, bundled on the fly, as a page of its own on loopback: for tests beside the built product. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { bundle } from '../../../tools/build/bundle.ts';
import { defaultWorker } from '../../../tools/build/module-table.ts';

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface PageOptions {
  /** Specifier → absolute URL, as import map; what it lists is not bundled. */
  readonly imports?: Readonly<Record<string, string>>;
  /** Bundles the worker beside the page, with its hash as the page's constant. Not needed with `imports`. */
  readonly withWorker?: boolean;
  /** Another script (a file URL) at `/worker.js`, which the page starts by itself. */
  readonly workerEntry?: URL;
  /** For the worker: what a test changes in it. */
  readonly workerPlugins?: readonly Plugin[];
}

/** Bundles `entry` (a file URL) and serves it at `/`. */
export async function servePage(entry: URL, options: PageOptions = {}): Promise<PageServer> {
  const { imports = {}, withWorker = false, workerEntry, workerPlugins: plugins = [] } = options;
  const script = workerEntry === undefined ? defaultWorker.entry : fileURLToPath(workerEntry);
  const worker = withWorker || workerEntry ? (await bundle({ entry: script, plugins })).code : '';
  const define = {
    __ENK_WORKER_FILE__: '"worker.js"',
    __ENK_WORKER_SHA384__: JSON.stringify(`sha384-${createHash('sha384').update(worker).digest('base64')}`),
  };
  const external = (specifier: string): boolean => Object.hasOwn(imports, specifier);
  const { code } = await bundle({ entry: fileURLToPath(entry), external, ...(withWorker && { define }) });
  const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
  const html = `<!doctype html><title>test</title>${map}<script type="module" src="/page.js"></script>`;
  return serve({ '/page.js': code, '/worker.js': worker }, html);
}

async function serve(scripts: Readonly<Record<string, string>>, html: string): Promise<PageServer> {
  const server = createServer(({ url = '/' }, response) => {
    const script = scripts[url];
    response.setHeader('Content-Type', script === undefined ? 'text/html' : 'text/javascript');
    response.end(script ?? html);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise(resolve => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}
