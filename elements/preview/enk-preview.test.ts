import type { FileJudgement } from '@enk/context';
import { expect } from '@esm-bundle/chai';
import { violations } from '../chat/test/axe.ts';
import { find, findAll, settle } from '../chat/test/show-state.ts';
import './index.ts';
import { previewKind } from './preview-kind.ts';
import { judgement, showPreview, until } from './test/show-preview.ts';

const ITEMS = [
  { id: 'a', name: 'first.txt', sizeBytes: 5, createdAtMs: 1 },
  { id: 'b', name: 'second.txt', sizeBytes: 5, claimedName: 'sec\u202eond.txt', caption: 'A caption' },
  { id: 'c', name: 'folder', sizeBytes: 9, entry: { path: 'inner/third.txt', offset: 4, sizeBytes: 5 } },
];
const TEXT = judgement({ name: 'first.txt', claimedType: 'text/plain', detectedType: 'text/plain' });
const contents = new Blob(['<b>hello</b>']);

const press = (element: Element, key: string): boolean =>
  find(element, 'preview').dispatchEvent(
    new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }),
  );
const nameIn = (element: Element): string | null => find(element, 'preview-name').textContent;

async function picture(): Promise<Blob> {
  const canvas = new OffscreenCanvas(40, 30);
  canvas.getContext('2d')?.fillRect(0, 0, 20, 20);
  return canvas.convertToBlob();
}

describe('enk-preview', () => {
  afterEach(() => document.body.replaceChildren());

  it('shows text as text, is accessible, and turns by arrow keys', async () => {
    const items = ITEMS.map(item => ({ ...item, sizeBytes: contents.size }));
    const { element } = await showPreview(items, { looks: TEXT, contents });
    await until(() => findAll(element, 'preview-text').length > 0);
    expect(find(element, 'preview-text').textContent).to.include('<b>hello</b>');
    expect(await violations(element)).to.deep.equal([]);
    expect(nameIn(element)).to.equal('first.txt');
    press(element, 'ArrowLeft');
    await settle(element);
    expect(nameIn(element)).to.equal('first.txt');
    press(element, 'ArrowRight');
    await settle(element);
    expect(nameIn(element)).to.equal('second.txt');
    press(element, 'ArrowRight');
    await settle(element);
    expect(nameIn(element)).to.equal('third.txt');
    expect(findAll(element, 'preview-next')).to.deep.equal([]);
    find(element, 'preview-previous').click();
    await settle(element);
    expect(nameIn(element)).to.equal('second.txt');
  });

  it('turns by a finger that moves along, not by one that moves down or by a mouse', async () => {
    const looks = judgement({ detectedType: 'image/png', isSafeImage: true });
    const { element } = await showPreview(ITEMS, { looks, contents: await picture() });
    await until(() => findAll(element, 'preview-image').length > 0);
    const swipe = async (from: number, to: number, init: PointerEventInit = {}): Promise<void> => {
      const image = find(element, 'preview-image');
      const at = (type: string, clientX: number, clientY: number): boolean =>
        image.dispatchEvent(
          new PointerEvent(type, {
            ...{ pointerType: 'touch', isPrimary: true, bubbles: true, composed: true, clientX, clientY },
            ...init,
          }),
        );
      at('pointerdown', from, 100);
      at('pointerup', to, init.clientY ?? 110);
      await settle(element);
      await until(() => findAll(element, 'preview-image').length > 0);
    };
    await swipe(300, 100);
    expect(nameIn(element)).to.equal('second.txt');
    await swipe(300, 100, { pointerType: 'mouse' });
    await swipe(300, 270);
    expect(nameIn(element)).to.equal('second.txt');
    await swipe(100, 300);
    expect(nameIn(element)).to.equal('first.txt');
  });

  it('closes by Escape and by its button, and gives the focus back', async () => {
    const opener = document.createElement('button');
    const { element } = await showPreview(ITEMS, { looks: TEXT, contents });
    element.remove();
    document.body.append(opener);
    opener.focus();
    document.body.append(element);
    await settle(element);
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
    expect(element.isConnected).to.equal(false);
    expect(document.activeElement).to.equal(opener);
  });

  it('draws raster images, and saves only when asked', async () => {
    const image = await picture();
    const looks = judgement({ detectedType: 'image/png', isSafeImage: true });
    const { element, services } = await showPreview(ITEMS.slice(0, 1), { looks, contents: image });
    const drawn = await until(() => findAll(element, 'preview-image')[0] as HTMLImageElement | undefined);
    await until(() => drawn.naturalWidth === 40);
    expect(await violations(element)).to.deep.equal([]);
    expect(services.log.named('save')).to.deep.equal([]);
    find(element, 'preview-save').click();
    await settle(element);
    expect(services.log.named('save')).to.deep.equal(['a']);
    const { src } = drawn;
    element.remove();
    const isReleased = await fetch(src).then(
      () => false,
      () => true,
    );
    expect(isReleased).to.equal(true);
  });

  it('tells name and type as claimed and as detected, warnings, and the hash when asked', async () => {
    const looks = judgement({
      name: 'first.txt',
      claimedType: 'text/plain',
      detectedType: 'application/x-msdownload',
      warnings: ['type-mismatch', 'dangerous'],
    });
    const { element, services } = await showPreview(ITEMS.slice(1, 2), { looks, contents });
    services.files.sha256 = 'ab'.repeat(32);
    await until(() => findAll(element, 'preview-notice').length > 0);
    find(element, 'preview-properties').click();
    await settle(element);
    expect(find(element, 'property-claimed-name').textContent).to.equal('sec[U+202E]ond.txt');
    expect(find(element, 'property-claimed-type').textContent).to.equal('text/plain');
    expect(find(element, 'property-detected-type').textContent).to.equal('application/x-msdownload');
    expect(findAll(element, 'property-warning')).to.have.length(2);
    expect(await violations(element)).to.deep.equal([]);
    find(element, 'property-compute').click();
    await until(() => find(element, 'property-hash').textContent?.trim() === 'ab'.repeat(32));
  });

  it('HTML stands as its text until somebody asks for the page, which has no origin', async () => {
    const looks = judgement({ detectedType: 'text/html' });
    const item = { id: 'a', name: 'page.html', sizeBytes: contents.size };
    const { element } = await showPreview([item], { looks, contents });
    await until(() => findAll(element, 'preview-text').length > 0);
    expect(findAll(element, 'preview-frame')).to.deep.equal([]);
    find(element, 'preview-as-page').click();
    const frame = await until(() => findAll(element, 'preview-frame')[0] as HTMLIFrameElement | undefined);
    expect(frame.getAttribute('sandbox')).to.equal('');
    expect(frame.src).to.match(/^blob:/);
    expect(frame.contentDocument).to.equal(null);
    expect(await violations(element)).to.deep.equal([]);
  });

  it('goes by contents, not by names', () => {
    const kinds: readonly (readonly [Partial<FileJudgement>, string])[] = [
      [{ detectedType: 'image/png', isSafeImage: true }, 'image'],
      [{ claimedType: 'image/png', detectedType: 'image/svg+xml' }, 'drawing'],
      [{ claimedType: 'image/png', detectedType: 'text/html' }, 'page'],
      [{ claimedType: 'image/png', detectedType: null }, 'none'],
      [{ detectedType: 'video/webm' }, 'film'],
      [{ detectedType: 'audio/mpeg' }, 'film'],
      [{ detectedType: 'application/pdf' }, 'pdf'],
      [{ detectedType: 'application/xml' }, 'text'],
      [{ detectedType: 'application/zip' }, 'none'],
      [{ detectedType: 'application/x-msdownload' }, 'none'],
    ];
    for (const [part, kind] of kinds)
      expect(previewKind(judgement(part), 10), JSON.stringify(part)).to.equal(kind);
    expect(previewKind(judgement({ detectedType: 'image/svg+xml' }), 1e9)).to.equal('too-large');
  });
});
