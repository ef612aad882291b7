/**
 * What Escape closes: the thing opened last, and only that. One stack per document, shared by every copy of this
 * module. Escape during text composition belongs to the input method and closes nothing.
 */
export interface Dismissible {
  dismiss(): void;
}

interface DismissibleStack {
  readonly items: Dismissible[];
}

const KEY = Symbol.for('enk.dismissible-stack.v1');

function stack(): DismissibleStack {
  const owner: Document & { [KEY]?: DismissibleStack } = document;
  if (!owner[KEY]) {
    owner[KEY] = { items: [] };
    // Capture: the page must not see an Escape that closed something of ours.
    document.addEventListener('keydown', onKeydown, { capture: true });
  }
  return owner[KEY];
}

function onKeydown(event: KeyboardEvent): void {
  if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return;
  const top = stack().items.at(-1);
  if (!top) return;
  event.preventDefault();
  event.stopPropagation();
  top.dismiss();
}

/** Puts `item` on top; the returned function takes it off again, wherever it stands by then. */
export function addDismissible(item: Dismissible): () => void {
  const { items } = stack();
  items.push(item);
  return () => {
    const index = items.indexOf(item);
    if (index >= 0) items.splice(index, 1);
  };
}
