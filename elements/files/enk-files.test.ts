import type { FileView, VaultFolder } from '@enk/context';
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
  {
    id: 'a',
    name: 'Äpfel.txt',
    mediaType: '',
    sizeBytes: 10,
    createdAtMs: 3,
    fileCount: null,
    folderId: null,
  },
  {
    id: 'b',
    name: 'file 10.pdf',
    mediaType: '',
    sizeBytes: 3_000_000,
    createdAtMs: 2,
    fileCount: null,
    folderId: null,
  },
  { id: 'c', name: 'file 9', mediaType: '', sizeBytes: 500, createdAtMs: 1, fileCount: 12, folderId: null },
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

  it('shows files by the small pictures that the vault has, and others by their sign', async () => {
    const services = new TestServices(stateNamed('list').data);
    const canvas = new OffscreenCanvas(32, 32);
    canvas.getContext('2d')?.fillRect(0, 0, 32, 32);
    services.files.small = await canvas.convertToBlob();
    const { element } = await show(FILES, services);
    find(element, 'files-layout').click();
    await settle(element);
    expect(element.layout).to.equal('grid');
    await until(() => findAll(element, 'thumbnail').length === 2);
    expect(findAll(element, 'thumbnail'), 'the folder has its sign').to.have.length(2);
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

  const FOLDERS: readonly VaultFolder[] = [
    { id: 'f1', name: 'Letters', parentId: null, createdAtMs: 1 },
    { id: 'f2', name: 'Old ones', parentId: 'f1', createdAtMs: 2 },
  ];
  const SHELVED = FILES.map(file => ({ ...file, folderId: { a: 'f1', b: 'f2' }[file.id] ?? null }));
  const folderNames = (element: EnkFiles): string[] =>
    findAll(element, 'folder-name').map(node => node.textContent ?? '');

  async function showFolders(): ReturnType<typeof show> {
    const services = new TestServices(stateNamed('list').data);
    services.files.replace({ ...services.files.snapshot, folders: FOLDERS });
    return show(SHELVED, services);
  }

  it('leads into folders and back by the way there, and searches all of them', async () => {
    const { element, services } = await showFolders();
    expect([folderNames(element), names(element)]).to.deep.equal([['Letters'], ['file 9']]);
    find(element, 'folder-open').click();
    await settle(element);
    expect([folderNames(element), names(element)]).to.deep.equal([['Old ones'], ['Äpfel.txt']]);
    expect(deepActiveElement()?.textContent?.trim()).to.equal('Letters');
    expect(await violations(element)).to.deep.equal([]);
    find(element, 'folder-open').click();
    await settle(element);
    expect(findAll(element, 'files-crumb').map(node => node.textContent?.trim())).to.deep.equal([
      'All files',
      'Letters',
      'Old ones',
    ]);
    await enter(element, 'files-search', 'apf');
    await settle(element);
    expect(names(element)).to.deep.equal(['Äpfel.txt']);
    expect(element.shadowRoot?.querySelector('enk-file-row')?.shadowRoot?.textContent).to.include(
      'in Letters',
    );
    find(element, 'files-crumb').click();
    await settle(element);
    expect(folderNames(element)).to.deep.equal(['Letters']);
    // A folder that is gone leads to the one above.
    find(element, 'folder-open').click();
    await settle(element);
    services.files.replace({ ...services.files.snapshot, folders: [] });
    await settle(element);
    expect(findAll(element, 'files-crumb')).to.deep.equal([]);
  });

  it('makes, renames and deletes folders, with time to undo, and says what is in them', async () => {
    const { element, services } = await showFolders();
    find(element, 'files-new-folder').click();
    await settle(element);
    await enter(element, 'folder-name-input', 'Plans');
    find(element, 'folder-name-save').click();
    await settle(element);
    find(element, 'folder-rename').click();
    await settle(element);
    await enter(element, 'rename-input', 'Mail');
    find(element, 'rename-save').click();
    await settle(element);
    find(element, 'folder-properties').click();
    await settle(element);
    expect(find(element, 'folder-facts').textContent).to.include('2 files').and.to.include('3 MB');
    expect(await violations(element)).to.deep.equal([]);
    find(element, 'folder-delete').click();
    await settle(element);
    expect(folderNames(element)).to.deep.equal([]);
    expect(element.shadowRoot?.querySelector('.toast')?.textContent).to.include('what is in it');
    find(element, 'files-undo').click();
    await settle(element);
    expect(folderNames(element)).to.deep.equal(['Letters']);
    find(element, 'folder-delete').click();
    element.remove();
    expect(services.log.named('changeFolders')).to.deep.equal([
      { kind: 'make', name: 'Plans', parentId: null },
      { kind: 'rename', folderId: 'f1', name: 'Mail' },
      { kind: 'delete', folderId: 'f1' },
    ]);
  });

  it('moves one or many by a dialog, and no folder into itself', async () => {
    const { element, services } = await showFolders();
    boxes(element)[0]?.click();
    boxes(element)[1]?.click();
    await settle(element);
    find(element, 'selection-move').click();
    await settle(element);
    const places = findAll(element, 'move-to') as HTMLInputElement[];
    expect(places.map(({ disabled }) => disabled)).to.deep.equal([false, true, true]);
    expect((find(element, 'move-here') as HTMLButtonElement).disabled, 'it is there').to.equal(true);
    expect(await violations(element)).to.deep.equal([]);
    find(element, 'move-new-folder').click();
    await settle(element);
    await enter(element, 'folder-name-input', 'Both');
    find(element, 'folder-name-save').click();
    await settle(element);
    find(element, 'move-here').click();
    await settle(element);
    expect(services.log.named('changeFolders')).to.deep.equal([
      { kind: 'make', name: 'Both', parentId: null },
      { kind: 'move', fileIds: ['c'], folderIds: ['f1'], to: 'made' },
    ]);
    expect(findAll(element, 'move-dialog')).to.deep.equal([]);
  });

  it('moves what is dragged onto a folder or the way there, and tells the drag nothing', async () => {
    const { element, services } = await showFolders();
    const transfer = new DataTransfer();
    const items = [...(element.shadowRoot?.querySelectorAll('ul > li') ?? [])] as [Element, Element];
    const drag = (target: Element, type: string): boolean =>
      target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
    drag(items[1], 'dragstart');
    expect([...transfer.types].map(type => transfer.getData(type)).join('')).to.equal('');
    expect(drag(items[0], 'dragover'), 'taken').to.equal(false);
    drag(items[0], 'drop');
    await settle(element);
    expect(services.log.named('changeFolders')).to.deep.equal([
      { kind: 'move', fileIds: ['c'], folderIds: [], to: 'f1' },
    ]);
    drag(items[0], 'dragstart');
    expect(drag(items[0], 'dragover'), 'not into itself').to.equal(true);
  });

  it('P2P-TRF-11: a folder that came as one is walked through by its structure', async () => {
    const { element, services } = await showFolders();
    services.files.folder = [
      { path: 'readme.txt', offset: 0, sizeBytes: 5 },
      { path: 'src/a/one.ts', offset: 5, sizeBytes: 5 },
      { path: 'src/two.ts', offset: 10, sizeBytes: 5 },
    ];
    find(element, 'file-open').click();
    await until(() => findAll(element, 'entry-open').length > 0);
    expect(findAll(element, 'entry-open').map(node => node.textContent?.trim())).to.deep.equal([
      'readme.txt',
    ]);
    find(element, 'kept-folder-open').click();
    await settle(element);
    expect(findAll(element, 'entry-open').map(node => node.textContent?.trim())).to.deep.equal(['two.ts']);
    expect(await violations(element)).to.deep.equal([]);
    find(element, 'entry-open').click();
    await until(() => findAll(element, 'preview-name').length > 0);
    expect(find(element, 'preview-name').textContent).to.equal('two.ts');
  });

  it('adds to the folder that is open, dropped folders with their structure', async () => {
    const { element, services } = await showFolders();
    find(element, 'folder-open').click();
    await settle(element);
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File(['x'], 'pasted.txt'));
    find(element, 'files-add').dispatchEvent(
      new ClipboardEvent('paste', { bubbles: true, composed: true, clipboardData }),
    );
    await until(() => services.log.named('add').length > 0);
    expect(services.log.named('add')).to.deep.equal([{ name: 'pasted.txt', folderId: 'f1' }]);
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
