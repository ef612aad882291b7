/** The broker as a process of its own, which a test can kill, with the relay's credentials to hand out. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TurnServer } from './turn-server.ts';

const main = fileURLToPath(new URL('../../../deploy/broker/main.ts', import.meta.url));

export class BrokerProcess {
  #child: ChildProcess | undefined;
  /** 0 until the first start, then always the same. */
  #port = 0;

  constructor(private readonly turn: TurnServer) {}

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}/`;
  }

  /** Resolves when it listens, on the same port as before. */
  async start(): Promise<void> {
    const args = [
      '--import',
      'tsx',
      main,
      '--quiet',
      '--port',
      String(this.#port),
      '--turn-urls',
      this.turn.url,
    ];
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ENK_TURN_SECRET: this.turn.secret },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    let output = '';
    const port = new Promise<number>((resolve, reject) => {
      child.once('exit', () => reject(new Error(`The broker ended: ${output}`)));
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const found = /Broker: ws:\/\/[^:]+:(\d+)/.exec(output)?.[1];
        if (found !== undefined) resolve(Number(found));
      });
    });
    this.#port = await port;
    child.removeAllListeners('exit');
  }

  /** SIGKILL, as a machine that dies. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
}
