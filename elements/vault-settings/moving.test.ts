import type { ImportReport, MovingView } from '@enk/context';
import { ServiceError } from '@enk/services';
import { expect } from '@esm-bundle/chai';
import { violations } from '../chat/test/axe.ts';
import { IMPORT_REPORT, TestServices } from '../chat/test/service-set.ts';
import { EnkTestProvider, enter, find, findAll, findSoon, settle } from '../chat/test/show-state.ts';
import { stateNamed } from '../chat/test/states.ts';
import { vaultOf } from '../chat/test/vault-data.ts';
import type { EnkVaultSettings } from './index.ts';
import './index.ts';

const mounted: Element[] = [];
const picker = window as { showSaveFilePicker?: unknown };

interface Shown {
  readonly element: EnkVaultSettings;
  readonly services: TestServices;
}

async function show(): Promise<Shown> {
  const services = new TestServices(stateNamed('list').data);
  services.vault.replace(vaultOf('passcode'));
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

async function fillExport(element: Element, passphrase: string, again = passphrase): Promise<void> {
  await click(element, 'export');
  await enter(element, 'export-passphrase', passphrase);
  await enter(element, 'export-again', again);
}

/** A drop of a file, as the browser tells it. */
async function drop(element: HTMLElement, target: HTMLElement, file: File): Promise<void> {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(file);
  target.dispatchEvent(
    new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true, composed: true }),
  );
  await settle(element);
}

const sealed = (stanza: string): File => new File([`age-encryption.org/v1\n-> ${stanza} …`], 'my.tar.age');

describe('export and import', () => {
  const nativePicker = picker.showSaveFilePicker;
  beforeEach(() => {
    delete picker.showSaveFilePicker;
  });
  afterEach(() => {
    mounted.splice(0).forEach(element => element.remove());
    picker.showSaveFilePicker = nativePicker;
  });

  it('exports everything with a passphrase that was typed twice, and offers the file', async () => {
    const { element, services } = await show();
    await fillExport(element, 'correct horse battery', 'correct horse batter');
    await click(element, 'export-submit');
    expect(find(element, 'export-error').textContent).to.match(/not the same/);
    expect(services.log.named('exportVault')).to.deep.equal([]);
    await enter(element, 'export-again', 'correct horse battery');
    await click(element, 'export-submit');
    expect(services.log.named('exportVault')).to.deep.equal([
      { key: { kind: 'passphrase', passphrase: 'correct horse battery' }, contactId: null, to: null },
    ]);
    const link = find<HTMLAnchorElement>(element, 'export-download');
    expect(link.download).to.equal('enkrypted-2026-11-30.tar.age');
    expect(await (await fetch(link.href)).text()).to.equal('age');
    await click(element, 'export-close');
    expect(findAll(element, 'export-done')).to.have.length(0);
  });

  it('says how strong a passphrase is, and takes no short one', async () => {
    const { element, services } = await show();
    await fillExport(element, 'short');
    expect(find(element, 'export-strength').textContent).to.match(/Too short/);
    await click(element, 'export-submit');
    expect(services.log.named('exportVault')).to.deep.equal([]);
    await enter(element, 'export-passphrase', 'correct horse battery staple');
    expect(find(element, 'export-strength').textContent).to.match(/Strong/);
  });

  it('exports one conversation for an age key', async () => {
    const { element, services } = await show();
    await click(element, 'export');
    const contact = services.contacts.snapshot.contacts[0];
    find<HTMLSelectElement>(element, 'export-what').value = contact?.id ?? '';
    await click(element, 'export-with-recipient');
    await enter(element, 'export-recipient', ' age1xyz ');
    await click(element, 'export-submit');
    expect(services.log.named('exportVault')).to.deep.equal([
      { key: { kind: 'recipient', recipient: 'age1xyz' }, contactId: contact?.id, to: null },
    ]);
  });

  it('writes into the file that was picked; a cancelled picker asks again', async () => {
    const { element, services } = await show();
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle('picked.age', { create: true });
    picker.showSaveFilePicker = () => Promise.reject(new DOMException('', 'AbortError'));
    await fillExport(element, 'correct horse battery');
    await click(element, 'export-submit');
    expect(services.log.named('exportVault')).to.deep.equal([]);
    expect(findAll(element, 'export-submit')).to.have.length(1);
    picker.showSaveFilePicker = () => Promise.resolve(handle);
    services.vault.exporting = () => Promise.resolve(null);
    await click(element, 'export-submit');
    expect(services.log.named('exportVault'))
      .to.have.length(1)
      .and.to.deep.include.members([
        { key: { kind: 'passphrase', passphrase: 'correct horse battery' }, contactId: null, to: handle },
      ]);
    expect(find(element, 'export-done').textContent).to.match(/Saved as picked\.age/);
    expect(findAll(element, 'export-download')).to.have.length(0);
  });

  it('shows how far an export is, and cancels it', async () => {
    const { element, services } = await show();
    let fail = (_error: Error): void => undefined;
    services.vault.exporting = watch => {
      watch({ kind: 'export', doneBytes: 48_000_000, totalBytes: null });
      return new Promise((_resolve, reject) => (fail = reject));
    };
    await fillExport(element, 'correct horse battery');
    await click(element, 'export-submit');
    expect(find(element, 'export-progress').textContent).to.match(/48 MB so far/);
    expect(await violations(element)).to.deep.equal([]);
    await click(element, 'export-cancel');
    expect(services.log.named('cancelMoving')).to.have.length(1);
    fail(new ServiceError('aborted'));
    await settle(element);
    expect(findAll(element, 'export-submit')).to.have.length(1);
    expect(findAll(element, 'export-error')).to.have.length(0);
  });

  it('imports a file that is dropped on the settings, asks for what opens it, and reports', async () => {
    const { element, services } = await show();
    const file = sealed('scrypt');
    await drop(element, find(element, 'import').closest<HTMLElement>('.card') ?? element, file);
    const field = await findSoon(element, 'import-secret');
    await settle(element);
    expect(field.matches(':focus')).to.equal(true);
    let end = (_report: ImportReport): void => undefined;
    let watch = (_moving: MovingView): void => undefined;
    services.vault.importing = watching => {
      watch = watching;
      return new Promise(resolve => (end = resolve));
    };
    await enter(element, 'import-secret', 'correct horse battery');
    await click(element, 'import-submit');
    expect(services.log.named('importVault')).to.deep.equal([
      { file, secret: { kind: 'passphrase', passphrase: 'correct horse battery' } },
    ]);
    watch({ kind: 'import', doneBytes: 1_000_000, totalBytes: 4_000_000 });
    await settle(element);
    expect(find(element, 'import-progress').textContent).to.match(/1 MB of 4 MB/);
    expect(await violations(element)).to.deep.equal([]);
    end(IMPORT_REPORT);
    await settle(element);
    expect(find(element, 'import-report').textContent)
      .to.match(/This device is you now/)
      .and.match(/4,811/);
    expect(await violations(element)).to.deep.equal([]);
  });

  it('asks for the secret key of an export for a key, and refuses what is no export', async () => {
    const { element, services } = await show();
    await click(element, 'import');
    const zone = find(element, 'import-drop');
    await drop(element, zone, new File(['PK'], 'photos.zip'));
    expect((await findSoon(element, 'import-error')).textContent).to.match(/not an export/);
    await drop(element, zone, sealed('X25519 abc'));
    await findSoon(element, 'import-secret');
    await enter(element, 'import-secret', 'AGE-SECRET-KEY-1XYZ ');
    services.log.refusals.set('importVault', 'export-locked');
    await click(element, 'import-submit');
    expect(services.log.named('importVault')).to.deep.include({
      file: services.log.named('importVault').map(value => (value as { file: File }).file)[0],
      secret: { kind: 'identity', identity: 'AGE-SECRET-KEY-1XYZ' },
    });
    expect(find(element, 'import-error').textContent).to.match(/does not open the export/);
  });
});
