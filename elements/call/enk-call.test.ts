import type { CallPath, CallSnapshot, ContactId } from '@enk/context';
import { expect } from '@esm-bundle/chai';
import { violations } from '../chat/test/axe.ts';
import { callSnapshot, callWith } from '../chat/test/call-data.ts';
import { TestServices } from '../chat/test/service-set.ts';
import { EnkTestProvider, find, findAll, settle } from '../chat/test/show-state.ts';
import { stateNamed } from '../chat/test/states.ts';
import type { EnkCall } from './index.ts';
import './index.ts';

const mounted: Element[] = [];

describe('enk-call', () => {
  let services: TestServices;
  let contacts: readonly ContactId[];
  let element: EnkCall;

  beforeEach(async () => {
    services = new TestServices(stateNamed('list').data);
    contacts = services.contacts.snapshot.contacts.map(({ id }) => id);
    const provider = new EnkTestProvider();
    provider.provide(services);
    element = document.createElement('enk-call');
    element.silent = true;
    provider.append(element);
    document.body.append(provider);
    mounted.push(provider);
    await settle(element);
  });

  afterEach(() => mounted.splice(0).forEach(one => one.remove()));

  async function show(change: Partial<CallSnapshot>): Promise<void> {
    services.calls.replace(callSnapshot(change));
    await settle(element);
  }

  const active = (change: Partial<CallSnapshot> = {}): Promise<void> =>
    show({ call: callWith(contacts.slice(0, 1), 'active'), sealedEpoch: 4, ...change });

  const press = (type: 'keydown' | 'keyup', key: string): void => {
    find(element, 'call').dispatchEvent(new KeyboardEvent(type, { key, bubbles: true, composed: true }));
  };

  it('is nothing while there is no call, and says when there is one', async () => {
    const phases: string[] = [];
    element.addEventListener('enk-call-changed', ({ phase }) => phases.push(phase));
    expect(getComputedStyle(element).display).to.equal('none');
    await show({ call: callWith(contacts.slice(0, 1), 'incoming') });
    expect(getComputedStyle(element).display).to.equal('block');
    await show({ call: null });
    expect(getComputedStyle(element).display).to.equal('none');
    expect(phases).to.deep.equal(['incoming', 'none']);
  });

  it('P2P-CAL-38: tells members how large it shows them, and again when that changes', async () => {
    const told = () => services.log.named('showCallRows') as { contactId: ContactId; rows: number }[];
    element.inline = true;
    element.style.blockSize = '300px';
    await active();
    const settled = (): Promise<unknown> =>
      new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
    while (told().length === 0) await settled();
    expect(told()[0]?.contactId).to.equal(contacts[0]);
    const before = told().at(-1)?.rows ?? 0;
    element.style.blockSize = '2000px';
    while (told().length === 1) await settled();
    expect(told().at(-1)?.rows).to.be.above(before);
  });

  it('P2P-CAL-37: says which way media go, for all or for each', async () => {
    const two = contacts.slice(0, 2);
    const ways = async (...paths: readonly CallPath[]): Promise<string> => {
      const members = two.map((contactId, index) => ({
        contactId,
        stream: new MediaStream(),
        screen: new MediaStream(),
        quality: 'good' as const,
        level: 0,
        path: paths[index] ?? null,
      }));
      await active({ call: callWith(two, 'active'), members });
      return find(element, 'call-path').textContent;
    };
    await active();
    find(element, 'call-security').click();
    await settle(element);
    const [first, second] = services.contacts.snapshot.contacts.map(({ name }) => name);
    expect(await ways(null, null)).to.match(/not known/);
    expect(await ways('direct', 'direct')).to.match(/^Media go directly/);
    expect(await ways('sfu', 'sfu')).to.match(/SFU/);
    const mixed = await ways('direct', 'relay');
    expect(mixed).to.match(
      new RegExp(`With ${first}: Media go directly.* With ${second}: Media go through a relay`),
    );
  });

  it('answers with or without picture, or declines', async () => {
    await show({ call: callWith(contacts.slice(0, 1), 'incoming') });
    find(element, 'call-answer-video').click();
    find(element, 'call-answer').click();
    find(element, 'call-decline').click();
    await settle(element);
    expect(services.log.named('acceptCall')).to.deep.equal([{ isVideo: true }, { isVideo: false }]);
    expect(services.log.named('declineCall')).to.have.length(1);
  });

  it('shows devices, level and preview before a call, and calls from there', async () => {
    const buttons = document.createElement('enk-call-buttons');
    element.parentElement?.append(buttons);
    [buttons.contact] = services.contacts.snapshot.contacts;
    await settle(buttons);
    find(buttons, 'check-devices').click();
    await settle(buttons);
    expect(find(buttons, 'level')).to.be.instanceOf(HTMLMeterElement);
    expect(services.log.named('checkDevices')).to.have.length(1);
    expect(await violations(buttons)).to.deep.equal([]);
    find(buttons, 'check-video-call').click();
    await settle(buttons);
    expect(services.log.named('startCall')).to.deep.include({
      contactId: buttons.contact?.id,
      isVideo: true,
    });
    expect(findAll(buttons, 'call-check')).to.deep.equal([]);
    expect(services.log.named('releaseDevices'), 'the call has the devices now').to.have.length(1);
  });

  it('takes the focus when it opens and gives it back', async () => {
    const before = document.createElement('button');
    document.body.append(before);
    mounted.push(before);
    before.focus();
    await active();
    expect(element.shadowRoot?.activeElement).to.equal(find(element, 'call'));
    await show({ call: null });
    expect(document.activeElement).to.equal(before);
  });

  it('does by keys what its buttons do', async () => {
    await active();
    for (const key of ['m', 'V', 's', 'h']) press('keydown', key);
    await settle(element);
    expect(services.log.named('setMicrophone')).to.deep.equal([false]);
    expect(services.log.named('setCamera')).to.deep.equal([true]);
    expect(services.log.named('setScreen')).to.deep.equal([true]);
    expect(services.log.named('setHand')).to.deep.equal([true]);
  });

  it('opens a muted microphone for as long as the space bar is held', async () => {
    const { local } = callSnapshot();
    await active({ local: { ...local, hasMicrophone: false } });
    press('keydown', ' ');
    press('keydown', ' ');
    press('keyup', ' ');
    await settle(element);
    expect(services.log.named('setMicrophone')).to.deep.equal([true, false]);
  });

  it('says in words whether frames are sealed, under which epoch, and the safety number', async () => {
    await active();
    expect(find(element, 'call-security').textContent).to.match(/End-to-end encrypted/);
    find(element, 'call-security').click();
    await settle(element);
    expect(find(element, 'call-security-words').textContent).to.match(/epoch 4/);
    expect(find(element, 'call-safety-number').textContent).to.match(/^(\d{5} ){11}\d{5}$/);
  });

  it('says when the sealing stopped, and claims nothing then', async () => {
    await active({ trouble: 'worker-stopped' });
    expect(find(element, 'call-trouble').textContent).to.match(/microphone and camera are off/);
    expect(find(element, 'call-security').textContent).to.match(/Nothing is sent/);
  });

  it('asks for people, reactions and another layout', async () => {
    await show({ call: callWith(contacts.slice(0, 2), 'active'), sealedEpoch: 1 });
    find(element, 'call-layout').click();
    find(element, 'call-people').click();
    await settle(element);
    const [add] = findAll(element, 'call-add');
    add?.click();
    await settle(element);
    expect(services.log.named('inviteToCall')).to.have.length(1);
  });

  it('leaves adding and removing to whoever decides who is in the call', async () => {
    const call = { ...callWith(contacts.slice(0, 2), 'active'), mayChangeMembers: false };
    await show({ call, sealedEpoch: 1 });
    find(element, 'call-people').click();
    await settle(element);
    expect(findAll(element, 'call-add')).to.have.length(0);
    expect(findAll(element, 'call-remove')).to.have.length(0);
  });

  for (const phase of ['incoming', 'calling', 'connecting', 'active', 'ended'] as const) {
    it(`has nothing for axe to find: ${phase}`, async () => {
      await show({
        call: callWith(contacts.slice(0, 1), phase, { endReason: phase === 'ended' ? 'busy' : null }),
        sealedEpoch: 1,
      });
      expect(await violations(element)).to.deep.equal([]);
    });
  }
});
