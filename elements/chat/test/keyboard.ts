/** Keys and focus, through shadow roots. */
import { deepActiveElement } from '@enk/internal';

/** Dispatches a keydown as a browser would. */
export function press(target: Element | null, key: string, init: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent('keydown', {
    key,
    bubbles: true,
    composed: true,
    cancelable: true,
    ...init,
  });
  target?.dispatchEvent(event);
  return event;
}

/** Test id of what has the focus. */
export function focusedTestId(): string | null {
  return deepActiveElement()?.getAttribute('data-testid') ?? null;
}
