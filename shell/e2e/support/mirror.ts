/** A mirror of a built release that can be down, slow, altered, incomplete or silent about CORS: a real HTTP server. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { readRelease } from '../../../tools/build/write-release.ts';
import { listenOnFreePort } from '../../../tools/listen.ts';
import { root } from '../../../vite.config.ts';

/** What is answered for a file; null is 404. */
export type Falsify = (file: string, bytes: Buffer | null) => Buffer | null;

const types: Readonly<Record<string, string>> = { js: 'text/javascript', json: 'application/json' };

export class Mirror {
  readonly requests: string[] = [];
  falsify: Falsify = (_, bytes) => bytes;
  hasCors = true;
  /** Requests are taken, and answered when it is no longer slow. */
  isSlow = false;
  readonly #held: (() => void)[] = [];
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  private constructor(
    readonly files: ReadonlyMap<string, Buffer>,
    readonly port: number,
  ) {}

  /** With a slash at its end. */
  get url(): string {
    return `http://localhost:${this.port}/`;
  }

  get folder(): string {
    return `${this.url}modules/`;
  }

  static async start(folder = join(root, 'dist')): Promise<Mirror> {
    const paths = Object.keys(readRelease(folder).integrity).map(path => path.slice(2));
    const probe = createServer();
    const port = await listenOnFreePort(probe, '127.0.0.1', 0);
    await new Promise(resolve => probe.close(resolve));
    const mirror = new Mirror(new Map(paths.map(path => [path, readFileSync(join(folder, path))])), port);
    await mirror.rise();
    return mirror;
  }

  async rise(): Promise<void> {
    const server = createServer((request, response) => this.#take(request, response));
    server.on('connection', socket => {
      this.#sockets.add(socket.once('close', () => this.#sockets.delete(socket)));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.port, '127.0.0.1', resolve);
    });
    this.#server = server;
  }

  /** Nobody listens any more; open connections end. */
  async die(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = new Promise(resolve => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** As after its start. */
  async reset(): Promise<void> {
    this.falsify = (_, bytes) => bytes;
    this.hasCors = true;
    this.isSlow = false;
    for (const answer of this.#held.splice(0)) answer();
    this.requests.length = 0;
    if (!this.#server) await this.rise();
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').slice(1).split('?')[0] ?? '';
    this.requests.push(path);
    const answer = () => this.#answer(path, response);
    if (this.isSlow) this.#held.push(answer);
    else answer();
  }

  #answer(path: string, response: ServerResponse): void {
    const body = this.falsify(path.replace('modules/', ''), this.files.get(path) ?? null);
    const cors = this.hasCors ? { 'Access-Control-Allow-Origin': '*' } : {};
    response.writeHead(body ? 200 : 404, {
      'Content-Type': types[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
      'Cache-Control': 'public, max-age=31536000, immutable',
      ...cors,
    });
    response.end(body);
  }
}
