import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { type Broker, type BrokerOptions, startBroker } from './index.ts';
import { RecordedSocket, type Scenario, replay } from './transcript-replay.ts';

const vectors = new URL('../../test/vectors/peerjs/transcripts.json', import.meta.url);
const { scenarios } = JSON.parse(readFileSync(vectors, 'utf8')) as { scenarios: readonly Scenario[] };

/** The command line of PeerJS's server, as options of ours. */
function optionsOf(args: readonly string[]): BrokerOptions {
  const value = (name: string): string | undefined => args[args.indexOf(name) + 1];
  const has = (name: string): boolean => args.includes(name);
  const limits = {
    ...(has('--expire_timeout') && { expireMs: Number(value('--expire_timeout')) }),
    ...(has('--alive_timeout') && { aliveMs: Number(value('--alive_timeout')) }),
  };
  return {
    port: 0,
    limits,
    allowDiscovery: has('--allow_discovery'),
    ...(has('--key') && { key: String(value('--key')) }),
  };
}

describe('the recorded conversations with PeerJS’s own server', () => {
  assert(scenarios.length > 0, 'the vector file is empty');
  for (const scenario of scenarios) {
    it(`replays ${scenario.name}: ${scenario.why}`, async () => {
      const broker = await startBroker(optionsOf(scenario.brokerArgs));
      try {
        await replay(broker.url, scenario);
      } finally {
        await broker.close();
      }
    });
  }
});

describe('a broker under abuse', () => {
  let broker: Broker;
  const clients: RecordedSocket[] = [];
  before(async () => {
    broker = await startBroker({ port: 0, limits: { probeMs: 50, expireMs: 200, sweepMs: 50 } });
  });
  after(async () => {
    for (const client of clients) client.terminate();
    await broker.close();
  });

  async function join(id: string, token = `token-${id}`): Promise<RecordedSocket> {
    const client = await RecordedSocket.open(`${broker.url}peerjs?key=peerjs&id=${id}&token=${token}`);
    clients.push(client);
    return client;
  }
  const OPEN = { received: { type: 'OPEN' } };

  it('gives OPEN to a reconnect with the same token and closes the older socket', async () => {
    const first = await join('again');
    assert.deepEqual(await first.next(), OPEN);
    const second = await join('again');
    assert.deepEqual(await second.next(), OPEN);
    assert.deepEqual(await first.next(), { closed: 1005 });
    second.send({ type: 'OFFER', dst: 'again', payload: 1 });
    assert.deepEqual(await second.next(), {
      received: { type: 'OFFER', src: 'again', dst: 'again', payload: 1 },
    });
  });

  it('hands an id to another token when its holder no longer answers', async () => {
    const holder = new WebSocket(`${broker.url}peerjs?key=peerjs&id=dead&token=t`, { autoPong: false });
    await new Promise(resolve => holder.once('message', resolve));
    const next = await join('dead', 'other');
    assert.deepEqual(await next.next(), OPEN);
    holder.terminate();
  });

  it('refuses an id that PeerJS’s rule refuses', async () => {
    const client = await join('-bad-');
    assert.deepEqual(await client.next(), {
      received: { type: 'ERROR', payload: { msg: 'Invalid id or token' } },
    });
    assert.deepEqual(await client.next(), { closed: 1005 });
  });

  it('overwrites a forged src and drops other fields', async () => {
    const [a, b] = [await join('forger'), await join('target')];
    assert.deepEqual([await a.next(), await b.next()], [OPEN, OPEN]);
    a.send({ type: 'OFFER', src: 'somebody', dst: 'target', payload: {}, extra: true });
    assert.deepEqual(await b.next(), {
      received: { type: 'OFFER', src: 'forger', dst: 'target', payload: {} },
    });
  });

  it('drops what is not JSON and goes on reading', async () => {
    const client = await join('garbage');
    assert.deepEqual(await client.next(), OPEN);
    for (const frame of ['{', 'null', '[]', '{"type":"OPEN"}', '{"type":"OFFER","dst":{}}'])
      client.send(frame);
    client.send({ type: 'OFFER', dst: 'garbage' });
    assert.deepEqual(await client.next(), { received: { type: 'OFFER', src: 'garbage', dst: 'garbage' } });
  });

  it('closes with 1009 on a frame above 64 KiB', async () => {
    const client = await join('huge');
    assert.deepEqual(await client.next(), OPEN);
    client.send({ type: 'OFFER', dst: 'huge', payload: 'x'.repeat(70_000) });
    assert.deepEqual(await client.next(), { closed: 1009 });
  });

  it('closes a flooding socket with 4008 while others notice nothing', async () => {
    const [flooder, bystander] = [await join('flooder'), await join('bystander')];
    assert.deepEqual([await flooder.next(), await bystander.next()], [OPEN, OPEN]);
    for (let i = 0; i < 1_000; i++)
      flooder.send({ type: 'OFFER', dst: 'nobody', payload: 'x'.repeat(8_000) });
    const arrivals = [await flooder.next()];
    while (!('closed' in (arrivals.at(-1) ?? {}))) arrivals.push(await flooder.next());
    assert.deepEqual(arrivals.at(-1), { closed: 4008 });
    bystander.send({ type: 'OFFER', dst: 'bystander', payload: 2 });
    assert.deepEqual(await bystander.next(), {
      received: { type: 'OFFER', src: 'bystander', dst: 'bystander', payload: 2 },
    });
  });

  it('keeps at most 64 frames for an absent peer and expires them once', async () => {
    const sender = await join('patient');
    assert.deepEqual(await sender.next(), OPEN);
    for (let i = 0; i < 100; i++) sender.send({ type: 'CANDIDATE', dst: 'late', payload: i });
    sender.send({ type: 'OFFER', dst: 'patient' });
    await sender.next(); // All hundred are in the broker.
    const late = await join('late');
    assert.deepEqual(await late.next(), OPEN);
    for (let i = 0; i < 64; i++) {
      assert.deepEqual(await late.next(), {
        received: { type: 'CANDIDATE', src: 'patient', dst: 'late', payload: i },
      });
    }
    sender.send({ type: 'OFFER', dst: 'never' });
    assert.deepEqual(await sender.next(), { received: { type: 'EXPIRE', src: 'never', dst: 'patient' } });
  });

  it('refuses an upgrade on another path with 400', async () => {
    const status = await new Promise(resolve => {
      const headers = { connection: 'upgrade', upgrade: 'websocket' };
      const { port } = broker;
      request({ host: '127.0.0.1', port, path: '/other', headers }, r => resolve(r.statusCode)).end();
    });
    assert.equal(status, 400);
  });
});

describe('an unusual request target', () => {
  for (const path of ['//', '//[', '/%', '/<script>/x', '*']) {
    it(`is answered, not fatal: ${path}`, async () => {
      const broker = await startBroker({ port: 0 });
      const status = await new Promise(resolve => {
        request({ host: '127.0.0.1', port: broker.port, path }, r => resolve(r.statusCode)).end();
      });
      assert.equal(status, path === '*' ? 200 : 404);
      await broker.close();
    });
  }
});

describe('where a broker listens', () => {
  it('refuses plain ws: outside loopback', async () => {
    await assert.rejects(startBroker({ host: '0.0.0.0', port: 0 }), { code: 'insecure-address' });
  });

  it('listens there behind a trusted proxy', async () => {
    const broker = await startBroker({ host: '0.0.0.0', port: 0, isBehindTrustedProxy: true });
    await broker.close();
  });

  it('tells a taken port', async () => {
    const first = await startBroker({ port: 0 });
    await assert.rejects(startBroker({ port: first.port }), { code: 'EADDRINUSE' });
    await first.close();
  });

  it('closes sockets, port and timers', async () => {
    const broker = await startBroker({ port: 0 });
    const client = await RecordedSocket.open(`${broker.url}peerjs?key=peerjs&id=a&token=t`);
    assert.deepEqual(await client.next(), { received: { type: 'OPEN' } });
    await Promise.all([broker.close(), broker.close()]);
    assert.deepEqual(await client.next(), { closed: 1006 });
    await (await startBroker({ port: broker.port })).close();
  });
});
