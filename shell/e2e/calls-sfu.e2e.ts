/** Calls by a real Janus: three browsers in one room, the SFU's death and return, and what the SFU itself holds. */
import { after, before, describe, it } from 'node:test';
import { CallPerson, FAKE_DEVICES } from './support/call-person.ts';
import { Product } from './support/product.ts';
import {
  keepConnections,
  noSfu,
  type Routes,
  SFU_FLAGS,
  type SfuSite,
  startSfuSite,
  untilFreshFrames,
  untilRoutes,
} from './support/sfu.ts';

const NAMES = ['Ana', 'Ben', 'Cleo'] as const;

describe('a call by an SFU', { skip: noSfu }, () => {
  let site: SfuSite;
  let product: Product;
  let people: CallPerson[];
  const person = (name: (typeof NAMES)[number]): CallPerson => people[NAMES.indexOf(name)] as CallPerson;

  before(async () => {
    site = await startSfuSite(3);
    product = await Product.start({ brokerUrl: site.broker.url, flags: [...FAKE_DEVICES, ...SFU_FLAGS] });
    const persons = await Promise.all(NAMES.map(name => product.person(name, keepConnections)));
    people = persons.map(one => new CallPerson(one));
    for (const [index, host] of people.entries())
      for (const guest of people.slice(index + 1)) {
        await guest.person.acceptInvite(await host.person.createInvite(), host.person.name);
        for (const [one, other] of [
          [guest, host],
          [host, guest],
        ] as const) {
          await one.openConversationWith(other.person.name);
          await one.person.waitForConnected();
        }
      }
    await person('Ana').openConversationWith('Ben');
  });
  after(async () => {
    await product?.close();
    await site?.close();
  });

  async function untilAllGo(expected: Routes): Promise<void> {
    await Promise.all(people.map(one => untilRoutes(one.person.page, expected)));
  }

  /** Everybody sees and hears the others. */
  async function untilAllSee(): Promise<void> {
    for (const name of NAMES) {
      for (const other of NAMES.filter(one => one !== name)) {
        await person(name).untilMovingPicture(other);
        await person(name).untilHeard(other);
      }
    }
  }

  it('P2P-CAL-30, P2P-CAL-31, P2P-CAL-36: the third one moves the call to the SFU, where each sends once', async () => {
    await person('Ana').person.click('start-video-call');
    await person('Ben').person.click('call-answer-video');
    await person('Ben').untilMovingPicture('Ana');
    await untilRoutes(person('Ben').person.page, { mesh: 1, up: 0, down: 0 });
    await person('Ana').add('Cleo');
    await person('Cleo').person.click('call-answer-video');
    await untilAllGo({ mesh: 0, up: 1, down: 2 });
    await untilAllSee();
    for (const one of people) await one.person.waitForText('call-security', /End-to-end encrypted/);
    await person('Cleo').person.click('call-security');
    await person('Cleo').person.waitForText('call-path', /SFU/);
    await person('Cleo').closePanel();
  });

  it('P2P-CAL-34: the SFU dies in mid-call and comes back: the call goes on', async () => {
    await site.janus.kill();
    await site.janus.restart();
    const backAtMs = Date.now();
    const seen = people.map(one => untilFreshFrames(one.person.page, NAMES.length - 1));
    const delaysMs = await Promise.all(seen.map(async one => (await one) - backAtMs));
    console.log(`# SFU back → everybody sees everybody again: ${Math.max(...delaysMs)} ms`);
    await untilAllGo({ mesh: 0, up: 1, down: 2 });
    await untilAllSee();
  });

  it('P2P-CAL-35: an SFU that stays away is given up: from member to member the call goes on', async () => {
    await site.janus.kill();
    const goneAtMs = Date.now();
    await untilAllGo({ mesh: 2, up: 0, down: 0 });
    console.log(`# SFU gone → mesh of three: ${Date.now() - goneAtMs} ms`);
    await untilAllSee();
  });
});
