/** Deleting in one conversation: what is found, what is left, what is counted. */
import { expect } from '@esm-bundle/chai';
import { UNDO_DELETE_MS } from '../limits.ts';
import { decodePdu } from '../pdu/codec.ts';
import type { Pdu } from '../pdu/schemas.ts';
import { Retention } from '../retention/retention.ts';
import type { MessageRecord } from '../storage/records.ts';
import { Vault } from '../storage/vault.ts';
import { TestClock } from '../test/support/test-clock.ts';
import type { ContactId, MessageView } from '../worker/api.ts';
import { Conversation } from './conversation.ts';
import { VOID_TEXT } from './outbox-row.ts';
import type { DeliverySession } from './outflow.ts';

const THEIRS = 'AAAAAAAAAAAAAAAAAAAAAA';
const THEIR_COPY = 'BBBBBBBBBBBBBBBBBBBBBA';

/** A session that keeps what it is given. */
class KeepingSession implements DeliverySession {
  readonly pdus: Pdu[] = [];
  readonly hasRoom = true;
  readonly isFlushed = true;
  failure: string | null = null;
  onSent: () => void = () => undefined;

  async send(bytes: Uint8Array): Promise<void> {
    const decoded = decodePdu(bytes);
    if (decoded.kind === 'pdu') this.pdus.push(decoded.pdu);
    this.onSent();
  }

  fail(reason: string): void {
    this.failure = reason;
    this.onSent();
  }

  /** Resolves as soon as the condition holds; looked at after everything that is sent. */
  until(condition: () => boolean): Promise<void> {
    return new Promise(resolve => {
      this.onSent = () => {
        if (condition()) resolve();
      };
      this.onSent();
    });
  }
}

describe('removal of messages', () => {
  let vault: Vault;
  let clock: TestClock;
  let forgotten: MessageRecord[];
  let conversation: Conversation;
  let session: KeepingSession;

  beforeEach(async () => {
    vault = await Vault.open(`test-${crypto.randomUUID()}`);
    clock = new TestClock();
    forgotten = [];
    const retention = await Retention.open(vault, clock, async (_batch, _contactId, gone) => {
      forgotten.push(...gone);
    });
    const quiet = {
      onMessages: () => undefined,
      onRemoved: () => undefined,
      onStorageError: (error: unknown) => {
        throw error;
      },
    };
    conversation = await Conversation.open(vault, 'contact' as ContactId, clock, quiet, retention);
    session = new KeepingSession();
  });

  afterEach(() => vault.close());

  const all = async (): Promise<readonly MessageView[]> => (await conversation.page(null, 200)).messages;
  const shown = async (): Promise<string[]> =>
    (await all()).map(({ kind, text }) => (kind === 'text' ? text : kind));

  async function receive(seq: number, text: string, incarnation = THEIRS): Promise<void> {
    const message = { type: 'message', specVersion: '1.0', incarnation, seq, text, sentAt: 1 } as const;
    const before = session.pdus.length;
    await conversation.accept(session, message);
    await session.until(() => session.pdus.length > before || session.failure !== null);
  }

  const askedFor = (number: number, ...messages: { incarnation: string; seq: number }[]): Promise<void> =>
    conversation.retention.messageDelete(session, {
      type: 'message-delete',
      specVersion: '1.0',
      number,
      messages,
    });

  it('P2P-RET-08: a message is found by its number, wherever it stands', async () => {
    for (let seq = 1; seq <= 3; seq++) await receive(seq, `theirs ${seq}`);
    await Promise.all(Array.from({ length: 150 }, (_, index) => conversation.queue(`ours ${index}`)));
    await receive(1, 'copy 1', THEIR_COPY);
    for (let seq = 4; seq <= 6; seq++) await receive(seq, `theirs ${seq}`);
    await conversation.deleteHere([0]); // a hole, soon
    clock.advance(UNDO_DELETE_MS + 1_000);
    await conversation.sweep([0]);
    await askedFor(1, { incarnation: THEIRS, seq: 1 }, { incarnation: THEIRS, seq: 2 });
    await askedFor(2, { incarnation: THEIR_COPY, seq: 1 }, { incarnation: THEIRS, seq: 6 });
    const left = (await conversation.page(null, 200)).messages.filter(({ isMine }) => !isMine);
    expect(left.map(({ kind, text }) => text || kind)).to.deep.equal([
      'deleted',
      'theirs 3',
      'deleted',
      'theirs 4',
      'theirs 5',
      'deleted',
    ]);
    expect(conversation.unreadCount).to.equal(3);
    expect(forgotten.map(({ text }) => text)).to.deep.equal(['theirs 1', 'theirs 2', 'copy 1', 'theirs 6']);
  });

  it('P2P-RET-08: what was deleted here already leaves no line', async () => {
    await receive(1, 'deleted twice');
    await conversation.deleteHere([0]);
    await askedFor(1, { incarnation: THEIRS, seq: 1 });
    expect(await shown()).to.deep.equal([]);
    await conversation.undoDelete([0]);
    expect(await shown(), 'the other deleted it: it does not come back').to.deep.equal([]);
    expect(forgotten).to.have.length(1);
  });

  it('P2P-RET-09: a voided number is sent without its message, and what was read of the outbox before is not', async () => {
    await conversation.queue('never sent');
    await conversation.queue('sent');
    await conversation.deleteForEveryone([0]);
    conversation.activate(session);
    await session.until(() => session.pdus.length === 2);
    expect(session.pdus.map(pdu => (pdu.type === 'message' ? pdu.text : pdu.type))).to.deep.equal([
      VOID_TEXT,
      'sent',
    ]);
    expect(await shown()).to.deep.equal(['deleted', 'sent']);
    const { incarnation } = conversation.acked;
    await conversation.acknowledge(session, { incarnation, seq: 2 });
    await session.until(() => session.pdus.some(({ type }) => type === 'message-delete'));
    const asked = session.pdus.find(pdu => pdu.type === 'message-delete');
    expect(asked?.type === 'message-delete' && asked.messages, 'in case it had left').to.deep.equal([
      { incarnation, seq: 1 },
    ]);
  });

  it('P2P-RET-09: a received void number is used up, and shows nothing', async () => {
    await receive(1, VOID_TEXT);
    await receive(1, 'what it was before');
    await receive(2, 'the next');
    expect(session.failure).to.equal(null);
    expect(await shown()).to.deep.equal(['the next']);
    expect([conversation.unreadCount, conversation.nextPosition]).to.deep.equal([1, 1]);
    expect(conversation.held[0]?.seq).to.equal(2);
  });

  it('P2P-RET-09: nobody writes a void message', async () => {
    const code = await conversation.queue(VOID_TEXT).catch((error: { code: string }) => error.code);
    expect(code).to.equal('message-empty');
  });

  it('P2P-RET-08: a message is asked to be deleted only once the peer has it', async () => {
    await conversation.queue('on its way');
    conversation.activate(session);
    await session.until(() => session.pdus.length === 1);
    await conversation.deleteForEveryone([0]);
    await conversation.page(null, 1);
    expect(session.pdus.map(({ type }) => type)).to.deep.equal(['message']);
    await conversation.acknowledge(session, { incarnation: conversation.acked.incarnation, seq: 1 });
    await session.until(() => session.pdus.length === 2);
    expect(session.pdus[1]?.type).to.equal('message-delete');
  });
});
