/** A page of its own in Chromium for one script, cross-origin isolated: that makes its clock count in 5 µs. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'puppeteer-core';
import { launchChromium } from '../shell/e2e/support/browsers.ts';
import { bundle } from '../tools/build/bundle.ts';

const HTML = '<!doctype html><title>benchmark</title><script type="module" src="/page.js"></script>';
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

export interface IsolatedPageOptions {
  /** Folder whose files are served below `/rivals/`. */
  readonly rivals?: string;
}

/** Bundles `script` (a file URL), runs `use` in a page that has loaded it, and ends the browser. */
export async function withIsolatedPage<T>(
  script: URL,
  use: (page: Page) => Promise<T>,
  options: IsolatedPageOptions = {},
): Promise<T> {
  const { code } = await bundle({ entry: fileURLToPath(script) });
  const server = await serve(code, options.rivals);
  const { browser, close } = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    return await use(page);
  } finally {
    await close();
    await server.close();
  }
}

async function serve(
  script: string,
  rivals: string | undefined,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(({ url = '/' }, response) => {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    if (url === '/page.js') return send(response, 'text/javascript', script);
    if (rivals !== undefined && url.startsWith('/rivals/')) return sendFile(response, rivals, url.slice(8));
    return send(response, 'text/html', HTML);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise(resolve => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}

function send(response: ServerResponse, type: string, body: string): void {
  response.setHeader('Content-Type', type);
  response.end(body);
}

function sendFile(response: ServerResponse, folder: string, path: string): void {
  const file = join(folder, normalize(`/${path}`));
  if (!existsSync(file) || !statSync(file).isFile()) {
    response.statusCode = 404;
    response.end();
    return;
  }
  response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
  createReadStream(file).pipe(response);
}
