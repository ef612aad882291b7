/** States of `<enk-preview>`, for pictures and accessibility. */
import type { FileJudgement, PreviewItem } from '@enk/context';
import { findAll, settle } from '../../elements/chat/test/show-state.ts';
import { judgement, showPreview, until } from '../../elements/preview/test/show-preview.ts';
import '@enk/preview';

interface PreviewState {
  readonly name: string;
  show(stage: HTMLElement): Promise<HTMLElement>;
}

interface Shown {
  readonly looks: FileJudgement;
  readonly contents: Blob;
  readonly items: readonly PreviewItem[];
  /** What is on the stage when it is drawn. */
  readonly testId: string;
  readonly clicks?: readonly string[];
}

async function show(
  stage: HTMLElement,
  { looks, contents, items, testId, clicks = [] }: Shown,
): Promise<HTMLElement> {
  const { element } = await showPreview(items, { looks, contents }, stage);
  await until(() => findAll(element, testId).length > 0);
  for (const click of clicks) {
    findAll(element, click)[0]?.click();
    await settle(element);
  }
  return element;
}

const item = (name: string, sizeBytes: number, more: Partial<PreviewItem> = {}): PreviewItem => ({
  id: name,
  name,
  sizeBytes,
  createdAtMs: Date.now(),
  ...more,
});

async function landscape(): Promise<Blob> {
  const canvas = new OffscreenCanvas(1_200, 800);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no canvas');
  const sky = context.createLinearGradient(0, 0, 0, 800);
  sky.addColorStop(0, '#f6c177');
  sky.addColorStop(0.6, '#c45d6e');
  sky.addColorStop(1, '#3b2f63');
  context.fillStyle = sky;
  context.fillRect(0, 0, 1_200, 800);
  context.fillStyle = '#ffe9b8';
  context.beginPath();
  context.arc(820, 420, 70, 0, 7);
  context.fill();
  context.fillStyle = '#231a42';
  context.beginPath();
  context.moveTo(0, 800);
  for (let x = 0; x <= 1_200; x += 40)
    context.lineTo(x, 560 + 60 * Math.sin(x / 130) - 40 * Math.cos(x / 57));
  context.lineTo(1_200, 800);
  context.fill();
  return canvas.convertToBlob();
}

const CODE = `import { open } from './vault.ts';

/** Says what is inside. */
export async function list(name: string): Promise<string[]> {
  const vault = await open(name);
  return vault.files.map(file => file.name);
}
`;

export const previewStates: readonly PreviewState[] = [
  {
    name: 'preview-image',
    show: async stage =>
      show(stage, {
        looks: judgement({
          name: 'Evening.png',
          claimedType: 'image/png',
          detectedType: 'image/png',
          isSafeImage: true,
        }),
        contents: await landscape(),
        items: [
          item('Evening.png', 2_400_000, {
            caption: 'The last evening. We walked up to the church and waited.',
          }),
          item('b', 1),
          item('c', 1),
        ],
        testId: 'preview-image',
      }),
  },
  {
    name: 'preview-text',
    show: stage =>
      show(stage, {
        looks: judgement({ name: 'list.ts', detectedType: 'text/plain' }),
        contents: new Blob([CODE]),
        items: [item('list.ts', CODE.length)],
        testId: 'preview-text',
      }),
  },
  {
    name: 'preview-properties',
    show: stage =>
      show(stage, {
        looks: judgement({
          name: 'invoice.pdf.exe',
          detectedType: 'application/x-msdownload',
          warnings: ['hidden-characters', 'double-extension', 'dangerous'],
        }),
        contents: new Blob(),
        items: [item('invoice.pdf.exe', 840_000, { claimedName: 'invoice\u202efdp.exe' }), item('b', 1)],
        testId: 'preview-notice',
        clicks: ['preview-properties', 'property-compute'],
      }),
  },
];
