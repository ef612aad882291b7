/**
 * What one person wrote to another, and what the other has of it: the model that storage is compared with.
 *
 * Without a restore, `received` is at every moment a prefix of `sent`, and equal to it at rest: exactly once, in
 * order. A restore moves the place from which messages must come next, and exactly so:
 *
 *  - the AUTHOR went back to a copy with `k` messages, of which the first `a` are acknowledged. What the original had
 *    on the wire may still arrive, in its order, until the copy's first message does. When the reader has nothing
 *    beyond `k`, nothing changes. Else the copy starts a new incarnation: what it still held as pending (from `a` or,
 *    when the reader got beyond `k` only later, from where they last were in step) comes again under new ids, in
 *    order, then what is written from now on. So it may also do when the two came back in step after a restore since
 *    the copy: the original may have numbered anew what the copy holds as pending, and the reader then has it under ids
 *    that the copy does not know (P2P-DEL-08: it can arrive twice, nothing is lost).
 *  - the READER went back to a copy with fewer messages. With a common pair secret everything it lost comes again.
 *    Without one (a stranger with the right key could be the reader) nothing comes again that was acknowledged;
 *    what waits does.
 *
 * Where both went back since they last were in step, the next message may come from any place; from it on the rule
 * is exact again.
 */

export class TranscriptError extends Error {
  override readonly name = 'TranscriptError';
}

interface Sent {
  readonly text: string;
  /** sendMessage resolved: it must survive any crash. */
  isDurable: boolean;
}

/** Where the next message may come from: an index into `sent`. */
type Next =
  | { readonly kind: 'exact'; readonly at: number }
  /** The reader lost messages: from `lost` on when it is known by its pair secret, else from what waited. */
  | { readonly kind: 'reader-restored'; readonly lost: number; readonly acked: number; readonly had: number }
  | {
      readonly kind: 'author-restored';
      /** What the original had written, and where the reader is in it. */
      readonly original: readonly string[];
      readonly at: number;
      /** The copy's messages and the first unacknowledged one. */
      readonly copied: number;
      readonly pendingFrom: number;
      /** The original may have given the copy's pending messages new ids since the copy. */
      readonly mayBeRenumbered: boolean;
    }
  | { readonly kind: 'anywhere' };

/** What the model says at the moment of a copy, of the author's or of the reader's storage. */
export interface TranscriptCopy {
  readonly received: readonly string[];
  readonly next: Next;
  /** How often the author had been restored. */
  readonly authorLife: number;
  /** How often the two had come back in step. */
  readonly returns: number;
}

export class Transcript {
  readonly name: string;
  #sent: Sent[] = [];
  #received: string[] = [];
  /** Of all lives of the author. */
  readonly #everWritten = new Set<string>();
  #next: Next = { kind: 'exact', at: 0 };
  #authorLife = 0;
  /** How often the two came back in step after a restore: each time the author may have started an incarnation. */
  #returns = 0;
  /** A handshake without a common secret was answered since the reader's restore. */
  #metAsStrangers = false;
  /** The author's copy knows less than the reader: the author must be told. */
  authorMustLearn = false;
  /** The reader's copy lacks what the author knows to be acknowledged: the author must be told. */
  lossMustShow = false;
  /** Since the last rest. */
  isRestored = false;
  #wasEverRestored = false;

  constructor(name: string) {
    this.name = name;
  }

  get sentCount(): number {
    return this.#sent.length;
  }

  get receivedCount(): number {
    return this.#received.length;
  }

  get received(): readonly string[] {
    return this.#received;
  }

  get sent(): readonly string[] {
    return this.#sent.map(({ text }) => text);
  }

  // ---------------------------------------------------------------- without restores

  /** The author asks for a message to be sent; durable when the returned function is called. */
  wrote(text: string): () => void {
    const sent: Sent = { text, isDurable: false };
    this.#sent.push(sent);
    this.#everWritten.add(text);
    return () => {
      sent.isDurable = true;
    };
  }

  /** The reader stored a message. */
  store(text: string): void {
    const ofOriginal = this.#isOfOriginal(text);
    if (ofOriginal === null) this.#inStepAt(this.#expected(text) + 1);
    else this.#next = ofOriginal;
    this.#received.push(text);
  }

  #inStepAt(at: number): void {
    if (this.#next.kind !== 'exact') this.#returns += 1;
    this.#next = { kind: 'exact', at };
  }

  #isOfOriginal(text: string): Next | null {
    const next = this.#next;
    const isLate = next.kind === 'anywhere' && !this.sent.includes(text) && this.#everWritten.has(text);
    if (isLate) return next;
    if (next.kind !== 'author-restored' || next.original[next.at] !== text) return null;
    return { ...next, at: next.at + 1 };
  }

  #expected(text: string): number {
    const next = this.#next;
    const isAt = (index: number): boolean => this.#sent[index]?.text === text;
    if (next.kind === 'exact') {
      if (isAt(next.at)) return next.at;
      this.#fail(`stored ${quote(text)}, expected ${quote(this.#sent[next.at]?.text)}`);
    }
    const index = this.#sent.findIndex(sent => sent.text === text);
    if (index === -1) this.#fail(`stored ${quote(text)}, which nobody wrote`);
    if (next.kind === 'anywhere') return index;
    if (next.kind === 'author-restored') {
      const [first, last] = next.at <= next.copied ? [next.at, next.at] : [next.pendingFrom, next.copied];
      if (index >= first && index <= last) return index;
      // All that waited comes again, and only where that skips nothing.
      if (next.mayBeRenumbered && index === next.pendingFrom && index < next.at) return index;
      this.#fail(
        `stored ${quote(text)} at ${index} after the author's restore, expected ${first} to ${last}`,
      );
    }
    if (index === next.lost) return index;
    const isAllowed = this.#metAsStrangers && index >= next.acked && index <= next.had;
    if (!isAllowed)
      this.#fail(
        `stored ${quote(text)} at ${index} after the reader's restore, expected ${next.lost}, or ${next.acked} to ${next.had} among strangers (${this.#metAsStrangers})`,
      );
    return index;
  }

  /** The author's device came back: what is stored is what was asked for, but for a tail that nobody was promised. */
  authorCameBack(stored: readonly string[]): void {
    const expected = this.#sent.slice(0, stored.length).map(({ text }) => text);
    if (!isSame(expected, stored)) this.#fail("the author's own messages changed");
    const lost = this.#sent.slice(stored.length);
    if (lost.some(({ isDurable }) => isDurable)) this.#fail('a message that was durable is gone');
    if (this.#next.kind === 'exact' && this.#next.at > stored.length) {
      this.#fail('the reader has a message that the author had not stored');
    }
    this.#sent = this.#sent.slice(0, stored.length).map(({ text }) => ({ text, isDurable: true }));
  }

  /** The reader's device came back: it has what it showed, and perhaps a little more. */
  readerCameBack(stored: readonly string[]): void {
    if (!isSame(stored.slice(0, this.#received.length), this.#received)) {
      this.#fail("the reader's messages changed");
    }
    for (const text of stored.slice(this.#received.length)) this.store(text);
  }

  // ---------------------------------------------------------------- restores

  copy(): TranscriptCopy {
    const [authorLife, returns] = [this.#authorLife, this.#returns];
    return { received: [...this.#received], next: this.#next, authorLife, returns };
  }

  /** The author went back to a copy that has these own messages, the last `pending` of them unacknowledged. */
  authorRestored(copy: TranscriptCopy, stored: readonly string[], pending: number): void {
    const isClear = this.#next.kind === 'exact' && copy.authorLife === this.#authorLife;
    if (isClear && !isSame(this.sent.slice(0, stored.length), stored)) {
      this.#fail("the author's copy is not what was copied");
    }
    this.isRestored = true;
    this.#wasEverRestored = true;
    this.#authorLife += 1;
    const next = this.#next;
    const original = this.sent;
    this.#sent = stored.map(text => ({ text, isDurable: true }));
    // What the original knew to be acknowledged, or was told, went with it.
    this.lossMustShow = false;
    this.authorMustLearn = false;
    if (next.kind !== 'exact' || !isClear) {
      this.#next = { kind: 'anywhere' };
      return;
    }
    this.authorMustLearn = next.at > stored.length;
    const [copied, pendingFrom] = [stored.length, stored.length - pending];
    const mayBeRenumbered = copy.returns !== this.#returns;
    this.#next = { kind: 'author-restored', original, at: next.at, copied, pendingFrom, mayBeRenumbered };
  }

  /** The reader went back to a copy; the author has `pending` messages unacknowledged. */
  readerRestored(copy: TranscriptCopy, stored: readonly string[], pending: number): void {
    if (!isSame(copy.received, stored)) this.#fail("the reader's copy is not what was copied");
    this.isRestored = true;
    this.#wasEverRestored = true;
    const next = this.#next;
    const isClear =
      next.kind === 'exact' && copy.next.kind === 'exact' && copy.authorLife === this.#authorLife;
    this.#received = [...stored];
    this.#metAsStrangers = false;
    this.authorMustLearn = false; // the reader may have lost just what the author's copy lacks
    if (!isClear) {
      this.#next = { kind: 'anywhere' };
      return;
    }
    const acked = Math.min(this.#sent.length - pending, next.at);
    if (copy.next.at < acked) this.lossMustShow = true;
    this.#next = { kind: 'reader-restored', lost: copy.next.at, acked, had: next.at };
  }

  metAsStrangers(): void {
    this.#metAsStrangers = true;
  }

  // ---------------------------------------------------------------- at rest

  /** Everything is acknowledged and still: both sides have the same. */
  assertEqual(author: readonly string[], reader: readonly string[]): void {
    if (!isSame(author, this.sent)) this.#fail("the author's storage differs from what it was asked to send");
    if (!isSame(reader, this.#received)) this.#fail("the reader's storage differs from what it showed");
    const next = this.#next;
    const end = this.#sent.length;
    const isComplete =
      next.kind === 'anywhere' ||
      (next.kind === 'exact' && next.at === end) ||
      (next.kind === 'author-restored' &&
        Math.max(next.at, next.copied) >= end &&
        next.at >= next.pendingFrom) ||
      (next.kind === 'reader-restored' && (next.lost === end || this.#metAsStrangers));
    if (!isComplete) this.#fail(`${this.#missing()} not delivered`);
    if (!this.#wasEverRestored && !isSame(reader, author)) this.#fail('the two sides differ');
    this.#inStepAt(end);
    this.isRestored = false;
    this.authorMustLearn = false;
    this.lossMustShow = false;
  }

  #missing(): string {
    const from = this.#next.kind === 'exact' ? this.#next.at : 0;
    return `${this.#sent.length - from} messages from ${quote(this.#sent[from]?.text)} on`;
  }

  #fail(what: string): never {
    throw new TranscriptError(`${this.name}: ${what}`);
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

function quote(text: string | undefined): string {
  return text === undefined ? 'nothing' : `"${text.slice(0, 32)}"`;
}
