/** What every kind of work in the page that is killed needs of an open profile. */
import type { ContactId, MessageView, ProfileView } from '@enk/p2p-core';
import { vaultPage } from '../vault-page.ts';

const PAGE_MESSAGES = 200;

export const { request } = vaultPage;

export async function contact(name: string): Promise<ContactId> {
  const known = vaultPage.contacts().find(candidate => candidate.name === name);
  if (known !== undefined) return known.id;
  const letter = String.fromCharCode(97 + (name.length % 20));
  return request('addByPeerId', { peerId: letter.repeat(32), name });
}

export async function history(contactId: ContactId): Promise<MessageView[]> {
  const all: MessageView[] = [];
  for (let hasOlder = true; hasOlder;) {
    const before = all[0] ? { beforePosition: all[0].position } : {};
    const page = await request('listMessages', { contactId, limit: PAGE_MESSAGES, ...before });
    all.unshift(...page.messages);
    hasOlder = page.hasOlder;
  }
  return all;
}

/** It opens, and tidies up, with the first file that is asked for. */
export async function openFileStore(): Promise<void> {
  const code: unknown = await request('inspectFile', { fileId: 'AAAAAAAAAAAAAAAAAAAAAA' }).then(
    () => 'found',
    (error: { code: string }) => error.code,
  );
  if (code !== 'unknown-file') throw new Error(`a file that nobody has: ${String(code)}`);
}

export async function folderNames(...path: readonly string[]): Promise<string[]> {
  let folder = await navigator.storage.getDirectory();
  try {
    for (const name of path) folder = await folder.getDirectoryHandle(name);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return [];
    throw error;
  }
  const names: string[] = [];
  for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(name);
  return names;
}

/** Nobody has given these profiles a name, but the old ones. */
export const isOpen = (profile: ProfileView | null): boolean =>
  profile?.kind === 'open' || profile?.kind === 'needs-name';

/** Resolves when the test has it: what it was not told of is one step at most. */
export const tell = (step: string): Promise<void> => window.acknowledged(step);
