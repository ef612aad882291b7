/**
 * Files and folders of the vault that are dragged from one folder into another. Their ids stay in this page: the drag
 * itself carries an empty mark, so that nothing else learns what the vault has.
 */
import type { VaultItem } from './files.events.ts';

const MARK = 'application/x-enk-items';

export class DraggedItems {
  #items: readonly VaultItem[] = [];

  start(event: DragEvent, items: readonly VaultItem[]): void {
    if (event.dataTransfer === null) return;
    this.#items = items;
    event.dataTransfer.setData(MARK, '');
    event.dataTransfer.effectAllowed = 'copyMove';
  }

  end(): void {
    this.#items = [];
  }

  /** Says that they may be dropped here; not into themselves. */
  over(event: DragEvent, folderId: string | null): boolean {
    const isOurs = event.dataTransfer?.types.includes(MARK) === true && this.#items.length > 0;
    if (!isOurs || this.#items.some(({ id }) => id === folderId)) return false;
    event.preventDefault();
    event.stopPropagation();
    (event.dataTransfer as DataTransfer).dropEffect = 'move';
    return true;
  }

  /** What was dropped; empty: nothing of ours. */
  drop(event: DragEvent): readonly VaultItem[] {
    if (event.dataTransfer?.types.includes(MARK) !== true) return [];
    event.preventDefault();
    event.stopPropagation();
    const items = this.#items;
    this.#items = [];
    return items;
  }
}
