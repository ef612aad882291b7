import type { NetworkSettings } from '@enk/context';
import { baseStyles, buttonStyles, fieldStyles } from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { formatIceText, parseIceText } from './ice-text.ts';
import { settingsStyles } from './enk-settings.styles.ts';
import { texts } from './texts.ts';

/** The person wants these network settings; null means those of the site. */
export class NetworkSaveEvent extends Event {
  static readonly type = 'enk-network-save-request';
  constructor(readonly network: NetworkSettings | null) {
    super(NetworkSaveEvent.type, { bubbles: true, cancelable: true });
  }
}

/**
 * Broker, ICE servers and relay mode as a form. Checks what a person can mistype; whether an address may be used is
 * decided below.
 *
 * @event enk-network-save-request - `network` is what the person wants.
 */
export class NetworkForm extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, settingsStyles];

  /** What is in force. */
  @property({ attribute: false }) network: NetworkSettings | null = null;
  /** Whether they differ from the site's, so that there is something to go back to. */
  @property({ attribute: false }) isRemembered = false;
  @state() private brokerError = '';
  @state() private iceError = '';

  protected override render(): TemplateResult | typeof nothing {
    if (!this.network) return nothing;
    const { network: text } = texts;
    return html`<form novalidate @submit=${this.#submit}>
      <div class="field">
        <label for="broker">${text.broker}</label>
        <input
          id="broker"
          class="input"
          data-testid="settings-broker"
          inputmode="url"
          autocomplete="off"
          spellcheck="false"
          aria-invalid=${this.brokerError !== ''}
          aria-describedby="broker-hint"
          .value=${this.network.brokerUrl}
        />
        <p id="broker-hint" class=${this.brokerError === '' ? 'hint' : 'error'}>
          ${this.brokerError || text.brokerHint}
        </p>
      </div>
      <div class="field">
        <label for="ice">${text.ice}</label>
        <textarea
          id="ice"
          class="input mono"
          data-testid="settings-ice"
          rows="3"
          spellcheck="false"
          aria-invalid=${this.iceError !== ''}
          aria-describedby="ice-hint"
          .value=${formatIceText(this.network.iceServers)}
        ></textarea>
        <p id="ice-hint" class=${this.iceError === '' ? 'hint' : 'error'}>${this.iceError || text.iceHint}</p>
      </div>
      <label class="switch">
        <span>${text.relay}</span>
        <input
          id="relay"
          type="checkbox"
          role="switch"
          data-testid="settings-relay"
          aria-describedby="relay-hint"
          .checked=${this.network.relayOnly}
        />
      </label>
      <p id="relay-hint" class="hint">${text.relayHint}</p>
      <div class="actions">
        <button class="button" type="submit" data-testid="settings-network-save">${text.save}</button>
        ${
          this.isRemembered
            ? html`<button type="button" class="button quiet" @click=${this.#reset}>${text.reset}</button>`
            : nothing
        }
      </div>
    </form>`;
  }

  #submit(event: Event): void {
    event.preventDefault();
    const brokerUrl = this.#field<HTMLInputElement>('broker').value.trim();
    const ice = parseIceText(this.#field<HTMLTextAreaElement>('ice').value);
    const relayOnly = this.#field<HTMLInputElement>('relay').checked;
    this.brokerError = isBrokerForm(brokerUrl) ? '' : texts.network.invalidBroker;
    this.iceError = ice.kind === 'invalid' ? texts.network.invalidLine(ice.line) : '';
    if (ice.kind === 'valid' && relayOnly && !ice.servers.some(hasTurn)) {
      this.iceError = texts.network.relayNeedsTurn;
    }
    if (this.brokerError !== '') this.#field('broker').focus();
    else if (this.iceError !== '') this.#field('ice').focus();
    else if (ice.kind === 'valid') {
      this.dispatchEvent(new NetworkSaveEvent({ brokerUrl, iceServers: ice.servers, relayOnly }));
    }
  }

  #reset(): void {
    this.brokerError = this.iceError = '';
    this.#field('broker').focus(); // the button that had the focus goes
    this.dispatchEvent(new NetworkSaveEvent(null));
  }

  #field<E extends HTMLElement = HTMLElement>(id: string): E {
    return this.renderRoot.querySelector<E>(`#${id}`)!;
  }
}

function isBrokerForm(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  return parsed !== null && (parsed.protocol === 'wss:' || parsed.protocol === 'ws:');
}

function hasTurn(server: NetworkSettings['iceServers'][number]): boolean {
  return [server.urls].flat().some(url => url.startsWith('turn'));
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-network-form': NetworkForm;
  }
}
