/** Files for lab-page.ts: sends one out of the vault, takes what comes, and counts what leaves for it. */
import type { ContactId, EnkClient, EnkEvent, EnkParams, TransferView } from '@enk/p2p-core';

const PIECE_BYTES = 2 ** 20;

/** A file of a folder, as a test hands it over. */
export interface LabFile {
  readonly path: string;
  readonly base64: string;
}

interface LabFilesOptions {
  client(): EnkClient;
  contactId(): ContactId | undefined;
  until(holds: () => boolean): Promise<void>;
}

function randomPiece(): Uint8Array<ArrayBuffer> {
  const piece = new Uint8Array(PIECE_BYTES);
  for (let at = 0; at < piece.length; at += 65_536) crypto.getRandomValues(piece.subarray(at, at + 65_536));
  return piece;
}

/** As many bytes, a random part again and again with its number in front: a moved part shows. */
function numberedBlob(sizeBytes: number): Blob {
  const part = randomPiece();
  const parts: BlobPart[] = [];
  for (let at = 0; at < sizeBytes; at += PIECE_BYTES) {
    new DataView(part.buffer).setUint32(0, at / PIECE_BYTES);
    parts.push(new Blob([part.subarray(0, Math.min(PIECE_BYTES, sizeBytes - at))]));
  }
  return new Blob(parts);
}

export class LabFiles {
  readonly #options: LabFilesOptions;
  #transfers: readonly TransferView[] = [];

  constructor(options: LabFilesOptions) {
    this.#options = options;
  }

  /** An event of the client. */
  take(event: EnkEvent): void {
    if (event.type === 'transfers') this.#transfers = event.transfers;
  }

  async send(sizeBytes: number): Promise<void> {
    const file = numberedBlob(sizeBytes);
    await this.#offer(await this.#options.client().request('addFile', { file, name: 'film.bin' }));
  }

  /**
   * Sends a file that is made piece by piece and never was in memory as a whole: from the disk, unsealed here, as one
   * that a person picks. Gives its `digest`.
   */
  async sendFromDisk(sizeBytes: number): Promise<string> {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle('made.bin', { create: true });
    const writable = await handle.createWritable();
    const piece = randomPiece();
    let hash = new Uint8Array(32);
    for (let at = 0; at < sizeBytes; at += PIECE_BYTES) {
      new DataView(piece.buffer).setUint32(0, at / PIECE_BYTES);
      const part = piece.subarray(0, Math.min(PIECE_BYTES, sizeBytes - at));
      hash = await chain(hash, part);
      await writable.write(part);
    }
    await writable.close();
    await this.#send({ kind: 'blob', blob: await handle.getFile(), name: 'made.bin' });
    return hex(hash.buffer);
  }

  async sendFolder(name: string, files: readonly LabFile[]): Promise<void> {
    const blobs = files.map(({ path, base64 }) => {
      const bytes = Uint8Array.from(atob(base64), char => char.charCodeAt(0));
      return { path, file: new Blob([bytes]) };
    });
    await this.#offer(await this.#options.client().request('addFolder', { name, files: blobs }));
  }

  #offer(fileId: string): Promise<void> {
    return this.#send({ kind: 'stored', fileId });
  }

  async #send(what: EnkParams<'sendFile'>['what']): Promise<void> {
    const contactId = this.#options.contactId();
    if (contactId === undefined) throw new Error('there is nobody to send to');
    await this.#options.client().request('sendFile', { contactId, what, caption: '' });
  }

  /** Says yes to the offer that comes. */
  async accept(): Promise<void> {
    const offer = (): TransferView | undefined => this.#transfers.find(({ state }) => state === 'offered');
    await this.#options.until(() => offer() !== undefined);
    const { id: transferId } = offer() as TransferView;
    await this.#options.client().request('answerTransfer', { transferId, accept: true });
  }

  /** Bytes of the newest transfer that have come; null while nothing is known. */
  doneBytes(): number | null {
    return this.#transfers.at(-1)?.doneBytes ?? null;
  }

  isDone(): boolean {
    return this.#transfers.at(-1)?.state === 'done';
  }

  /** The newest transfer's folder: each path with the SHA-256 of what is stored here, hex. */
  async folderHashes(): Promise<Record<string, string>> {
    const client = this.#options.client();
    const fileId = this.#transfers.at(-1)?.fileId ?? '';
    const hashes: Record<string, string> = {};
    for (const { path, offset, sizeBytes } of await client.request('listFolder', { fileId })) {
      hashes[path] = hex(
        await sha256(await client.request('readFile', { fileId, offset, length: sizeBytes })),
      );
    }
    return hashes;
  }

  /** A hash over all of the newest transfer's file as it is stored here, hex. */
  async digest(): Promise<string> {
    const { fileId, sizeBytes } = this.#transfers.at(-1) as TransferView;
    if (fileId === null) throw new Error('there is no file');
    let hash = new Uint8Array(32);
    for (let offset = 0; offset < sizeBytes; offset += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, sizeBytes - offset);
      const piece = await this.#options.client().request('readFile', { fileId, offset, length });
      hash = await chain(hash, piece);
    }
    return hex(hash.buffer);
  }
}

/** A hash over everything so far and one piece more. */
async function chain(hash: Uint8Array, piece: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const input = new Uint8Array([...hash, ...new Uint8Array(await sha256(piece))]);
  return new Uint8Array(await sha256(input));
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), byte => byte.toString(16).padStart(2, '0')).join('');
}

function sha256(bytes: Uint8Array): Promise<ArrayBuffer> {
  return crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
}
