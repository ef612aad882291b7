import { invitesServiceContext, ServiceController, type InviteView } from '@enk/context';
import { deadline, icon, strings } from '@enk/internal';
import { css, html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { ChatDialogElement } from './chat-dialog.ts';
import { inviteLink } from './invite-link.ts';

const HOUR_MS = 3_600_000;
const LIFETIMES_MS = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS } as const;

/** Makes an invite link and shows it to copy, share or scan; lists the others that are still open. */
export class EnkInviteDialog extends ChatDialogElement {
  static override styles = [
    ...ChatDialogElement.styles,
    css`
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: flex-end;
        gap: 8px;
      }
      .row > .input {
        flex: 1;
        min-inline-size: 0;
        font-size: var(--_size-small);
        text-overflow: ellipsis;
      }
      .row > span {
        flex: 1 1 20ch;
      }
      .share {
        display: grid;
        grid-auto-columns: 1fr;
        grid-auto-flow: column;
        gap: 8px;
      }
    `,
  ];

  /** Page that opens invite links; see `<enk-chat invite-base>`. */
  @property({ attribute: false }) base = '';
  @state() private current: InviteView | null = null;
  readonly #invites = new ServiceController(this, invitesServiceContext);

  protected heading(): string {
    return strings().invite.title;
  }

  protected content(): TemplateResult {
    const shown = this.#shown();
    return html`<div class="stack">
      ${shown ? this.#made(shown) : this.#form()} ${this.errorLine()} ${this.#others(shown)}
    </div>`;
  }

  /** The invite made here, in its newest state. Gone from the list means taken back. */
  #shown(): InviteView | null {
    if (!this.current) return null;
    const { id } = this.current;
    return this.#invites.snapshot?.find(invite => invite.id === id) ?? this.current;
  }

  #form(): TemplateResult {
    const texts = strings().invite;
    return html`<p class="muted">${texts.intro}</p>
      <form class="stack" @submit=${this.#create}>
        <div class="field">
          <label for="lifetime">${texts.lifetime}</label>
          <select class="input" id="lifetime" data-testid="invite-lifetime">
            <option value="hour">${texts.lifetimes.hour}</option>
            <option value="day" selected>${texts.lifetimes.day}</option>
            <option value="week">${texts.lifetimes.week}</option>
          </select>
        </div>
        <button
          class="button primary"
          type="submit"
          autofocus
          data-testid="invite-create"
          ?disabled=${this.isBusy}
        >
          ${texts.create}
        </button>
      </form>`;
  }

  #made(invite: InviteView): TemplateResult {
    const texts = strings().invite;
    if (invite.state !== 'open')
      return html`<p role="status" data-testid="invite-state">
          ${invite.state === 'used' ? texts.used : texts.expired}
        </p>
        <button class="button" type="button" @click=${() => (this.current = null)}>${texts.another}</button>`;
    const link = inviteLink(this.base, invite.token);
    const data: ShareData = { text: strings().invite.message, url: link };
    const canShare = 'canShare' in navigator && navigator.canShare(data);
    return html`<div class="stack center">
        <enk-qr .content=${link} label=${texts.qr}></enk-qr>
        <p class="muted">${texts.scan}</p>
      </div>
      <div class="field">
        <label for="link">${texts.link}</label>
        <input
          class="input small"
          id="link"
          readonly
          dir="ltr"
          data-testid="invite-link"
          .value=${link}
          @focus=${(event: FocusEvent) => (event.target as HTMLInputElement).select()}
        />
      </div>
      <div class="share">
        <enk-copy-button primary .text=${link} @enk-copy-failed=${this.#selectLink}></enk-copy-button>
        ${
          canShare
            ? html`<button class="button" type="button" @click=${() => this.#share(data)}>
                ${icon('share', 16)} ${strings().common.share}
              </button>`
            : nothing
        }
      </div>
      <div class="row">
        <span class="hint">${texts.expires(deadline(invite.expiresAtMs, Date.now()))}</span>
        ${this.#revokeButton(invite)}
      </div>`;
  }

  #others(shown: InviteView | null): TemplateResult | typeof nothing {
    const texts = strings().invite;
    const others = (this.#invites.snapshot ?? []).filter(
      invite => invite.state === 'open' && invite.id !== shown?.id,
    );
    if (others.length === 0) return nothing;
    return html`<hr />
      <section class="stack tight">
        <h3 class="label">${texts.others}</h3>
        <ul>
          ${others.map(
            invite =>
              html`<li class="row">
                <span class="hint">${texts.otherLabel(deadline(invite.expiresAtMs, Date.now()))}</span>
                <button class="button quiet" type="button" @click=${() => (this.current = invite)}>
                  ${texts.show}
                </button>
                ${this.#revokeButton(invite)}
              </li>`,
          )}
        </ul>
      </section>`;
  }

  #revokeButton(invite: InviteView): TemplateResult {
    return html`<button
      class="button quiet danger"
      type="button"
      data-testid="invite-revoke"
      @click=${() => this.#revoke(invite)}
    >
      ${strings().invite.revoke}
    </button>`;
  }

  async #create(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const lifetimeMs = LIFETIMES_MS[this.value('#lifetime') as keyof typeof LIFETIMES_MS];
    const invite = await this.intend(() => this.#invites.service?.create({ lifetimeMs }));
    if (!invite) return;
    this.current = invite;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('enk-copy-button')?.focus();
  }

  async #revoke(invite: InviteView): Promise<void> {
    await this.intend(() => this.#invites.service?.revoke(invite.id));
    if (!this.error && this.current?.id === invite.id) this.current = null;
  }

  async #share(data: ShareData): Promise<void> {
    try {
      await navigator.share(data);
    } catch {
      // The person closed the system's sheet; the link stays shown.
    }
  }

  #selectLink(): void {
    this.renderRoot.querySelector<HTMLInputElement>('#link')?.focus();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-invite-dialog': EnkInviteDialog;
  }
}
