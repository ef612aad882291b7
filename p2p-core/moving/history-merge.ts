/**
 * Two histories of one conversation become one, in stream: each keeps its own order, and they are put together by time.
 * A page of each is in memory, and which messages are here already. Pure apart from what it reads and puts out.
 */
import type { ConversationRecord, MessageRecord } from '../storage/records.ts';
import { KnownMessages } from './known-messages.ts';
import { isWaiting, mergeSequences, type MergedSequences } from './merge-cursors.ts';

export interface HistoryMergeOptions {
  /** Null when there is no such conversation here. */
  readonly here: ConversationRecord | null;
  readonly there: ConversationRecord;
  /** For the messages of this device from now on, where they cannot go on as before. */
  readonly incarnation: string;
  /** The messages that are here, ascending by position. Read twice. */
  read(): AsyncIterable<MessageRecord>;
  /** A message of the merged history; positions ascend from 0. */
  put(message: MessageRecord): Promise<void>;
}

export interface MergedHistory {
  readonly cursors: ConversationRecord;
  /** Own messages that wait for the peer. */
  readonly waiting: readonly MessageRecord[];
  readonly addedCount: number;
  readonly knownCount: number;
}

export class HistoryMerge {
  readonly #options: HistoryMergeOptions;
  readonly #sequences: MergedSequences;
  readonly #known = new KnownMessages();
  readonly #here: AsyncIterator<MessageRecord>;
  readonly #waiting: MessageRecord[] = [];
  #next: MessageRecord | null = null;
  #nextSeq: number;
  #position = 0;
  #lastThere = -1;
  #readPosition: number | null = null;
  #addedCount = 0;
  #knownCount = 0;

  private constructor(options: HistoryMergeOptions) {
    this.#options = options;
    this.#sequences = mergeSequences(options.here, options.there, options.incarnation);
    this.#nextSeq = this.#sequences.own.at(-1)?.nextSeq ?? 1;
    this.#here = options.read()[Symbol.asyncIterator]();
  }

  static async start(options: HistoryMergeOptions): Promise<HistoryMerge> {
    const merge = new HistoryMerge(options);
    for await (const message of options.read()) merge.#known.add(message);
    await merge.#readHere();
    return merge;
  }

  /** A message of the other side; ascending by position. False when it is out of order. */
  async add(message: MessageRecord): Promise<boolean> {
    if (message.position <= this.#lastThere) return false;
    this.#lastThere = message.position;
    if (this.#known.has(message)) {
      this.#knownCount += 1;
      return true;
    }
    this.#known.add(message); // twice in one export is once
    while (this.#next !== null && this.#next.sentAtMs <= message.sentAtMs) await this.#putHere(this.#next);
    this.#addedCount += 1;
    await this.#put(message, this.#options.here === null, false);
    return true;
  }

  /** Once everything was added. */
  async end(): Promise<MergedHistory> {
    while (this.#next !== null) await this.#putHere(this.#next);
    const { here, there } = this.#options;
    const own = this.#sequences.own.map((entry, index, all) =>
      index === all.length - 1 ? { ...entry, nextSeq: this.#nextSeq } : entry,
    );
    return {
      cursors: {
        ...there,
        ...here,
        nextPosition: this.#position,
        readPosition: this.#readPosition ?? this.#position,
        unreadCount: (here ?? there).unreadCount,
        lastActivityAtMs: Math.max(here?.lastActivityAtMs ?? 0, there.lastActivityAtMs),
        own,
        peer: [...this.#sequences.peer],
      },
      waiting: this.#waiting,
      addedCount: this.#addedCount,
      knownCount: this.#knownCount,
    };
  }

  async #readHere(): Promise<void> {
    const { done, value } = await this.#here.next();
    this.#next = done === true ? null : value;
  }

  async #putHere(message: MessageRecord): Promise<void> {
    await this.#put(message, true, this.#sequences.goesOn);
    await this.#readHere();
  }

  /** `isBase`: of the side whose mark of what was read counts. */
  async #put(message: MessageRecord, isBase: boolean, keepsNumber: boolean): Promise<void> {
    const base = this.#options.here ?? this.#options.there;
    const position = this.#position++;
    if (isBase && message.position >= base.readPosition) this.#readPosition ??= position;
    let placed = { ...message, position };
    if (isWaiting(message, this.#sequences.own)) {
      if (!keepsNumber) placed = { ...placed, ...this.#number(message) };
      if (placed.incarnation === this.#sequences.own.at(-1)?.incarnation) this.#waiting.push(placed);
    }
    await this.#options.put(placed);
  }

  #number({
    origin,
    incarnation,
    seq,
  }: MessageRecord): Pick<MessageRecord, 'incarnation' | 'seq' | 'origin'> {
    return {
      incarnation: this.#sequences.own.at(-1)?.incarnation ?? '',
      seq: this.#nextSeq++,
      origin: origin ?? { incarnation, seq },
    };
  }
}
