/** A real coturn on the namespace's own address, for one test file. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';

export const hasTurnServer = spawnSync('turnserver', ['--version'], { stdio: 'ignore' }).error === undefined;

export interface TurnServer {
  /** `turn:address:port?transport=udp` */
  readonly url: string;
  readonly secret: string;
  readonly address: string;
  readonly port: number;
  /** SIGKILL, as a machine that dies. */
  kill(): Promise<void>;
}

/** The IPv4 address of the first interface outside loopback. */
export function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? []);
  const outside = addresses.find(({ internal, family }) => !internal && family === 'IPv4');
  if (outside === undefined) throw new Error('There is no network interface outside loopback.');
  return outside.address;
}

/**
 * Starts coturn with `deploy/turn/turnserver.conf`, and what a test must have otherwise. `allowedPeers`: an address
 * or a range that may be relayed to, beside the server's own.
 */
export async function startTurnServer(port: number, allowedPeers?: string): Promise<TurnServer> {
  const address = ownAddress();
  const secret = 'only a test knows this';
  const folder = mkdtempSync(join(tmpdir(), 'enk-turn-'));
  const conf = new URL('../../../deploy/turn/turnserver.conf', import.meta.url).pathname;
  const args = [
    ...['-c', conf, '--listening-ip', address, '--relay-ip', address, '--listening-port', String(port)],
    ...['--static-auth-secret', secret, '--realm', 'test.invalid', '--allowed-peer-ip', address],
    ...['--no-tls', '--no-dtls', '--pidfile', join(folder, 'pid'), '--log-file', 'stdout', '--simple-log'],
    ...['--min-port', '50000', '--max-port', '50200', '--userdb', join(folder, 'db')],
    ...(allowedPeers === undefined ? [] : ['--allowed-peer-ip', allowedPeers]),
  ];
  const child = spawn('turnserver', args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  await listening(child);
  return {
    url: `turn:${address}:${port}?transport=udp`,
    secret,
    address,
    port,
    async kill() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000);
      if (/UDP listener opened|listener opened on.*UDP|Relay ports initialization done/i.test(output))
        resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`turnserver ended: ${output.slice(-2_000)}`)));
  });
}
