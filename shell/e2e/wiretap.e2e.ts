/**
 * What others can record: everything that the broker relays, and every byte on the data channel, which one side has in
 * its page and the other in its worker. Both recordings
 * are scanned for what was said and by whom, after a clear canary by the same route was found.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'puppeteer-core';
import {
  paddingBucket,
  PADDING_BUCKETS_BYTES,
  PADDING_HEADER_BYTES,
} from '../../crypto-core/cascade/padding.ts';
import { FRAME_KIND_HELLO, FRAME_KIND_PAYLOAD } from '../../crypto-core/frame/frame.ts';
import { CHUNK_FRAME_BYTES } from '../../p2p-core/delivery/chunk.ts';
import { CHUNK_BYTES } from '../../p2p-core/limits.ts';
import { encodePdu } from '../../p2p-core/pdu/codec.ts';
import { HostileBroker } from './support/hostile-broker.ts';
import { readIdentity } from './support/page-services.ts';
import { sealedPduTypes } from './support/pdu-types.ts';
import type { Person } from './support/person.ts';
import { Product } from './support/product.ts';
import { recordRequests, type RequestRecording } from './support/record-requests.ts';
import { findSecrets, marker } from './support/scan.ts';
import { plantCanaryOnDataChannel, tapDataChannels, type TappedMessage } from './support/wiretap.ts';

interface Tapped {
  readonly person: Person;
  readonly channel: readonly TappedMessage[];
  readonly requests: RequestRecording;
}

/** CC-PAD-05. */
const MAX_OVERHEAD_BYTES = 400;
/** Characters of an incarnation in a PDU. */
const INCARNATION_CHARACTERS = 22;

describe('recordings of broker and data channel, after two people met by an invite', () => {
  const canary = marker('canary');
  const names = { ana: marker('Ana'), ben: marker('Ben') };
  const localNames = { ana: marker('Ben says Ana'), ben: marker('Ana says Ben') };
  const texts = { ana: marker('said by Ana ✓'), ben: marker('gesagt von Ben'), draft: marker('never sent') };
  let broker: HostileBroker;
  let product: Product;
  let ana: Tapped;
  let ben: Tapped;
  let secrets: Map<string, string | Uint8Array>;
  /** Own messages of Ana so far: the next has this seq plus one. */
  let sentByAna = 0;

  async function openTapped(name: string, place: 'page' | 'worker'): Promise<Tapped> {
    const taps: { channel?: TappedMessage[]; requests?: RequestRecording } = {};
    const person = await product.person(name, async page => {
      taps.channel = await tapDataChannels(page, place);
      taps.requests = await recordRequests(page);
    });
    const { channel = [], requests } = taps;
    if (!requests) throw new Error('nothing is recorded');
    return { person, channel, requests };
  }

  const onBroker = (): Buffer =>
    Buffer.concat([
      ...broker.recording,
      ...[ana, ben].flatMap(({ requests }) => requests.webSocketFrames.map(frame => Buffer.from(frame))),
    ]);
  const onChannel = (): Buffer =>
    Buffer.concat([ana, ben].flatMap(({ channel }) => channel.map(({ bytes }) => bytes)));

  before(async () => {
    broker = await HostileBroker.start();
    product = await Product.start({ brokerUrl: broker.url() });
    [ana, ben] = await Promise.all([openTapped(names.ana, 'page'), openTapped(names.ben, 'worker')]);
    await plantCanaryOnDataChannel(ana.person.page, canary);
    await plantCanaryOnBroker(ben.person.page, broker.url(), canary);
    await Promise.all([allowSignals(ana.person), allowSignals(ben.person)]);
    await talk();
    const identities = await Promise.all([ana, ben].map(({ person }) => readIdentity(person.page)));
    secrets = new Map<string, string | Uint8Array>([
      ...Object.entries(names).map(([who, name]) => [`display name of ${who}`, name] as const),
      ...Object.entries(localNames).map(([who, name]) => [`contact name of ${who}`, name] as const),
      ...Object.entries(texts).map(([what, text]) => [`text ${what}`, text] as const),
      ...identities.map(({ identityKey }, i) => [`identity key ${i}`, identityKey] as const),
    ]);
  });
  after(async () => {
    await product.close();
    await broker.kill();
  });

  /** Invite, messages both ways, a rename, a receipt, a draft: what can be said in a session is said. */
  async function talk(): Promise<void> {
    await ben.person.acceptInvite(await ana.person.createInvite(), localNames.ana);
    for (const { person } of [ben, ana]) {
      await person.openConversation();
      await person.waitForConnected();
    }
    await rename(ana.person, localNames.ben);
    await ana.person.send(texts.ana);
    sentByAna += 1;
    await ben.person.waitForMessages(1);
    await ben.person.send(texts.ben);
    await ana.person.waitForMessages(2);
    await ana.person.waitForText('message', /Read/);
    await ben.person.fill('composer-input', texts.draft);
    await ana.person.waitForText('connection-state', /typing/);
  }

  it('the scan finds a clear canary that went the same ways', () => {
    const planted = new Map([['canary', canary]]);
    assert.deepEqual(findSecrets(onBroker(), planted), ['canary'], 'on the broker');
    assert.deepEqual(findSecrets(Buffer.concat(broker.recording), planted), ['canary'], 'in the broker');
    assert.deepEqual(findSecrets(onChannel(), planted), ['canary'], 'on the data channel');
  });

  it('the recordings hold the whole session', () => {
    assert.ok(
      broker.relayed.some(({ type }) => type === 'OFFER') &&
        broker.relayed.some(({ type }) => type === 'ANSWER'),
    );
    for (const { channel, requests } of [ana, ben]) {
      assert.ok(requests.webSocketFrames.some(frame => frame.includes('ANSWER')));
      assert.ok(payloads(channel, 'in').length >= 4 && payloads(channel, 'out').length >= 4);
    }
    const [out, incoming] = [payloads(ana.channel, 'out'), payloads(ben.channel, 'in')];
    assert.deepEqual(incoming, out.slice(0, incoming.length), 'what left here arrived there, as it was');
  });

  it('the broker learns no text, no name and no identity key', () => {
    assert.deepEqual(findSecrets(onBroker(), secrets), []);
  });

  it('the data channel carries no text, no name and no identity key', () => {
    assert.deepEqual(findSecrets(onChannel(), secrets), []);
  });

  it('neither shows the type of a sealed PDU', () => {
    // An attribute of every SDP has one of the types in its name.
    const relayed = Buffer.from(onBroker().toString('latin1').replaceAll('max-message-size', ''), 'latin1');
    for (const [where, recording] of [
      ['broker', relayed],
      ['data channel', onChannel()],
    ] as const)
      assert.deepEqual(findSecrets(recording, typeForms()), [], where);
  });

  it('CC-FRAME-03: each side sends one clear frame, its hello, and that before all others', () => {
    for (const { channel } of [ana, ben]) {
      const kinds = productFrames(channel, 'out').map(({ bytes }) => bytes[1]);
      assert.deepEqual(
        kinds.flatMap((kind, i) => (kind === FRAME_KIND_HELLO ? [i] : [])),
        [0],
      );
    }
  });

  it('CC-PAD-02, P2P-CHK-03: a message tells its padding bucket and nothing finer', async () => {
    const lengths = new Map<number, number>();
    const smallest = paddingBucket(0);
    for (const bucket of [...PADDING_BUCKETS_BYTES, paddingBucket(65_537)]) {
      const seen: (readonly number[])[] = [];
      for (const text of textsOfBucket(bucket, sentByAna + 1)) seen.push(await lengthsOfSending(text));
      // Typing signals and rekeying go along; what every one of these messages caused is the message.
      const common = [...(seen[0] ?? [])].filter(length => seen.every(lengths => lengths.includes(length)));
      const [size, ...others] = new Set(common.filter(length => length !== lengths.get(smallest)));
      assert.ok(size !== undefined, `bodies of bucket ${bucket} left as frames of different lengths`);
      assert.deepEqual(others, []);
      if (bucket > CHUNK_BYTES) {
        const counts = seen.map(frames => frames.filter(length => length === size).length);
        assert.deepEqual([...new Set(counts)], [bucket / CHUNK_BYTES], `chunks of bucket ${bucket}`);
      }
      lengths.set(bucket, size);
    }
    for (const [bucket, length] of lengths) {
      const body = bucket > CHUNK_BYTES ? CHUNK_FRAME_BYTES : bucket;
      const overhead = length - PADDING_HEADER_BYTES - body;
      assert.ok(overhead > 0 && overhead < MAX_OVERHEAD_BYTES, `overhead of bucket ${bucket} is ${overhead}`);
    }
    assert.deepEqual(unexplained(lengths), [], 'lengths of frames that no bucket explains');
  });

  /** Lengths of the frames that left while one message of Ana was sent and arrived. */
  async function lengthsOfSending(text: string): Promise<readonly number[]> {
    const before = payloads(ana.channel, 'out').length;
    await ana.person.send(text);
    sentByAna += 1;
    await ben.person.waitForMessages(1 + sentByAna);
    return payloads(ana.channel, 'out')
      .slice(before)
      .map(({ length }) => length);
  }

  function unexplained(lengths: ReadonlyMap<number, number>): readonly number[] {
    const known = new Set(lengths.values());
    const seen = [ana, ben].flatMap(({ channel }) => [
      ...payloads(channel, 'out'),
      ...payloads(channel, 'in'),
    ]);
    return seen.map(({ length }) => length).filter(length => !known.has(length));
  }
});

/** Frames without the canary, whose connection is no session. */
function productFrames(channel: readonly TappedMessage[], direction: 'in' | 'out'): readonly TappedMessage[] {
  return channel.filter(message => message.direction === direction && message.bytes[0] === 1);
}

function payloads(channel: readonly TappedMessage[], direction: 'in' | 'out'): readonly Buffer[] {
  return productFrames(channel, direction)
    .map(({ bytes }) => bytes)
    .filter(bytes => bytes[1] === FRAME_KIND_PAYLOAD);
}

/** Types as they stand in JSON; the long ones bare as well, for any other notation. */
function typeForms(): ReadonlyMap<string, string> {
  return new Map(
    sealedPduTypes.flatMap(type => [
      [`${type}, quoted`, `"${type}"`] as const,
      ...(type.length > 4 ? [[type, type] as const] : []),
    ]),
  );
}

/** Texts of the shortest, a middling and the longest PDU of a bucket; `seq` is that of the first. */
function textsOfBucket(bucket: number, seq: number): readonly string[] {
  const bare = (i: number): number => {
    const incarnation = 'A'.repeat(INCARNATION_CHARACTERS);
    return encodePdu({ type: 'message', incarnation, seq: seq + i, text: '', sentAt: Date.now() }).length;
  };
  const index = PADDING_BUCKETS_BYTES.indexOf(bucket);
  const below = index < 0 ? 65_536 : (PADDING_BUCKETS_BYTES[index - 1] ?? 0);
  const longest = Math.min(bucket - bare(2), 65_536);
  const shortest = Math.max(below + 1 - bare(0), 1);
  return [shortest, Math.ceil((shortest + longest) / 2), longest].map(length => 'x'.repeat(length));
}

async function plantCanaryOnBroker(page: Page, brokerUrl: string, canary: string): Promise<void> {
  await page.evaluate(
    (url, text) =>
      new Promise<void>((resolve, reject) => {
        const socket = new WebSocket(`${url}peerjs?key=peerjs&id=canary&token=canary`);
        socket.onerror = () => reject(new Error('no broker'));
        socket.onmessage = ({ data }) => {
          if (String(data).includes(text))
            socket.close(); // it came back: the broker has relayed it
          else socket.send(JSON.stringify({ type: 'OFFER', dst: 'canary', payload: text }));
        };
        socket.onclose = () => resolve();
      }),
    brokerUrl,
    canary,
  );
}

async function allowSignals(person: Person): Promise<void> {
  await person.click('open-settings');
  await person.click('privacy-sendTyping');
  await person.click('privacy-sendReadReceipts');
  await person.closeSettings();
}

async function rename(person: Person, name: string): Promise<void> {
  await person.click('contact-details');
  await person.fill('contact-name', name);
  await person.click('contact-rename');
  await person.closeDialog();
}
