/** Stores of schema 1 that are opened. */
import { copyProfile } from '../../../../p2p-core/test/support/copy-profile.ts';
import { Schema1Store } from '../../../../p2p-core/test/support/schema-1-store.ts';
import { vaultPage } from '../vault-page.ts';
import { history, isOpen, request, tell } from './profile.ts';

const OLD_MESSAGES = 410;
const OLD_FIXTURE = 'old-fixture';

export async function makeOld(profiles: readonly string[]): Promise<void> {
  const known = await indexedDB.databases();
  if (!known.some(({ name }) => name === `enk:${OLD_FIXTURE}`)) {
    await Schema1Store.withMessages(OLD_FIXTURE, OLD_MESSAGES);
  }
  for (const profile of profiles) await copyProfile(OLD_FIXTURE, profile);
}

export async function migrate(profiles: readonly string[]): Promise<void> {
  await tell('begun');
  for (const profile of profiles) {
    await vaultPage.open(profile);
    await tell(`migrated ${profile}`);
  }
}

export async function checkMigrated(profiles: readonly string[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const profile of profiles) {
    const opened = await vaultPage.open(profile);
    if (!isOpen(opened)) {
      wrong.push(`${profile} opens as ${opened?.kind ?? 'nothing'}`);
      continue;
    }
    const [ben] = vaultPage.contacts();
    const texts = ben === undefined ? [] : (await history(ben.id)).map(({ text }) => text);
    const isSame =
      texts.length === OLD_MESSAGES && texts.every((text, position) => text === `old ${position} ✓`);
    if (!isSame) wrong.push(`${profile} has ${texts.length} of ${OLD_MESSAGES} messages`);
    await request('eraseEverything');
  }
  return wrong;
}
