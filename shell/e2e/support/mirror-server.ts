/** A mirror as deploy/cdn describes it: static files of a folder, for any origin. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';

export interface MirrorServer {
  readonly url: string;
  /** Changes what is served from now on; null ends it. */
  setTamper(tamper: ((path: string, bytes: Buffer) => Buffer) | null): void;
  close(): Promise<void>;
}

export async function serveMirror(folder: string): Promise<MirrorServer> {
  let tamper: ((path: string, bytes: Buffer) => Buffer) | null = null;
  const server = createServer(({ url = '/' }, response) => {
    const path = normalize(new URL(url, 'http://mirror').pathname);
    const file = join(folder, path);
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    const isFile = existsSync(file) && statSync(file).isFile();
    if (!isFile) return void response.writeHead(404).end();
    const bytes = readFileSync(file);
    response.end(tamper ? tamper(path, bytes) : bytes);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    setTamper: next => void (tamper = next),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
