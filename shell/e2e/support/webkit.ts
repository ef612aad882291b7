/**
 * WebKit through the distribution's own driver (WebDriver over HTTP) on a screen that nobody sees. It has no WebRTC and
 * no private file system, so what can be tried in it is the loader.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { findWebKit } from '../../../tools/find-browser.mjs';
import { listenOnFreePort } from '../../../tools/listen.ts';

const WAIT_MS = 60_000;
const POLL_MS = 100;

/** A window with fresh storage. */
export class WebKitWindow {
  private constructor(
    private readonly address: string,
    private readonly started: readonly ChildProcess[],
  ) {}

  static async open(): Promise<WebKitWindow> {
    const found = findWebKit();
    if (found === null) throw new Error('No WebKit found');
    const started: ChildProcess[] = [];
    try {
      const screen = spawn('Xvfb', ['-displayfd', '3', '-nolisten', 'tcp'], {
        stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      });
      started.push(screen);
      const display = await firstLine(screen.stdio[3] as Readable);
      const port = await freePort();
      started.push(
        spawn(found.driver, [`--port=${port}`], {
          stdio: 'ignore',
          detached: true, // a group of its own: the browser that it starts ends with it
          env: { ...process.env, DISPLAY: `:${display}`, ...settings },
        }),
      );
      const base = `http://127.0.0.1:${port}`;
      const options = { binary: found.browser, args: ['--automation'] };
      const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': options } };
      const { sessionId } = await startSession(base, capabilities);
      return new WebKitWindow(`${base}/session/${sessionId}`, started);
    } catch (error) {
      stop(started);
      throw error;
    }
  }

  async goTo(url: string): Promise<void> {
    await send(`${this.address}/url`, { url });
  }

  /** `script` is the body of a function. */
  async evaluate<T>(script: string): Promise<T> {
    return (await send(`${this.address}/execute/sync`, { script, args: [] })) as T;
  }

  /** Waits until the script returns something that is true. */
  async until(what: string, script: string): Promise<void> {
    const deadline = Date.now() + WAIT_MS;
    while (!(await this.evaluate<boolean>(script))) {
      if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
      await new Promise(resolve => setTimeout(resolve, POLL_MS));
    }
  }

  async close(): Promise<void> {
    await fetch(this.address, { method: 'DELETE' }).catch(() => undefined); // what is left ends with its group
    stop(this.started);
  }
}

/** As root, and without a graphics card or a session bus. */
const settings = {
  WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
  WEBKIT_DISABLE_DMABUF_RENDERER: '1',
  LIBGL_ALWAYS_SOFTWARE: '1',
  DBUS_SESSION_BUS_ADDRESS: 'disabled:',
  NO_AT_BRIDGE: '1',
};

function stop(started: readonly ChildProcess[]): void {
  for (const child of [...started].reverse()) {
    if (child.pid === undefined || child.exitCode !== null) continue;
    try {
      if (child.spawnfile.endsWith('Xvfb')) child.kill();
      else process.kill(-child.pid);
    } catch {
      continue; // it has ended by itself
    }
  }
}

function firstLine(stream: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    stream.once('data', (data: Buffer) => resolve(data.toString().trim())).once('close', reject);
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenOnFreePort(server, '127.0.0.1', 0);
  await new Promise(resolve => server.close(resolve));
  return port;
}

async function send(url: string, body: object): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  const { value } = (await response.json()) as { value: unknown };
  if (!response.ok) throw new Error(`WebKit: ${JSON.stringify(value)}`);
  return value;
}

/** Asks until the driver listens. */
async function startSession(base: string, capabilities: object): Promise<{ sessionId: string }> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    try {
      await fetch(`${base}/status`);
      break;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise(resolve => setTimeout(resolve, POLL_MS));
    }
  }
  return (await send(`${base}/session`, { capabilities })) as { sessionId: string };
}
