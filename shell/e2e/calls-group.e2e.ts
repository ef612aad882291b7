/**
 * A call that grows from two browsers to three and shrinks again: a mesh under keys of the call's own group. ENK_LONG=1:
 * to four, which two processors hold, but not beside other tests.
 */
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { framesDecoded, recordConnections } from './support/call-connections.ts';
import { CallPerson, fakeDevices } from './support/call-person.ts';
import { isLong } from './support/long-run.ts';
import { Product } from './support/product.ts';

const FOUR = ['Ana', 'Ben', 'Cleo', 'Dora'] as const;
type Name = (typeof FOUR)[number];
const NAMES: readonly Name[] = isLong ? FOUR : FOUR.slice(0, 3);
const LAST: Name = isLong ? 'Dora' : 'Cleo';
const without = (...gone: Name[]): Name[] => NAMES.filter(name => !gone.includes(name));

describe('a call of several', () => {
  let product: Product;
  let people: CallPerson[];
  const person = (name: Name): CallPerson => people[NAMES.indexOf(name)] as CallPerson;

  before(async () => {
    product = await Product.start({ flags: fakeDevices(10) });
    const persons = await Promise.all(NAMES.map(name => product.person(name, recordConnections)));
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
  after(() => product.close());

  /** Everybody sees and hears everybody, under keys of that epoch. */
  async function untilAllSee(names: readonly Name[], epoch: number): Promise<void> {
    for (const name of names) {
      const others = names.filter(other => other !== name);
      await person(name).untilMembers(others);
      for (const other of others) {
        await person(name).untilMovingPicture(other);
        await person(name).untilHeard(other);
      }
      await person(name).untilEpoch(epoch);
    }
  }

  it('P2P-CAL-20, P2P-CAL-22: two, then all the others, one by one, see and hear each other', async () => {
    await person('Ana').person.click('start-video-call');
    await person('Ben').person.click('call-answer-video');
    await untilAllSee(['Ana', 'Ben'], 1);
    for (const [index, name] of without('Ana', 'Ben').entries()) {
      await person('Ana').add(name);
      await person(name).person.click('call-answer-video');
      await untilAllSee(NAMES.slice(0, index + 3), index + 2);
    }
  });

  it('P2P-CAL-14: who is muted is silent at all the others, and heard again after', async () => {
    await person('Ben').person.click('call-microphone');
    for (const name of without('Ben')) await person(name).untilSilent('Ben');
    await person('Ana').untilHeard('Cleo');
    await person('Ben').person.click('call-microphone');
    for (const name of without('Ben')) await person(name).untilHeard('Ben');
  });

  it('P2P-CAL-12: a screen goes to all, and the cameras go on with it and after it', async () => {
    await person('Cleo').person.click('call-screen');
    for (const name of without('Cleo')) {
      await person(name).untilFrames('screen-tile', 5);
      await person(name).untilMovingPicture('Cleo');
    }
    await person('Cleo').person.click('call-screen');
    for (const name of without('Cleo')) {
      await person(name).untilGone('screen-tile');
      await person(name).untilMovingPicture('Cleo');
    }
  });

  it('P2P-CAL-04, P2P-CAL-22: who is put out decodes nothing more, and the others have new keys', async t => {
    const beganMs = performance.now();
    await person('Ana').remove(LAST);
    await person('Ben').untilEpoch(NAMES.length);
    t.diagnostic(`new keys at another member after ${Math.round(performance.now() - beganMs)} ms`);
    await person(LAST).untilPhase('ended');
    const { page } = person(LAST).person;
    const before = await framesDecoded(page);
    await untilAllSee(without(LAST), NAMES.length);
    assert.equal(await framesDecoded(page), before);
  });

  it('P2P-CAL-22: who was put out can be asked back, and is seen and heard again', async () => {
    await person(LAST).untilGone('call');
    await person('Ana').add(LAST);
    await person(LAST).person.click('call-answer-video');
    await untilAllSee(NAMES, NAMES.length + 1);
  });

  it('P2P-CAL-22, P2P-CAL-23: who leaves is removed by Commit, the caller too, and the others go on', async () => {
    const gone: Name[] = [];
    for (const [index, name] of (isLong ? (['Cleo', 'Ana'] as const) : (['Ana'] as const)).entries()) {
      await person(name).person.click('call-hang-up');
      gone.push(name);
      await untilAllSee(without(...gone), NAMES.length + 2 + index);
    }
  });
});
