/**
 * A bad line between the internet and one site, put into the way while it lasts and taken out again: delay and loss
 * by a program between two TUN devices (delay.py; many kernels come without netem), rate by a token bucket (tc tbf).
 * Flows go on over it: addresses and NAT stay, only the route changes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { findOnPath } from '../find-browser.mjs';
import { ownNamespace, type NetworkNamespace } from './namespace.ts';

export interface LineQuality {
  /** One way, each way. */
  readonly delayMs?: number;
  /** Share of packets that vanish, each way, 0 to 100. */
  readonly lossPercent?: number;
  /** Each way; unlimited when absent. */
  readonly rateKbit?: number;
}

export interface LineEnds {
  readonly router: NetworkNamespace;
  /** Unique prefix of interface names. */
  readonly name: string;
  /** What lies behind the router, as routes. */
  readonly routes: readonly string[];
}

/** What delays packets, and what makes a router forget, is in Python. */
export const hasPython = (): boolean => findOnPath('python3') !== null;

export class BadLine {
  private constructor(private readonly program: ChildProcess) {}

  /** Puts the line in the way; resolves when packets take it. */
  static async start(ends: LineEnds, quality: LineQuality): Promise<BadLine> {
    const { delayMs = 0, lossPercent = 0, rateKbit } = quality;
    const [near, far] = [`${ends.name}near`, `${ends.name}far`];
    const script = fileURLToPath(new URL('./delay.py', import.meta.url));
    const args = [script, near, far, String(delayMs), String(lossPercent)];
    // A pipe as input: the program ends with us, and its devices with it.
    const program = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise<void>((resolve, reject) => {
      program.once('error', reject);
      program.once('exit', () => reject(new Error('The delay program ended.')));
      program.stdout?.once('data', () => resolve());
    });
    program.removeAllListeners('exit');
    ownNamespace.run('ip', 'link', 'set', far, 'netns', String(ends.router.pid));
    limitRate(ownNamespace, near, rateKbit);
    limitRate(ends.router, far, rateKbit);
    ends.router.run('ip', 'link', 'set', far, 'up');
    ownNamespace.run('ip', 'link', 'set', near, 'up');
    ends.router.run('ip', 'route', 'add', 'default', 'dev', far, 'metric', '1');
    for (const route of ends.routes)
      ownNamespace.run('ip', 'route', 'add', route, 'dev', near, 'metric', '1');
    return new BadLine(program);
  }

  /** Takes it out: its devices vanish, and with them the routes over it. */
  async end(): Promise<void> {
    if (this.program.exitCode !== null || this.program.signalCode !== null) return;
    const exited = once(this.program, 'exit');
    this.program.kill('SIGKILL');
    await exited;
  }
}

function limitRate(place: Pick<NetworkNamespace, 'run'>, device: string, rateKbit: number | undefined): void {
  if (rateKbit === undefined) return;
  const bucket = ['rate', `${rateKbit}kbit`, 'burst', '16kb', 'latency', '200ms'];
  place.run('tc', 'qdisc', 'add', 'dev', device, 'root', 'tbf', ...bucket);
}
