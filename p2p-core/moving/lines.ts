/** Lines of a byte stream. JSON has no line break outside of escapes: one record is one line. */
import { P2pError } from '../errors.ts';
import { MAX_RECORD_BYTES } from '../limits.ts';

const LINE_BREAK = 10;

/** Without their breaks; empty ones are left out. Throws P2pError `export-malformed` for one above MAX_RECORD_BYTES. */
export async function* readLines(
  parts: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let begun = new Uint8Array(0);
  for await (const part of parts) {
    let start = 0;
    for (let end = part.indexOf(LINE_BREAK); end >= 0; end = part.indexOf(LINE_BREAK, start)) {
      const line = joined(begun, part.subarray(start, end));
      begun = new Uint8Array(0);
      start = end + 1;
      if (line.length > 0) yield line;
    }
    begun = joined(begun, part.subarray(start));
  }
  if (begun.length > 0) yield begun;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  if (a.length + b.length > MAX_RECORD_BYTES) throw new P2pError('export-malformed');
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
