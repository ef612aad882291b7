/** The transport between two real browser contexts, over the real broker and over a hostile one. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Broker, startBroker } from '@enk/broker';
import type { BrowserContext, Page } from 'puppeteer-core';
import {
  type LaunchedBrowser,
  hasNetwork,
  launchChromium,
  launchFirefox,
  openPerson,
} from './support/browsers.ts';
import { HostileBroker, swapFingerprints } from './support/hostile-broker.ts';
import { cutNetwork, isOwnNamespace, watchPackets } from './support/network.ts';
import { type PageServer, servePage } from './support/page-server.ts';
import { recordRequests } from './support/record-requests.ts';
import type { Harness } from './support/transport-page.ts';
import { findFirefox } from '../../tools/find-browser.mjs';

type Calls = {
  [K in keyof Harness]: (...args: Parameters<Harness[K]>) => Promise<Awaited<ReturnType<Harness[K]>>>;
};

/** One person's page; methods run in it. */
interface Person extends Calls {
  readonly page: Page;
  readonly context: BrowserContext;
}

const noFirefox = !(findFirefox() && hasNetwork()) && 'needs Firefox and a network interface';
const noNamespace = !isOwnNamespace() && 'needs a network namespace of our own';

let chromium: LaunchedBrowser;
let server: PageServer;
const contexts: BrowserContext[] = [];

before(async () => {
  server = await servePage(new URL('./support/transport-page.ts', import.meta.url));
  chromium = await launchChromium();
});
afterEach(() => Promise.all(contexts.splice(0).map(context => context.close())));
after(async () => {
  await chromium?.close();
  await server?.close();
});

async function person(browser = chromium.browser, prepare?: (page: Page) => Promise<void>): Promise<Person> {
  const { page, context } = await openPerson(browser, server.url, prepare);
  contexts.push(context);
  return new Proxy({ page, context } as Person, {
    get(target, name: keyof Person) {
      if (name === 'page' || name === 'context') return target[name];
      if (String(name) === 'then') return undefined;
      return (...args: unknown[]) =>
        page.evaluate(
          (method, given) =>
            (window.harness as unknown as Record<string, (...a: unknown[]) => unknown>)[method]?.(...given),
          name as string,
          args,
        );
    },
  });
}

let serial = 0;

/** Two registered persons with ids of their own. */
async function couple(brokerUrl: string, [a, b] = [chromium.browser, chromium.browser]): Promise<Couple> {
  const [alice, bob] = await Promise.all([person(a), person(b)]);
  const [aliceId, bobId] = [`alice${++serial}`, `bob${serial}`];
  await Promise.all([alice.register(aliceId, brokerUrl), bob.register(bobId, brokerUrl)]);
  await Promise.all([alice.untilSignaling('registered'), bob.untilSignaling('registered')]);
  return { alice, bob, aliceId, bobId };
}

interface Couple {
  readonly alice: Person;
  readonly bob: Person;
  readonly aliceId: string;
  readonly bobId: string;
}

/** Alice dials Bob under `linkId`; both ends' descriptions. */
async function connect({ alice, bob, bobId }: Couple, linkId = 'first') {
  const [fromA, fromB] = await Promise.all([alice.mark(), bob.mark()]);
  await alice.dial(linkId, bobId);
  const [a, b] = await Promise.all([alice.untilOpen(fromA), bob.untilOpen(fromB)]);
  return { a, b };
}

let exchanges = 0;

/** One message each way arrives. */
async function exchange(
  { alice, bob }: Couple,
  { a, b }: Awaited<ReturnType<typeof connect>>,
): Promise<void> {
  const [ping, pong] = [`ping ${++exchanges}`, `pong ${exchanges}`];
  await alice.send(a.linkId, ping);
  await bob.untilText(b.linkId, ping);
  await bob.send(b.linkId, pong);
  await alice.untilText(a.linkId, pong);
}

describe('over our own broker', () => {
  let broker: Broker;
  before(async () => {
    broker = await startBroker({ port: 0, limits: { expireMs: 500, sweepMs: 100 } });
  });
  after(() => broker.close());

  it('opens a link with crossed fingerprints and carries bytes both ways', async () => {
    const two = await couple(broker.url);
    const ends = await connect(two);
    assert.deepEqual([ends.a.role, ends.b.role], ['A', 'B']);
    assert.deepEqual([ends.a.remotePeerId, ends.b.remotePeerId], [two.bobId, two.aliceId]);
    assert.equal(ends.a.localFingerprint, ends.b.remoteFingerprint);
    assert.equal(ends.a.remoteFingerprint, ends.b.localFingerprint);
    await exchange(two, ends);
  });

  it('P2P-LNK-10: keeps the link and registers again when the broker is restarted', async () => {
    const own = await startBroker({ port: 0 });
    const two = await couple(own.url);
    const ends = await connect(two);
    const marks = await Promise.all([two.alice.mark(), two.bob.mark()]);
    await own.close();
    await Promise.all([
      two.alice.untilSignaling('offline', marks[0]),
      two.bob.untilSignaling('offline', marks[1]),
    ]);
    await exchange(two, ends);
    const again = await startBroker({ port: own.port });
    await Promise.all([
      two.alice.untilSignaling('registered', marks[0]),
      two.bob.untilSignaling('registered', marks[1]),
    ]);
    await exchange(two, ends);
    await exchange(two, await connect(two, 'second'));
    assert.deepEqual(await two.alice.closedLinks(), []);
    await again.close();
  });

  it('P2P-LNK-06: says that an absent peer is unavailable, and opens when it comes in time', async () => {
    const alice = await person();
    await alice.register('early', broker.url);
    await alice.dial('nobody', 'absent');
    assert.equal(await alice.untilClosed('nobody'), 'peer-unavailable');
    const late = await person();
    await alice.dial('somebody', 'latecomer');
    await late.register('latecomer', broker.url);
    assert.equal((await alice.untilOpen()).linkId, 'somebody');
  });

  it('opens two links when both dial at once', async () => {
    const two = await couple(broker.url);
    await Promise.all([two.alice.dial('from-a', two.bobId), two.bob.dial('from-b', two.aliceId)]);
    const isOpen = async (who: Person): Promise<void> => {
      let from = 0;
      while ((await who.openLinks()).length < 2) {
        await who.untilOpen(from);
        from = await who.mark();
      }
    };
    await Promise.all([isOpen(two.alice), isOpen(two.bob)]);
  });

  it('P2P-LNK-11: refuses to dial its own address', async () => {
    const alice = await person();
    await alice.register('myself', broker.url);
    await alice.dial('self', 'myself');
    assert.equal(await alice.untilClosed('self'), 'refused-description');
  });

  it('says that an id is taken, and takes it over when it is free', async () => {
    const [holder, second] = [await person(), await person()];
    await holder.register('wanted', broker.url);
    await holder.untilSignaling('registered');
    await second.register('wanted', broker.url);
    await second.untilSignaling('offline');
    assert.deepEqual((await second.signalingStates()).at(-1), { kind: 'offline', reason: 'id-taken' });
    await holder.unregister();
    await second.untilSignaling('registered');
  });

  it('P2P-LNK-01: refuses a broker in clear outside loopback without asking it', async () => {
    const alice = await person();
    await alice.register('careful', 'ws://192.0.2.1:9000/');
    assert.deepEqual(await alice.signalingStates(), [{ kind: 'offline', reason: 'refused-address' }]);
  });

  it('tells the other side at once when a page goes away', async () => {
    const two = await couple(broker.url);
    const { b } = await connect(two);
    await two.alice.page.goto('about:blank');
    assert.equal(await two.bob.untilClosed(b.linkId), 'closed-remotely');
  });

  it('takes its id back after a reload', async () => {
    const two = await couple(broker.url);
    await connect(two);
    await two.alice.page.reload();
    await two.alice.register(two.aliceId, broker.url);
    await two.alice.untilSignaling('registered');
    assert.deepEqual(await two.alice.signalingStates(), [{ kind: 'connecting' }, { kind: 'registered' }]);
    await exchange(two, await connect(two, 'after-reload'));
  });

  it('understands a stock PeerJS client', async () => {
    const [alice, stock] = [await person(), await person()];
    await alice.register('ours', broker.url);
    await alice.untilSignaling('registered');
    const answered = stock.stockPeerJs('stock', broker.port, 'ours', 'hello from stock');
    const { linkId } = await alice.untilOpen();
    await alice.untilText(linkId, 'hello from stock');
    await alice.send(linkId, 'hello from ours');
    assert.equal(await answered, 'hello from ours');
  });

  it('asks nothing of anybody but the page’s origin and the broker', async () => {
    const recordings: { origins(): readonly string[] }[] = [];
    const record = async (page: Page): Promise<void> => void recordings.push(await recordRequests(page));
    const [alice, bob] = [await person(chromium.browser, record), await person(chromium.browser, record)];
    await Promise.all([alice.register('quiet1', broker.url), bob.register('quiet2', broker.url)]);
    await bob.untilSignaling('registered');
    await connect({ alice, bob, aliceId: 'quiet1', bobId: 'quiet2' });
    const expected = [new URL(server.url).origin, new URL(broker.url).origin].sort();
    for (const recording of recordings) assert.deepEqual([...recording.origins()].sort(), expected);
  });

  it('connects Chromium with Firefox, whoever dials', { skip: noFirefox }, async () => {
    const firefox = await launchFirefox();
    try {
      for (const browsers of [
        [chromium.browser, firefox.browser] as const,
        [firefox.browser, chromium.browser] as const,
      ]) {
        const two = await couple(broker.url, [...browsers]);
        await exchange(two, await connect(two));
        await Promise.all(contexts.splice(0).map(context => context.close()));
      }
    } finally {
      await firefox.close();
    }
  });
});

describe('over a hostile broker', () => {
  let broker: HostileBroker;
  before(async () => {
    broker = await HostileBroker.start();
  });
  afterEach(() => {
    broker.rewrite = frame => [frame];
  });
  after(() => broker.kill());

  it('P2P-LNK-06: survives LEAVE, EXPIRE, a second OFFER and a replay of everything in a live session', async () => {
    const two = await couple(broker.url());
    const ends = await connect(two);
    const { aliceId, bobId } = two;
    const offer = await broker.untilRelayed(frame => frame.type === 'OFFER' && frame.dst === bobId);
    for (const type of ['LEAVE', 'EXPIRE']) {
      broker.inject({ type, src: bobId, dst: aliceId });
      broker.inject({ type, src: aliceId, dst: bobId });
    }
    broker.inject(offer);
    broker.inject({ ...offer, src: bobId, dst: aliceId });
    for (const frame of swapFingerprints(offer)) broker.inject(frame);
    broker.replayTo(aliceId);
    broker.replayTo(bobId);
    await exchange(two, ends);
    await exchange(two, await connect(two, 'second')); // What was injected before has been read by now.
    await exchange(two, ends);
    assert(!(await two.alice.closedLinks()).includes(ends.a.linkId));
    assert(!(await two.bob.closedLinks()).includes(ends.b.linkId));
  });

  it('P2P-LNK-04: does not open when the broker swaps fingerprints', async () => {
    const two = await couple(broker.url());
    broker.rewrite = swapFingerprints;
    await two.alice.dial('swapped', two.bobId);
    await two.alice.untilClosed('swapped');
    assert.deepEqual([await two.alice.openLinks(), await two.bob.openLinks()], [[], []]);
  });

  it('shows different fingerprints when the broker answers for both sides', async () => {
    broker.realmOf = id => (id === 'victim-a' ? 'A' : id === 'victim-b' ? 'B' : 'default');
    const [alice, bob, mallory1, mallory2] = [await person(), await person(), await person(), await person()];
    await alice.register('victim-a', broker.url());
    await bob.register('victim-b', broker.url());
    await mallory1.register('victim-b', broker.url('A'));
    await mallory2.register('victim-a', broker.url('B'));
    await Promise.all([alice, bob, mallory1, mallory2].map(who => who.untilSignaling('registered')));
    await alice.dial('to-bob', 'victim-b');
    await mallory2.dial('to-bob', 'victim-b');
    const [atAlice, atBob] = await Promise.all([alice.untilOpen(), bob.untilOpen()]);
    assert.equal(atAlice.remotePeerId, 'victim-b');
    assert.equal(atBob.remotePeerId, 'victim-a');
    assert.notEqual(atAlice.remoteFingerprint, atBob.localFingerprint);
    assert.notEqual(atBob.remoteFingerprint, atAlice.localFingerprint);
  });

  it('answers for another id with a client that has its own', async () => {
    const two = await couple(broker.url());
    broker.alias('default', 'somebody-else', two.bobId);
    await two.alice.dial('aliased', 'somebody-else');
    const [a] = await Promise.all([two.alice.untilOpen(), two.bob.untilOpen()]);
    assert.equal(a.remotePeerId, 'somebody-else');
  });

  it('P2P-LNK-09: bounds what a flood of offers costs', async () => {
    const two = await couple(broker.url());
    const ends = await connect(two);
    const offer = await broker.untilRelayed(frame => frame.type === 'OFFER' && frame.dst === two.bobId);
    for (let i = 0; i < 200; i++) {
      const payload = { ...(offer.payload as object), connectionId: `dc_${i}` };
      broker.inject({ ...offer, src: `stranger${i % 50}`, payload });
    }
    await exchange(two, ends);
    const answers = broker.relayed.filter(({ type, dst }) => type === 'ANSWER' && dst.startsWith('stranger'));
    assert(answers.length <= 24, `${answers.length} answers`);
  });
});

describe('on a network that fails', { skip: noNamespace }, () => {
  it('P2P-LNK-12: loses and regains its path on the same link', async () => {
    const broker = await startBroker({ port: 0 });
    const two = await couple(broker.url);
    const ends = await connect(two);
    const cut = await cutNetwork(broker.port, [two.alice.page, two.bob.page]);
    await Promise.all([two.alice.untilPath(ends.a.linkId, false), two.bob.untilPath(ends.b.linkId, false)]);
    await two.alice.send(ends.a.linkId, 'sent without a path');
    await cut.restore();
    await Promise.all([two.alice.untilPath(ends.a.linkId, true), two.bob.untilPath(ends.b.linkId, true)]);
    await two.bob.untilText(ends.b.linkId, 'sent without a path');
    await exchange(two, ends);
    assert((await two.alice.types()).includes('wake'));
    await broker.close();
  });

  it('sends no packet to anybody but the other side', async () => {
    const watch = watchPackets();
    sendDatagram('198.51.100.1', 3478); // The canary: what leaves must be seen.
    const broker = await startBroker({ port: 0 });
    const two = await couple(broker.url);
    await exchange(two, await connect(two));
    const elsewhere = watch.destinations().filter(destination => !destination.startsWith('10.77.'));
    watch.stop();
    await broker.close();
    // Multicast DNS is how browsers hide host addresses from the broker; it stays on the link.
    const notMulticast = elsewhere.filter(destination => !destination.startsWith('224.0.0.251'));
    assert.deepEqual(notMulticast, ['198.51.100.1 udp 3478']);
  });
});

function sendDatagram(address: string, port: number): void {
  const socket = createSocket('udp4');
  socket.send('canary', port, address, () => socket.close());
}
