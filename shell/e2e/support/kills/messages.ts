/** Messages that are written and deleted. */
import { vaultPage } from '../vault-page.ts';
import { contact, history, isOpen, request, tell } from './profile.ts';

export async function writeMessages(profile: string, run: string): Promise<void> {
  await vaultPage.open(profile);
  const contactId = await contact('Ben');
  await tell('begun');
  for (let n = 0; ; n++) {
    await request('sendMessage', { contactId, text: messageText(run, n) });
    await tell(`sent ${run} ${n}`);
    if (n % 10 !== 9) continue;
    const { messages } = await request('listMessages', { contactId, limit: 5 });
    const [oldest] = messages;
    if (oldest === undefined) continue;
    const deleted = oldest.text.split(' ').slice(0, 2).join(' ');
    await request('deleteMessages', { contactId, positions: [oldest.position], forEveryone: false });
    await tell(`deleted ${deleted}`);
  }
}

export const messageText = (run: string, n: number): string => `${run} ${n} ${'ü'.repeat((n * 131) % 4_000)}`;

/** Every acknowledged message is there once, whole and in order; what was deleted is not; at most one more per run is. */
export async function checkMessages(profile: string, steps: readonly string[]): Promise<string[]> {
  const opened = await vaultPage.open(profile);
  if (!isOpen(opened)) return [`opens as ${opened?.kind ?? 'nothing'}`];
  const wrong: string[] = [];
  const shown = await history(await contact('Ben'));
  const names = shown.map(({ text }) => text.split(' ').slice(0, 2).join(' '));
  const of = (kind: string): string[] =>
    steps.filter(step => step.startsWith(`${kind} `)).map(step => step.slice(kind.length + 1));
  const deleted = new Set(of('deleted'));
  const wanted = of('sent').filter(name => !deleted.has(name));
  for (const name of wanted) if (!names.includes(name)) wrong.push(`lost: ${name}`);
  for (const name of names) if (deleted.has(name)) wrong.push(`is back: ${name}`);
  if (new Set(names).size !== names.length) wrong.push('something is there twice');
  for (const { text } of shown) {
    const [run = '', n = ''] = text.split(' ');
    if (text !== messageText(run, Number(n))) wrong.push(`half a message: ${run} ${n}`);
  }
  const known = new Set(of('sent'));
  for (const [run, extra] of countBy(names.filter(name => !known.has(name)))) {
    if (extra > 1) wrong.push(`${extra} that nobody was told of in run ${run}`);
  }
  // A deletion that was not acknowledged may have happened too: one for each run.
  return wrong.filter(line => !isLastDeletion(line, steps, wanted));
}

/** A message may be gone by a deletion whose acknowledgement was killed: the oldest of the five newest of its run. */
function isLastDeletion(line: string, steps: readonly string[], wanted: readonly string[]): boolean {
  const [, run = '', n = ''] = /^lost: (\S+) (\d+)$/.exec(line) ?? [];
  if (run === '') return false;
  const last = wanted.filter(name => name.startsWith(`${run} `)).at(-1);
  const index = Number(last?.split(' ')[1]);
  const isDue = index % 10 === 9 && !steps.includes(`deleted ${run} ${n}`);
  return isDue && Number(n) === index - 4;
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) {
    const run = name.split(' ')[0] ?? '';
    counts.set(run, (counts.get(run) ?? 0) + 1);
  }
  return counts;
}
