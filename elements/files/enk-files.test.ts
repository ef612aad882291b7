import type { FileView } from '@enk/context';
import { expect } from '@esm-bundle/chai';
import { violations } from '../chat/test/axe.ts';
import { TestServices } from '../chat/test/service-set.ts';
import { EnkTestProvider, enter, find, findAll, settle } from '../chat/test/show-state.ts';
import { stateNamed } from '../chat/test/states.ts';
import { listFiles } from './file-list.ts';
import type { EnkFiles } from './index.ts';
import './index.ts';

const FILES: readonly FileView[] = [
  { id: 'a', name: 'Äpfel.txt', mediaType: '', sizeBytes: 10, createdAtMs: 3, fileCount: null },
  { id: 'b', name: 'file 10.pdf', mediaType: '', sizeBytes: 3_000_000, createdAtMs: 2, fileCount: null },
  { id: 'c', name: 'file 9', mediaType: '', sizeBytes: 500, createdAtMs: 1, fileCount: 12 },
];

async function show(
  files: readonly FileView[] = FILES,
): Promise<{ element: EnkFiles; services: TestServices }> {
  const services = new TestServices(stateNamed('list').data);
  services.files.replace({ ...services.files.snapshot, files });
  const provider = new EnkTestProvider();
  provider.provide(services);
  const element = document.createElement('enk-files');
  provider.append(element);
  document.body.replaceChildren(provider);
  await settle(element);
  return { element, services };
}

const names = (element: EnkFiles): string[] =>
  findAll(element, 'file-name').map(node => node.textContent ?? '');

describe('enk-files', () => {
  afterEach(() => document.body.replaceChildren());

  it('lists the vault, is accessible, and says what to do when it is empty', async () => {
    const { element } = await show();
    expect(names(element)).to.deep.equal(['Äpfel.txt', 'file 10.pdf', 'file 9']);
    expect(await violations(element)).to.deep.equal([]);
    const empty = await show([]);
    expect(find(empty.element, 'files-empty').textContent).to.include('No files yet');
    expect(await violations(empty.element)).to.deep.equal([]);
  });

  it('searches and sorts', async () => {
    const { element } = await show();
    await enter(element, 'files-search', 'apf');
    await settle(element);
    expect(names(element)).to.deep.equal(['Äpfel.txt']);
    const options = { query: '', hidden: new Set<string>(), language: 'en' };
    expect(listFiles(FILES, { ...options, sort: 'name' }).map(({ id }) => id)).to.deep.equal(['a', 'c', 'b']);
    expect(listFiles(FILES, { ...options, sort: 'size' }).map(({ id }) => id)).to.deep.equal(['b', 'c', 'a']);
    expect(listFiles(FILES, { ...options, sort: 'newest' }).map(({ id }) => id)).to.deep.equal([
      'a',
      'b',
      'c',
    ]);
  });

  it('deletes only after there was time to undo it, or when the page goes', async () => {
    const { element, services } = await show();
    find(element, 'file-delete').click();
    await settle(element);
    expect(names(element)).to.deep.equal(['file 10.pdf', 'file 9']);
    find(element, 'files-undo').click();
    await settle(element);
    expect(names(element)).to.deep.equal(['Äpfel.txt', 'file 10.pdf', 'file 9']);
    expect(services.log.named('deleteFile')).to.deep.equal([]);
    find(element, 'file-delete').click();
    await settle(element);
    element.remove();
    expect(services.log.named('deleteFile')).to.deep.equal(['a']);
  });

  it('renames and sends from the keyboard', async () => {
    const { element, services } = await show();
    find(element, 'file-rename').click();
    await settle(element);
    await enter(element, 'rename-input', 'Pears.txt');
    find(element, 'rename-save').click();
    await settle(element);
    expect(services.log.named('renameFile')).to.deep.equal([{ fileId: 'a', name: 'Pears.txt' }]);
    find(element, 'file-send').click();
    await settle(element);
    expect(await violations(element)).to.deep.equal([]);
    find(element, 'send-confirm').click();
    await settle(element);
    expect(services.log.named('sendFile')).to.have.length(1);
  });

  it('the switch of fast transfers says what is given up, and reaches the service', async () => {
    const { element, services } = await show();
    const input = find(element, 'files-fast') as HTMLInputElement;
    expect(input.checked).to.equal(false);
    expect(element.shadowRoot?.textContent).to.include('whoever got that key could open that file');
    input.click();
    await settle(element);
    expect(services.log.named('setFast')).to.deep.equal([true]);
  });
});
