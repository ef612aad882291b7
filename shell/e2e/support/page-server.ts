/** Serves one script, bundled on the fly, as a page of its own on loopback: for tests beside the built product. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Rolldown, build } from 'vite';

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Specifier → absolute URL. What it lists is not bundled. */
export type PageImports = Readonly<Record<string, string>>;

/** Bundles `entry` (a file URL) and serves it at `/`, with an import map where `imports` are given. */
export async function servePage(entry: URL, imports: PageImports = {}): Promise<PageServer> {
  const script = await bundle(fileURLToPath(entry), Object.keys(imports));
  const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
  const html = `<!doctype html><title>test</title>${map}<script type="module" src="/page.js"></script>`;
  const server = createServer(({ url }, response) => {
    const isScript = url === '/page.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : html);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise(resolve => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}

async function bundle(entry: string, external: readonly string[]): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      lib: { entry, formats: ['es'], fileName: 'page' },
      rolldownOptions: { external: [...external] },
    },
  });
  const [output] = [built].flat() as Rolldown.RolldownOutput[];
  if (!output) throw new Error('Vite made no bundle');
  return output.output[0].code;
}
