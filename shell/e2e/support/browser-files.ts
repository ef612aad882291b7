/**
 * What a browser's own files say behind their formats: LevelDB, which cuts its log into blocks, shortens keys and
 * compresses tables with Snappy, and Blink, which compresses large values the same way. What is not of a known format,
 * or broken, is read as it stands.
 */

/** Everything that the file says, in pieces: itself, and what is inside. */
export function* readings(path: string, bytes: Buffer): Generator<Buffer> {
  const pieces = [bytes];
  if (/\.(ldb|sst)$/.test(path)) pieces.push(...tableBlocks(bytes));
  if (/(\.log|MANIFEST-\d+)$/.test(path)) pieces.push(joinLog(bytes));
  for (const piece of pieces) {
    yield piece;
    yield* compressedValues(piece);
  }
}

const LOG_BLOCK_BYTES = 32_768;
const LOG_HEADER_BYTES = 7;

/** The records of a LevelDB log without the headers that stand between them: crc u32, length u16, type u8. */
export function joinLog(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let block = 0; block < bytes.length; block += LOG_BLOCK_BYTES) {
    const end = Math.min(block + LOG_BLOCK_BYTES, bytes.length);
    for (let at = block; at + LOG_HEADER_BYTES <= end;) {
      const first = at + LOG_HEADER_BYTES;
      at = first + bytes.readUInt16LE(first - 3);
      if (at === first) break; // preallocated
      parts.push(bytes.subarray(first, Math.min(at, end)));
    }
  }
  return Buffer.concat(parts);
}

const FOOTER_BYTES = 48;
const MAGIC = Buffer.from('57fb808b247547db', 'hex');
const SNAPPY_BLOCK = 1;

/** The blocks of a LevelDB table, opened, each followed by its whole keys and values. */
export function tableBlocks(bytes: Buffer): Buffer[] {
  if (bytes.length < FOOTER_BYTES || !bytes.subarray(-8).equals(MAGIC)) return [];
  const footer = bytes.subarray(-FOOTER_BYTES);
  const handles = [readHandle(footer, 0)];
  handles.push(readHandle(footer, handles[0]?.next ?? 0)); // metaindex, then index
  const index = readBlock(bytes, handles[1]);
  if (index === null) return [];
  const blocks = entriesOf(index).map(({ value }) => readBlock(bytes, readHandle(value, 0)));
  return blocks.flatMap(block =>
    block === null ? [] : [block, ...entriesOf(block).map(({ key, value }) => Buffer.concat([key, value]))],
  );
}

interface Handle {
  readonly offset: number;
  readonly size: number;
  readonly next: number;
}

function readHandle(bytes: Buffer, at: number): Handle {
  const [offset, sizeAt] = readVarint(bytes, at);
  const [size, next] = readVarint(bytes, sizeAt);
  return { offset, size, next };
}

function readBlock(bytes: Buffer, handle: Handle | undefined): Buffer | null {
  if (handle === undefined || handle.offset + handle.size >= bytes.length) return null;
  const content = bytes.subarray(handle.offset, handle.offset + handle.size);
  return bytes[handle.offset + handle.size] === SNAPPY_BLOCK ? unsnappy(content) : content;
}

/** Entries of a block: shared u, unshared u, value length u, the rest of the key, value. */
function entriesOf(block: Buffer): { key: Buffer; value: Buffer }[] {
  const entries: { key: Buffer; value: Buffer }[] = [];
  const end = block.length - 4 - 4 * (block.length < 4 ? 0 : block.readUInt32LE(block.length - 4));
  let key = Buffer.alloc(0);
  for (let at = 0; at < end;) {
    const [shared, a] = readVarint(block, at);
    const [unshared, b] = readVarint(block, a);
    const [length, from] = readVarint(block, b);
    key = Buffer.concat([key.subarray(0, shared), block.subarray(from, from + unshared)]);
    at = from + unshared + length;
    entries.push({ key, value: block.subarray(from + unshared, at) });
  }
  return entries;
}

/** Value and where the next thing begins. */
function readVarint(bytes: Buffer, at: number): [value: number, next: number] {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at++];
    if (byte === undefined) return [value, at];
    value += (byte & 127) * factor;
    if (byte < 128) return [value, at];
  }
}

const MAX_UNCOMPRESSED_BYTES = 256 * 1024 * 1024;

/** Opens a Snappy block at the start of `bytes`; null when there is none. What follows it is left alone. */
export function unsnappy(bytes: Buffer): Buffer | null {
  const [length, start] = readVarint(bytes, 0);
  if (length > MAX_UNCOMPRESSED_BYTES || length > bytes.length * 64) return null;
  const out = Buffer.alloc(length);
  let written = 0;
  for (let at = start; written < length;) {
    const tag = bytes[at++];
    if (tag === undefined) return null;
    const kind = tag & 3;
    if (kind === 0) {
      const extra = Math.max(0, (tag >> 2) - 59);
      if (at + extra > bytes.length) return null;
      const size = 1 + (extra === 0 ? tag >> 2 : bytes.readUIntLE(at, extra));
      at += extra;
      if (at + size > bytes.length || written + size > length) return null;
      written += bytes.copy(out, written, at, at + size);
      at += size;
      continue;
    }
    const offsetBytes = [0, 1, 2, 4][kind] ?? 0;
    if (at + offsetBytes > bytes.length) return null;
    const low = bytes.readUIntLE(at, offsetBytes);
    const offset = kind === 1 ? ((tag >> 5) << 8) | low : low;
    const size = kind === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
    at += offsetBytes;
    if (offset === 0 || offset > written || written + size > length) return null;
    for (let end = written + size; written < end; written++) out[written] = out[written - offset] ?? 0;
  }
  return out;
}

/** IndexedDB values from some 64 KiB on: version tag, "needs processing", "compressed with Snappy". */
const COMPRESSED_VALUE = Buffer.from([0xff, 0x11, 0x02]);

function* compressedValues(bytes: Buffer): Generator<Buffer> {
  for (let at = bytes.indexOf(COMPRESSED_VALUE); at >= 0; at = bytes.indexOf(COMPRESSED_VALUE, at + 1)) {
    const value = unsnappy(bytes.subarray(at + COMPRESSED_VALUE.length));
    if (value !== null) yield value;
  }
}
