/** A page of somebody else with the loader on it, on an origin of its own, and what happens in it. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'puppeteer-core';
import { readRelease } from '../../../tools/build/write-release.ts';
import { listenOnFreePort } from '../../../tools/listen.ts';
import { root } from '../../../vite.config.ts';
import { openPerson } from './browsers.ts';

const WAIT_MS = 90_000;

/** An event of the loader: type and detail. */
export interface LoaderEvent {
  readonly type: string;
  readonly detail: {
    readonly mirror?: string;
    readonly file?: string;
    readonly reason?: string;
    readonly code?: string;
    readonly module?: string;
    readonly mode?: string;
    readonly modules?: readonly string[];
  };
}

export const page = readRelease(join(root, 'dist')).page;
export const integrity = readRelease(join(root, 'dist')).integrity;

/** Serves one page at a time, and the loader beside it. */
export class LoaderHost {
  html = '';
  policy = '';
  /** Paths beside `/` and the loader: path → script. */
  readonly scripts = new Map<string, Buffer | string>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<LoaderHost> {
    const server = createServer((request, response) => {
      const path = (request.url ?? '/').slice(1);
      const script = host.scripts.get(path);
      if (path !== '' && script === undefined) {
        response.writeHead(404).end();
        return;
      }
      response.setHeader('Cache-Control', 'no-cache');
      response.setHeader('Content-Type', script === undefined ? 'text/html' : 'text/javascript');
      if (host.policy) response.setHeader('Content-Security-Policy', host.policy);
      response.end(script ?? host.html);
    });
    const port = await listenOnFreePort(server, '127.0.0.1', 0);
    const host = new LoaderHost(server, `http://localhost:${port}/`);
    for (const path of [page.loader, page.standalone])
      host.scripts.set(path, readFileSync(join(root, 'dist', path)));
    return host;
  }

  /** The tag of the loader, with these attributes besides. */
  tag(mirrors: readonly { readonly url: string }[], attributes = 'data-hedge="2000"'): string {
    const list = mirrors.map(({ url }) => url).join(' ');
    return `<script src="/${page.loader}" integrity="${integrity[`./${page.loader}`]}" crossorigin data-mirrors="${list}" ${attributes}></script>`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise(resolve => this.server.close(() => resolve()));
  }
}

/** `body` after the head; both as text. */
export const html = (head: string, body = chat): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>A page</title>${head}<body>${body}</body></html>`;

/** A chat whose broker is nobody: the profile opens all the same. */
export const chat =
  '<enk-provider broker="ws://localhost:9/" profile="loader"><enk-chat></enk-chat></enk-provider>';

export class LoaderVisit {
  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
  ) {}

  static async open(browser: Browser, url: string): Promise<LoaderVisit> {
    const { page: opened, context } = await openPerson(browser, url, async fresh => {
      await fresh.evaluateOnNewDocument(() => {
        const kept: LoaderEvent[] = [];
        Object.assign(globalThis, { __events: kept });
        for (const type of ['enk:mirror-fail', 'enk:ready', 'enk:error'])
          document.addEventListener(type, event =>
            kept.push({ type, detail: (event as CustomEvent<LoaderEvent['detail']>).detail }),
          );
      });
    });
    return new LoaderVisit(opened, context);
  }

  events(): Promise<LoaderEvent[]> {
    return this.page.evaluate(() => [...((globalThis as { __events?: LoaderEvent[] }).__events ?? [])]);
  }

  /** Waits for the first event of this type that has all of `detail`. */
  async waitFor(type: string, detail: LoaderEvent['detail'] = {}): Promise<LoaderEvent> {
    try {
      await this.page.waitForFunction(
        (wanted: string, fields: Record<string, unknown>) =>
          ((globalThis as { __events?: LoaderEvent[] }).__events ?? []).some(
            event =>
              event.type === wanted &&
              Object.entries(fields).every(
                ([key, value]) => (event.detail as Record<string, unknown>)[key] === value,
              ),
          ),
        { timeout: WAIT_MS, polling: 100 },
        type,
        detail as Record<string, unknown>,
      );
    } catch (cause) {
      throw new Error(`No ${type} ${JSON.stringify(detail)} among ${JSON.stringify(await this.events())}`, {
        cause,
      });
    }
    const matches = ({ type: own, detail: has }: LoaderEvent) =>
      own === type &&
      Object.entries(detail).every(([key, value]) => (has as Record<string, unknown>)[key] === value);
    const found = (await this.events()).find(matches);
    if (!found) throw new Error(`${type} is gone`);
    return found;
  }

  /** The chat lives, and its worker answers: somebody new is asked for a name. */
  async waitForUsableChat(): Promise<void> {
    await this.waitForDeep('[data-testid="name-input"]');
  }

  /** An element at any depth of shadow trees. */
  async waitForDeep(selector: string): Promise<void> {
    const look = `(() => { const all = root => [...root.querySelectorAll('*')].some(node => node.matches(${JSON.stringify(selector)}) || (node.shadowRoot && all(node.shadowRoot))); return all(document); })()`;
    try {
      await this.page.waitForFunction(look, { timeout: WAIT_MS, polling: 100 });
    } catch (cause) {
      const seen = await this.page.evaluate(() => document.body.innerHTML.slice(0, 1000));
      throw new Error(`No ${selector}; events ${JSON.stringify(await this.events())}; ${seen}`, { cause });
    }
  }

  /** What stands in the place of the chat, as a person reads it. */
  fallback(): Promise<string> {
    return this.page.evaluate(() => document.querySelector('enk-chat > [role=alert]')?.textContent ?? '');
  }

  /** True when a byte of a trojan ran. */
  hasTrojan(): Promise<boolean> {
    return this.page.evaluate(() => '__trojan' in globalThis);
  }

  /** How many copies of Lit run. */
  litCopies(): Promise<number> {
    return this.page.evaluate(
      () => (globalThis as { litElementVersions?: unknown[] }).litElementVersions?.length ?? 0,
    );
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
