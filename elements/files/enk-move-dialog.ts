import { filesServiceContext, ServiceController, type VaultFolder } from '@enk/context';
import { baseStyles, buttonStyles, errorText, fieldStyles, icon, strings } from '@enk/internal';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { EnkNameGivenEvent } from './enk-name-form.ts';
import { EnkMoveChosenEvent, type VaultItem } from './files.events.ts';
import { below } from './vault-place.ts';

/**
 * Asks into which folder something goes: one choice among all folders, by arrow keys, or a new one. A folder cannot go
 * into itself.
 *
 * @event enk-move-chosen - Where to.
 * @event enk-dialog-close-request - No longer wanted.
 */
export class EnkMoveDialog extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    fieldStyles,
    css`
      fieldset {
        display: grid;
        max-block-size: min(18rem, 40dvh);
        margin: 0 0 12px;
        padding: 0;
        border: 1px solid var(--_border);
        border-radius: var(--_radius);
        overflow: auto;
      }
      label {
        display: flex;
        align-items: center;
        gap: 10px;
        min-block-size: 40px;
        padding-inline: 12px;
        cursor: pointer;
      }
      label:hover {
        background: var(--_hover);
      }
      label:has(:checked) {
        background: var(--_selected);
      }
      label:has(:disabled) {
        opacity: 0.5;
        cursor: default;
      }
      input[type='radio'] {
        inline-size: 18px;
        block-size: 18px;
        margin: 0;
        flex: none;
        accent-color: var(--_accent);
      }
      .step {
        flex: none;
        inline-size: 10px;
      }
      svg {
        flex: none;
        color: var(--_text-muted);
      }
      bdi {
        overflow-wrap: anywhere;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .buttons .primary {
        margin-inline-start: auto;
      }
      enk-name-form {
        margin-block-end: 12px;
      }
    `,
  ];

  @property({ attribute: false }) items: readonly VaultItem[] = [];
  /** Where they are now. */
  @property({ attribute: false }) from: string | null = null;
  @state() private to: string | null | undefined;
  @state() private isNaming = false;
  @state() private error = '';
  readonly #files = new ServiceController(this, filesServiceContext);

  protected override render(): TemplateResult {
    const texts = strings().files;
    const { items, from } = this;
    const [first] = items;
    const title =
      first && items.length === 1 ? `${texts.move}: ${first.name}` : texts.moveTitle(items.length);
    const to = this.to === undefined ? from : this.to;
    return html`<enk-dialog open .heading=${title} data-testid="move-dialog">
      <fieldset aria-label=${texts.moveTitle(items.length)}>${this.#choices(to)}</fieldset>
      ${this.error ? html`<p class="error" role="alert">${this.error}</p>` : nothing}
      ${this.isNaming ? this.#naming(to) : nothing}
      <div class="buttons">
        ${
          this.isNaming
            ? nothing
            : html`<button
                class="button quiet"
                type="button"
                data-testid="move-new-folder"
                @click=${() => (this.isNaming = true)}
              >
                ${icon('folder-plus', 16)} ${texts.newFolder}
              </button>`
        }
        <button
          class="button primary"
          type="button"
          data-testid="move-here"
          ?disabled=${to === from}
          @click=${() => this.dispatchEvent(new EnkMoveChosenEvent(to))}
        >
          ${texts.moveHere}
        </button>
      </div>
    </enk-dialog>`;
  }

  #choices(to: string | null): readonly TemplateResult[] {
    const folders = this.#files.snapshot?.folders ?? [];
    const closed = new Set(
      this.items.filter(({ isFolder }) => isFolder).flatMap(({ id }) => [...below(folders, id)]),
    );
    const { compare } = new Intl.Collator(strings().language, { numeric: true });
    const choice = (id: string | null, name: string, depth: number): TemplateResult =>
      html`<label>
        ${Array.from({ length: depth }, () => html`<span class="step"></span>`)}
        <input
          type="radio"
          name="to"
          data-testid="move-to"
          .checked=${to === id}
          ?disabled=${id !== null && closed.has(id)}
          @change=${() => (this.to = id)}
        />
        ${icon('folder')}<bdi>${name}</bdi>
      </label>`;
    const under = (parentId: string | null, depth: number): TemplateResult[] =>
      folders
        .filter(folder => folder.parentId === parentId)
        .sort((a: VaultFolder, b: VaultFolder) => compare(a.name, b.name))
        .flatMap(({ id, name }) => [choice(id, name, depth), ...under(id, depth + 1)]);
    return [choice(null, strings().files.top, 0), ...under(null, 1)];
  }

  #naming(parentId: string | null): TemplateResult {
    const texts = strings().files;
    return html`<enk-name-form
      name="folder-name"
      label=${texts.folderName}
      action=${texts.make}
      @enk-name-given=${({ value }: EnkNameGivenEvent) => void this.#make(value, parentId)}
    ></enk-name-form>`;
  }

  async #make(name: string | null, parentId: string | null): Promise<void> {
    this.isNaming = false;
    this.error = '';
    if (name === null) return;
    try {
      this.to = await this.#files.service?.changeFolders({ kind: 'make', name, parentId });
    } catch (error) {
      this.error = errorText(error);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-move-dialog': EnkMoveDialog;
  }
}
