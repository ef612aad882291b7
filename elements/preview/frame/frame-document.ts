/**
 * Documents for frames that show what others sent. Three walls, each enough alone:
 *
 *     the frame     `sandbox` without allow-same-origin: an opaque origin, no storage, no parent, no way out
 *     its policy    nothing is fetched; script only by the hash of ours, or none at all
 *     its content   an SVG is an image (runs nothing, fetches nothing); HTML has no element left that leads out
 *
 * Frames are blob documents, so they stand under the page's own policy too.
 */
import type { DocumentScript } from '@enk/context';

export type Sandbox = '' | 'allow-scripts';

export interface FrameDocument {
  readonly html: string;
  readonly sandbox: Sandbox;
}

const policy = (...more: readonly string[]): string =>
  ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "webrtc 'block'", ...more].join('; ');

const head = (text: string): string =>
  `<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${text}">` +
  '<meta http-equiv="x-dns-prefetch-control" content="off"><meta name="referrer" content="no-referrer">' +
  '<meta name="viewport" content="width=device-width">';

/** An SVG as an image. `alt` is shown and said where it cannot be drawn. */
export function drawingDocument(bytes: Uint8Array, alt: string): FrameDocument {
  const image = `data:image/svg+xml;base64,${toBase64(bytes)}`;
  // No doctype: in quirks mode a height in percent is one of the frame's.
  const html = `${head(policy('img-src data:'))}<title>${escape(alt)}</title><body marginwidth="0" marginheight="0"><img width="100%" height="100%" alt="${escape(alt)}" src="${image}">`;
  return { html, sandbox: '' };
}

/** HTML of others without script, and without anything that leads or connects elsewhere. */
export function pageDocument(text: string): FrameDocument {
  const start = `<!doctype html>${head(policy("style-src 'unsafe-inline'", 'img-src data:', 'font-src data:'))}`;
  return { html: start + disarm(text), sandbox: '' };
}

/** Our script, which draws what it is given bytes of. */
export function scriptDocument({ text, integrity }: DocumentScript, title: string): FrameDocument {
  const rules = policy(`script-src '${integrity}'`, 'img-src blob: data:', 'font-src blob: data:');
  const html = `<!doctype html>${head(rules)}<title>${escape(title)}</title><body><script type="module">${text}</script>`;
  return { html, sandbox: 'allow-scripts' };
}

/** Elements that navigate, submit, embed, or open connections that policies do not see (preconnect, dns-prefetch). */
const LEADING_OUT =
  /<(\/?)(?=(?:a|area|base|link|meta|form|iframe|frame|frameset|object|embed|applet|portal|fencedframe|math)(?:[\s/>]|$))/giu;

/**
 * Renames their tags to ones that mean nothing. HTML §13.2.5.6: a tag's name is what stands right behind `<` or `</`, in
 * any case, so the parser meets none of them. Script stays: the frame runs none, and its text stays hidden.
 */
export function disarm(html: string): string {
  return html.replace(LEADING_OUT, '<$1x-');
}

function escape(text: string): string {
  return text.replace(/[&<>"]/gu, found => `&#${found.charCodeAt(0)};`);
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}
