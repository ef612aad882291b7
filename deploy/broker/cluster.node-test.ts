/** Two and more nodes over one real redis-server. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Broker, type BrokerLimits, startBroker } from './index.ts';
import { hasRedisServer, printed, type RedisServer, startRedisServer } from './redis-server.ts';
import { RecordedSocket } from './transcript-replay.ts';

const OPEN = { received: { type: 'OPEN' } };
const TAKEN = { received: { type: 'ID-TAKEN', payload: { msg: 'ID is taken' } } };
const LIMITS: Partial<BrokerLimits> = {
  probeMs: 300,
  expireMs: 300,
  sweepMs: 50,
  leaseMs: 1_500,
  drainPauseMs: 5,
};
const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

const options = { skip: hasRedisServer ? false : 'no redis-server' };

describe('a cluster', options, () => {
  let redis: RedisServer;
  const nodes: Broker[] = [];
  const sockets: RecordedSocket[] = [];
  const children: ChildProcess[] = [];
  before(async () => {
    redis = await startRedisServer();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.terminate();
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await Promise.all(nodes.splice(0).map(node => node.close()));
  });
  after(() => redis.stop());

  async function startNode(): Promise<Broker> {
    const node = await startBroker({ port: 0, busUrl: redis.url, limits: LIMITS });
    nodes.push(node);
    return node;
  }

  async function join(url: string, id: string, token = `token-${id}`): Promise<RecordedSocket> {
    const socket = await RecordedSocket.open(`${url}peerjs?key=peerjs&id=${id}&token=${token}`);
    sockets.push(socket);
    return socket;
  }

  async function joined(url: string, id: string, token?: string): Promise<RecordedSocket> {
    const socket = await join(url, id, token);
    assert.deepEqual(await socket.next(), OPEN);
    return socket;
  }

  const offer = (src: string, dst: string, payload: unknown) => ({
    received: { type: 'OFFER', src, dst, payload },
  });

  it('introduces peers of different nodes to each other', async () => {
    const [one, two] = [await startNode(), await startNode()];
    const [anna, ben] = [await joined(one.url, 'anna'), await joined(two.url, 'ben')];
    anna.send({ type: 'OFFER', dst: 'ben', payload: { sdp: 'x' } });
    assert.deepEqual(await ben.next(), offer('anna', 'ben', { sdp: 'x' }));
    ben.send({ type: 'OFFER', dst: 'anna', payload: 2 });
    assert.deepEqual(await anna.next(), offer('ben', 'anna', 2));
  });

  it('keeps an id for its token on every node', async () => {
    const [one, two] = [await startNode(), await startNode()];
    const holder = await joined(one.url, 'held');
    assert.deepEqual(await (await join(two.url, 'held', 'other')).next(), TAKEN);
    holder.send({ type: 'OFFER', dst: 'held', payload: 1 });
    assert.deepEqual(await holder.next(), offer('held', 'held', 1));
  });

  it('moves an id with its token and closes the older socket', async () => {
    const [one, two] = [await startNode(), await startNode()];
    const first = await joined(one.url, 'mover');
    const second = await joined(two.url, 'mover');
    assert.deepEqual(await first.next(), { closed: 1005 });
    (await joined(one.url, 'caller')).send({ type: 'OFFER', dst: 'mover', payload: 3 });
    assert.deepEqual(await second.next(), offer('caller', 'mover', 3));
  });

  it('gives frames that waited on one node to a peer that comes to another, in order', async () => {
    const [one, two] = [await startNode(), await startNode()];
    const early = await joined(one.url, 'early');
    for (let i = 0; i < 5; i++) early.send({ type: 'OFFER', dst: 'late', payload: i });
    early.send({ type: 'OFFER', dst: 'early' });
    await early.next(); // All five are on their way.
    const late = await joined(two.url, 'late');
    for (let i = 0; i < 5; i++) assert.deepEqual(await late.next(), offer('early', 'late', i));
  });

  it('tells the senders of every node when nobody came', async () => {
    const [one, two] = [await startNode(), await startNode()];
    const senders = [await joined(one.url, 'a'), await joined(two.url, 'b')];
    for (const sender of senders) sender.send({ type: 'OFFER', dst: 'never' });
    const expired = (dst: string) => ({ received: { type: 'EXPIRE', src: 'never', dst } });
    assert.deepEqual(await Promise.all(senders.map(sender => sender.next())), [expired('a'), expired('b')]);
  });

  it('gives one of 200 simultaneous claims of an id the id, over and over', async () => {
    const two = [await startNode(), await startNode()];
    for (let round = 0; round < 5; round++) {
      const claims = Array.from({ length: 40 }, (_, i) =>
        join((two[i % 2] as Broker).url, `prize-${round}`, `t${i}`),
      );
      const answers = await Promise.all((await Promise.all(claims)).map(socket => socket.next()));
      assert.equal(answers.filter(answer => JSON.stringify(answer) === JSON.stringify(OPEN)).length, 1);
    }
  });

  it('drains: not ready, sockets closed with 1012, ids free elsewhere at once', async () => {
    const [one, two] = [await startNode(), await startNode()];
    const peers = await Promise.all(['d1', 'd2', 'd3'].map(id => joined(one.url, id)));
    const draining = one.drain();
    for (const peer of peers) assert.deepEqual(await peer.next(), { closed: 1012 });
    await draining;
    for (const id of ['d1', 'd2', 'd3']) await joined(two.url, id, 'quite another token');
  });

  it('re-opens a killed node’s peers elsewhere at once, and hands its ids on', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN, '--port', '0', '--bus', redis.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const url = (await printed(child, 'Broker: ')).slice('Broker: '.length);
    const two = await startNode();
    const orphans = await Promise.all(['k1', 'k2'].map(id => joined(url, id)));
    child.kill('SIGKILL');
    for (const orphan of orphans) assert.deepEqual(await orphan.next(), { closed: 1006 });
    await joined(two.url, 'k1');
    await joined(two.url, 'k2', 'another token');
    (await joined(two.url, 'friend')).send({ type: 'OFFER', dst: 'k1', payload: 1 });
  });

  it('keeps peers of one node talking while Redis is away, says that it is not ready, and recovers', async () => {
    const own = await startRedisServer();
    const node = await startBroker({ port: 0, busUrl: own.url, limits: LIMITS });
    nodes.push(node);
    const [anna, ben] = [await joined(node.url, 'anna'), await joined(node.url, 'ben')];
    await own.stop();
    const readiness = async (): Promise<number> =>
      (await fetch(`${node.url.replace('ws', 'http')}readyz`)).status;
    while ((await readiness()) !== 503);
    anna.send({ type: 'OFFER', dst: 'ben', payload: 1 });
    assert.deepEqual(await ben.next(), offer('anna', 'ben', 1));
    anna.send({ type: 'OFFER', dst: 'absent' });
    assert.deepEqual(await anna.next(), { received: { type: 'EXPIRE', src: 'absent', dst: 'anna' } });
    const refused = await (await join(node.url, 'newcomer')).next();
    assert.equal((refused as { received: { type: string } }).received.type, 'ERROR');
    const again = await startRedisServer(own.port);
    while ((await readiness()) !== 200);
    const other = await startBroker({ port: 0, busUrl: again.url, limits: LIMITS });
    nodes.push(other);
    const carl = await joined(other.url, 'carl');
    // The leases come back by themselves: sooner or later anna is found from the other node.
    let found = false;
    void anna.next().then(() => (found = true));
    while (!found) {
      carl.send({ type: 'OFFER', dst: 'anna', payload: 9 });
      await carl.pause(100);
    }
    await again.stop();
  });
});
