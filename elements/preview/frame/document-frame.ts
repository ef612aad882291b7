/**
 * The script of the frame: draws a PDF page by page, from ranges that it asks the page for. It runs without an origin
 * and under a policy that fetches nothing; whoever broke pdf.js would hold this frame and nothing else. Scripts, links,
 * forms and attachments of the document are not carried out: only its pages are drawn. Entry of a bundle of its own.
 */
import './close-doors.ts';
import {
  getDocument,
  PDFDataRangeTransport,
  type PDFDocumentProxy,
  type PDFPageProxy,
} from 'pdfjs-dist/build/pdf.mjs';
import { WorkerMessageHandler } from 'pdfjs-dist/build/pdf.worker.mjs';
import {
  FRAME_KEYS,
  MAX_RANGE_BYTES,
  type FrameBytes,
  type FrameEvent,
  type FrameStart,
} from './frame-messages.ts';

const GAP_PX = 12;
/** Drawn ahead of what is seen. */
const AHEAD = '100% 0px';
/** As many are laid out, each a canvas; those that are not near have no memory. */
const MAX_PAGES = 2_000;
/** Larger canvases are refused by phones. */
const MAX_CANVAS_PIXELS = 8_000_000;
const RANGE_CHUNK_BYTES = 256 * 1024;

// pdf.js parses in a worker of its own; a frame without an origin has none, and is itself apart from the app.
(globalThis as { pdfjsWorker?: unknown }).pdfjsWorker = { WorkerMessageHandler };

addEventListener('message', function start({ data, ports: [port] }: MessageEvent<FrameStart>) {
  if (data.kind !== 'enk-document' || port === undefined) return;
  removeEventListener('message', start);
  const tell = (event: FrameEvent): void => port.postMessage(event);
  const ranges = new Ranges(data.sizeBytes, port, tell);
  addEventListener('keydown', event => {
    const key = FRAME_KEYS.find(known => known === event.key);
    if (key === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    tell({ kind: 'key', key });
  });
  tell({ kind: 'ready' });
  void draw(ranges, data.words).then(
    pages => tell({ kind: 'drawn', pages }),
    (error: unknown) => tell({ kind: 'failed', reason: isLocked(error) ? 'password' : 'broken' }),
  );
});

const isLocked = (error: unknown): boolean => error instanceof Error && error.name === 'PasswordException';

/** Asks the page for bytes. */
class Ranges extends PDFDataRangeTransport {
  readonly #port: MessagePort;
  readonly #tell: (event: FrameEvent) => void;
  readonly #waiting = new Map<number, (bytes: Uint8Array | null) => void>();
  #nextId = 0;

  constructor(sizeBytes: number, port: MessagePort, tell: (event: FrameEvent) => void) {
    super(sizeBytes, null);
    this.#port = port;
    this.#tell = tell;
    this.#port.onmessage = ({ data }: MessageEvent<FrameBytes>) => {
      this.#waiting.get(data.id)?.(data.bytes);
      this.#waiting.delete(data.id);
    };
  }

  override requestDataRange(begin: number, end: number): void {
    void this.#read(begin, end).then(bytes => {
      if (bytes !== null) this.onDataRange(begin, bytes);
    });
  }

  async #read(begin: number, end: number): Promise<Uint8Array | null> {
    const whole = new Uint8Array(end - begin);
    for (let at = begin; at < end; at += MAX_RANGE_BYTES) {
      const part = await this.#ask(at, Math.min(MAX_RANGE_BYTES, end - at));
      if (part === null) return null;
      whole.set(part, at - begin);
    }
    return whole;
  }

  #ask(offset: number, length: number): Promise<Uint8Array | null> {
    const id = this.#nextId++;
    const answer = new Promise<Uint8Array | null>(resolve => this.#waiting.set(id, resolve));
    this.#tell({ kind: 'range', id, offset, length });
    return answer;
  }
}

/** Lays every page out and draws those that come near; resolves with their number once the first is drawn. */
async function draw(range: PDFDataRangeTransport, words: FrameStart['words']): Promise<number> {
  const document_ = await getDocument({
    range,
    rangeChunkSize: RANGE_CHUNK_BYTES,
    disableAutoFetch: true,
    disableStream: true,
    enableXfa: false,
    useWasm: false,
    useWorkerFetch: false,
  }).promise;
  document.body.style.margin = '0';
  const first = await document_.getPage(1);
  const shape = first.getViewport({ scale: 1 });
  // A small file can claim any number of pages.
  const pages = Array.from({ length: Math.min(document_.numPages, MAX_PAGES) }, (_, index) =>
    addPage(`${words.page} ${index + 1} ${words.of} ${document_.numPages}`, shape.width / shape.height),
  );
  const watcher = new IntersectionObserver(
    entries => {
      for (const { target, isIntersecting } of entries) {
        const index = pages.findIndex(page => page === target);
        if (isIntersecting)
          void drawPage(document_, index + 1, target as HTMLCanvasElement).catch(() => undefined); // the page stays empty
        else clear(target as HTMLCanvasElement);
      }
    },
    { rootMargin: AHEAD },
  );
  if (pages[0]) await render(first, pages[0]);
  for (const page of pages) watcher.observe(page);
  return document_.numPages;
}

function addPage(label: string, ratio: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', label);
  const { style } = canvas;
  style.display = 'block';
  style.width = '100%';
  style.aspectRatio = String(ratio);
  style.marginBottom = `${GAP_PX}px`;
  style.background = 'white';
  document.body.append(canvas);
  return canvas;
}

const drawn = new WeakSet<HTMLCanvasElement>();

async function drawPage(
  document_: PDFDocumentProxy,
  number: number,
  canvas: HTMLCanvasElement,
): Promise<void> {
  if (!drawn.has(canvas)) await render(await document_.getPage(number), canvas);
}

async function render(page: PDFPageProxy, canvas: HTMLCanvasElement): Promise<void> {
  drawn.add(canvas);
  const natural = page.getViewport({ scale: 1 });
  canvas.style.aspectRatio = String(natural.width / natural.height);
  const wanted = (Math.max(1, canvas.clientWidth) * devicePixelRatio) / natural.width;
  const most = Math.sqrt(MAX_CANVAS_PIXELS / (natural.width * natural.height));
  const viewport = page.getViewport({ scale: Math.min(wanted, most) });
  canvas.width = Math.max(1, Math.floor(viewport.width));
  canvas.height = Math.max(1, Math.floor(viewport.height));
  await page.render({ canvas, viewport, annotationMode: 0 }).promise;
  await describe(page, canvas);
}

/** The words of the page, for those who do not see it: fallback content of the canvas. */
async function describe(page: PDFPageProxy, canvas: HTMLCanvasElement): Promise<void> {
  const { items } = await page.getTextContent();
  canvas.textContent = items.map(item => ('str' in item ? item.str : '')).join(' ');
}

/** Gives the pixels back. */
function clear(canvas: HTMLCanvasElement): void {
  if (!drawn.delete(canvas)) return;
  canvas.width = 1;
  canvas.height = 1;
}
