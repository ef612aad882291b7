import { callServiceContext, type DeviceKind, type LocalMedia, ServiceController } from '@enk/context';
import { baseStyles, buttonStyles, fieldStyles, strings } from '@enk/internal';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';

/**
 * A look at oneself before and during a call: preview, level, and which devices are used. Opens the devices while it
 * is shown, and gives them back unless a call uses them.
 */
export class EnkDevicePanel extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    fieldStyles,
    css`
      :host {
        display: grid;
        gap: 16px;
      }
      video {
        inline-size: 100%;
        aspect-ratio: 16 / 9;
        border-radius: var(--_radius);
        background: #24262d;
        object-fit: cover;
        scale: -1 1;
      }
      meter {
        inline-size: 100%;
        block-size: 12px;
      }
      .choice {
        display: flex;
        align-items: center;
        gap: 8px;
        min-block-size: 28px;
      }
    `,
  ];

  readonly #calls = new ServiceController(this, callServiceContext);
  #isChecking = false;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.#isChecking) this.#calls.service?.release();
    this.#isChecking = false;
  }

  protected override updated(): void {
    const { service } = this.#calls;
    if (this.#isChecking || service === undefined) return;
    this.#isChecking = true;
    void service.check();
  }

  protected override render(): TemplateResult | typeof nothing {
    const local = this.#calls.snapshot?.local;
    if (local === undefined) return nothing;
    const texts = strings().call;
    return html`<video
        .srcObject=${local.stream}
        .muted=${true}
        autoplay
        playsinline
        aria-label=${texts.devices.preview}
      ></video>
      <div class="field">
        <label for="level">${texts.devices.level}</label>
        <meter id="level" min="0" max="1" .value=${local.level} data-testid="level"></meter>
      </div>
      ${local.trouble === null ? nothing : html`<p class="error" role="alert" data-testid="device-trouble">${texts.device[local.trouble]}</p>`}
      ${(['microphone', 'camera', 'speaker'] as const).map(kind => this.#choice(kind, local))}
      ${this.#switch('noise', local.hasNoiseSuppression, isOn => ({
        noiseSuppression: isOn,
        echoCancellation: local.hasEchoCancellation,
      }))}
      ${this.#switch('echo', local.hasEchoCancellation, isOn => ({
        noiseSuppression: local.hasNoiseSuppression,
        echoCancellation: isOn,
      }))}`;
  }

  #choice(kind: DeviceKind, local: LocalMedia): TemplateResult | typeof nothing {
    const texts = strings().call.devices;
    const devices = local.devices[kind];
    if (devices.length === 0) return nothing;
    return html`<div class="field">
      <label for=${kind}>${texts[kind]}</label>
      <select
        id=${kind}
        class="input"
        data-testid="device-${kind}"
        @change=${(event: Event) => {
          void this.#calls.service?.chooseDevice(kind, (event.target as HTMLSelectElement).value);
        }}
      >
        <option value="" ?selected=${local.chosen[kind] === ''}>${texts.systemDefault}</option>
        ${devices.map(
          ({ id, label }) =>
            html`<option value=${id} ?selected=${local.chosen[kind] === id}>
              ${label === '' ? id.slice(0, 8) : label}
            </option>`,
        )}
      </select>
    </div>`;
  }

  #switch(
    kind: 'noise' | 'echo',
    isOn: boolean,
    options: (isOn: boolean) => { noiseSuppression: boolean; echoCancellation: boolean },
  ): TemplateResult {
    return html`<label class="choice">
      <input
        type="checkbox"
        .checked=${isOn}
        @change=${(event: Event) => {
          void this.#calls.service?.setProcessing(options((event.target as HTMLInputElement).checked));
        }}
      />
      ${strings().call.devices[kind]}
    </label>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-device-panel': EnkDevicePanel;
  }
}
