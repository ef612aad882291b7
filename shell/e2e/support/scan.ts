/**
 * Looks for secrets in recordings: as UTF-8, UTF-16 (both orders), base64 at each alignment, hex, and bytes as a list
 * of numbers.
 */
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A text that stands nowhere else in the world: `label` and 12 hex digits. */
export function marker(label: string): string {
  return `${label}-${randomBytes(6).toString('hex')}`;
}

export type Secrets = ReadonlyMap<string, string | Uint8Array>;

/** Every form in which `secret` could stand in a recording. */
export function formsOf(secret: string | Uint8Array): readonly Buffer[] {
  const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : Buffer.from(secret);
  const hex = bytes.toString('hex');
  const forms = [bytes, Buffer.from(hex), Buffer.from(hex.toUpperCase()), ...base64Forms(bytes)];
  if (typeof secret === 'string') {
    const utf16 = Buffer.from(secret, 'utf16le');
    forms.push(utf16, Buffer.from(utf16).swap16(), ...base64Forms(utf16));
  } else {
    forms.push(
      Buffer.from(bytes.join(',')),
      Buffer.from([...bytes.entries()].map(([i, byte]) => `"${i}":${byte}`).join(',')),
    );
  }
  return forms.filter(form => form.length >= START_BYTES);
}

/** The characters of base64 and base64url that depend on `bytes` alone, for each of the three alignments. */
function base64Forms(bytes: Buffer): Buffer[] {
  const forms: Buffer[] = [];
  for (const alignment of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(alignment), bytes, Buffer.alloc(2)]);
    const first = Math.ceil((alignment * 8) / 6);
    const last = Math.floor(((alignment + bytes.length) * 8) / 6);
    forms.push(Buffer.from(padded.toString('base64').slice(first, last)));
    forms.push(Buffer.from(padded.toString('base64url').slice(first, last)));
  }
  return forms;
}

const START_BYTES = 4;
const HASH_BITS = 22;

const hashOf = (start: number): number => Math.imul(start, 0x9e37_79b1) >>> (32 - HASH_BITS);

/** Looks for thousands of forms in one pass: their first four bytes decide where it is worth comparing. */
export class SecretScan {
  readonly #byStart = new Map<number, { readonly name: string; readonly form: Buffer }[]>();
  readonly #isStart = new Uint8Array(2 ** HASH_BITS);

  constructor(secrets: Secrets) {
    for (const [name, secret] of secrets) {
      for (const form of formsOf(secret)) {
        const start = form.readUInt32BE(0);
        this.#isStart[hashOf(start)] = 1;
        const known = this.#byStart.get(start) ?? [];
        known.push({ name, form });
        this.#byStart.set(start, known);
      }
    }
  }

  /** Names of the secrets that stand in `haystack`, in any form. */
  find(haystack: Buffer): readonly string[] {
    const found = new Set<string>();
    let start = 0;
    for (let end = 0; end < haystack.length; end++) {
      start = ((start << 8) | (haystack[end] ?? 0)) >>> 0;
      if (this.#isStart[hashOf(start)] === 0) continue;
      const at = end - (START_BYTES - 1);
      for (const { name, form } of this.#byStart.get(start) ?? []) {
        if (at >= 0 && form.equals(haystack.subarray(at, at + form.length))) found.add(name);
      }
    }
    return [...found];
  }
}

/** Which of the named secrets stand in `haystack`, in any form. */
export function findSecrets(haystack: Buffer, secrets: Secrets): readonly string[] {
  return new SecretScan(secrets).find(haystack);
}

/** Paths of all regular files below a folder. */
async function* listTree(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* listTree(path);
    else if (entry.isFile()) yield path;
  }
}

/** All regular files below a folder, one after the other. Files that vanish while we read are passed over. */
export async function* readTree(folder: string): AsyncGenerator<{ path: string; bytes: Buffer }> {
  for await (const path of listTree(folder)) {
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (bytes) yield { path, bytes };
  }
}
