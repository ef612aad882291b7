/** Text and its UTF-8 bytes, strictly. */
import { source } from './source.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of `text`. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text) as Uint8Array<ArrayBuffer>;
}

/** Text of strict UTF-8 `bytes`; throws a TypeError on anything malformed. A BOM stays a character. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(source(bytes));
}
