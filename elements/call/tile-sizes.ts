/** How large members' cameras are shown, in steps, told whenever a tile passes one. */
import type { ContactId } from '@enk/context';

/** Rows of a picture: between two of them nobody sees the difference. */
const STEPS = [120, 180, 240, 360, 480, 720] as const;
const PICTURE_ROWS_PER_COLUMN = 9 / 16;

export class TileSizes {
  readonly #observer = new ResizeObserver(entries => entries.forEach(({ target }) => this.#look(target)));
  readonly #told = new Map<Element, number>();
  readonly #tell: (contactId: ContactId, rows: number) => void;

  constructor(tell: (contactId: ContactId, rows: number) => void) {
    this.#tell = tell;
  }

  /** Tiles with `data-contact`; those that were followed before and are not among them are forgotten. */
  follow(tiles: Iterable<Element>): void {
    const now = new Set(tiles);
    for (const tile of this.#told.keys()) {
      if (now.has(tile)) continue;
      this.#observer.unobserve(tile);
      this.#told.delete(tile);
    }
    for (const tile of now) {
      if (this.#told.has(tile)) continue;
      this.#told.set(tile, 0);
      this.#observer.observe(tile);
    }
  }

  #look(tile: Element): void {
    const contactId = tile.getAttribute('data-contact') as ContactId | null;
    const { width, height } = tile.getBoundingClientRect();
    if (contactId === null || width === 0 || height === 0 || !this.#told.has(tile)) return;
    // The picture covers its tile: whichever side is the tighter one decides.
    const shown = Math.max(height, width * PICTURE_ROWS_PER_COLUMN) * devicePixelRatio;
    const rows = STEPS.find(step => step >= shown) ?? STEPS[STEPS.length - 1] ?? 720;
    if (this.#told.get(tile) === rows) return;
    this.#told.set(tile, rows);
    this.#tell(contactId, rows);
  }
}
