/** One message as a list item. Peer text is a text binding, isolated from what stands around it. */
import { clockTime, fullTime, icon, strings } from '@enk/internal';
import type { MessageView } from '@enk/context';
import { html, nothing, type TemplateResult } from 'lit';
import { deliveryMark, type DeliveryState } from './delivery-mark.ts';
import { linkify } from './linkify.ts';
import type { MessageRow } from './message-rows.ts';
import { deletedWords, leftWords } from './retention-words.ts';

type Row = Extract<MessageRow, { kind: 'message' }>;

/** One to three emoji and nothing else are shown large. */
const ONLY_EMOJI =
  /^(?:\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier}|\u200d\p{Extended_Pictographic})*){1,3}$/u;

export interface BubbleOptions {
  readonly authorName: string;
  /** A search led here; it is marked, and can have the focus. */
  readonly isFound: boolean;
  /** One message's menu is in the tab order; arrow keys lead to the others. */
  readonly isInTabOrder: boolean;
  openMenu(message: MessageView, opener: HTMLElement, at: DOMRect | DOMPoint): void;
}

export function messageBubble(row: Row, options: BubbleOptions): TemplateResult {
  const { message } = row;
  const { authorName, isFound } = options;
  const classes = [
    'message',
    message.isMine ? 'mine' : 'theirs',
    row.isFirstOfGroup ? 'first' : '',
    row.isLastOfGroup ? 'last' : '',
    ONLY_EMOJI.test(message.text) ? 'emoji' : '',
    message.kind === 'deleted' ? 'deleted' : '',
    isFound ? 'found' : '',
  ];
  return html`<li
    class=${classes.filter(Boolean).join(' ')}
    data-testid="message"
    data-id=${message.id}
    data-position=${message.position}
    data-state=${message.state}
    tabindex=${isFound ? '-1' : nothing}
    @contextmenu=${(event: MouseEvent) => openAtPointer(event, message, options)}
  >
    ${
      row.isFirstOfGroup
        ? html`<bdi class="words">${message.isMine ? strings().conversation.you : authorName}:</bdi>`
        : nothing
    }
    <div class="bubble" part="bubble">
      <div class="body" dir="auto">
        <span class="text" data-testid="message-text"
          >${
            message.kind === 'deleted'
              ? html`${icon('trash', 14)} ${deletedWords(message, authorName)}`
              : linkify(message.text).map(part)
          }</span
        >${row.showsMeta ? meta(message) : nothing}
      </div>
    </div>
    ${menuButton(message, options)}
  </li>`;
}

function menuButton(message: MessageView, { isInTabOrder, openMenu }: BubbleOptions): TemplateResult {
  return html`<button
    class="more"
    type="button"
    data-testid="message-menu"
    aria-haspopup="menu"
    aria-label=${strings().retention.menu.label}
    tabindex=${isInTabOrder ? '0' : '-1'}
    @click=${(event: Event) => {
      const opener = event.currentTarget as HTMLElement;
      openMenu(message, opener, opener.getBoundingClientRect());
    }}
  >
    ${icon('more', 16)}
  </button>`;
}

/** Links and selected text keep the browser's own menu. */
function openAtPointer(event: MouseEvent, message: MessageView, { openMenu }: BubbleOptions): void {
  const item = event.currentTarget as HTMLElement;
  const isNative = (event.target as Element).closest('a') !== null || getSelection()?.isCollapsed === false;
  const opener = item.querySelector<HTMLElement>('.more');
  if (isNative || opener === null) return;
  event.preventDefault();
  // The key for menus has no place of its own.
  const isByKey = event.clientX === 0 && event.clientY === 0;
  openMenu(
    message,
    opener,
    isByKey ? opener.getBoundingClientRect() : new DOMPoint(event.clientX, event.clientY),
  );
}

function part(item: ReturnType<typeof linkify>[number]): TemplateResult | string {
  if (item.kind === 'text') return item.text;
  return html`<a href=${item.href} target="_blank" rel="noopener noreferrer" dir="ltr">${item.text}</a>`;
}

function meta(message: MessageView): TemplateResult {
  return html`<span class="meta" dir="ltr"
    >${left(message)}<time
      datetime=${new Date(message.sentAtMs).toISOString()}
      title=${fullTime(message.sentAtMs)}
      >${clockTime(message.sentAtMs)}</time
    >${message.state === 'received' || message.kind !== 'text' ? nothing : delivery(message.state)}</span
  >`;
}

function left(message: MessageView): TemplateResult | typeof nothing {
  const words = leftWords(message, Date.now());
  if (words === null) return nothing;
  return html`<span class="left" title=${words.full} data-testid="message-left"
    >${icon('timer', 14)}<span aria-hidden="true">${words.short}</span
    ><span class="words">${words.full}. </span></span
  >`;
}

function delivery(state: DeliveryState): TemplateResult {
  return html`<span class="delivery" title=${strings().delivery[state]}>${deliveryMark(state)}</span>`;
}
