/** One contact as a row of the list. Names and texts of others are text bindings, isolated. */
import type { ContactView } from '@enk/context';
import { icon, relativeTime, strings, type IconName } from '@enk/internal';
import { html, nothing, type TemplateResult } from 'lit';
import { connectionWords } from './contact-words.ts';
import { deliveryMark } from './delivery-mark.ts';

/** More than fits any row; keeps a 64 KiB message out of the list. */
const PREVIEW_CODE_UNITS = 160;

export interface ContactRowOptions {
  readonly isCurrent: boolean;
  /** Exactly one row takes part in the tab order; arrow keys move between rows. */
  readonly isInTabOrder: boolean;
  readonly nowMs: number;
}

export function contactRow(contact: ContactView, options: ContactRowOptions): TemplateResult {
  const { list } = strings();
  const isConnected = contact.connection.kind === 'ready' && !contact.isBlocked;
  return html`<button
    class="row ${contact.unreadCount > 0 ? 'unread' : ''}"
    type="button"
    data-testid="contact-row"
    data-contact-id=${contact.id}
    data-connection=${contact.connection.kind}
    aria-current=${options.isCurrent ? 'true' : 'false'}
    tabindex=${options.isInTabOrder ? '0' : '-1'}
  >
    <span class="picture">
      <enk-avatar .identityKey=${contact.identityKey} .name=${contact.name}></enk-avatar>
      ${isConnected ? html`<span class="dot" title=${list.connected}></span>` : nothing}
    </span>
    <span class="text">
      <span class="line">
        <span class="name truncate"><bdi>${contact.name}</bdi></span>
        ${isConnected ? html`<span class="words">, ${list.connected}</span>` : nothing}
        ${
          contact.lastMessage
            ? html`<span class="time">${relativeTime(contact.lastMessage.sentAtMs, options.nowMs)}</span>`
            : nothing
        }
      </span>
      <span class="line second">
        ${preview(contact)}
        ${
          contact.unreadCount > 0
            ? html`<span class="badge" data-testid="unread-badge"
                ><span aria-hidden="true">${contact.unreadCount > 99 ? '99+' : contact.unreadCount}</span
                ><span class="words">${list.unread(contact.unreadCount)}</span></span
              >`
            : nothing
        }
      </span>
    </span>
  </button>`;
}

/** What matters most about this contact now, in one line. */
function preview(contact: ContactView): TemplateResult {
  const { list } = strings();
  if (contact.isBlocked) return line('', list.blocked);
  if (contact.connection.kind === 'someone-else-answers')
    return line('problem', connectionWords(contact), 'alert');
  if (contact.connection.kind === 'stopped') return line('warning', connectionWords(contact), 'alert');
  if (contact.isTyping) return line('typing', list.typing);
  const last = contact.lastMessage;
  if (!last) return line('', connectionWords(contact));
  if (last.kind === 'timer' || last.kind === 'message-timer')
    return line('', strings().retention.lines.preview, 'timer');
  if (last.kind === 'deleted') return line('', strings().retention.deleted.preview, 'trash');
  return html`<span class="preview">
    ${last.state === 'received' ? nothing : deliveryMark(last.state)}
    ${last.isMine ? html`<span class="words">${list.you}</span>` : nothing}
    <span class="truncate"><bdi>${last.text.slice(0, PREVIEW_CODE_UNITS)}</bdi></span>
  </span>`;
}

function line(tone: string, text: string, symbol?: IconName): TemplateResult {
  return html`<span class="preview ${tone}">
    ${symbol ? icon(symbol, 14) : nothing}<span class="truncate">${text}</span>
  </span>`;
}
