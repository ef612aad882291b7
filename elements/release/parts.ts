/** Templates that `<enk-release>` and `<enk-release-alarm>` share. */
import type { ReleaseView } from '@enk/context';
import { strings } from '@enk/internal';
import { html, type TemplateResult } from 'lit';
import { wordsOf } from './words.ts';

/** The eight words, with a way to copy them. */
export function fingerprint({ hash }: Pick<ReleaseView, 'hash'>, testId: string): TemplateResult {
  const { fingerprint: label, fingerprintHint } = strings().release;
  const words = wordsOf(hash);
  return html`<div class="fingerprint">
    <div class="fingerprint-head">
      <h4 id=${testId}>${label}</h4>
      <enk-copy-button .text=${words.join(' ')}></enk-copy-button>
    </div>
    <ol class="words-list" aria-labelledby=${testId} data-testid=${testId} translate="no">
      ${words.map(word => html`<li>${word}</li> `)}
    </ol>
    <p class="small muted">${fingerprintHint}</p>
  </div>`;
}

export interface Fact {
  readonly label: string;
  readonly value: string | TemplateResult;
}

export function factList(facts: readonly Fact[]): TemplateResult {
  return html`<dl class="facts">
    ${facts.map(
      ({ label, value }) =>
        html`<div>
          <dt>${label}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
