/** Exports, to a file that was picked and to one of ours, and imports of one. */
import { vaultPage } from '../vault-page.ts';
import { content } from './files.ts';
import { messageText } from './messages.ts';
import { contact, folderNames, history, isOpen, openFileStore, request, tell } from './profile.ts';

/** What the export has. */
const SOURCE_MESSAGES = 300;
const SOURCE_FILES = 3;

/** Of the file that stands for one that a person picked. */
async function picked(): Promise<FileSystemFileHandle> {
  return (await navigator.storage.getDirectory()).getFileHandle('picked.age', { create: true });
}

async function countStored(profile: string, store: string): Promise<number> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open(`enk:${profile}`);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error ?? new Error('IndexedDB'));
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      const counting = database.transaction(store).objectStore(store).count();
      counting.onsuccess = () => resolve(counting.result);
      counting.onerror = () => reject(counting.error ?? new Error('IndexedDB'));
    });
  } finally {
    database.close();
  }
}

/** A profile with a history and files; its export lies in `picked.age`, and beside it to be imported. */
export async function makeSource(profile: string, recipient: string): Promise<void> {
  await vaultPage.open(profile);
  const contactId = await contact('Ben');
  for (let n = 0; n < SOURCE_MESSAGES; n++) {
    await request('sendMessage', { contactId, text: messageText('source', n) });
  }
  for (let n = 1; n <= SOURCE_FILES; n++) await vaultPage.addFile(`source ${n}`, content(n));
  await request('exportVault', { key: { kind: 'recipient', recipient }, to: await picked() });
  const exported = await (await picked()).getFile();
  const root = await navigator.storage.getDirectory();
  const fixture = await root.getFileHandle('fixture.age', { create: true });
  await exported.stream().pipeTo(await fixture.createWritable());
}

export async function exportAgain(profile: string, recipient: string): Promise<void> {
  await vaultPage.open(profile);
  const to = await picked();
  await tell('begun');
  for (let n = 0; ; n++) {
    const key = { kind: 'recipient', recipient } as const;
    await request('exportVault', n % 2 === 0 ? { key, to } : { key });
    await tell(`exported ${n}`);
  }
}

/** The picked file is an export as a whole, the old one or the new one; none of ours lies about. */
export async function checkExported(profile: string, identity: string, scratch: string): Promise<string[]> {
  const opened = await vaultPage.open(profile);
  if (!isOpen(opened)) return [`opens as ${opened?.kind ?? 'nothing'}`];
  const wrong: string[] = [];
  const messages = (await history(await contact('Ben'))).length;
  if (messages !== SOURCE_MESSAGES) wrong.push(`${messages} of ${SOURCE_MESSAGES} messages are left`);
  const files = (await vaultPage.files()).length;
  if (files !== SOURCE_FILES) wrong.push(`${files} of ${SOURCE_FILES} files are left`);
  const lying = await folderNames('enk-exports', profile);
  if (lying.length > 0) wrong.push(`${lying.length} exports lie about`);
  await vaultPage.open(scratch);
  const file = await (await picked()).getFile();
  const report = await request('importVault', { file, secret: { kind: 'identity', identity } }).catch(String);
  const isAll = typeof report === 'object' && report.messagesAdded === SOURCE_MESSAGES;
  if (!isAll) wrong.push(`the picked file: ${JSON.stringify(report)}`);
  await request('eraseEverything');
  return wrong;
}

/** Every second one has somebody and a message already, and keeps its identity. */
export async function makeTargets(profiles: readonly string[]): Promise<void> {
  for (const [index, profile] of profiles.entries()) {
    await vaultPage.open(profile);
    if (index % 2 === 0) continue;
    await request('sendMessage', { contactId: await contact('Cleo'), text: 'before' });
  }
  await vaultPage.close();
}

async function fixture(): Promise<File> {
  const root = await navigator.storage.getDirectory();
  return (await root.getFileHandle('fixture.age')).getFile();
}

export async function importInto(profiles: readonly string[], identity: string): Promise<void> {
  await tell('begun');
  for (const profile of profiles) {
    await vaultPage.open(profile);
    await request('importVault', { file: await fixture(), secret: { kind: 'identity', identity } });
    await tell(`imported ${profile}`);
  }
}

/** Each has all of it or nothing, what was there before in any case; where there is nothing it can be done again. */
export async function checkImported(
  profiles: readonly string[],
  identity: string,
  steps: readonly string[],
): Promise<string[]> {
  const wrong: string[] = [];
  for (const [index, profile] of profiles.entries()) {
    const opened = await vaultPage.open(profile);
    if (!isOpen(opened)) {
      wrong.push(`${profile} opens as ${opened?.kind ?? 'nothing'}`);
      continue;
    }
    const before = index % 2 === 0 ? 0 : 1;
    const found = await importedState(profile);
    const isAll = found === stateWord(SOURCE_MESSAGES, SOURCE_FILES, before);
    const isNone = found === stateWord(0, 0, before);
    if (!isAll && !isNone) wrong.push(`${profile} has ${found}`);
    if (steps.includes(`imported ${profile}`) && !isAll) wrong.push(`${profile} lost its import: ${found}`);
    const report = await request('importVault', {
      file: await fixture(),
      secret: { kind: 'identity', identity },
    }).catch(String);
    const added = typeof report === 'object' ? report.messagesAdded : -1;
    if (added !== (isAll ? 0 : SOURCE_MESSAGES)) wrong.push(`${profile} again: ${JSON.stringify(report)}`);
    await request('eraseEverything');
  }
  return wrong;
}

const stateWord = (messages: number, files: number, before: number): string =>
  `${messages} messages, ${files} files, ${before} before, ${messages + before} stored, ${files} lying`;

async function importedState(profile: string): Promise<string> {
  const count = async (name: string): Promise<number> => {
    const known = vaultPage.contacts().find(candidate => candidate.name === name);
    return known === undefined ? 0 : (await history(known.id)).length;
  };
  const [messages, before] = [await count('Ben'), await count('Cleo')];
  const stored = await countStored(profile, 'messages');
  await openFileStore();
  const lying = (await folderNames('enk', profile)).length;
  const files = (await vaultPage.files()).length;
  return `${messages} messages, ${files} files, ${before} before, ${stored} stored, ${lying} lying`;
}
