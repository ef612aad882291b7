/** A real redis-server on loopback for tests: nothing on disk, its own port. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export const hasRedisServer = spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;

/** Resolves when it accepts connections. */
export async function startRedisServer(port?: number): Promise<RedisServer> {
  const bound = port ?? (await freePort());
  const args = ['--port', String(bound), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await printed(child, 'Ready to accept connections');
  return {
    url: `redis://127.0.0.1:${bound}`,
    port: bound,
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Resolves with the line in which a child printed `text`; rejects when it ends before. */
export function printed(child: ChildProcess, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const line = output.split('\n').find(candidate => candidate.includes(text));
      if (line !== undefined) resolve(line);
    });
    child.once('exit', () => reject(new Error(`The process ended before it printed "${text}"`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}
