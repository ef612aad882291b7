/**
 * Every icon from one drawing, shell/icons/icon.svg: a rounded ground (`rect`) and a mark (`path`). The maskable ones
 * have the ground to the edge and the mark within the safe zone (W3C Web Application Manifest §2.5.1: the inner 80 %).
 * The renderer is WebAssembly: the same bytes on every machine.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { root } from '../../vite.config.ts';

const VIEW = 32;
/** Of the mark in a maskable icon. */
const MASKABLE_SCALE = 0.75;

export interface IconImage {
  /** Relative to the mirror's top. */
  readonly path: string;
  readonly bytes: Buffer;
  /** As a web app manifest names it; null for those that only a page names. */
  readonly manifest: { readonly sizes: string; readonly type: string; readonly purpose: string } | null;
}

export const iconSource = (): string => readFileSync(join(root, 'shell/icons/icon.svg'), 'utf8').trim();

function part(svg: string, pattern: RegExp): string {
  const found = pattern.exec(svg)?.[0];
  if (found === undefined) throw new Error(`shell/icons/icon.svg has no ${String(pattern)}.`);
  return found;
}

function maskable(svg: string): string {
  const ground = part(svg, /<rect [^>]*\/>/).replace(/ rx="[^"]*"/, '');
  const inset = (VIEW * (1 - MASKABLE_SCALE)) / 2;
  const mark = `<g transform="translate(${inset} ${inset}) scale(${MASKABLE_SCALE})">${part(svg, /<path [^>]*\/>/)}</g>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${VIEW} ${VIEW}">${ground}${mark}</svg>`;
}

/** For a `link rel="icon"`: no request, and no file that could be missing. */
export function iconDataUrl(): string {
  const oneLine = iconSource()
    .replace(/\s*\n\s*/g, '')
    .replaceAll('"', "'");
  return `data:image/svg+xml,${oneLine.replace(/[%#<>]/g, character => encodeURIComponent(character))}`;
}

let isReady: Promise<void> | undefined;

async function png(svg: string, pixels: number): Promise<Buffer> {
  isReady ??= initWasm(
    readFileSync(createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm')),
  );
  await isReady;
  const image = new Resvg(svg, { fitTo: { mode: 'width', value: pixels }, font: { loadSystemFonts: false } });
  return Buffer.from(image.render().asPng());
}

export async function buildIcons(): Promise<readonly IconImage[]> {
  const svg = iconSource();
  const masked = maskable(svg);
  const square = async (
    name: string,
    drawing: string,
    pixels: number,
    purpose: string | null,
  ): Promise<IconImage> => ({
    path: `icons/${name}.png`,
    bytes: await png(drawing, pixels),
    manifest: purpose === null ? null : { sizes: `${pixels}x${pixels}`, type: 'image/png', purpose },
  });
  return [
    {
      path: 'icons/icon.svg',
      bytes: Buffer.from(`${svg}\n`),
      manifest: { sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
    },
    await square('icon-192', svg, 192, 'any'),
    await square('icon-512', svg, 512, 'any'),
    await square('maskable-192', masked, 192, 'maskable'),
    await square('maskable-512', masked, 512, 'maskable'),
    await square('apple-touch', masked, 180, null),
  ];
}
