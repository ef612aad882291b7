/** Files that are put into the vault and deleted. */
import type { FileView } from '@enk/p2p-core';
import { vaultPage } from '../vault-page.ts';
import { folderNames, isOpen, openFileStore, request, tell } from './profile.ts';

const FILE_STEP_BYTES = 350_000;

/** Bytes of the nth file of a run, as long as n says, and unlike every other file's. */
export function content(n: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(((n * FILE_STEP_BYTES) % 4_000_000) / 4 + 3);
  let state = n + 1;
  for (let at = 0; at < words.length; at++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b_3c6d) + at;
    words[at] = state;
  }
  return new Uint8Array(words.buffer);
}

async function isWhole({ id, sizeBytes }: FileView, wanted: Uint8Array): Promise<boolean> {
  if (sizeBytes !== wanted.length) return false;
  for (let offset = 0; offset < sizeBytes; offset += 4_000_000) {
    const length = Math.min(4_000_000, sizeBytes - offset);
    const part = await request('readFile', { fileId: id, offset, length });
    if (part.some((byte, at) => byte !== wanted[offset + at])) return false;
  }
  return true;
}

export async function writeFiles(profile: string, run: string): Promise<void> {
  await vaultPage.open(profile);
  await tell('begun');
  let previous: string | null = null;
  for (let n = 0; ; n++) {
    const id = await vaultPage.addFile(`${run} ${n}`, content(n));
    await tell(`added ${run} ${n}`);
    if (previous !== null) {
      await request('deleteFile', { fileId: previous });
      await tell(`removed ${run} ${n - 1}`);
    }
    previous = n % 3 === 0 ? id : null;
  }
}

/** Every acknowledged file is there and whole, every other one that is there is whole too, and nothing lies about. */
export async function checkFiles(profile: string, steps: readonly string[]): Promise<string[]> {
  const opened = await vaultPage.open(profile);
  if (!isOpen(opened)) return [`opens as ${opened?.kind ?? 'nothing'}`];
  await openFileStore();
  const wrong: string[] = [];
  const files = await vaultPage.files();
  const removed = new Set(
    steps.filter(step => step.startsWith('removed ')).map(step => step.slice('removed '.length)),
  );
  const added = steps.filter(step => step.startsWith('added ')).map(step => step.slice('added '.length));
  const runs = new Map(added.map(name => [name.split(' ')[0] ?? '', name]));
  for (const name of added) {
    // The removal of the file before the last one may have happened without being told.
    const [run = '', n = ''] = name.split(' ');
    const lastOfRun = Number(runs.get(run)?.split(' ')[1]);
    const isBeingRemoved = Number(n) % 3 === 0 && Number(n) === lastOfRun - 1;
    const isThere = files.some(file => file.name === name);
    if (removed.has(name) ? isThere : !isThere && !isBeingRemoved) {
      wrong.push(`${removed.has(name) ? 'is back' : 'lost'}: ${name}`);
    }
  }
  for (const file of files) {
    if (!(await isWhole(file, content(Number(file.name.split(' ')[1])))))
      wrong.push(`half a file: ${file.name}`);
  }
  const onDisk = (await folderNames('enk', profile)).length;
  if (onDisk > files.length) wrong.push(`${onDisk} files lie there for ${files.length}`);
  return wrong;
}
