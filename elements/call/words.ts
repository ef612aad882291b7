/** What a call says of itself: words from facts. */
import type { CallPath, CallSnapshot, CallView, ContactView, MemberMedia } from '@enk/context';
import { strings } from '@enk/internal';

export type MemberOfCall = CallView['members'][number];

/** Those who are in it or about to be: not the ones who left. */
export function present(call: CallView): readonly MemberOfCall[] {
  const here = call.members.filter(({ phase }) => phase !== 'gone');
  return here.length === 0 ? call.members.slice(0, 1) : here;
}

export function nameOf(contact: ContactView | undefined): string {
  return contact?.name ?? '?';
}

/** The line under the name. */
export function phaseWords(call: CallView, contact: ContactView | undefined): string {
  const texts = strings().call;
  switch (call.phase) {
    case 'incoming':
      return call.isVideo ? texts.incoming.video : texts.incoming.voice;
    case 'calling': {
      if (call.members[0]?.phase === 'ringing') return texts.ringing;
      return contact?.connection.kind === 'ready' ? texts.calling : texts.waiting;
    }
    case 'connecting':
      return texts.connecting;
    case 'active':
      return '';
    case 'ended':
      return call.endReason === null ? '' : texts.end[call.endReason];
  }
}

/** How long it has lasted, as 0:42 or 1:02:03. */
export function duration(startedAtMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - startedAtMs) / 1_000));
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Encryption in words; whether something is sealed right now. */
export function securityWords({ sealedEpoch, trouble }: CallSnapshot): {
  readonly text: string;
  readonly isSealed: boolean;
} {
  const texts = strings().call.security;
  const isSealed = sealedEpoch !== null && trouble === null;
  const none = trouble === null ? texts.shortNone : texts.shortStopped;
  return { text: isSealed ? texts.short : none, isSealed };
}

/** How media go, in words: one sentence for all, or one for those of each way. */
export function pathWords(members: readonly MemberMedia[], contacts: readonly ContactView[]): string {
  const { path, pathWith } = strings().call;
  const names = new Map<Exclude<CallPath, null>, string[]>();
  for (const member of members) {
    if (member.path === null) continue;
    const name = nameOf(contacts.find(({ id }) => id === member.contactId));
    names.set(member.path, [...(names.get(member.path) ?? []), name]);
  }
  const [first, ...others] = names.keys();
  if (first === undefined) return path.unknown;
  if (others.length === 0) return path[first];
  return [...names].map(([way, of]) => pathWith(of.join(', '), path[way])).join(' ');
}

/** A digit group a word: sixty digits are read out in fives. */
export function digitGroups(digits: string): string {
  return digits.replaceAll(/\D/g, '').replaceAll(/(.{5})(?=.)/g, '$1 ');
}
