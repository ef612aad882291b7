/**
 * The vault's write-ahead journal: what a unit of work writes is durable once its entry is flushed here, and the
 * database follows without a flush of its own. An entry holds sealed records and hashed names only, as the database
 * does. P2P-JRN-01 … P2P-JRN-04.
 *
 *     file:   entry ‖ entry ‖ … ‖ whatever stood there before
 *     entry:  u32 length of body ‖ first 16 bytes of SHA-256(body) ‖ body
 *     body:   u64 revision that the unit makes ‖ change ‖ change ‖ …
 *
 * The file never grows: when an entry does not fit, its unit is committed by the database itself, with a flush that
 * covers all before it, and the journal starts over at its beginning. Entries count while they are whole and their
 * revisions follow one another, so what is left of earlier rounds, or was torn by a crash, ends the journal.
 */
import { bytesEqual } from '../bytes-equal.ts';
import { type SealedChange, decodeChanges, encodeChanges } from './sealed-change.ts';

/** A file that is written in place and flushed: the part of FileSystemSyncAccessHandle that the journal uses. */
export interface JournalFile {
  read(into: Uint8Array, options: { readonly at: number }): number;
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  flush(): void;
  getSize(): number;
  close(): void;
}

/** What one unit of work writes, and the vault's revision after it. */
export interface JournalEntry {
  readonly revision: number;
  readonly changes: readonly SealedChange[];
}

const DIGEST_BYTES = 16;
const HEAD_BYTES = 4 + DIGEST_BYTES;
const REVISION_BYTES = 8;

export class Journal {
  readonly #file: JournalFile;
  readonly #sizeBytes: number;
  #found: JournalEntry[] = [];
  /** Where the next entry goes. */
  #at = 0;

  private constructor(file: JournalFile) {
    this.#file = file;
    this.#sizeBytes = file.getSize();
  }

  /** Reads what stands in the file, which is the journal's from here on. */
  static async open(file: JournalFile): Promise<Journal> {
    const journal = new Journal(file);
    await journal.#scan();
    return journal;
  }

  async #scan(): Promise<void> {
    const bytes = new Uint8Array(this.#sizeBytes);
    this.#file.read(bytes, { at: 0 });
    for (;;) {
      const body = await readBody(bytes.subarray(this.#at));
      if (body === null) return;
      const entry = readEntry(body);
      const last = this.#found.at(-1);
      if (last !== undefined && entry.revision !== last.revision + 1) return;
      this.#found.push(entry);
      this.#at += HEAD_BYTES + body.length;
    }
  }

  /**
   * What the database at `revision` has not got, in order; once. Empty also when the journal does not continue that
   * revision: the database is another copy then, older or newer, and entries would mix two histories.
   */
  takeAfter(revision: number): readonly JournalEntry[] {
    const newer = this.#found.filter(entry => entry.revision > revision);
    const missing = newer[0]?.revision === revision + 1 ? newer : [];
    // What comes next must follow the last entry; after a unit that the database flushed itself it would not.
    if (this.#found.at(-1)?.revision !== revision + missing.length) this.restart();
    this.#found = [];
    return missing;
  }

  /**
   * Writes and flushes an entry. False when it has no room; the caller then commits by a flush of the database and
   * calls `restart`. Throws what the file throws; the entry may then stand in the file or not.
   */
  async append({ revision, changes }: JournalEntry): Promise<boolean> {
    const body = encodeChanges(changes, REVISION_BYTES);
    new DataView(body.buffer).setBigUint64(0, BigInt(revision));
    const lengthBytes = HEAD_BYTES + body.length;
    if (this.#at + lengthBytes > this.#sizeBytes) return false;
    const entry = new Uint8Array(lengthBytes);
    new DataView(entry.buffer).setUint32(0, body.length);
    entry.set(await digest(body), 4);
    entry.set(body, HEAD_BYTES);
    if (this.#file.write(entry, { at: this.#at }) !== lengthBytes) return false;
    this.#file.flush();
    this.#at += lengthBytes;
    return true;
  }

  /** Goes back to the beginning. Only after a flush of the database that holds everything before it. */
  restart(): void {
    this.#at = 0;
  }

  close(): void {
    this.#file.close();
  }
}

/** Body of the entry at the start of `bytes`; null when no whole one stands there. */
async function readBody(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer> | null> {
  if (bytes.length < HEAD_BYTES) return null;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (length < REVISION_BYTES || length > bytes.length - HEAD_BYTES) return null;
  const body = bytes.slice(HEAD_BYTES, HEAD_BYTES + length);
  return bytesEqual(await digest(body), bytes.subarray(4, HEAD_BYTES)) ? body : null;
}

function readEntry(body: Uint8Array<ArrayBuffer>): JournalEntry {
  const revision = Number(new DataView(body.buffer).getBigUint64(0));
  return { revision, changes: decodeChanges(body, REVISION_BYTES) };
}

async function digest(body: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', body)).subarray(0, DIGEST_BYTES);
}
