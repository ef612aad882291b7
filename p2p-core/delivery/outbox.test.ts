/** What waits for an absent or slow contact: nothing is lost by waiting, and the caller can see that it waits. */
import { expect } from '@esm-bundle/chai';
import {
  ACK_TIMEOUT_MS,
  MAX_IN_FLIGHT_BYTES,
  MAX_IN_FLIGHT_FRAMES,
  MAX_MESSAGE_TEXT_BYTES,
} from '../limits.ts';
import { decodePdu } from '../pdu/codec.ts';
import { systemClock } from '../ports/clock.ts';
import { Vault } from '../storage/vault.ts';
import { TestClock } from '../test/support/test-clock.ts';
import type { ContactId } from '../worker/api.ts';
import { Conversation } from './conversation.ts';
import type { DeliverySession } from './outflow.ts';

const YEAR_MS = 365 * 24 * 60 * 60 * 1_000;

/** A session that takes what it is given. */
class TakingSession implements DeliverySession {
  readonly texts: string[] = [];
  hasRoom = true;
  isFlushed = true;
  failure: string | null = null;
  onSent: () => void = () => undefined;

  async send(pdu: Uint8Array): Promise<void> {
    const decoded = decodePdu(pdu);
    if (decoded.kind !== 'pdu' || decoded.pdu.type !== 'message') throw new Error('not a message');
    this.texts.push(decoded.pdu.text);
    this.onSent();
  }

  fail(reason: string): void {
    this.failure = reason;
  }

  untilSent(count: number): Promise<void> {
    return new Promise(resolve => {
      this.onSent = () => {
        if (this.texts.length >= count) resolve();
      };
      this.onSent();
    });
  }
}

describe('the outbox', () => {
  const profile = `test-${crypto.randomUUID()}`;
  let vault: Vault;
  let clock: TestClock;

  beforeEach(async () => {
    vault = await Vault.open(`${profile}-${crypto.randomUUID()}`);
    clock = new TestClock();
  });

  afterEach(() => vault.close());

  function open(contactId = 'contact'): Promise<Conversation> {
    return Conversation.open(vault, contactId as ContactId, clock, {
      onMessages: () => undefined,
      onRemoved: () => undefined,
      onStorageError: error => {
        throw error;
      },
    });
  }

  /** A unit of work later, everything that was under way in storage is over. */
  async function settle(conversation: Conversation): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await conversation.page(null, 1);
  }

  const statesOf = async (conversation: Conversation): Promise<string[]> =>
    (await conversation.page(null, 200)).messages.map(({ state }) => state);

  it('P2P-DEL-12: while the channel is full nothing is sealed; what waits is shown as queued, and goes when there is room', async () => {
    const conversation = await open();
    const session = new TakingSession();
    session.hasRoom = false;
    conversation.activate(session);
    for (const text of ['one', 'two']) await conversation.queue(text);
    await settle(conversation);
    expect(session.texts).to.deep.equal([]);
    expect([await statesOf(conversation), conversation.pendingCount]).to.deep.equal([
      ['queued', 'queued'],
      2,
    ]);
    session.hasRoom = true;
    conversation.wake();
    await session.untilSent(2);
    expect(session.texts).to.deep.equal(['one', 'two']);
  });

  it('P2P-DEL-03: a peer that acknowledges nothing gets one window of frames, and each acknowledgement moves it', async () => {
    const conversation = await open();
    const session = new TakingSession();
    const texts = Array.from({ length: MAX_IN_FLIGHT_FRAMES + 10 }, (_, index) => `m${index}`);
    await Promise.all(texts.map(text => conversation.queue(text)));
    conversation.activate(session);
    await session.untilSent(MAX_IN_FLIGHT_FRAMES);
    await settle(conversation);
    expect(session.texts).to.have.length(MAX_IN_FLIGHT_FRAMES);
    const { incarnation } = conversation.acked;
    await conversation.acknowledge(session, { incarnation, seq: 4 });
    await session.untilSent(MAX_IN_FLIGHT_FRAMES + 4);
    await settle(conversation);
    expect(session.texts).to.deep.equal(texts.slice(0, MAX_IN_FLIGHT_FRAMES + 4));
  });

  it('P2P-DEL-03: the window is bounded in bytes, too', async () => {
    const conversation = await open();
    const session = new TakingSession();
    const count = MAX_IN_FLIGHT_BYTES / MAX_MESSAGE_TEXT_BYTES;
    const text = 'x'.repeat(MAX_MESSAGE_TEXT_BYTES);
    await Promise.all(Array.from({ length: count + 4 }, () => conversation.queue(text)));
    conversation.activate(session);
    await session.untilSent(count);
    await settle(conversation);
    expect(session.texts).to.have.length(count);
  });

  it('P2P-DEL-13: what waited for a year, through restarts, goes in its order; nothing expires', async () => {
    const first = await open();
    await first.queue('before');
    clock.advance(YEAR_MS);
    const second = await open();
    await second.queue('a year later');
    expect(second.pendingCount).to.equal(2);
    const third = await open();
    const session = new TakingSession();
    third.activate(session);
    await session.untilSent(2);
    expect(session.texts).to.deep.equal(['before', 'a year later']);
  });

  it('P2P-DEL-13: each conversation has a queue of its own: one that stands still holds nobody up', async () => {
    const [slow, other] = [await open('slow'), await open('other')];
    const [stuck, quick] = [new TakingSession(), new TakingSession()];
    stuck.hasRoom = false;
    slow.activate(stuck);
    other.activate(quick);
    await Promise.all([...Array.from({ length: 50 }, () => slow.queue('waits')), other.queue('goes')]);
    await quick.untilSent(1);
    await settle(slow);
    expect([stuck.texts, quick.texts]).to.deep.equal([[], ['goes']]);
    expect([slow.pendingCount, other.pendingCount]).to.deep.equal([50, 1]);
  });

  it('P2P-DEL-14: a peer that has everything and acknowledges nothing is left for another session', async () => {
    clock.freeze();
    const conversation = await open();
    const session = new TakingSession();
    conversation.activate(session);
    await conversation.queue('one');
    await session.untilSent(1);
    clock.advance(ACK_TIMEOUT_MS - 1);
    expect(session.failure).to.equal(null);
    await conversation.queue('two'); // what comes behind gives the first no more time
    await session.untilSent(2);
    clock.advance(1);
    expect(session.failure).to.equal('silence');
  });

  it('a message that was just queued is sent without reading it again', async () => {
    const conversation = await open();
    const session = new TakingSession();
    conversation.activate(session);
    const { getAll } = IDBObjectStore.prototype;
    let reads = 0;
    IDBObjectStore.prototype.getAll = function (...args) {
      reads += 1;
      return getAll.apply(this, args);
    };
    try {
      await pointAfter(conversation, session, 3);
    } finally {
      IDBObjectStore.prototype.getAll = getAll;
    }
    expect(session.texts).to.deep.equal(['message 0', 'message 1', 'message 2']);
    expect(reads).to.equal(0);
  });

  it('P2P-DEL-14: a slow line gets time, a window that moves gets it anew, an empty one needs none', async () => {
    clock.freeze();
    const conversation = await open();
    const session = new TakingSession();
    conversation.activate(session);
    const { incarnation } = await pointAfter(conversation, session, 2);
    session.isFlushed = false;
    clock.advance(10 * ACK_TIMEOUT_MS);
    expect(session.failure).to.equal(null);
    session.isFlushed = true;
    clock.advance(ACK_TIMEOUT_MS - 1);
    await conversation.acknowledge(session, { incarnation, seq: 1 });
    await acknowledged(conversation, 1);
    clock.advance(ACK_TIMEOUT_MS - 1);
    await conversation.acknowledge(session, { incarnation, seq: 2 });
    await acknowledged(conversation, 0);
    clock.advance(10 * ACK_TIMEOUT_MS);
    expect(session.failure).to.equal(null);
  });
});

/** Sends so many messages; the id of the last one. */
async function pointAfter(
  conversation: Conversation,
  session: TakingSession,
  count: number,
): Promise<{ incarnation: string; seq: number }> {
  for (let sent = 0; sent < count; sent++) await conversation.queue(`message ${sent}`);
  await session.untilSent(count);
  return { incarnation: conversation.acked.incarnation, seq: count };
}

/** An acknowledgement is committed behind its call. */
async function acknowledged(conversation: Conversation, pending: number): Promise<void> {
  while (conversation.pendingCount > pending)
    await new Promise(resolve => systemClock.nextTask?.(() => resolve(null)));
}
