import type { ProfileSnapshot } from '@enk/context';
import { expect } from '@esm-bundle/chai';
import { violations } from '../chat/test/axe.ts';
import { TestServices } from '../chat/test/service-set.ts';
import { EnkTestProvider, enter, find, findAll, settle } from '../chat/test/show-state.ts';
import { stateNamed } from '../chat/test/states.ts';
import { lockedBy } from '../chat/test/vault-data.ts';
import type { EnkUnlock } from './index.ts';
import './index.ts';

const mounted: Element[] = [];

interface Shown {
  readonly element: EnkUnlock;
  readonly services: TestServices;
}

async function show(profile: ProfileSnapshot, prepare?: (services: TestServices) => void): Promise<Shown> {
  const services = new TestServices({ ...stateNamed('list').data, profile });
  prepare?.(services);
  const provider = new EnkTestProvider();
  provider.provide(services);
  const element = document.createElement('enk-unlock');
  provider.append(element);
  document.body.append(provider);
  mounted.push(provider);
  await settle(element);
  return { element, services };
}

async function submit(element: EnkUnlock, text: string): Promise<void> {
  await enter(element, 'secret-input', text);
  find(element, 'secret-submit').click();
  await settle(element);
}

describe('enk-unlock', () => {
  afterEach(() => mounted.splice(0).forEach(element => element.remove()));

  it('opens with the passcode that was typed', async () => {
    const { element, services } = await show(lockedBy(['passcode']));
    await submit(element, '123456');
    expect(services.log.named('unlock')).to.deep.equal([{ kind: 'passcode', text: '123456' }]);
  });

  it('says that a secret is wrong, empties the field and puts the caret back', async () => {
    const { element, services } = await show(lockedBy(['password']));
    services.log.refusals.set('unlock', 'unlock-failed');
    await submit(element, 'not this one');
    expect(find(element, 'secret-error').textContent).to.match(/does not open/);
    const field = find<HTMLInputElement>(element, 'secret-input');
    expect(field.value).to.equal('');
    expect(field.matches(':focus')).to.equal(true);
    expect(field.getAttribute('aria-invalid')).to.equal('true');
    await submit(element, 'another one');
    expect(services.log.named('unlock')).to.have.length(2);
  });

  it('offers every way that the vault has, passkey first, and no others', async () => {
    const { element, services } = await show(lockedBy(['recovery-key', 'password', 'passkey']));
    expect(findAll(element, 'secret-input')).to.have.length(0);
    find(element, 'secret-submit').click();
    await settle(element);
    expect(services.log.named('unlock')).to.deep.equal([{ kind: 'passkey' }]);
    expect(findAll(element, 'secret-use-passcode')).to.have.length(0);
    find(element, 'secret-use-recovery-key').click();
    await settle(element);
    await submit(element, 'legal winner');
    expect(services.log.named('unlock').at(-1)).to.deep.equal({ kind: 'recovery-key', text: 'legal winner' });
  });

  it('does not offer a passkey where the page cannot ask for one', async () => {
    const { element } = await show(lockedBy(['passkey', 'recovery-key']), ({ vault }) => {
      vault.canUsePasskeys = false;
    });
    expect(findAll(element, 'secret-use-passkey')).to.have.length(0);
    expect(find(element, 'secret-input').localName).to.equal('textarea');
  });

  it('says how long to wait, sends nothing meanwhile, and lets a passkey pass', async () => {
    const { element, services } = await show(lockedBy(['passcode', 'passkey'], Date.now() + 60_000));
    find(element, 'secret-submit').click();
    await settle(element);
    expect(services.log.named('unlock')).to.deep.equal([{ kind: 'passkey' }]);
    const other = await show(lockedBy(['passcode'], Date.now() + 60_000));
    expect(find(other.element, 'secret-wait').textContent).to.match(/60 seconds|59 seconds/);
    await submit(other.element, '123456');
    expect(other.services.log.named('unlock')).to.deep.equal([]);
  });

  it('erases only after the person said that they understand', async () => {
    const { element, services } = await show(lockedBy(['passcode']));
    find(element, 'unlock-erase').click();
    await settle(element);
    find(element, 'erase-confirm').click();
    await settle(element);
    expect(services.log.named('erase')).to.deep.equal([]);
    find(element, 'erase-understood').click();
    await settle(element);
    find(element, 'erase-confirm').click();
    await settle(element);
    expect(services.log.named('erase')).to.have.length(1);
    services.profile.replace({ kind: 'erased' });
    await settle(element);
    expect(find(element, 'erased').textContent).to.match(/keys were destroyed first/);
  });

  it('tells the page when there is something to ask, and when no more; nothing secret goes with it', async () => {
    const { element, services } = await show({ kind: 'opening' });
    const told: boolean[] = [];
    element.addEventListener('enk-lock-changed', ({ isLocked }) => told.push(isLocked));
    services.profile.replace(lockedBy(['passcode']));
    await settle(element);
    expect(element.matches(':state(locked)')).to.equal(true);
    services.profile.replace(stateNamed('list').data.profile);
    await settle(element);
    expect(told).to.deep.equal([true, false]);
    let heard = 0;
    document.body.addEventListener('enk-secret-given', () => heard++, { once: true });
    services.profile.replace(lockedBy(['passcode']));
    await settle(element);
    await submit(element, '123456');
    expect(heard).to.equal(0);
  });

  it('says that clearing the site’s data destroys the vault, and when the last export was made', async () => {
    const { element } = await show(lockedBy(['passcode']));
    expect(element.shadowRoot?.textContent).to.match(
      /Clearing this site’s data in the browser destroys the vault/,
    );
    expect(find(element, 'last-export').textContent).to.match(/Last export: Nov 12, 2026/);
  });

  for (const [name, profile] of [
    ['locked', lockedBy(['passcode', 'passkey', 'recovery-key'])],
    ['waiting', lockedBy(['password'], Date.now() + 60_000)],
    ['erased', { kind: 'erased' }],
    ['open', stateNamed('list').data.profile],
    ['failed', { kind: 'failed', code: 'storage-corrupt' }],
  ] as const) {
    it(`has nothing for axe to find: ${name}`, async () => {
      const { element } = await show(profile);
      expect(await violations(element)).to.deep.equal([]);
    });
  }
});
