import { expect } from '@esm-bundle/chai';
import { html, render } from 'lit';
import decodeQR from 'qr/decode.js';
import './index.ts';
import type { EnkQr } from './enk-qr.ts';

/** Draws the element's path into pixels, as a camera would see it. */
async function scan(content: string | Uint8Array, onBytes?: (bytes: Uint8Array) => string): Promise<string> {
  const stage = document.createElement('div');
  document.body.append(stage);
  render(html`<enk-qr .content=${content} label="code"></enk-qr>`, stage);
  const element = stage.querySelector<EnkQr>('enk-qr')!;
  await element.updateComplete;
  const svg = element.renderRoot.querySelector('svg')!;
  const modules = Number(svg.getAttribute('viewBox')!.split(' ')[2]);
  const scale = 6;
  const canvas = new OffscreenCanvas(modules * scale, modules * scale);
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(scale, scale);
  context.fillStyle = '#111111';
  context.fill(new Path2D(svg.querySelector('path')!.getAttribute('d')!));
  stage.remove();
  const image = context.getImageData(0, 0, canvas.width, canvas.height);
  return decodeQR(image, onBytes ? { textDecoder: onBytes } : {});
}

describe('enk-qr', () => {
  it('draws a code that scans back to the same link', async () => {
    const link = `https://chat.example/#invite=${'aB3_-'.repeat(50)}`;
    expect(await scan(link)).to.equal(link);
  });

  it('carries bytes as they are', async () => {
    const bytes = Uint8Array.from({ length: 66 }, (_, index) => (index * 37 + 200) % 256);
    let seen: Uint8Array | undefined;
    await scan(bytes, read => {
      seen = Uint8Array.from(read);
      return 'bytes';
    });
    expect([...(seen ?? [])]).to.deep.equal([...bytes]);
  });
});
