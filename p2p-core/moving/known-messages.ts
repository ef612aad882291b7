/**
 * Which messages of a conversation are here: the same author, incarnation and seq is the same message, also under the
 * number that it had before an import gave it another. Lines about timers have no number: the same change at the same
 * time is the same line. P2P-MOV-04.
 */
import type { MessageRecord } from '../storage/records.ts';

type Numbered = Pick<
  MessageRecord,
  'kind' | 'isMine' | 'incarnation' | 'seq' | 'sentAtMs' | 'timer' | 'origin'
>;

export class KnownMessages {
  /** What numbers are of → numbers. */
  readonly #numbers = new Map<string, Set<number>>();

  add(message: Numbered): void {
    for (const [of, number] of namesOf(message)) {
      const numbers = this.#numbers.get(of) ?? new Set();
      numbers.add(number);
      this.#numbers.set(of, numbers);
    }
  }

  has(message: Numbered): boolean {
    return namesOf(message).some(([of, number]) => this.#numbers.get(of)?.has(number));
  }
}

function namesOf({ kind, isMine, incarnation, seq, sentAtMs, timer, origin }: Numbered): [string, number][] {
  const author = isMine ? 'own' : 'peer';
  if (kind === 'timer' || kind === 'message-timer') {
    return [[`${author} ${kind} ${timer?.startsAt} ${timer?.lifetimeS}`, sentAtMs]];
  }
  const names: [string, number][] = [[`${author} ${incarnation}`, seq]];
  if (origin !== undefined) names.push([`${author} ${origin.incarnation}`, origin.seq]);
  return names;
}
