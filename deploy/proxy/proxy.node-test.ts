/** The load balancers' examples: valid, and working in front of two real nodes. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { type Broker, startBroker } from '@enk/broker';
import { hasRedisServer, type RedisServer, startRedisServer } from '../broker/redis-server.ts';
import { makeCertificate } from '../../tools/certificate.ts';

const has = (program: string, argument: string): boolean =>
  spawnSync(program, [argument], { stdio: 'ignore' }).error === undefined;
const hasNginx = has('nginx', '-v') || has('/usr/sbin/nginx', '-v');
const nginx = has('nginx', '-v') ? 'nginx' : '/usr/sbin/nginx';
const hasCaddy = has('caddy', 'version');
const example = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}

describe('a load balancer', { skip: !hasRedisServer && 'no redis-server' }, () => {
  let folder: string;
  let redis: RedisServer;
  let nodes: Broker[] = [];
  let child: ChildProcess | undefined;
  before(async () => {
    redis = await startRedisServer();
    folder = mkdtempSync(join(tmpdir(), 'enk-proxy-'));
    const { cert, key } = makeCertificate(['127.0.0.1', 'broker.example.org'], Date.now());
    writeFileSync(join(folder, 'broker.pem'), cert);
    writeFileSync(join(folder, 'broker.key'), key);
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await Promise.all(nodes.splice(0).map(node => node.close()));
  });
  after(async () => {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function startNodes(): Promise<readonly [Broker, Broker]> {
    const options = { port: 0, busUrl: redis.url, trustedProxies: ['127.0.0.1'] };
    const two = [await startBroker(options), await startBroker(options)] as const;
    nodes = [...two];
    return two;
  }

  /** Opens until the proxy is there; a socket that got OPEN. */
  async function open(port: number, id: string): Promise<WebSocket> {
    for (;;) {
      const url = `wss://127.0.0.1:${port}/peerjs?key=peerjs&id=${id}&token=t`;
      const socket = new WebSocket(url, {
        rejectUnauthorized: false,
        headers: { host: 'broker.example.org' },
      });
      const first = await new Promise<string | null>(resolve => {
        socket.once('message', data => resolve(data.toString())).once('error', () => resolve(null));
      });
      if (first === '{"type":"OPEN"}') return socket;
      socket.terminate();
    }
  }

  async function introducesPeersAndSurvivesADrain(
    port: number,
    two: readonly [Broker, Broker],
  ): Promise<void> {
    const anna = await open(port, 'anna');
    const ben = await open(port, 'ben');
    const arrived = new Promise<string>(resolve => ben.once('message', data => resolve(data.toString())));
    anna.send(JSON.stringify({ type: 'OFFER', dst: 'ben', payload: 1 }));
    assert.deepEqual(JSON.parse(await arrived), { type: 'OFFER', src: 'anna', dst: 'ben', payload: 1 });
    await two[0].drain();
    const again = await open(port, 'carla'); // Goes to the node that is left.
    for (const socket of [anna, ben, again]) socket.terminate();
  }

  it(
    'nginx: the example is valid, introduces peers and goes on when a node drains',
    { skip: !hasNginx && 'no nginx' },
    async () => {
      const two = await startNodes();
      const port = await freePort();
      const text = example('nginx.conf')
        .replaceAll('/etc/ssl/', `${folder}/`)
        .replaceAll('/var/log/nginx/', `${folder}/`)
        .replace('listen 443', `listen 127.0.0.1:${port}`)
        .replace('127.0.0.1:9001', `127.0.0.1:${two[0].port}`)
        .replace('127.0.0.1:9002', `127.0.0.1:${two[1].port}`);
      const file = join(folder, 'nginx.conf');
      writeFileSync(file, text);
      const global = `daemon off; pid ${folder}/nginx.pid;`;
      const checked = spawnSync(nginx, ['-t', '-c', file, '-g', global], { encoding: 'utf8' });
      assert.equal(checked.status, 0, checked.stderr);
      child = spawn(nginx, ['-c', file, '-g', `${global} master_process off;`], { stdio: 'inherit' });
      await introducesPeersAndSurvivesADrain(port, two);
      const log = readFileSync(join(folder, 'access.log'), 'utf8');
      assert.match(log, /"GET \/peerjs" 101/);
      assert(!log.includes('token='));
    },
  );

  it(
    'Caddy: the example is valid, introduces peers and goes on when a node drains',
    { skip: !hasCaddy && 'no caddy' },
    async () => {
      const two = await startNodes();
      const port = await freePort();
      const text = example('Caddyfile')
        .replace(
          'admin off',
          `admin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\tstorage file_system ${folder}/caddy`,
        )
        .replace(
          'broker.example.org {',
          `https://127.0.0.1:${port}, https://broker.example.org:${port} {\n\ttls ${folder}/broker.pem ${folder}/broker.key\n`,
        )
        .replace('127.0.0.1:9001', `127.0.0.1:${two[0].port}`)
        .replace('127.0.0.1:9002', `127.0.0.1:${two[1].port}`);
      const file = join(folder, 'Caddyfile');
      writeFileSync(file, text);
      const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
      const checked = spawnSync('caddy', ['validate', '--config', file, '--adapter', 'caddyfile'], {
        encoding: 'utf8',
        env,
      });
      assert.equal(checked.status, 0, checked.stderr);
      child = spawn('caddy', ['run', '--config', file, '--adapter', 'caddyfile'], { stdio: 'ignore', env });
      await introducesPeersAndSurvivesADrain(port, two);
    },
  );
});
