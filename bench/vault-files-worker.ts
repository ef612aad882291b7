/**
 * The worker's part of the file benchmark: one file through the store, against AES-GCM alone over the same chunks at
 * the same concurrency and one after another, a slice of each in turn, so that a busy machine slows both. Each chunk of a slice lies in memory
 * of its own, as those of a real file do: one chunk again and again would stay in the processor's cache.
 */
import { FILE_CHUNK_BYTES, FILE_CHUNKS_AT_ONCE } from '../p2p-core/limits.ts';
import { FileStore } from '../p2p-core/storage/files/file-store.ts';
import { openFileFolder } from '../p2p-core/storage/files/opfs.ts';
import { Vault } from '../p2p-core/storage/vault.ts';

const SLICE_BYTES = 64 * 1024 * 1024;

/** Milliseconds, for each slice of 64 MiB. */
export interface FileRun {
  readonly writeMs: readonly number[];
  readonly encryptMs: readonly number[];
  /** One chunk after another. */
  readonly encryptOneMs: readonly number[];
  /** Bringing all of it to disk, and the index record. */
  readonly commitMs: number;
  readonly readMs: readonly number[];
  readonly decryptMs: readonly number[];
  readonly decryptOneMs: readonly number[];
  /** One read of 4 KiB at a random offset, in a file that was just opened. */
  readonly randomReadMs: readonly number[];
}

/** Writes and reads `bytes` (a multiple of 64 MiB); alone, for its memory, when `withBaseline` is 0. */
export async function runFiles(bytes: number, withBaseline: number): Promise<FileRun> {
  const profile = `bench-${crypto.randomUUID()}`;
  const [vault, folder] = [await Vault.open(profile), await openFileFolder(profile)];
  const store = await FileStore.open(vault, folder);
  const slices = bytes / SLICE_BYTES;
  const source = Array.from({ length: withBaseline ? SLICE_BYTES / FILE_CHUNK_BYTES : 1 }, randomChunk);
  const cipher = await AesAlone.create(source);

  const [writeMs, encryptMs, encryptOneMs]: [number[], number[], number[]] = [[], [], []];
  const writer = await store.create({
    name: 'bench',
    mediaType: 'application/octet-stream',
    createdAtMs: 0,
    expectedBytes: bytes,
  });
  for (let slice = 0; slice < slices; slice++) {
    if (withBaseline) {
      encryptMs.push(await timed(() => cipher.encrypt(FILE_CHUNKS_AT_ONCE)));
      encryptOneMs.push(await timed(() => cipher.encrypt(1)));
    }
    writeMs.push(
      await timed(async () => {
        for (let index = 0; index < SLICE_BYTES / FILE_CHUNK_BYTES; index++)
          await writer.write(source[index % source.length] as Uint8Array);
      }),
    );
  }

  const commitMs = await timed(() => writer.commit());

  const [readMs, decryptMs, decryptOneMs]: [number[], number[], number[]] = [[], [], []];
  const reader = await store.open(writer.id);
  for (let slice = 0; slice < slices; slice++) {
    if (withBaseline) {
      decryptMs.push(await timed(() => cipher.decrypt(FILE_CHUNKS_AT_ONCE)));
      decryptOneMs.push(await timed(() => cipher.decrypt(1)));
    }
    readMs.push(
      await timed(async () => {
        let read = 0;
        for await (const part of reader.chunks(slice * SLICE_BYTES, SLICE_BYTES)) read += part.length;
        if (read !== SLICE_BYTES) throw new Error('short read');
      }),
    );
  }
  const randomReadMs: number[] = [];
  for (let i = 0; i < 200; i++) {
    const offset = Math.floor(Math.random() * (bytes - 4096));
    randomReadMs.push(await timed(() => reader.read(offset, 4096)));
  }
  await reader.close();
  await store.delete(writer.id);
  await store.close();
  await vault.close();
  return { writeMs, encryptMs, encryptOneMs, commitMs, readMs, decryptMs, decryptOneMs, randomReadMs };
}

/** AES-256-GCM over a slice, in chunks, so many of them at once. Nothing is stored. */
class AesAlone {
  private constructor(
    private readonly key: CryptoKey,
    private readonly source: readonly Uint8Array<ArrayBuffer>[],
    private readonly sealed: readonly ArrayBuffer[],
  ) {}

  static async create(source: readonly Uint8Array<ArrayBuffer>[]): Promise<AesAlone> {
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]);
    const seal = (chunk: Uint8Array<ArrayBuffer>) => crypto.subtle.encrypt(algorithm(), key, chunk);
    return new AesAlone(key, source, await Promise.all(source.map(seal)));
  }

  encrypt(atOnce: number): Promise<void> {
    return inTurn(this.source, atOnce, chunk => crypto.subtle.encrypt(algorithm(), this.key, chunk));
  }

  decrypt(atOnce: number): Promise<void> {
    return inTurn(this.sealed, atOnce, chunk => crypto.subtle.decrypt(algorithm(), this.key, chunk));
  }
}

function algorithm(): AesGcmParams {
  return { name: 'AES-GCM', iv: new Uint8Array(12), additionalData: new Uint8Array(46) };
}

async function inTurn<C>(
  chunks: readonly C[],
  atOnce: number,
  one: (chunk: C) => Promise<ArrayBuffer>,
): Promise<void> {
  const running: Promise<ArrayBuffer>[] = [];
  for (const chunk of chunks) {
    running.push(one(chunk));
    if (running.length >= atOnce) await running.shift();
  }
  await Promise.all(running);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function randomChunk(): Uint8Array<ArrayBuffer> {
  const chunk = new Uint8Array(FILE_CHUNK_BYTES);
  for (let at = 0; at < chunk.length; at += 65_536) crypto.getRandomValues(chunk.subarray(at, at + 65_536));
  return chunk;
}
