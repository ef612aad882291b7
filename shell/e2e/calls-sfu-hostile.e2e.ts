/** What an SFU and who is in its room can do: members played by test pages with the product's media, keys and group. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'puppeteer-core';
import { askRooms } from '../../deploy/broker/janus-admin.ts';
import { DEFAULT_LIMITS } from '../../deploy/broker/limits.ts';
import { type SfuPlace, SfuRooms } from '../../deploy/broker/sfu-rooms.ts';
import { roomSecret } from '../../deploy/broker/sfu-tokens.ts';
import { type LaunchedBrowser, launchChromium, openPerson } from './support/browsers.ts';
import { type FrameTap, tapFrames } from './support/forwarded-frames.ts';
import { type PageServer, servePage } from './support/page-server.ts';
import type { SfuHarness } from './support/sfu-page.ts';
import { noSfu, SFU_FLAGS, type SfuSite, startSfuSite } from './support/sfu.ts';

declare const harness: SfuHarness;

const ROOM = 'AAAAAAAAAAAAAAAAAAAAAA';
const GROUP = 'A'.repeat(43);
const LEAVES = [
  ['a', 0],
  ['b', 1],
  ['c', 2],
  ['d', 3],
] as const;
const MEMBERS = ['a', 'b', 'c'] as const;
const WAIT_MS = 120_000;
/** So many bytes of an encoder's output in a row do not stand in a sealed frame by chance. */
const RUN_BYTES = 12;
const tagOf = (name: string): string => name.padEnd(22, '0');
const bytesOf = (text: string): Buffer => Buffer.from(text, 'base64url');

describe('a hostile SFU and who is in its room', { skip: noSfu }, () => {
  let site: SfuSite;
  let rooms: SfuRooms;
  let server: PageServer;
  let chromium: LaunchedBrowser;
  let place: SfuPlace;
  let tap: FrameTap;
  const pages = new Map<string, Page>();
  const page = (name: string): Page => pages.get(name) as Page;

  before(async () => {
    site = await startSfuSite(2);
    const { url, apiUrl, secret, adminKey } = site.janus;
    const limits = { ...DEFAULT_LIMITS, sfuAnswerMs: 20_000, sfuSweepMs: 3_600_000 };
    rooms = new SfuRooms({ urls: [url], apiUrls: [apiUrl], secret, adminKey }, limits);
    place = (await rooms.place(ROOM, { id: 'a', address: '127.0.0.1' })).place as SfuPlace;
    tap = await tapFrames();
    const workerEntry = new URL('./support/media-recording-worker.ts', import.meta.url);
    server = await servePage(new URL('./support/sfu-page.ts', import.meta.url), { workerEntry });
    chromium = await launchChromium({ flags: SFU_FLAGS });
    for (const name of ['a', 'b', 'c', 'd', 'stranger']) pages.set(name, await openMember(name));
    await makeGroup();
  });
  after(async () => {
    rooms?.close();
    tap?.close();
    await chromium?.close();
    await server?.close();
    await site?.close();
  });

  async function openMember(name: string): Promise<Page> {
    const { page: opened } = await openPerson(chromium.browser, server.url, async one => {
      await one.exposeFunction('say', (message: string) => carry(name, message));
    });
    return opened;
  }

  /** The sessions between the members; the stranger has none. */
  async function carry(from: string, message: string): Promise<void> {
    if (from === 'stranger') return;
    const others = LEAVES.map(([name]) => name).filter(name => name !== from);
    await Promise.all(others.map(name => page(name).evaluate(text => harness.receive(text), message)));
  }

  async function makeGroup(): Promise<void> {
    await page('a').evaluate(group => harness.found(group), GROUP);
    const inviter = await page('a').evaluate(() => harness.identity());
    const present: string[] = [];
    for (const name of ['b', 'c', 'd']) {
      const keyPackage = await page(name).evaluate(() => harness.keyPackage());
      const { commit, welcome } = await page('a').evaluate(one => harness.add(one), keyPackage);
      for (const other of present) await page(other).evaluate(text => harness.receive(text), commit);
      await page(name).evaluate((...args) => harness.join(...args), GROUP, welcome, inviter);
      present.push(name);
    }
    await page('stranger').evaluate(group => harness.found(group), GROUP);
    for (const one of pages.values()) await one.evaluate(leaves => harness.prepare(leaves), LEAVES);
    await page('d').evaluate(() => harness.audit());
    for (const name of [...MEMBERS, 'stranger']) await page(name).evaluate(() => harness.begin());
  }

  async function enterRoom(name: string): Promise<void> {
    const { url, apiToken, roomToken } = place;
    const others = MEMBERS.filter(other => other !== name).map(other => [other, tagOf(other)] as const);
    const room = { url, room: ROOM, apiToken, roomToken };
    await page(name).evaluate((...args) => harness.enterRoom(...args), room, tagOf(name), others);
  }

  const decoded = (name: string, of: string): Promise<number> =>
    page(name).evaluate(peer => harness.decoded(peer), of);
  const received = (name: string, of: string): Promise<number> =>
    page(name).evaluate(peer => harness.received(peer), of);

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const endMs = Date.now() + WAIT_MS;
    while (!(await holds())) {
      if (Date.now() > endMs) throw new Error(`Waited in vain: ${what}; ${await troubles()}`);
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }

  async function troubles(): Promise<string> {
    const found = [...pages].map(async ([name, one]) => {
      return `${name}: ${await one.evaluate(() => `${harness.epochSealed()} ${harness.trouble()}`)}`;
    });
    return (await Promise.all(found)).join(', ');
  }

  async function untilDecoded(name: string, of: string, more: number): Promise<void> {
    const start = await decoded(name, of);
    await until(`${more} frames of ${of} at ${name}`, async () => (await decoded(name, of)) >= start + more);
  }

  /** Lets the SFU send what it has of a's camera to us. */
  async function forwardCamera(): Promise<void> {
    const { apiUrl, secret, adminKey } = site.janus;
    const errand = { url: apiUrl, apiToken: place.apiToken, timeoutMs: 20_000 };
    const [listed] = await askRooms(errand, [{ request: 'listparticipants', room: ROOM }]);
    const participants = listed?.['participants'] as readonly {
      readonly id: string;
      readonly display: string;
    }[];
    const publisher = participants.find(({ display }) => display === tagOf('a'));
    const [answer] = await askRooms(errand, [
      {
        request: 'rtp_forward',
        room: ROOM,
        publisher_id: publisher?.id,
        secret: roomSecret(secret, ROOM),
        admin_key: adminKey,
        host: '127.0.0.1',
        host_family: 'ipv4',
        streams: [{ mid: '1', port: tap.port }],
      },
    ]);
    assert.equal(answer?.['error_code'], undefined, JSON.stringify(answer));
  }

  it('P2P-CAL-32: each member decodes the others; who has other keys gets every packet and decodes nothing', async () => {
    for (const name of [...MEMBERS, 'stranger']) await enterRoom(name);
    for (const name of MEMBERS) await page(name).evaluate(() => harness.send());
    for (const name of MEMBERS) {
      for (const other of MEMBERS.filter(one => one !== name)) await untilDecoded(name, other, 5);
    }
    await until('packets at the stranger', async () => (await received('stranger', 'a')) > 50);
    await untilDecoded('b', 'a', 10);
    for (const name of MEMBERS) assert.equal(await decoded('stranger', name), 0);
  });

  it('P2P-CAL-02, P2P-CAL-33: what the SFU holds are SFrames, without a run of what the encoder gave', async () => {
    await forwardCamera();
    await until('frames at the SFU', async () => tap.frames.length >= 20);
    const frames = tap.frames.slice(0, 20);
    const encoded = (await page('a').evaluate(() => harness.encoded())).map(bytesOf);
    const runs = new Set<string>();
    for (const clear of encoded) {
      for (let at = 0; at + RUN_BYTES <= clear.length; at += 4) {
        runs.add(clear.toString('latin1', at, at + RUN_BYTES));
      }
    }
    assert(runs.size > 100, 'the encoder’s output was recorded');
    for (const frame of frames) {
      for (let at = 0; at + RUN_BYTES <= frame.length; at += 1) {
        assert(!runs.has(frame.toString('latin1', at, at + RUN_BYTES)), 'a run of the encoder’s output');
      }
    }
    // They are a's frames all the same: a member opens them, to exactly what the encoder gave.
    const outputs = new Set(encoded.map(clear => clear.toString('base64url')));
    const texts = frames.map(frame => frame.toString('base64url'));
    const opened = await page('d').evaluate(list => harness.open('a', list), texts);
    assert(opened.every(clear => clear !== null && outputs.has(clear)));
  });

  it('P2P-CAL-04: who is removed decodes nothing from then on, although the SFU forwards to it as before', async () => {
    const startMs = Date.now();
    const epoch = (await page('a').evaluate(() => harness.epochSealed())) ?? 0;
    const commit = await page('a').evaluate(leaf => harness.remove(leaf), 2);
    await page('a').evaluate(() => harness.enterEpoch(true));
    for (const name of ['b', 'd']) await page(name).evaluate(text => harness.receive(text), commit);
    for (const name of ['a', 'b']) {
      await until(`a new epoch at ${name}`, async () => {
        return ((await page(name).evaluate(() => harness.epochSealed())) ?? 0) > epoch;
      });
    }
    console.log(`# removal → frames of both others under new keys: ${Date.now() - startMs} ms`);
    await Promise.all([untilDecoded('b', 'a', 3), untilDecoded('a', 'b', 3)]);
    // Everything that was sealed before is through by now.
    const before = [await decoded('c', 'a'), await decoded('c', 'b')];
    const packets = await received('c', 'a');
    await Promise.all([untilDecoded('b', 'a', 20), untilDecoded('a', 'b', 20)]);
    assert.deepEqual([await decoded('c', 'a'), await decoded('c', 'b')], before);
    assert((await received('c', 'a')) > packets, 'it is still in the room');
  });
});
