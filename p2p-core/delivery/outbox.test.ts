/** What waits for an absent or slow contact: nothing is lost by waiting, and the caller can see that it waits. */
import { expect } from '@esm-bundle/chai';
import { MAX_IN_FLIGHT_BYTES, MAX_IN_FLIGHT_FRAMES, MAX_MESSAGE_TEXT_BYTES } from '../limits.ts';
import { decodePdu } from '../pdu/codec.ts';
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
});
