/** One message as a list item. Peer text is a text binding, isolated from what stands around it. */
import { clockTime, fullTime, strings } from '@enk/internal';
import type { MessageView } from '@enk/context';
import { html, nothing, type TemplateResult } from 'lit';
import { deliveryMark, type DeliveryState } from './delivery-mark.ts';
import { linkify } from './linkify.ts';
import type { MessageRow } from './message-rows.ts';

type Row = Extract<MessageRow, { kind: 'message' }>;

/** One to three emoji and nothing else are shown large. */
const ONLY_EMOJI =
  /^(?:\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier}|\u200d\p{Extended_Pictographic})*){1,3}$/u;

/** `isFound`: a search led here; it is marked, and can have the focus. */
export function messageBubble(row: Row, authorName: string, isFound = false): TemplateResult {
  const { message } = row;
  const classes = [
    'message',
    message.isMine ? 'mine' : 'theirs',
    row.isFirstOfGroup ? 'first' : '',
    row.isLastOfGroup ? 'last' : '',
    ONLY_EMOJI.test(message.text) ? 'emoji' : '',
    isFound ? 'found' : '',
  ];
  return html`<li
    class=${classes.filter(Boolean).join(' ')}
    data-testid="message"
    data-id=${message.id}
    data-position=${message.position}
    data-state=${message.state}
    tabindex=${isFound ? '-1' : nothing}
  >
    ${
      row.isFirstOfGroup
        ? html`<bdi class="words">${message.isMine ? strings().conversation.you : authorName}:</bdi>`
        : nothing
    }
    <div class="bubble" part="bubble">
      <div class="body" dir="auto">
        <span class="text" data-testid="message-text">${linkify(message.text).map(part)}</span>${
          row.showsMeta ? meta(message) : nothing
        }
      </div>
    </div>
  </li>`;
}

function part(item: ReturnType<typeof linkify>[number]): TemplateResult | string {
  if (item.kind === 'text') return item.text;
  return html`<a href=${item.href} target="_blank" rel="noopener noreferrer" dir="ltr">${item.text}</a>`;
}

function meta(message: MessageView): TemplateResult {
  return html`<span class="meta" dir="ltr"
    ><time datetime=${new Date(message.sentAtMs).toISOString()} title=${fullTime(message.sentAtMs)}
      >${clockTime(message.sentAtMs)}</time
    >${message.state === 'received' ? nothing : delivery(message.state)}</span
  >`;
}

function delivery(state: DeliveryState): TemplateResult {
  return html`<span class="delivery" title=${strings().delivery[state]}>${deliveryMark(state)}</span>`;
}
