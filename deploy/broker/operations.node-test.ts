/** What an operator sees and sets: health, metrics, TURN credentials, signed tokens, caps, the log. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { afterEach, describe, it } from 'node:test';
import { ClientAddresses } from './client-address.ts';
import { type Broker, type BrokerOptions, signToken, startBroker } from './index.ts';
import { RecordedSocket } from './transcript-replay.ts';

const OPEN = { received: { type: 'OPEN' } };
const INVALID = { received: { type: 'ERROR', payload: { msg: 'Invalid id or token' } } };
const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

interface RTCIceServerLike {
  readonly urls: string[];
  readonly username: string;
  readonly credential: string;
}

describe('a broker in operation', () => {
  const brokers: Broker[] = [];
  const sockets: RecordedSocket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.terminate();
    await Promise.all(brokers.splice(0).map(broker => broker.close()));
  });

  async function start(options: BrokerOptions = {}): Promise<Broker> {
    const broker = await startBroker({ port: 0, ...options });
    brokers.push(broker);
    return broker;
  }

  async function join(broker: Broker, id: string, token: string): Promise<RecordedSocket> {
    const query = `key=peerjs&id=${id}&token=${encodeURIComponent(token)}`;
    const socket = await RecordedSocket.open(`${broker.url}peerjs?${query}`);
    sockets.push(socket);
    return socket;
  }

  const get = (broker: Broker, path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${broker.port}${path}`, { headers });

  it('says that it lives and is ready, and while it drains that it is not ready', async () => {
    const broker = await start({ limits: { drainPauseMs: 200 } });
    const peer = await join(broker, 'peer', 't');
    assert.deepEqual(await peer.next(), OPEN);
    assert.equal((await get(broker, '/healthz')).status, 200);
    assert.equal((await get(broker, '/readyz')).status, 200);
    const drained = broker.drain();
    assert.equal((await get(broker, '/readyz')).status, 503);
    assert.equal((await get(broker, '/healthz')).status, 200);
    await assert.rejects(RecordedSocket.open(`${broker.url}peerjs?key=peerjs&id=new&token=t`));
    assert.deepEqual(await peer.next(), { closed: 1012 });
    await drained;
  });

  it('counts for Prometheus, without an id, and not for strangers behind a proxy', async () => {
    const broker = await start();
    const peer = await join(broker, 'visible-nowhere', 't');
    assert.deepEqual(await peer.next(), OPEN);
    peer.send({ type: 'OFFER', dst: 'visible-nowhere', payload: 1 });
    await peer.next();
    const text = await (await get(broker, '/metrics')).text();
    assert.match(text, /^enk_broker_clients 1$/m);
    assert.match(text, /^enk_broker_frames_relayed_total 1$/m);
    assert.match(text, /^enk_broker_refused_total\{reason="flood"\} 0$/m);
    assert(!text.includes('visible-nowhere'));
    assert.equal((await get(broker, '/metrics', { 'x-forwarded-for': '192.0.2.1' })).status, 404);
  });

  it('gives a registered peer TURN credentials as coturn computes them', async () => {
    const secret = 'a shared secret of broker and relay';
    const urls = ['turn:relay.example:3478'];
    const broker = await start({ turn: { secret, urls }, limits: { turnTtlSeconds: 600 } });
    const anna = await join(broker, 'anna', 't');
    assert.deepEqual(await anna.next(), OPEN);
    anna.send({ type: 'TURN' });
    const { received } = (await anna.next()) as {
      received: { type: string; payload: { iceServers: [RTCIceServerLike]; ttlSeconds: number } };
    };
    const [server] = received.payload.iceServers;
    const [expiry = '', label = ''] = server.username.split(':');
    assert.equal(received.type, 'TURN');
    assert.equal(received.payload.ttlSeconds, 600);
    assert(Math.abs(Number(expiry) - nowSeconds() - 600) <= 2);
    assert(label.length >= 12 && !server.username.includes('anna'));
    assert.equal(server.credential, createHmac('sha1', secret).update(server.username).digest('base64'));
    assert.deepEqual(server.urls, urls);
    anna.send({ type: 'TURN' });
    assert.notDeepEqual(await anna.next(), { received });
  });

  it('says that it has no relay when it has none', async () => {
    const broker = await start();
    const anna = await join(broker, 'anna', 't');
    assert.deepEqual(await anna.next(), OPEN);
    anna.send({ type: 'TURN' });
    assert.deepEqual(await anna.next(), { received: { type: 'TURN', payload: null } });
  });

  it('with a token key: registers signed tokens of that id only, and lets a newer one take over', async () => {
    const tokenKey = '0123456789abcdef0123456789abcdef';
    const broker = await start({ tokenKey });
    const good = signToken(tokenKey, 'anna', nowSeconds() + 60);
    const bad = [
      'anything',
      signToken(tokenKey, 'ben', nowSeconds() + 60),
      signToken(tokenKey, 'anna', nowSeconds() - 1),
      signToken('another key of 16 characters', 'anna', nowSeconds() + 60),
      good.replace(/\.(\d+)\./, (_, expiry: string) => `.${Number(expiry) + 1}.`),
    ];
    for (const token of bad) assert.deepEqual(await (await join(broker, 'anna', token)).next(), INVALID);
    const first = await join(broker, 'anna', good);
    assert.deepEqual(await first.next(), OPEN);
    assert.deepEqual(
      await (await join(broker, 'anna', signToken(tokenKey, 'anna', nowSeconds() + 90))).next(),
      OPEN,
    );
    assert.deepEqual(await first.next(), { closed: 1005 });
    await assert.rejects(startBroker({ port: 0, tokenKey: 'short' }), TypeError);
  });

  it('caps the sockets of one address that a listed proxy names, and frees the place of one that closes', async () => {
    const broker = await start({ trustedProxies: ['127.0.0.0/8'], limits: { clientsPerAddress: 2 } });
    const upgrade = (from: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const headers = {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
          'x-forwarded-for': from,
        };
        const call = request({ port: broker.port, path: '/peerjs?key=peerjs&id=a&token=t', headers });
        call.once('response', response => resolve(response.statusCode ?? 0)).once('error', reject);
        call.once('upgrade', (_, socket) => {
          held.push(() => socket.destroy());
          resolve(101);
        });
        call.end();
      });
    const held: (() => void)[] = [];
    const forged = '198.51.100.9, 192.0.2.1';
    assert.deepEqual([await upgrade(forged), await upgrade('192.0.2.1')], [101, 101]);
    assert.equal(await upgrade('203.0.113.7, 192.0.2.1, 127.0.0.9'), 429);
    assert.equal(await upgrade('192.0.2.2'), 101);
    held[0]?.();
    let status = 429;
    while (status === 429) status = await upgrade('192.0.2.1');
    assert.equal(status, 101);
    for (const drop of held) drop();
  });

  it('refuses a list of proxies that is none', () => {
    assert.throws(() => new ClientAddresses(['proxy.example'], 1), TypeError);
  });

  it('logs no payload, no token and no whole id', async () => {
    const lines: string[] = [];
    const broker = await start({ log: (event, fields) => lines.push(JSON.stringify({ event, ...fields })) });
    const peer = await join(broker, 'secretlongid', 'secrettoken');
    assert.deepEqual(await peer.next(), OPEN);
    peer.send({ type: 'OFFER', dst: 'secretlongid', payload: 'secretpayload' });
    await peer.next();
    assert.deepEqual(await (await join(broker, '-secretbadid', 'secrettoken')).next(), INVALID);
    await broker.close();
    const log = lines.join('\n');
    assert.match(log, /"listening"/);
    assert.match(log, /"refused"/);
    assert(!log.includes('secret'));
  });
});
