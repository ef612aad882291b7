import {
  ServiceController,
  vaultServiceContext,
  type LockSettings,
  type UnlockMethodKind,
  type UnlockMethodView,
  type VaultView,
} from '@enk/context';
import {
  baseStyles,
  buttonStyles,
  errorText,
  fieldStyles,
  icon,
  strings,
  type IconName,
} from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { EnkLockChangeRequestEvent } from './enk-auto-lock.ts';
import type { MethodTask } from './enk-method-dialog.ts';
import { vaultSettingsStyles } from './enk-vault-settings.styles.ts';

const SYMBOLS: Readonly<Record<UnlockMethodKind, IconName>> = {
  device: 'eye',
  passkey: 'key',
  passcode: 'lock',
  password: 'lock',
  'recovery-key': 'copy',
};
const ADDABLE: readonly UnlockMethodKind[] = ['passcode', 'password', 'passkey', 'recovery-key', 'device'];

/**
 * The lock of this device's vault, from inside: the ways to open it, when it locks by itself, how much is stored,
 * export, import, and erasing everything. Needs an `<enk-provider>` around it and nothing else of the page.
 */
export class EnkVaultSettings extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, vaultSettingsStyles];

  /** `light` or `dark`; by the provider or the page when absent. */
  @property({ reflect: true }) theme: 'light' | 'dark' | undefined;

  @state() private task: MethodTask | null = null;
  @state() private isErasing = false;
  @state() private isExporting = false;
  /** An import was asked for, by a file that was dropped here or without one. */
  @state() private importing: { readonly file: File | null } | null = null;
  @state() private error = '';
  readonly #vault = new ServiceController(this, vaultServiceContext);

  protected override render(): TemplateResult {
    const vault = this.#vault.snapshot;
    if (!vault) return html`<p class="hint" role="status">${strings().vault.notHere}</p>`;
    return html`<div class="sections">
        ${this.#methods(vault)} ${this.#autoLock(vault)} ${this.#moving(vault)} ${this.#storage()}
        ${this.#erase()}
      </div>
      ${this.#dialogs()}`;
  }

  #methods({ methods, canLock }: VaultView): TemplateResult {
    const texts = strings().vault.settings;
    const hasRecovery = methods.some(({ kind }) => kind === 'recovery-key');
    return html`<div class="card">
      <p class="hint" data-testid="vault-state">${canLock ? texts.locked : texts.openByItself}</p>
      <div>${methods.map(method => this.#method(method, methods))}</div>
      ${!hasRecovery ? html`<p class="notice" role="note">${texts.noRecovery}</p>` : nothing}
      ${this.#adds(methods)}
      ${
        canLock
          ? html`<div class="actions">
              <button class="button" type="button" data-testid="lock-now" @click=${this.#lockNow}>
                ${icon('lock', 16)} ${texts.lockNow}
              </button>
            </div>`
          : nothing
      }
      ${this.error ? html`<p class="error" role="alert">${this.error}</p>` : nothing}
    </div>`;
  }

  #method(method: UnlockMethodView, all: readonly UnlockMethodView[]): TemplateResult {
    const { vault } = strings();
    const { kind, createdAtMs } = method;
    const isLast = all.filter(other => other !== method).every(other => other.kind === 'recovery-key');
    const canRemove = !isLast || kind === 'recovery-key';
    const canChange = kind !== 'device' && kind !== 'passkey';
    return html`<div class="method" data-testid=${`method-${kind}`}>
      ${icon(SYMBOLS[kind])}
      <div>
        <div>${vault.kinds[kind]}</div>
        <div class="hint">${vault.settings.since(dateText(createdAtMs))}</div>
      </div>
      <div class="buttons">
        ${
          canChange
            ? this.#methodButton(vault.settings.change, `change-${kind}`, { act: 'change', method })
            : nothing
        }
        ${
          canRemove
            ? this.#methodButton(vault.settings.remove, `remove-${kind}`, { act: 'remove', method })
            : nothing
        }
      </div>
    </div>`;
  }

  #methodButton(
    label: string,
    testId: string,
    task: MethodTask & { method: UnlockMethodView },
  ): TemplateResult {
    const name = `${label}: ${strings().vault.kinds[task.method.kind]}`;
    return html`<button
      class="button quiet"
      type="button"
      aria-label=${name}
      data-testid=${testId}
      @click=${() => (this.task = task)}
    >
      ${label}
    </button>`;
  }

  #adds(methods: readonly UnlockMethodView[]): TemplateResult {
    const texts = strings().vault.settings;
    const canUsePasskeys = this.#vault.service?.canUsePasskeys ?? false;
    const offered = ADDABLE.filter(kind =>
      kind === 'passkey' ? canUsePasskeys : !methods.some(method => method.kind === kind),
    );
    return html`<div class="actions" role="group" aria-label=${texts.add}>
      ${offered.map(
        kind =>
          html`<button
            class="button"
            type="button"
            data-testid=${`add-${kind}`}
            @click=${() => (this.task = { act: 'add', kind })}
          >
            ${texts.adds[kind]}
          </button>`,
      )}
    </div>`;
  }

  #autoLock({ canLock, lock }: VaultView): TemplateResult {
    const texts = strings().vault.settings;
    return html`<div class="card">
      <h3>${texts.autoLock}</h3>
      <enk-auto-lock
        .lock=${lock}
        ?available=${canLock}
        @enk-lock-change-request=${(event: EnkLockChangeRequestEvent) => this.#setLock(event.lock)}
      ></enk-auto-lock>
      ${canLock ? nothing : html`<p class="hint">${texts.nothingLocks}</p>`}
    </div>`;
  }

  #storage(): TemplateResult {
    const { vault } = strings();
    return html`<div class="card">
      <h3>${vault.settings.storage}</h3>
      <enk-storage-used></enk-storage-used>
    </div>`;
  }

  #moving({ lastExportAtMs }: VaultView): TemplateResult {
    const { vault } = strings();
    const when = lastExportAtMs === null ? null : dateText(lastExportAtMs);
    return html`<div class="card" @dragover=${this.#dragOver} @drop=${this.#drop}>
      <h3>${vault.settings.moving}</h3>
      <p class="hint">${vault.settings.movingHint}</p>
      <p class="hint" data-testid="last-export">${vault.clearing} ${vault.lastExport(when)}</p>
      <div class="actions">
        <button class="button" type="button" data-testid="export" @click=${() => (this.isExporting = true)}>
          ${vault.settings.export}
        </button>
        <button
          class="button"
          type="button"
          data-testid="import"
          @click=${() => (this.importing = { file: null })}
        >
          ${vault.settings.import}
        </button>
      </div>
    </div>`;
  }

  readonly #dragOver = (event: DragEvent): void => event.preventDefault();

  readonly #drop = (event: DragEvent): void => {
    event.preventDefault();
    const [file] = event.dataTransfer?.files ?? [];
    if (file) this.importing = { file };
  };

  #erase(): TemplateResult {
    return html`<div class="actions">
      <button class="button danger" type="button" data-testid="erase" @click=${() => (this.isErasing = true)}>
        ${strings().vault.erase.button}
      </button>
    </div>`;
  }

  #dialogs(): TemplateResult {
    return html`${
      this.task
        ? html`<enk-method-dialog
            .task=${this.task}
            @enk-dialog-close-request=${() => (this.task = null)}
          ></enk-method-dialog>`
        : nothing
    }
    ${
      this.isExporting
        ? html`<enk-export-dialog
            @enk-dialog-close-request=${() => (this.isExporting = false)}
          ></enk-export-dialog>`
        : nothing
    }
    ${
      this.importing
        ? html`<enk-import-dialog
            .file=${this.importing.file}
            @enk-dialog-close-request=${() => (this.importing = null)}
          ></enk-import-dialog>`
        : nothing
    }
    ${
      this.isErasing
        ? html`<enk-erase-dialog
            .erase=${() => this.#vault.service?.erase()}
            @enk-dialog-close-request=${() => (this.isErasing = false)}
          ></enk-erase-dialog>`
        : nothing
    }`;
  }

  readonly #lockNow = (): void => {
    void this.#intend(this.#vault.service?.lock());
  };

  #setLock(lock: LockSettings): void {
    void this.#intend(this.#vault.service?.setLock(lock));
  }

  async #intend(request: Promise<void> | undefined): Promise<void> {
    this.error = '';
    try {
      await request;
    } catch (error) {
      this.error = errorText(error);
    }
  }
}

function dateText(ms: number): string {
  return new Intl.DateTimeFormat(strings().language, { dateStyle: 'medium' }).format(ms);
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-vault-settings': EnkVaultSettings;
  }
}
