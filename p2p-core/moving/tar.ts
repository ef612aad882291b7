/**
 * POSIX tar (ustar), as far as an export needs it: regular files with short ASCII names. Written and read in stream.
 * Sizes above 8 GiB are in GNU's base-256 form, which every tar reads.
 */
import { P2pError } from '../errors.ts';

const BLOCK = 512;
const NAME = /^[A-Za-z0-9._/-]{1,100}$/;

export interface TarEntry {
  readonly name: string;
  readonly sizeBytes: number;
}

/** The header of a file: 512 bytes. `modifiedAtS`: seconds since 1970. */
export function tarHeader({ name, sizeBytes }: TarEntry, modifiedAtS: number): Uint8Array {
  if (!NAME.test(name)) throw new P2pError('internal');
  const header = new Uint8Array(BLOCK);
  const text = (value: string, at: number): void => header.set(new TextEncoder().encode(value), at);
  text(name, 0);
  text('0000600\0', 100);
  text('0000000\0', 108);
  text('0000000\0', 116);
  writeSize(header, sizeBytes);
  text(`${Math.floor(modifiedAtS).toString(8).padStart(11, '0')}\0`, 136);
  text('0', 156);
  text('ustar\0', 257);
  text('00', 263);
  text(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function writeSize(header: Uint8Array, sizeBytes: number): void {
  const octal = sizeBytes.toString(8);
  if (octal.length <= 11) {
    header.set(new TextEncoder().encode(`${octal.padStart(11, '0')}\0`), 124);
    return;
  }
  header[124] = 0x80;
  new DataView(header.buffer).setBigUint64(128, BigInt(sizeBytes));
}

/** Zeros after a file's bytes. */
export function tarPadding(sizeBytes: number): Uint8Array {
  return new Uint8Array((BLOCK - (sizeBytes % BLOCK)) % BLOCK);
}

/** The end of an archive. */
export const TAR_END = new Uint8Array(2 * BLOCK);

function checksum(header: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : (header[i] as number);
  return sum;
}

export interface ReadEntry extends TarEntry {
  /** The bytes; read to the end before the next entry is asked for, or skipped by not asking. */
  readonly bytes: AsyncGenerator<Uint8Array, void, undefined>;
}

/** Entries in order. Throws P2pError `export-malformed` for anything that tarHeader does not write. */
export async function* readTar(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<ReadEntry, void, undefined> {
  const source = new ByteReader(stream);
  for (;;) {
    const header = await source.take(BLOCK);
    if (header.every(byte => byte === 0)) return source.expectZeros();
    const entry = parseHeader(header);
    let left = entry.sizeBytes;
    async function* bytes(): AsyncGenerator<Uint8Array, void, undefined> {
      while (left > 0) {
        const part = await source.some(left);
        left -= part.length;
        yield part;
      }
    }
    yield { ...entry, bytes: bytes() };
    while (left > 0) left -= (await source.some(left)).length;
    await source.take(tarPadding(entry.sizeBytes).length);
  }
}

function parseHeader(header: Uint8Array): TarEntry {
  const text = (at: number, length: number): string =>
    new TextDecoder().decode(header.subarray(at, at + length)).replace(/[\0 ].*$/su, '');
  const name = text(0, 100);
  const isRight =
    NAME.test(name) &&
    text(257, 6) === 'ustar' &&
    text(156, 1) === '0' &&
    Number.parseInt(text(148, 8), 8) === checksum(header);
  const sizeBytes =
    header[124] === 0x80
      ? Number(new DataView(header.buffer, header.byteOffset).getBigUint64(128))
      : Number.parseInt(text(124, 12), 8);
  if (!isRight || !Number.isSafeInteger(sizeBytes)) throw new P2pError('export-malformed');
  return { name, sizeBytes };
}

/** Takes exact amounts from a stream. */
class ByteReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** At least one and at most `limit` bytes. */
  async some(limit: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#reader.read();
      if (done) throw new P2pError('export-malformed');
      this.#rest = value;
    }
    const part = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  async take(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const part = await this.some(length - at);
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  /** Reads to the end, so that the end is authenticated too. */
  async expectZeros(): Promise<void> {
    for (;;) {
      if (this.#rest.some(byte => byte !== 0)) throw new P2pError('export-malformed');
      const { done, value } = await this.#reader.read();
      if (done) return;
      this.#rest = value;
    }
  }
}
