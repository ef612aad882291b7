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

/** Every form in which `secret` could stand in a recording. */
export function formsOf(secret: string | Uint8Array): readonly Buffer[] {
  const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : Buffer.from(secret);
  const hex = bytes.toString('hex');
  const forms = [bytes, Buffer.from(hex), Buffer.from(hex.toUpperCase()), ...base64Forms(bytes)];
  if (typeof secret === 'string') {
    const utf16 = Buffer.from(secret, 'utf16le');
    forms.push(utf16, Buffer.from(utf16).swap16());
  } else {
    forms.push(
      Buffer.from(bytes.join(',')),
      Buffer.from([...bytes.entries()].map(([i, byte]) => `"${i}":${byte}`).join(',')),
    );
  }
  return forms.filter(form => form.length >= 4);
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

/** Which of the named secrets stand in `haystack`, in any form. */
export function findSecrets(
  haystack: Buffer,
  secrets: ReadonlyMap<string, string | Uint8Array>,
): readonly string[] {
  return [...secrets]
    .filter(([, secret]) => formsOf(secret).some(form => haystack.includes(form)))
    .map(([name]) => name);
}

/** All regular files below a folder, each with its bytes. Files that vanish while we read are passed over. */
export async function readTree(folder: string): Promise<{ path: string; bytes: Buffer }[]> {
  const files: { path: string; bytes: Buffer }[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await readTree(path)));
    else if (entry.isFile()) {
      const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      if (bytes) files.push({ path, bytes });
    }
  }
  return files;
}
