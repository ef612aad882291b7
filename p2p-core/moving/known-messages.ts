/** Which messages of a conversation are here: the same author, incarnation and seq is the same message. P2P-MOV-04. */
import type { MessageRecord } from '../storage/records.ts';

type Numbered = Pick<MessageRecord, 'isMine' | 'incarnation' | 'seq'>;

export class KnownMessages {
  /** author and incarnation → its seqs. */
  readonly #seqs = new Map<string, Set<number>>();

  add(message: Numbered): void {
    const key = authorOf(message);
    const seqs = this.#seqs.get(key) ?? new Set();
    seqs.add(message.seq);
    this.#seqs.set(key, seqs);
  }

  has(message: Numbered): boolean {
    return this.#seqs.get(authorOf(message))?.has(message.seq) ?? false;
  }
}

const authorOf = ({ isMine, incarnation }: Numbered): string => `${isMine ? 'own' : 'peer'} ${incarnation}`;
