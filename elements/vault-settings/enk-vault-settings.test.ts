import type { UnlockMethodKind } from '@enk/context';
import { expect } from '@esm-bundle/chai';
import { violations } from '../chat/test/axe.ts';
import { RECOVERY_WORDS, TestServices } from '../chat/test/service-set.ts';
import { EnkTestProvider, enter, find, findAll, settle } from '../chat/test/show-state.ts';
import { stateNamed } from '../chat/test/states.ts';
import { vaultOf } from '../chat/test/vault-data.ts';
import type { EnkVaultSettings } from './index.ts';
import './index.ts';

const mounted: Element[] = [];
const RECOVERY = RECOVERY_WORDS;

interface Shown {
  readonly element: EnkVaultSettings;
  readonly services: TestServices;
}

async function show(...kinds: UnlockMethodKind[]): Promise<Shown> {
  const services = new TestServices(stateNamed('list').data);
  services.vault.replace(vaultOf(...kinds));
  const provider = new EnkTestProvider();
  provider.provide(services);
  const element = document.createElement('enk-vault-settings');
  provider.append(element);
  document.body.append(provider);
  mounted.push(provider);
  await settle(element);
  return { element, services };
}

async function click(element: Element, testId: string): Promise<void> {
  find(element, testId).click();
  await settle(element);
}

async function confirmWith(element: Element, text: string): Promise<void> {
  await enter(element, 'secret-input', text);
  await click(element, 'secret-submit');
}

async function writeDown(element: Element): Promise<void> {
  await click(element, 'recovery-written');
  const words = RECOVERY.split(' ');
  for (const field of findAll(element, 'recovery-word') as HTMLInputElement[]) {
    field.value = words[Number(field.id.replace('word-', '')) - 1]?.toUpperCase() ?? '';
  }
  await click(element, 'recovery-check');
}

describe('enk-vault-settings', () => {
  afterEach(() => mounted.splice(0).forEach(element => element.remove()));

  it('sets a passcode on a device that opened by itself, typed twice, without asking for another secret', async () => {
    const { element, services } = await show('device');
    expect(find(element, 'vault-state').textContent).to.match(/without asking/);
    await click(element, 'add-passcode');
    await enter(element, 'method-new', '123456');
    await enter(element, 'method-again', '123457');
    await click(element, 'method-submit');
    expect(find(element, 'method-error').textContent).to.match(/not the same/);
    expect(services.log.named('addMethod')).to.deep.equal([]);
    await enter(element, 'method-again', '123456');
    await click(element, 'method-submit');
    const method = { kind: 'passcode', text: '123456' };
    expect(services.log.named('addMethod')).to.deep.equal([{ current: null, method }]);
    expect(findAll(element, 'method-submit')).to.have.length(0);
  });

  it('opens the vault once more before anything changes, and asks again when that was wrong', async () => {
    const { element, services } = await show('passcode', 'recovery-key');
    services.log.refusals.set('addMethod', 'unlock-failed');
    await click(element, 'add-passkey');
    expect(findAll(element, 'method-submit')).to.have.length(0);
    await confirmWith(element, '000000');
    await click(element, 'method-submit');
    expect(find(element, 'secret-error').textContent).to.match(/does not open/);
    services.log.refusals.clear();
    await confirmWith(element, '123456');
    await click(element, 'method-submit');
    const current = { kind: 'passcode', text: '123456' };
    expect(services.log.named('addMethod').at(-1)).to.deep.equal({ current, method: { kind: 'passkey' } });
  });

  it('shows a recovery key once, and takes it only after two groups were read back', async () => {
    const { element, services } = await show('passcode');
    await click(element, 'add-recovery-key');
    await confirmWith(element, '123456');
    await click(element, 'method-submit');
    const shown = find(element, 'recovery-key').textContent?.replace(/\s+/g, '') ?? '';
    expect(shown).to.equal(RECOVERY.replaceAll(' ', ''));
    await click(element, 'recovery-written');
    for (const field of findAll(element, 'recovery-word') as HTMLInputElement[]) field.value = 'zebra';
    await click(element, 'recovery-check');
    expect(services.log.named('addMethod')).to.deep.equal([]);
    for (const button of findAll(element, 'recovery-check'))
      button.previousElementSibling?.dispatchEvent(new MouseEvent('click'));
    await settle(element);
    await writeDown(element);
    const current = { kind: 'passcode', text: '123456' };
    const method = { kind: 'recovery-key', text: RECOVERY };
    expect(services.log.named('addMethod')).to.deep.equal([{ current, method }]);
  });

  it('changes and removes, but offers no way to remove the last one', async () => {
    const { element, services } = await show('passcode', 'passkey', 'recovery-key');
    await click(element, 'remove-passkey');
    find(element, 'secret-use-passcode').click();
    await settle(element);
    await confirmWith(element, '123456');
    await click(element, 'method-submit');
    const current = { kind: 'passcode', text: '123456' };
    expect(services.log.named('removeMethod')).to.deep.equal([{ id: 'passkey-1', current }]);
    services.vault.replace(vaultOf('passcode', 'recovery-key'));
    await settle(element);
    expect(findAll(element, 'remove-passcode')).to.have.length(0);
    expect(findAll(element, 'change-passcode')).to.have.length(1);
    expect(findAll(element, 'remove-recovery-key')).to.have.length(1);
  });

  it('warns while there is no recovery key', async () => {
    const { element, services } = await show('passcode');
    const notice = (): string => element.shadowRoot?.querySelector('.notice')?.textContent ?? '';
    expect(notice()).to.match(/recovery key/);
    services.vault.replace(vaultOf('passcode', 'recovery-key'));
    await settle(element);
    expect(notice()).to.equal('');
  });

  it('locks now, and sets when the vault locks by itself; neither where the device opens it again', async () => {
    const { element, services } = await show('passcode');
    await click(element, 'lock-now');
    expect(services.log.named('lock')).to.have.length(1);
    const idle = find<HTMLSelectElement>(element, 'lock-idleMs');
    idle.value = '60000';
    idle.dispatchEvent(new Event('change'));
    expect(services.log.named('setLock')).to.deep.equal([{ idleMs: 60_000, hiddenMs: null, onSleep: true }]);
    services.vault.replace(vaultOf('device'));
    await settle(element);
    expect(findAll(element, 'lock-now')).to.have.length(0);
    expect(find<HTMLSelectElement>(element, 'lock-idleMs').disabled).to.equal(true);
  });

  it('shows how much is stored, and asks the browser to keep it without waiting for the answer', async () => {
    const { element, services } = await show('device');
    expect(element.shadowRoot?.querySelector('enk-storage-used')?.shadowRoot?.textContent).to.match(
      /48 MB of 11 GB/,
    );
    await click(element, 'persist');
    await settle(element);
    expect(services.log.named('askToPersist')).to.have.length(1);
    expect(find(element, 'persisted').textContent).to.match(/keeps the data/);
  });

  it('says that clearing the site’s data destroys the vault, and when the last export was made', async () => {
    const { element, services } = await show('device');
    const words = (): string => find(element, 'last-export').textContent ?? '';
    expect(words()).to.match(/Clearing this site’s data in the browser destroys the vault/);
    expect(words()).to.match(/Last export: Nov 12, 2026/);
    services.vault.replace({ ...vaultOf('device'), lastExportAtMs: null });
    await settle(element);
    expect(words()).to.match(/No export has been made/);
  });

  for (const [name, kinds, testIds] of [
    ['open device', ['device'], []],
    ['locked', ['passcode', 'passkey', 'recovery-key'], []],
    ['new passcode', ['device'], ['add-passcode']],
    ['recovery key', ['device'], ['add-recovery-key', 'method-submit']],
    ['confirmation', ['passcode'], ['change-passcode']],
    ['erasing', ['passcode'], ['erase']],
    ['export', ['passcode'], ['export']],
    ['export for a key', ['passcode'], ['export', 'export-with-recipient']],
    ['import', ['passcode'], ['import']],
  ] as const) {
    it(`has nothing for axe to find: ${name}`, async () => {
      const { element } = await show(...kinds);
      for (const testId of testIds) await click(element, testId);
      expect(await violations(element)).to.deep.equal([]);
    });
  }
});
