import type { ContactId, Conversation, MessageId, MessageView } from '@enk/context';
import { expect } from '@esm-bundle/chai';
import { EnkServices } from './enk-services.ts';
import { WorkerDouble } from './test/worker-double.ts';

const ANA = 'ana' as ContactId;

function message(position: number, state: MessageView['state'] = 'received'): MessageView {
  return {
    id: `m${position}` as MessageId,
    contactId: ANA,
    position,
    kind: 'text',
    timer: null,
    vanishesAtMs: null,
    isMine: state !== 'received',
    text: `text ${position}`,
    sentAtMs: position,
    state,
  };
}

function range(from: number, to: number): MessageView[] {
  return Array.from({ length: to - from }, (_, index) => message(from + index));
}

function positions(conversation: Conversation): readonly number[] {
  const { snapshot } = conversation;
  return snapshot.kind === 'open' ? snapshot.messages.map(({ position }) => position) : [];
}

/** Resolves when the conversation's snapshot is of this kind. */
function untilKind(conversation: Conversation, kind: string): Promise<void> {
  return new Promise(resolve => {
    const check = (): void => {
      if (conversation.snapshot.kind === kind) resolve();
    };
    conversation.subscribe(check);
    check();
  });
}

describe('conversations over the worker', () => {
  let worker: WorkerDouble;
  let conversation: Conversation;

  beforeEach(() => {
    worker = new WorkerDouble();
    const network = { brokerUrl: 'ws://localhost/', iceServers: [], relayOnly: false };
    const services = new EnkServices({
      profile: 'test',
      network,
      start: () => Promise.resolve(worker.client),
    });
    conversation = services.conversations.conversation(ANA);
  });

  it('reads nothing before somebody looks', () => {
    expect(worker.requests).to.deep.equal([]);
  });

  it('adds older pages before and new messages after, in order and once', async () => {
    worker.answers.set('listMessages', ({ beforePosition }: { beforePosition?: number }) =>
      beforePosition === undefined
        ? { messages: range(50, 100), hasOlder: true }
        : { messages: range(0, 50), hasOlder: false },
    );
    await untilKind(conversation, 'open');
    worker.emit({ type: 'messages', contactId: ANA, messages: [message(101), message(100)] });
    worker.emit({ type: 'messages', contactId: ANA, messages: [message(100)] });
    await conversation.loadOlder();
    expect(positions(conversation)).to.deep.equal(range(0, 102).map(({ position }) => position));
  });

  it('shows an older part by itself, goes on towards the newest, and comes back', async () => {
    worker.answers.set(
      'listMessages',
      ({ beforePosition = 500, limit }: { beforePosition?: number; limit: number }) => {
        const end = Math.min(501, beforePosition);
        return { messages: range(end - limit, end), hasOlder: true };
      },
    );
    await untilKind(conversation, 'open');
    await conversation.showAround(100);
    expect(positions(conversation)).to.deep.equal(range(75, 125).map(({ position }) => position));
    expect(conversation.snapshot).to.include({ hasNewer: true, hasOlder: true });
    worker.emit({ type: 'messages', contactId: ANA, messages: [message(500), message(99)] });
    expect(positions(conversation).at(-1), 'no gap').to.equal(124);
    await conversation.showAround(110);
    expect(positions(conversation), 'it is there already').to.have.length(50);
    for (let i = 0; i < 8; i++) await conversation.loadNewer();
    expect(positions(conversation)).to.deep.equal(range(75, 501).map(({ position }) => position));
    expect(conversation.snapshot).to.include({ hasNewer: false });
    await conversation.showAround(20);
    await conversation.reload();
    expect(conversation.snapshot).to.include({ hasNewer: false });
    expect(positions(conversation).at(-1)).to.equal(499);
  });

  it('lets an event win over the page that was asked for before it', async () => {
    let answer!: (page: unknown) => void;
    worker.answers.set('listMessages', () => new Promise(resolve => (answer = resolve)));
    const opened = untilKind(conversation, 'open');
    while (worker.requests.length === 0) await Promise.resolve();
    worker.emit({ type: 'messages', contactId: ANA, messages: [message(1, 'delivered'), message(2)] });
    answer({ messages: [message(0), message(1, 'queued')], hasOlder: false });
    await opened;
    const { snapshot } = conversation;
    expect(snapshot.kind === 'open' && snapshot.messages.map(({ state }) => state)).to.deep.equal([
      'received',
      'delivered',
      'received',
    ]);
  });

  it('does not show a changed old message without those in between', async () => {
    worker.answers.set('listMessages', () => ({ messages: range(50, 60), hasOlder: true }));
    await untilKind(conversation, 'open');
    worker.emit({ type: 'messages', contactId: ANA, messages: [message(10, 'read')] });
    expect(positions(conversation)[0]).to.equal(50);
  });

  it('says why when the first page cannot be read, and reads again on demand', async () => {
    worker.answers.set('listMessages', () => Promise.reject({ code: 'storage-corrupt' }));
    await untilKind(conversation, 'failed');
    expect(conversation.snapshot).to.deep.equal({ kind: 'failed', code: 'storage-corrupt' });
    worker.answers.set('listMessages', () => ({ messages: range(0, 1), hasOlder: false }));
    await conversation.reload();
    expect(positions(conversation)).to.deep.equal([0]);
  });
});
