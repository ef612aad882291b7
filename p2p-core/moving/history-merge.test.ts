import { expect } from '@esm-bundle/chai';
import type { ConversationRecord, MessageRecord, OwnSequence } from '../storage/records.ts';
import { HistoryMerge, type MergedHistory } from './history-merge.ts';

interface Side {
  readonly cursors: ConversationRecord;
  readonly messages: readonly MessageRecord[];
}

const mine = (incarnation: string, seq: number, sentAtMs: number): MessageRecord => ({
  position: 0,
  isMine: true,
  incarnation,
  seq,
  text: `${incarnation}${seq}`,
  sentAtMs,
});
const theirs = (seq: number, sentAtMs: number): MessageRecord => ({
  ...mine('p', seq, sentAtMs),
  isMine: false,
});
const sequence = (incarnation: string, nextSeq: number, ackedSeq: number): OwnSequence => ({
  incarnation,
  nextSeq,
  ackedSeq,
  readSeq: 0,
  closedSeq: 0,
});

function side(messages: readonly MessageRecord[], own: readonly OwnSequence[], heldSeq: number): Side {
  const placed = messages.map((message, position) => ({ ...message, position }));
  return {
    messages: placed,
    cursors: {
      nextPosition: placed.length,
      readPosition: placed.length,
      unreadCount: 0,
      lastActivityAtMs: placed.at(-1)?.sentAtMs ?? 0,
      own: [...own],
      peer: [{ incarnation: 'p', heldSeq, heldDigest: `d${heldSeq}`, readSeq: 0 }],
    },
  };
}

async function merge(here: Side | null, there: Side): Promise<MergedHistory & { messages: MessageRecord[] }> {
  const messages: MessageRecord[] = [];
  const merging = await HistoryMerge.start({
    here: here?.cursors ?? null,
    there: there.cursors,
    incarnation: 'new',
    read: async function* () {
      yield* here?.messages ?? [];
    },
    put: async message => void messages.push(message),
  });
  for (const message of there.messages) expect(await merging.add(message)).to.equal(true);
  return { ...(await merging.end()), messages };
}

const texts = (messages: readonly MessageRecord[]): string[] => messages.map(({ text }) => text);
const numbers = (messages: readonly MessageRecord[]) =>
  messages.map(({ incarnation, seq, position }) => [incarnation, seq, position]);

describe('two histories', () => {
  it('P2P-MOV-05: what nobody acknowledged is numbered anew under a fresh incarnation', async () => {
    const there = side([mine('a', 1, 10), theirs(1, 20), mine('a', 2, 30)], [sequence('a', 3, 1)], 1);
    const merged = await merge(null, there);
    expect(texts(merged.messages)).to.deep.equal(['a1', 'p1', 'a2']);
    expect(numbers(merged.waiting)).to.deep.equal([['new', 1, 2]]);
    expect(merged.cursors.own.map(({ incarnation, nextSeq }) => [incarnation, nextSeq])).to.deep.equal([
      ['a', 3],
      ['new', 2],
    ]);
    expect(merged.cursors.peer).to.deep.equal(there.cursors.peer);
  });

  it('P2P-MOV-04: goes together by time, each in its own order, and knows what both have', async () => {
    const here = side([theirs(2, 25), theirs(3, 50), mine('b', 1, 60)], [sequence('b', 2, 0)], 3);
    const there = side([mine('a', 1, 10), theirs(1, 20), theirs(2, 25)], [sequence('a', 2, 1)], 2);
    const merged = await merge(here, there);
    expect(texts(merged.messages)).to.deep.equal(['a1', 'p1', 'p2', 'p3', 'b1']);
    expect(merged.messages.map(({ position }) => position)).to.deep.equal([0, 1, 2, 3, 4]);
    expect([merged.addedCount, merged.knownCount]).to.deep.equal([2, 1]);
    expect(numbers(merged.waiting)).to.deep.equal([['b', 1, 4]]);
    expect(merged.cursors.peer).to.deep.equal([
      { incarnation: 'p', heldSeq: 3, heldDigest: 'd3', readSeq: 0 },
    ]);
    expect(merged.cursors).to.include({ nextPosition: 5, readPosition: 5, unreadCount: 0 });
  });

  it('P2P-MOV-05: a device that is behind its own export goes on under a fresh incarnation', async () => {
    const here = side([mine('a', 1, 10), mine('a', 2, 15)], [sequence('a', 3, 1)], 0);
    const there = side([mine('a', 1, 10), mine('a', 2, 15), mine('a', 3, 20)], [sequence('a', 4, 2)], 0);
    const merged = await merge(here, there);
    expect(texts(merged.messages)).to.deep.equal(['a1', 'a2', 'a3']);
    expect(numbers(merged.waiting)).to.deep.equal([['new', 1, 2]]);
    expect(
      merged.cursors.own.map(({ incarnation, nextSeq, ackedSeq }) => [incarnation, nextSeq, ackedSeq]),
    ).to.deep.equal([
      ['a', 4, 2],
      ['new', 2, 0],
    ]);
  });

  it('P2P-MOV-04: what was numbered anew is known to the same import again, also over a third device', async () => {
    const there = side([mine('a', 1, 10), mine('a', 2, 20)], [sequence('a', 3, 0)], 0);
    const first = await merge(null, there);
    const again = await merge(first, there);
    expect([again.addedCount, again.knownCount]).to.deep.equal([0, 2]);
    expect(texts(again.messages)).to.deep.equal(['a1', 'a2']);
    const third = await merge(null, first);
    expect(texts(third.waiting)).to.deep.equal(['a1', 'a2']);
    expect((await merge(third, there)).addedCount).to.equal(0);
    expect((await merge(there, third)).addedCount).to.equal(0);
  });

  it('P2P-MOV-04: lines about timers are told apart, and known again', async () => {
    const line = (lifetimeS: number, sentAtMs: number): MessageRecord => ({
      ...mine('', 0, sentAtMs),
      kind: 'timer',
      timer: { startsAt: 'sending', lifetimeS },
    });
    const there = side([line(30, 10), mine('a', 1, 15), line(0, 20), line(30, 30)], [sequence('a', 2, 1)], 0);
    const merged = await merge(null, there);
    expect(merged.messages.map(({ sentAtMs }) => sentAtMs)).to.deep.equal([10, 15, 20, 30]);
    expect((await merge(merged, there)).addedCount).to.equal(0);
  });

  it('P2P-MOV-04: the first unread message of this device stays the first unread one', async () => {
    const here = side([theirs(2, 20), theirs(3, 40)], [sequence('b', 1, 0)], 3);
    const unread = { ...here, cursors: { ...here.cursors, readPosition: 1, unreadCount: 1 } };
    const there = side([theirs(1, 10), mine('a', 1, 30)], [sequence('a', 2, 1)], 1);
    const merged = await merge(unread, there);
    expect(texts(merged.messages)).to.deep.equal(['p1', 'p2', 'a1', 'p3']);
    expect(merged.cursors).to.include({ readPosition: 3, unreadCount: 1 });
  });

  it('P2P-MOV-01: positions that do not ascend are refused', async () => {
    const { cursors } = side([], [sequence('a', 1, 0)], 0);
    const merging = await HistoryMerge.start({
      here: null,
      there: cursors,
      incarnation: 'new',
      read: async function* () {},
      put: () => Promise.resolve(),
    });
    expect(await merging.add({ ...theirs(1, 10), position: 4 })).to.equal(true);
    expect(await merging.add({ ...theirs(2, 20), position: 4 })).to.equal(false);
  });
});
