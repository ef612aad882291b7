import type { FileView } from '@enk/context';
import { deepActiveElement } from '@enk/internal';
import { expect } from '@esm-bundle/chai';
import { violations } from '../chat/test/axe.ts';
import { TestServices } from '../chat/test/service-set.ts';
import { EnkTestProvider, enter, find, findAll, settle } from '../chat/test/show-state.ts';
import { stateNamed } from '../chat/test/states.ts';
import { until } from '../preview/test/show-preview.ts';
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
  services = new TestServices(stateNamed('list').data),
): Promise<{ element: EnkFiles; services: TestServices }> {
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

  const boxes = (element: EnkFiles): HTMLInputElement[] =>
    findAll(element, 'file-select') as HTMLInputElement[];
  const chosen = (element: EnkFiles): boolean[] => boxes(element).map(({ checked }) => checked);
  async function press(element: EnkFiles, index: number, init: KeyboardEventInit): Promise<void> {
    const box = boxes(element)[index];
    box?.dispatchEvent(
      new KeyboardEvent('keydown', { bubbles: true, composed: true, cancelable: true, ...init }),
    );
    await settle(element);
  }

  it('chooses many by keys and pointer, deletes them together, and brings them back together', async () => {
    const { element, services } = await show();
    boxes(element)[0]?.click();
    await settle(element);
    expect(chosen(element)).to.deep.equal([true, false, false]);
    expect(await violations(element)).to.deep.equal([]);
    boxes(element)[0]?.focus();
    await press(element, 0, { key: 'ArrowDown', shiftKey: true });
    expect(chosen(element)).to.deep.equal([true, true, false]);
    expect(deepActiveElement()).to.equal(boxes(element)[1]);
    boxes(element)[2]?.dispatchEvent(
      new MouseEvent('click', { bubbles: true, cancelable: true, shiftKey: true }),
    );
    await settle(element);
    expect(chosen(element)).to.deep.equal([true, true, true]);
    await press(element, 0, { key: 'Escape' });
    expect(chosen(element)).to.deep.equal([false, false, false]);
    await press(element, 0, { key: 'a', ctrlKey: true });
    expect(find(element, 'files-selection').textContent).to.include('3 selected');
    await press(element, 0, { key: 'Delete' });
    expect(names(element)).to.deep.equal([]);
    find(element, 'files-undo').click();
    await settle(element);
    expect(names(element)).to.have.length(3);
    expect(services.log.named('deleteFile')).to.deep.equal([]);
    await press(element, 0, { key: 'a', ctrlKey: true });
    find(element, 'selection-delete').click();
    element.remove();
    expect(services.log.named('deleteFile')).to.have.members(['a', 'b', 'c']);
  });

  it('shows files by pictures, which it makes of raster images alone', async () => {
    const services = new TestServices(stateNamed('list').data);
    const canvas = new OffscreenCanvas(900, 300);
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('no canvas');
    context.fillStyle = 'rgb(0, 200, 0)';
    context.fillRect(0, 0, 900, 300);
    services.files.image = await canvas.convertToBlob();
    services.files.judgement = { ...services.files.judgement, detectedType: 'image/png', isSafeImage: true };
    const { element } = await show(FILES, services);
    find(element, 'files-layout').click();
    await settle(element);
    expect(element.layout).to.equal('grid');
    const drawn = await until(() =>
      (findAll(element, 'thumbnail') as HTMLCanvasElement[]).filter(node => !node.hidden).at(1),
    );
    expect(drawn.getContext('2d')?.getImageData(160, 160, 1, 1).data[1]).to.be.closeTo(200, 3);
    const hidden = (findAll(element, 'thumbnail') as HTMLCanvasElement[]).filter(node => node.hidden);
    expect(hidden, 'the folder has its sign').to.have.length(1);
    expect(await violations(element)).to.deep.equal([]);
  });

  it('opens a preview of the files that are shown, when asked', async () => {
    const { element } = await show();
    await enter(element, 'files-search', 'file');
    await settle(element);
    const opener = find(element, 'file-open');
    opener.focus();
    opener.click();
    await until(() => findAll(element, 'preview-name').length > 0);
    expect(find(element, 'preview-name').textContent).to.equal('file 10.pdf');
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
    await settle(element);
    expect(findAll(element, 'preview')).to.deep.equal([]);
    expect(deepActiveElement()).to.equal(opener);
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
