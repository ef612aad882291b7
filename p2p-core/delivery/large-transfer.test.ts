/** Sender and receiver of large PDUs against each other, frame by frame: no cryptography, no network. */
import { expect } from '@esm-bundle/chai';
import {
  CHUNK_BYTES,
  MAX_CHUNKS_IN_FLIGHT,
  MAX_MESSAGE_PDU_BYTES,
  MAX_PDU_BYTES,
  MAX_REASSEMBLIES_PER_PEER,
  REASSEMBLY_PROGRESS_BYTES,
  REASSEMBLY_TIMEOUT_MS,
} from '../limits.ts';
import { decodePdu } from '../pdu/codec.ts';
import { TestClock } from '../test/support/test-clock.ts';
import { chunkCount, encodeChunk } from './chunk.ts';
import { type ChunkOutcome, LargeReceiver, type OfferOutcome } from './large-receiver.ts';
import { LargeSender } from './large-sender.ts';
import { ReassemblyBudget } from './reassembly-budget.ts';
import { type FrameKind, SendQueue } from './send-queue.ts';

const FILE = 'test-file';

function patterned(sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 7 + (index >> 8)) % 251);
}

class Receiving {
  readonly clock = new TestClock();
  readonly answers: [string, number][] = [];
  readonly reports: number[] = [];
  stalls = 0;
  readonly receiver: LargeReceiver;
  onAnswer: (type: string, transfer: number) => void = () => undefined;
  onReport: (chunks: number) => void = () => undefined;

  constructor(readonly budget = new ReassemblyBudget()) {
    this.receiver = new LargeReceiver({
      budget,
      clock: this.clock,
      expected: new Map([[FILE, { maxBytes: MAX_PDU_BYTES, accept: async () => undefined }]]),
      answer: (type, transfer) => {
        this.answers.push([type, transfer]);
        this.onAnswer(type, transfer);
      },
      report: chunks => {
        this.reports.push(chunks);
        this.onReport(chunks);
      },
      onStalled: () => (this.stalls += 1),
    });
  }

  offer(transfer: number, sizeBytes: number, of = FILE): OfferOutcome {
    return this.receiver.offer({ transfer, of, sizeBytes });
  }

  /** Feeds chunks `from` … `to` − 1 of `pdu`; the last outcome. */
  feed(transfer: number, pdu: Uint8Array, from = 0, to = chunkCount(pdu.length)): ChunkOutcome {
    let outcome: ChunkOutcome = { kind: 'partial' };
    for (let index = from; index < to; index++) {
      outcome = this.receiver.accept(encodeChunk(transfer, index, pdu));
    }
    return outcome;
  }
}

describe('receiving large PDUs', () => {
  let side: Receiving;

  beforeEach(() => {
    side = new Receiving();
  });

  it('P2P-CHK-05: a PDU is handed on when its last chunk came, whole, and its memory is given back', () => {
    const pdu = patterned(100_000);
    expect(side.offer(1, pdu.length, 'message')).to.equal('taken');
    expect(side.budget.usedBytes).to.equal(131_072);
    expect(side.feed(1, pdu, 0, 7)).to.deep.equal({ kind: 'partial' });
    expect(side.feed(1, pdu, 7)).to.deep.equal({ kind: 'complete', of: 'message', bytes: pdu });
    expect([side.budget.usedBytes, side.receiver.size]).to.deep.equal([0, 0]);
  });

  it('P2P-CHK-05: a missing, repeated, foreign or late chunk is refused, and nothing is handed on', () => {
    const pdu = patterned(60_000);
    const wrong: ((transfer: number) => ChunkOutcome)[] = [
      transfer => side.receiver.accept(encodeChunk(transfer, 2, pdu)), // 1 is missing
      transfer => side.receiver.accept(encodeChunk(transfer, 0, pdu)), // again
      transfer => side.receiver.accept(encodeChunk(transfer, 4, pdu)), // beyond the end
      transfer => side.receiver.accept(encodeChunk(transfer, 0xffff, pdu)),
      transfer => side.receiver.accept(encodeChunk(transfer + 1, 0, pdu)), // never announced
      transfer => side.receiver.accept(encodeChunk(transfer, 1, pdu).subarray(1)),
      () => side.receiver.accept(new Uint8Array(0)),
    ];
    for (const [index, send] of wrong.entries()) {
      side = new Receiving();
      side.offer(1, pdu.length);
      side.feed(1, pdu, 0, 1);
      expect(send(1), `case ${index}`).to.deep.equal({ kind: 'refused' });
    }
    side = new Receiving();
    side.offer(1, pdu.length);
    expect(side.feed(1, pdu).kind).to.equal('complete');
    expect(side.feed(1, pdu, 3, 4), 'after the end').to.deep.equal({ kind: 'refused' });
  });

  it('P2P-CHK-05: padding that is not zero refuses the PDU', () => {
    side.offer(1, CHUNK_BYTES + 1);
    const pdu = patterned(2 * CHUNK_BYTES);
    expect(side.feed(1, pdu)).to.deep.equal({ kind: 'refused' });
    expect(side.budget.usedBytes).to.equal(0);
  });

  it('P2P-CHK-04: transfers count up by one; messages have their own limit, and come one at a time', () => {
    expect([side.offer(0, 50_000), side.offer(2, 50_000)]).to.deep.equal(['order', 'order']);
    expect(side.offer(1, MAX_MESSAGE_PDU_BYTES + 1, 'message')).to.equal('oversize');
    expect(side.offer(2, MAX_MESSAGE_PDU_BYTES, 'message')).to.equal('taken');
    expect(side.offer(2, 50_000, 'message'), 'used').to.equal('order');
    expect(side.offer(3, 50_000, 'message'), 'a second one at once').to.equal('order');
  });

  it('P2P-CHK-04: what nobody expects, or is larger than expected, is refused without memory', () => {
    expect(side.offer(1, MAX_PDU_BYTES, 'anything')).to.equal('refused');
    expect(side.offer(2, 50_000, '__proto__')).to.equal('refused');
    expect(side.answers).to.deep.equal([
      ['chunks-refuse', 1],
      ['chunks-refuse', 2],
    ]);
    expect(side.feed(1, patterned(50_000), 0, 1)).to.deep.equal({ kind: 'refused' });
    expect(side.budget.peakBytes).to.equal(0);
  });

  it('P2P-CHK-06: one peer has room for its largest PDU; the next waits until it is complete', () => {
    const pdu = new Uint8Array(MAX_PDU_BYTES);
    expect([side.offer(1, pdu.length), side.offer(2, CHUNK_BYTES + 1)]).to.deep.equal(['taken', 'taken']);
    expect(side.answers).to.deep.equal([['chunks-accept', 1]]);
    expect(side.feed(2, pdu, 0, 1), 'not accepted yet').to.deep.equal({ kind: 'refused' });
    expect(side.feed(1, pdu).kind).to.equal('complete');
    expect(side.answers.at(-1)).to.deep.equal(['chunks-accept', 2]);
  });

  it('P2P-CHK-06: the budget of all peers is never exceeded; a message still has room when files took theirs', () => {
    const budget = new ReassemblyBudget();
    const peers = Array.from({ length: 5 }, () => new Receiving(budget));
    for (const peer of peers) peer.offer(1, MAX_PDU_BYTES);
    expect(peers.map(({ answers }) => answers.length)).to.deep.equal([1, 1, 1, 0, 0]);
    expect(peers.map(peer => peer.offer(2, MAX_MESSAGE_PDU_BYTES, 'message'))).to.deep.equal(
      Array(5).fill('taken'),
    );
    expect(budget.usedBytes).to.equal(3 * MAX_PDU_BYTES + 5 * MAX_MESSAGE_PDU_BYTES);
    peers[1]?.receiver.cancel(1);
    expect(
      peers.map(({ answers }) => answers.length),
      'who waits longest',
    ).to.deep.equal([1, 1, 1, 1, 0]);
    for (const peer of peers) peer.receiver.close();
    expect(budget.usedBytes).to.equal(0);
    const many = Array.from({ length: 400 }, () => new Receiving(budget));
    const outcomes = many.map(peer => peer.offer(1, MAX_MESSAGE_PDU_BYTES, 'message'));
    expect(new Set(outcomes)).to.deep.equal(new Set(['taken', 'no-memory']));
    expect(budget.peakBytes).to.be.at.most(64 * 2 ** 20);
  });

  it('P2P-CHK-07: at most 64 are under way', () => {
    for (let transfer = 1; transfer <= MAX_REASSEMBLIES_PER_PEER; transfer++) {
      expect(side.offer(transfer, MAX_PDU_BYTES)).to.equal('taken');
    }
    expect(side.offer(MAX_REASSEMBLIES_PER_PEER + 1, MAX_PDU_BYTES)).to.equal('order');
  });

  it('P2P-CHK-08: one that stands still for 120 s ends the session; each MiB more gives it another 120 s', () => {
    const pdu = new Uint8Array(4 * REASSEMBLY_PROGRESS_BYTES);
    const perMib = REASSEMBLY_PROGRESS_BYTES / CHUNK_BYTES;
    side.offer(1, pdu.length);
    side.clock.advance(REASSEMBLY_TIMEOUT_MS - 1_000);
    side.feed(1, pdu, 0, perMib);
    side.clock.advance(REASSEMBLY_TIMEOUT_MS - 1_000);
    expect(side.stalls).to.equal(0);
    side.feed(1, pdu, perMib, 2 * perMib - 1); // not quite
    side.clock.advance(1_001);
    expect(side.stalls).to.equal(1);
  });

  it('P2P-CHK-08: neither a complete nor a cancelled nor a waiting one runs out of time', () => {
    const pdu = patterned(50_000);
    side.offer(1, pdu.length);
    side.feed(1, pdu);
    side.offer(2, pdu.length);
    expect(side.receiver.cancel(2)).to.equal(true);
    expect(side.receiver.cancel(2), 'twice').to.equal(false);
    side.offer(3, MAX_PDU_BYTES);
    side.offer(4, MAX_PDU_BYTES);
    side.receiver.cancel(3);
    side.receiver.cancel(4);
    side.clock.advance(10 * REASSEMBLY_TIMEOUT_MS);
    expect(side.stalls).to.equal(0);
  });
});

describe('sending large PDUs', () => {
  let receiving: Receiving;
  let sender: LargeSender;
  let queue: SendQueue;
  let outcomes: ChunkOutcome[];
  let sent: string[];
  let isReporting: boolean;

  beforeEach(() => {
    receiving = new Receiving();
    outcomes = [];
    sent = [];
    isReporting = true;
    queue = new SendQueue({ seal, hasChunkRoom: true });
    sender = new LargeSender(queue);
    receiving.onAnswer = (type, transfer) =>
      queueMicrotask(() =>
        expect(type === 'chunks-accept' ? sender.accepted(transfer) : sender.refused(transfer)).to.equal(
          true,
        ),
      );
    receiving.onReport = chunks =>
      isReporting && queueMicrotask(() => expect(sender.progressed(chunks)).to.equal(true));
  });

  async function seal(kind: FrameKind, content: Uint8Array): Promise<void> {
    await Promise.resolve();
    if (kind === 'chunk') {
      sent.push('chunk');
      outcomes.push(receiving.receiver.accept(content));
      return;
    }
    const decoded = decodePdu(content);
    if (decoded.kind !== 'pdu') throw new Error(decoded.kind);
    sent.push(decoded.pdu.type);
    if (decoded.pdu.type === 'chunks-offer')
      expect(receiving.receiver.offer(decoded.pdu)).to.be.oneOf(['taken', 'refused']);
    if (decoded.pdu.type === 'chunks-cancel')
      expect(receiving.receiver.cancel(decoded.pdu.transfer)).to.equal(true);
  }

  it('P2P-CHK-03: a large PDU is offered, accepted and arrives, with progress on the way', async () => {
    const bytes = patterned(MAX_PDU_BYTES - 5);
    const progress: number[] = [];
    await sender.send({ of: FILE, bytes, onProgress: sentBytes => progress.push(sentBytes) });
    expect(outcomes.at(-1)).to.deep.equal({ kind: 'complete', of: FILE, bytes });
    expect(progress).to.have.length(1_024);
    expect(progress).to.deep.equal([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).to.equal(bytes.length);
  });

  it('P2P-CHK-03: sizes that need no chunks, or are over the limit, are the caller’s fault', async () => {
    for (const size of [CHUNK_BYTES, MAX_PDU_BYTES + 1]) {
      const error = await sender.send({ of: FILE, bytes: new Uint8Array(size) }).catch((e: unknown) => e);
      expect(error).to.have.property('code', 'bad-request');
    }
    const tooLarge = await sender
      .sendMessage(new Uint8Array(MAX_MESSAGE_PDU_BYTES + 1))
      .catch((e: unknown) => e);
    expect(tooLarge).to.have.property('code', 'message-too-large');
    expect(sent).to.deep.equal([]);
  });

  it('P2P-CHK-04: what the receiver does not expect rejects, and no chunk leaves', async () => {
    const error = await sender.send({ of: 'unknown', bytes: patterned(50_000) }).catch((e: unknown) => e);
    expect(error).to.have.property('code', 'refused');
    expect(sent).to.deep.equal(['chunks-offer']);
  });

  it('P2P-CHK-02: without reports of the receiver a window of chunks leaves, and no more', async () => {
    isReporting = false;
    const abort = new AbortController();
    const bytes = patterned(4 * 2 ** 20);
    const large = sender.send({ of: FILE, bytes, signal: abort.signal }).catch((e: unknown) => e);
    await sender.sendMessage(patterned(20_000)); // messages have their own window
    for (let turn = 0; turn < 1_000; turn++) await Promise.resolve();
    expect(sent.filter(kind => kind === 'chunk')).to.have.length(MAX_CHUNKS_IN_FLIGHT + 2);
    expect(receiving.reports.at(-1)).to.equal(MAX_CHUNKS_IN_FLIGHT);
    expect(sender.progressed(MAX_CHUNKS_IN_FLIGHT + 1), 'more than left').to.equal(false);
    abort.abort();
    expect(await large).to.have.property('code', 'aborted');
  });

  it('P2P-CHK-03: a cancel in every state leaves nothing behind on either side', async () => {
    const bytes = patterned(2 ** 20);
    for (const turns of [0, 1, 2, 3, 4, 5, 6, 8, 10, 20, 40]) {
      const abort = new AbortController();
      const large = sender.send({ of: FILE, bytes, signal: abort.signal }).catch((e: unknown) => e);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      abort.abort();
      expect(await large, `after ${turns} turns`).to.have.property('code', 'aborted');
      await sender.sendMessage(patterned(20_000)); // behind the cancel
      expect(receiving.receiver.size, `after ${turns} turns`).to.equal(0);
      expect(outcomes.every(({ kind }) => kind !== 'refused')).to.equal(true);
    }
    expect(receiving.budget.usedBytes).to.equal(0);
    await sender.send({ of: FILE, bytes });
    expect(outcomes.at(-1)).to.deep.equal({ kind: 'complete', of: FILE, bytes });
  });

  it('P2P-CHK-07: a caller waits while 63 others are under way, so that a message always has a place', async () => {
    const open = receiving.onAnswer;
    const held: [string, number][] = [];
    receiving.onAnswer = (type, transfer) => held.push([type, transfer]);
    const bytes = patterned(20_000);
    const all = Array.from({ length: 70 }, () => sender.send({ of: FILE, bytes }));
    for (let turn = 0; turn < 1_000; turn++) await Promise.resolve();
    expect(receiving.receiver.size).to.equal(MAX_REASSEMBLIES_PER_PEER - 1);
    await sender.sendMessage(bytes);
    receiving.onAnswer = open;
    for (const [type, transfer] of held) open(type, transfer);
    await Promise.all(all);
    expect(outcomes.filter(({ kind }) => kind === 'complete')).to.have.length(71);
  });

  it('P2P-CHK-07: the end of the session rejects those that wait', async () => {
    receiving.onAnswer = () => undefined;
    const all = Array.from({ length: 70 }, () =>
      sender.send({ of: FILE, bytes: patterned(20_000) }).catch((e: { code: string }) => e.code),
    );
    for (let turn = 0; turn < 1_000; turn++) await Promise.resolve();
    queue.close();
    sender.close();
    expect(new Set(await Promise.all(all))).to.deep.equal(new Set(['aborted']));
  });
});
