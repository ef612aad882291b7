/** The switch of fast transfers, which says what is given up. */
import { strings } from '@enk/internal';
import { html, type TemplateResult } from 'lit';

export function fastSwitch(isFast: boolean, onChange: (input: HTMLInputElement) => void): TemplateResult {
  const texts = strings().files;
  return html`<div class="switch">
    <input
      type="checkbox"
      id="fast"
      data-testid="files-fast"
      aria-describedby="fast-hint"
      .checked=${isFast}
      @change=${(event: Event) => onChange(event.target as HTMLInputElement)}
    />
    <label for="fast">${texts.fast}</label>
    <p class="hint" id="fast-hint">${texts.fastHint}</p>
  </div>`;
}
