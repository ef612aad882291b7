import type { ContactId, MessageId, MessageView } from '@enk/context';
import { expect } from '@esm-bundle/chai';
import { firstUnreadPosition, messageRows } from './message-rows.ts';

const NOON = new Date(2026, 2, 18, 12, 0).getTime();
const MINUTE_MS = 60_000;

function message(position: number, change: Partial<MessageView> = {}): MessageView {
  return {
    id: `m${position}` as MessageId,
    contactId: 'ana' as ContactId,
    position,
    kind: 'text',
    timer: null,
    vanishesAtMs: null,
    isMine: false,
    text: '',
    sentAtMs: NOON + position * MINUTE_MS,
    state: 'received',
    ...change,
  };
}

function kinds(messages: readonly MessageView[], unreadFrom: number | null = null): readonly string[] {
  return messageRows(messages, unreadFrom).map(row =>
    row.kind === 'message'
      ? `${row.message.position}${row.isFirstOfGroup ? '(' : ''}${row.isLastOfGroup ? ')' : ''}`
      : row.kind,
  );
}

describe('rows of a conversation', () => {
  it('begin with the day and group one author within short pauses', () => {
    expect(kinds([message(0), message(1), message(7)])).to.deep.equal(['day', '0(', '1)', '7()']);
  });

  it('start a group when the author changes and a day at midnight', () => {
    const mine = message(1, { isMine: true, state: 'sent' });
    const nextDay = message(2, { sentAtMs: NOON + 13 * 60 * MINUTE_MS });
    expect(kinds([message(0), mine, nextDay])).to.deep.equal(['day', '0()', '1()', 'day', '2()']);
  });

  it('put the marker before the first unread message and split the group there', () => {
    expect(kinds([message(0), message(1)], 1)).to.deep.equal(['day', '0()', 'unread', '1()']);
  });

  it('show the delivery inside a group where it differs from the next', () => {
    const rows = messageRows(
      [message(0, { isMine: true, state: 'delivered' }), message(1, { isMine: true, state: 'queued' })],
      null,
    );
    expect(rows.map(row => row.kind === 'message' && row.showsMeta)).to.deep.equal([false, true, true]);
  });

  it('find the first unread among own messages in between', () => {
    const messages = [message(0), message(1), message(2, { isMine: true, state: 'sent' }), message(3)];
    expect(firstUnreadPosition(messages, 2)).to.equal(1);
    expect(firstUnreadPosition(messages, 0)).to.equal(null);
    expect(firstUnreadPosition(messages, 99)).to.equal(0);
  });
});
