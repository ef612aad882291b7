/** A real Janus with our configuration, and a broker that makes its rooms. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Broker, type BrokerOptions, startBroker } from '@enk/broker';
import { WebSocket } from 'ws';
import { askRooms, type RoomAnswer } from '../broker/janus-admin.ts';
import { DEFAULT_LIMITS } from '../broker/limits.ts';
import { SfuRooms } from '../broker/sfu-rooms.ts';
import { mintSfuTokens } from '../broker/sfu-tokens.ts';
import { RecordedSocket } from '../broker/transcript-replay.ts';
import { hasJanus, type JanusServer, startJanus } from './janus-server.ts';

const ROOM = 'AAAAAAAAAAAAAAAAAAAAAA';
const OTHER_ROOM = 'AAAAAAAAAAAAAAAAAAAAAQ';
const soon = (): number => Math.floor(Date.now() / 1_000) + 60;

interface Place {
  readonly url: string;
  readonly apiToken: string;
  readonly roomToken: string;
  readonly ttlSeconds: number;
}

describe('a broker with an SFU', { skip: hasJanus ? false : 'no janus' }, () => {
  let janus: JanusServer;
  const brokers: Broker[] = [];
  const sockets: RecordedSocket[] = [];
  before(async () => {
    janus = await startJanus({ address: '127.0.0.1' });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.terminate();
    await Promise.all(brokers.splice(0).map(broker => broker.close()));
  });
  after(() => janus.stop());

  async function joined(options: Partial<BrokerOptions> & { readonly urls?: readonly string[] } = {}) {
    const { secret, adminKey, apiUrl } = janus;
    const sfu = { urls: options.urls ?? [apiUrl], secret, adminKey };
    const broker = await startBroker({ port: 0, sfu, ...options });
    brokers.push(broker);
    const socket = await RecordedSocket.open(`${broker.url}peerjs?key=peerjs&id=anna&token=t`);
    sockets.push(socket);
    assert.deepEqual(await socket.next(), { received: { type: 'OPEN' } });
    return socket;
  }

  async function answerFor(
    socket: RecordedSocket,
    room: string,
  ): Promise<{ readonly place: Place | null; readonly reason?: string }> {
    socket.send({ type: 'SFU', payload: { room } });
    const { received } = (await socket.next()) as {
      received: { payload: { room: string; place: Place | null; reason?: string } };
    };
    assert.equal(received.payload.room, room);
    return received.payload;
  }

  async function placeOf(socket: RecordedSocket, room = ROOM): Promise<Place | null> {
    return (await answerFor(socket, room)).place;
  }

  const roomNumber = (index: number): string => `AAAAAAAAAAAAAAAAAAAA${String.fromCharCode(66 + index)}A`;

  const ask = async (apiToken: string, body: object): Promise<RoomAnswer> =>
    (await askRooms({ url: janus.apiUrl, apiToken, timeoutMs: 5_000 }, [body]))[0] ?? {};

  it('tells whether it has one, and for calls of how many', async () => {
    const anna = await joined();
    anna.send({ type: 'SFU' });
    assert.deepEqual(await anna.next(), { received: { type: 'SFU', payload: { fromMembers: null } } });
    const { secret, adminKey, apiUrl } = janus;
    const ben = await joined({ sfu: { urls: [apiUrl], secret, adminKey, fromMembers: 3 } });
    ben.send({ type: 'SFU' });
    assert.deepEqual(await ben.next(), { received: { type: 'SFU', payload: { fromMembers: 3 } } });
    const plain = await startBroker({ port: 0 });
    brokers.push(plain);
    const cleo = await RecordedSocket.open(`${plain.url}peerjs?key=peerjs&id=cleo&token=t`);
    sockets.push(cleo);
    await cleo.next();
    cleo.send({ type: 'SFU' });
    assert.deepEqual(await cleo.next(), { received: { type: 'SFU', payload: null } });
  });

  it('makes a private room for sealed frames, with tokens that open it and nothing else', async () => {
    const place = await placeOf(await joined());
    assert(place !== null);
    assert.deepEqual([place.url, place.ttlSeconds], [janus.apiUrl, 3_600]);
    const isThere = await ask(place.apiToken, { request: 'exists', room: ROOM });
    assert.equal(isThere['exists'], true);
    assert.deepEqual((await ask(place.apiToken, { request: 'list' }))['list'], []);
    const { list } = (await ask(place.apiToken, { request: 'list', admin_key: janus.adminKey })) as {
      list: Record<string, unknown>[];
    };
    const room = list.find(one => one['room'] === ROOM);
    assert.deepEqual(
      [room?.['require_e2ee'], room?.['is_private'], room?.['record'], room?.['lock_record']],
      [true, true, false, true],
    );
    for (const forged of ['', mintSfuTokens('another secret', ROOM, soon()).apiToken, place.roomToken]) {
      await assert.rejects(ask(forged, { request: 'exists', room: ROOM }));
    }
    await assert.rejects(ask(mintSfuTokens(janus.secret, ROOM, soon() - 120).apiToken, { request: 'list' }));
  });

  it('leaves making, ending, recording and forwarding of rooms to the operator', async () => {
    const place = await placeOf(await joined());
    assert(place !== null);
    const target = { host: '127.0.0.1', streams: [{ mid: '1', port: 9_999 }] };
    for (const body of [
      { request: 'create', room: OTHER_ROOM },
      { request: 'create', room: OTHER_ROOM, admin_key: 'guessed' },
      { request: 'destroy', room: ROOM },
      { request: 'edit', room: ROOM, new_require_pvtid: true },
      { request: 'enable_recording', room: ROOM, record: true },
      { request: 'rtp_forward', room: ROOM, publisher_id: 'x', ...target },
    ]) {
      const { error_code } = await ask(place.apiToken, body);
      assert.equal(typeof error_code, 'number', body.request);
    }
  });

  it('makes a room again after the SFU has lost it, and uses the next SFU while one is away', async () => {
    const anna = await joined();
    await placeOf(anna);
    await janus.kill();
    assert.equal(await placeOf(anna), null);
    await janus.restart();
    const again = await placeOf(anna);
    assert.equal((await ask(again?.apiToken ?? '', { request: 'exists', room: ROOM }))['exists'], true);
    const ben = await joined({ urls: ['ws://127.0.0.1:9/', janus.apiUrl] });
    assert.equal((await placeOf(ben))?.url, janus.apiUrl);
  });

  it('ends a room when its tokens are over', async () => {
    const anna = await joined({ limits: { sfuTtlSeconds: 0, sfuSweepMs: 50 } });
    const place = await placeOf(anna, OTHER_ROOM);
    assert(place !== null);
    const { apiToken } = mintSfuTokens(janus.secret, OTHER_ROOM, soon());
    for (;;) {
      if ((await ask(apiToken, { request: 'exists', room: OTHER_ROOM }))['exists'] === false) break;
    }
  });

  it('gives one client so many rooms and no more, and tells it why; it keeps those that it has', async () => {
    const anna = await joined({ limits: { sfuRoomsPerClient: 2 } });
    for (const index of [0, 1]) assert((await placeOf(anna, roomNumber(index))) !== null);
    assert.deepEqual(
      { ...(await answerFor(anna, roomNumber(2))), room: '' },
      { room: '', place: null, reason: 'too-many-rooms' },
    );
    assert((await placeOf(anna, roomNumber(1))) !== null, 'its own room, renewed');
    const ben = await RecordedSocket.open(`${brokers.at(-1)?.url}peerjs?key=peerjs&id=ben&token=t`);
    sockets.push(ben);
    await ben.next();
    assert((await placeOf(ben, roomNumber(2))) !== null, 'others have their own');
  });

  it('gives one address so many rooms, whatever its clients call themselves; loopback is the operator', async () => {
    const { secret, adminKey, apiUrl } = janus;
    const limits = { ...DEFAULT_LIMITS, sfuRoomsPerAddress: 2 };
    const rooms = new SfuRooms({ urls: [apiUrl], secret, adminKey }, limits);
    try {
      const ask = (index: number, address: string) =>
        rooms.place(roomNumber(index), { id: `client ${index} ${address}`, address });
      for (const index of [0, 1]) assert((await ask(index, '192.0.2.1')).place !== null);
      assert.equal((await ask(2, '192.0.2.1')).reason, 'too-many-rooms');
      for (const index of [2, 3, 4]) assert((await ask(index, '127.0.0.1')).place !== null);
      assert((await ask(5, '192.0.2.2')).place !== null);
    } finally {
      rooms.close();
    }
  });

  it('leaves a room that somebody is in, by tokens of another node, and counts it until it is empty', async () => {
    const { secret, adminKey, apiUrl } = janus;
    const node = (sfuTtlSeconds: number): SfuRooms =>
      new SfuRooms({ urls: [apiUrl], secret, adminKey }, { ...DEFAULT_LIMITS, sfuTtlSeconds });
    const [old, current] = [node(0), node(60)];
    const room = roomNumber(9);
    const asker = { id: 'anna', address: '192.0.2.1' };
    const exists = async (apiToken: string): Promise<unknown> =>
      (await ask(apiToken, { request: 'exists', room }))['exists'];
    try {
      await old.place(room, asker);
      const { place } = await current.place(room, asker);
      assert(place !== null);
      const leave = await enter(place, room);
      await old.sweep();
      assert.equal(await exists(place.apiToken), true);
      leave();
      while ((await exists(place.apiToken)) === true) await old.sweep();
    } finally {
      old.close();
      current.close();
    }
  });

  /** Joins as a member does, and stays. */
  async function enter({ url, apiToken, roomToken }: Place, room: string): Promise<() => void> {
    const socket = new WebSocket(url, 'janus-protocol');
    await once(socket, 'open');
    const say = async (request: object): Promise<RoomAnswer> => {
      socket.send(JSON.stringify({ transaction: 'member', token: apiToken, ...request }));
      for (;;) {
        const [data] = (await once(socket, 'message')) as [Buffer];
        const answer = JSON.parse(String(data)) as RoomAnswer;
        if (answer['janus'] !== 'ack') return answer;
      }
    };
    const idOf = (answer: RoomAnswer): unknown => (answer['data'] as { id: unknown }).id;
    const session = { session_id: idOf(await say({ janus: 'create' })) };
    const plugin = 'janus.plugin.videoroom';
    const handle = { ...session, handle_id: idOf(await say({ janus: 'attach', ...session, plugin })) };
    const body = { request: 'join', ptype: 'publisher', room, token: roomToken };
    const { plugindata } = await say({ janus: 'message', ...handle, body });
    assert.equal((plugindata as { data: Record<string, unknown> }).data['videoroom'], 'joined');
    return () => socket.terminate();
  }

  it('drops what names no room', async () => {
    const anna = await joined();
    for (const room of ['', 'x', `${ROOM}=`, 7, null, 'AAAAAAAAAAAAAAAAAAAAAB']) {
      anna.send({ type: 'SFU', payload: { room } });
    }
    anna.send({ type: 'SFU' });
    assert.deepEqual(await anna.next(), { received: { type: 'SFU', payload: { fromMembers: null } } });
  });
});
