/** What stands over the list of files: add, make a folder, search, sort, and how they are laid out. */
import { icon, strings } from '@enk/internal';
import { html, type TemplateResult } from 'lit';
import { FILE_SORTS, type FileSort } from './file-list.ts';

export interface FilesTools {
  readonly search: string;
  readonly sort: FileSort;
  readonly layout: 'list' | 'grid';
  readonly isNaming: boolean;
  onSearch(text: string): void;
  onSort(sort: FileSort): void;
  onLayout(layout: 'list' | 'grid'): void;
  onNaming(): void;
  /** Of an input of files. */
  onChosen(event: Event): void;
}

export function filesTools(tools: FilesTools): TemplateResult {
  const texts = strings().files;
  return html`<div class="tools">
    <button class="button primary" type="button" data-testid="files-add" @click=${pick}>
      ${icon('plus', 16)} ${texts.add}
    </button>
    <input
      type="file"
      multiple
      hidden
      data-testid="files-input"
      aria-label=${texts.add}
      @change=${tools.onChosen}
    />
    <button class="button" type="button" data-testid="files-add-folder" @click=${pick}>
      ${icon('folder', 16)} ${texts.addFolder}
    </button>
    <input
      type="file"
      webkitdirectory
      hidden
      data-testid="folder-input"
      aria-label=${texts.addFolder}
      @change=${tools.onChosen}
    />
    <button
      class="button"
      type="button"
      data-testid="files-new-folder"
      aria-expanded=${tools.isNaming}
      @click=${tools.onNaming}
    >
      ${icon('folder-plus', 16)} ${texts.newFolder}
    </button>
    ${layoutButton(tools)}
    <input
      class="input search"
      type="search"
      data-testid="files-search"
      aria-label=${texts.search}
      placeholder=${texts.search}
      .value=${tools.search}
      @input=${(event: InputEvent) => tools.onSearch((event.target as HTMLInputElement).value)}
    />
    <select
      class="input sort"
      data-testid="files-sort"
      aria-label=${texts.sort}
      @change=${(event: Event) => tools.onSort((event.target as HTMLSelectElement).value as FileSort)}
    >
      ${FILE_SORTS.map(sort => html`<option value=${sort} ?selected=${sort === tools.sort}>${texts.sorts[sort]}</option>`)}
    </select>
  </div>`;
}

function layoutButton({ layout, onLayout }: FilesTools): TemplateResult {
  const texts = strings().files;
  const isGrid = layout === 'grid';
  const label = isGrid ? texts.asList : texts.asGrid;
  return html`<button
    class="button layout"
    type="button"
    data-testid="files-layout"
    aria-label=${label}
    title=${label}
    @click=${() => onLayout(isGrid ? 'list' : 'grid')}
  >
    ${icon(isGrid ? 'list' : 'grid', 16)}
  </button>`;
}

/** The input behind a button opens the browser's own dialog. */
function pick(event: Event): void {
  ((event.currentTarget as Element).nextElementSibling as HTMLInputElement).click();
}
