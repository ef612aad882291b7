/** How far an own message got, as an icon of its own shape with its words: colour alone says nothing here. */
import type { MessageView } from '@enk/context';
import { icon, strings, type IconName } from '@enk/internal';
import { html, type TemplateResult } from 'lit';

/** States of own messages. */
export type DeliveryState = Exclude<MessageView['state'], 'received'>;

const ICONS = {
  queued: 'clock',
  sent: 'check',
  delivered: 'double-check',
  read: 'eye',
} satisfies Record<DeliveryState, IconName>;

export function deliveryMark(state: DeliveryState): TemplateResult {
  return html`${icon(ICONS[state], 14)}<span class="words">${strings().delivery[state]}</span>`;
}
