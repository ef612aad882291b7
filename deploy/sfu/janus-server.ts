/** A real Janus for tests, with the configuration of this folder: only ports and secrets are the test's. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const hasJanus = spawnSync('janus', ['--help'], { stdio: 'ignore' }).error === undefined;

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const WEBSOCKETS = 'janus.transport.websockets.jcfg';
/** So long a start may take on a machine that does much else. */
const START_MS = 30_000;

export interface JanusServer {
  /** `ws://127.0.0.1:…/` */
  readonly apiUrl: string;
  /** `wss://address:…/`, with the given certificate. */
  readonly url: string;
  readonly secret: string;
  readonly adminKey: string;
  /** SIGKILL, as a machine that dies. */
  kill(): Promise<void>;
  /** Starts again on the same ports with the same secrets: nothing of its rooms is left. */
  restart(): Promise<void>;
  /** Kills it and removes its files. */
  stop(): Promise<void>;
}

export interface JanusOptions {
  /** Where media and `wss:` are spoken; libnice ignores loopback. */
  readonly address: string;
  /** PEM texts; without there is no `wss:`. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

export async function startJanus({ address, certificate }: JanusOptions): Promise<JanusServer> {
  const folder = mkdtempSync(join(tmpdir(), 'enk-janus-'));
  const [port, securePort] = [await freePort(), await freePort()];
  const [secret, adminKey] = ['tokens of a test are signed so', 'rooms of a test are made so'];
  for (const file of ['janus.jcfg', 'janus.plugin.videoroom.jcfg']) {
    copyFileSync(join(FOLDER, file), join(folder, file));
  }
  const secrets = `token_auth_secret = "${secret}"\nadmin_key = "${adminKey}"\n`;
  writeFileSync(join(folder, 'secrets.jcfg'), secrets);
  let websockets = readFileSync(join(FOLDER, WEBSOCKETS), 'utf8').replace(
    'ws_port = 8188',
    `ws_port = ${port}`,
  );
  if (certificate !== undefined) {
    writeFileSync(join(folder, 'cert.pem'), certificate.cert);
    writeFileSync(join(folder, 'key.pem'), certificate.key);
    websockets = websockets
      .replace('wss = false', `wss = true\n\twss_port = ${securePort}\n\twss_ip = "${address}"`)
      .replace(
        'certificates: {',
        `certificates: {\n\tcert_pem = "${folder}/cert.pem"\n\tcert_key = "${folder}/key.pem"`,
      );
  }
  writeFileSync(join(folder, WEBSOCKETS), websockets);

  let child: ChildProcess;
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  const restart = async (): Promise<void> => {
    // Relative includes are looked for where it runs.
    const args = ['--configs-folder=.', `--interface=${address}`];
    child = spawn('janus', args, { cwd: folder, stdio: ['ignore', 'ignore', 'ignore'] });
    await untilListening(port, child);
    if (certificate !== undefined) await untilListening(securePort, child, address);
  };
  await restart();
  return {
    apiUrl: `ws://127.0.0.1:${port}/`,
    url: `wss://${address}:${securePort}/`,
    secret,
    adminKey,
    kill,
    restart,
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilListening(port: number, child: ChildProcess, host = '127.0.0.1'): Promise<void> {
  const endMs = performance.now() + START_MS;
  for (;;) {
    const isUp = await new Promise<boolean>(resolve => {
      const socket = connect(port, host, () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isUp) return;
    if (child.exitCode !== null) throw new Error('Janus ended before it listened');
    if (performance.now() > endMs) throw new Error('Janus does not listen');
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}
