/** The way to open, which is replaced again and again. */
import type { UnlockMethodView } from '@enk/p2p-core';
import { vaultPage } from '../vault-page.ts';
import { contact, history, request, tell } from './profile.ts';

const passkey = (n: number) => ({
  kind: 'passkey' as const,
  prfOutput: new Uint8Array(32).fill(n % 251),
  credentialId: Uint8Array.of(n >> 8, n & 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
});

const passcode = (n: number) => ({ kind: 'passcode' as const, text: `${100_000 + n}` });

const isPasskey = ({ kind }: UnlockMethodView): boolean => kind === 'passkey';

/** `kind`: passkeys, whose change takes milliseconds, or passcodes, where most of it is Argon2id. */
export async function changeLock(profile: string, kind: 'passcode' | 'passkey'): Promise<void> {
  const make = kind === 'passkey' ? passkey : passcode;
  await vaultPage.open(profile);
  await request('sendMessage', { contactId: await contact('Ben'), text: 'behind the lock' });
  await request('addUnlockMethod', { current: null, method: make(0) });
  await tell('begun');
  for (let n = 1; ; n++) {
    const way = vaultPage.ways().find(({ kind: of }) => of === kind);
    if (way === undefined) throw new Error('no way to open');
    await request('replaceUnlockMethod', { id: way.id, current: make(n - 1), method: make(n) });
    await tell(`replaced ${n}`);
  }
}

/** One way opens, that of the last acknowledged change or of the one that was under way, and no other. */
export async function checkLock(
  profile: string,
  kind: 'passcode' | 'passkey',
  steps: readonly string[],
): Promise<string[]> {
  const make = kind === 'passkey' ? passkey : passcode;
  const last = Math.max(0, ...steps.map(step => Number(/^replaced (\d+)$/.exec(step)?.[1] ?? 0)));
  const opened = await vaultPage.open(profile);
  if (opened?.kind !== 'locked') return [`opens as ${opened?.kind ?? 'nothing'}`];
  if (opened.methods.length !== 1) return [`${opened.methods.length} ways to open`];
  const wrong: string[] = [];
  const opens: number[] = [];
  const tried = kind === 'passkey' ? [last, last + 1, last - 1] : [last, last + 1];
  for (const n of tried.filter(candidate => candidate >= 0)) {
    const result = await request('unlock', { attempt: make(n) }).then(
      () => 'opened',
      (error: { code: string }) => error.code,
    );
    if (result === 'opened') {
      opens.push(n);
      await request('lock');
    } else if (!/unlock-failed|unknown-unlock-method/.test(result)) wrong.push(`${n}: ${result}`);
  }
  const [one] = opens;
  if (opens.length !== 1 || one === undefined || one < last)
    wrong.push(`after ${last}: ${opens.join(' ')} open`);
  if (one !== undefined) {
    await request('unlock', { attempt: make(one) });
    const texts = (await history(await contact('Ben'))).map(({ text }) => text);
    if (texts.join() !== 'behind the lock') wrong.push(`behind it: ${texts.join()}`);
    if (
      !vaultPage.contacts().some(({ name }) => name === 'Ben') ||
      opened.methods.some(isPasskey) !== (kind === 'passkey')
    )
      wrong.push('something else is there');
  }
  await request('eraseEverything');
  return wrong;
}
