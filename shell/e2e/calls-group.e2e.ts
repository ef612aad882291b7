/** A call that grows from two to four browsers and shrinks again: a mesh under keys of the call's own group. */
import { after, before, describe, it } from 'node:test';
import { CallPerson, FAKE_DEVICES } from './support/call-person.ts';
import { Product } from './support/product.ts';

const NAMES = ['Ana', 'Ben', 'Cleo', 'Dora'] as const;

describe('a call of several', () => {
  let product: Product;
  let people: CallPerson[];
  const person = (name: (typeof NAMES)[number]): CallPerson => people[NAMES.indexOf(name)] as CallPerson;

  before(async () => {
    product = await Product.start({ flags: FAKE_DEVICES });
    const persons = await Promise.all(NAMES.map(name => product.person(name)));
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
  async function untilAllSee(names: readonly (typeof NAMES)[number][], epoch: number): Promise<void> {
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

  it('P2P-CAL-20, P2P-CAL-22: two, then three, then four see and hear each other', async () => {
    await person('Ana').person.click('start-video-call');
    await person('Ben').person.click('call-answer-video');
    await untilAllSee(['Ana', 'Ben'], 1);
    await person('Ana').add('Cleo');
    await person('Cleo').person.click('call-answer-video');
    await untilAllSee(['Ana', 'Ben', 'Cleo'], 2);
    await person('Ana').add('Dora');
    await person('Dora').person.click('call-answer-video');
    await untilAllSee(['Ana', 'Ben', 'Cleo', 'Dora'], 3);
  });

  it('P2P-CAL-22, P2P-CAL-23: who leaves is removed by Commit, the caller too, and the others go on', async () => {
    await person('Cleo').person.click('call-hang-up');
    await untilAllSee(['Ana', 'Ben', 'Dora'], 4);
    await person('Ana').person.click('call-hang-up');
    await untilAllSee(['Ben', 'Dora'], 5);
  });
});
