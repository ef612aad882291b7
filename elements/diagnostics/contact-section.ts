/** One contact's connection as a template: what it is in one line, and all of it when opened. */
import type {
  ContactDiagnostics,
  ContactView,
  DiagnosticsReading,
  LinkTraffic,
  LoggedError,
} from '@enk/context';
import { strings } from '@enk/internal';
import { html, nothing, type TemplateResult } from 'lit';
import { bytesText, durationText, millisecondsText, rateText } from './amounts.ts';
import {
  carrying,
  endFacts,
  errorTime,
  type Fact,
  layerFacts,
  routeWords,
  sessionFacts,
  stateSentence,
  stateWords,
  trafficOf,
} from './words.ts';

export interface ContactSection {
  readonly contact: ContactDiagnostics;
  /** For name and picture; undefined while the list is not there yet. */
  readonly person: ContactView | undefined;
  readonly reading: DiagnosticsReading;
  readonly isOpen: boolean;
  onToggle(isOpen: boolean): void;
}

export function contactSection({
  contact,
  person,
  reading,
  isOpen,
  onToggle,
}: ContactSection): TemplateResult {
  const traffic = trafficOf(reading, carrying(contact));
  const onToggled = ({ target }: Event): void => {
    if (target instanceof HTMLDetailsElement) onToggle(target.open);
  };
  return html`<details class="contact" data-testid="diagnostics-contact" ?open=${isOpen} @toggle=${onToggled}>
    <summary>
      <enk-avatar .identityKey=${person?.identityKey ?? null} .name=${person?.name ?? ''}></enk-avatar>
      <h3 class="name truncate"><bdi>${person?.name ?? strings().diagnostics.unknown}</bdi></h3>
      <span class="route small muted truncate">${oneLine(contact, traffic)}</span>
      <span class="state" data-tone=${toneOf(contact)}>${stateWords(contact)}</span>
    </summary>
    <div class="body">
      ${stateLine(contact, reading.takenAtMs)}
      ${carrying(contact) ? [metrics(traffic), pathPart(traffic), layerPart(contact, reading)] : nothing}
      <section>
        <h4>${strings().diagnostics.details}</h4>
        ${factList(sessionFacts(contact, reading.takenAtMs))}
      </section>
      <section>
        <h4>${strings().diagnostics.errors}</h4>
        ${errorList(contact.errors, reading.takenAtMs)}
      </section>
    </div>
  </details>`;
}

/** Label and value in two columns; one above the other where there is no room. */
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

export function errorList(errors: readonly LoggedError[], nowMs: number): TemplateResult {
  const { noErrors, codes } = strings().diagnostics;
  if (errors.length === 0) return html`<p class="small muted">${noErrors}</p>`;
  return html`<ul class="errors">
    ${errors.map(
      error =>
        html`<li>
          <span class="what">${codes[error.code]} <code>${error.code}</code></span>
          <span class="muted when">${errorTime(error, nowMs)}</span>
        </li>`,
    )}
  </ul>`;
}

/** The tone only repeats what the words beside it say. */
function toneOf({ state, isBlocked }: ContactDiagnostics): 'good' | 'bad' | 'warning' | 'calm' {
  if (isBlocked) return 'calm';
  if (state === 'ready') return 'good';
  if (state === 'stopped') return 'bad';
  return state === 'disconnected' ? 'warning' : 'calm';
}

/** Route and round trip; without a path the newest reason why there is none. */
function oneLine({ errors }: ContactDiagnostics, traffic: LinkTraffic | null): string {
  const { codes, noRoute } = strings().diagnostics;
  const path = traffic?.stats.path;
  const [newest] = errors;
  if (!path) return newest === undefined ? noRoute : codes[newest.code];
  const roundTrip = path.roundTripMs === null ? '' : ` · ${millisecondsText(path.roundTripMs)}`;
  return `${routeWords(traffic)}${roundTrip}`;
}

function stateLine(contact: ContactDiagnostics, nowMs: number): TemplateResult {
  const { connectedFor } = strings().diagnostics;
  const { state, sinceMs, whitepaperState } = contact;
  const since =
    state === 'ready' && sinceMs !== null ? ` ${connectedFor(durationText(nowMs - sinceMs))}` : '';
  return html`<p class="what" data-testid="diagnostics-state">
    ${stateSentence(contact)}${since} <code>${whitepaperState ?? state}</code>
  </p>`;
}

function metrics(traffic: LinkTraffic | null): TemplateResult {
  const { roundTrip, sending, receiving, total } = strings().diagnostics;
  const totalText = (bytes: number | undefined): string =>
    bytes === undefined ? '' : total(bytesText(bytes));
  const tile = (label: string, value: string, more: string): TemplateResult =>
    html`<div>
      <dt>${label}</dt>
      <dd class="value">${value}</dd>
      <dd class="more">${more}</dd>
    </div>`;
  return html`<dl class="metrics">
    ${tile(roundTrip, millisecondsText(traffic?.stats.path?.roundTripMs ?? null), '')}
    ${tile(sending, rateText(traffic?.sentPerSecond ?? null), totalText(traffic?.stats.bytesSent))}
    ${tile(receiving, rateText(traffic?.receivedPerSecond ?? null), totalText(traffic?.stats.bytesReceived))}
  </dl>`;
}

function pathPart(traffic: LinkTraffic | null): TemplateResult {
  const { route } = strings().diagnostics;
  return html`<section>
    <h4>${route}</h4>
    <p class="small" data-testid="diagnostics-route">${routeWords(traffic)}</p>
    ${traffic?.stats.path ? factList(endFacts(traffic)) : nothing}
  </section>`;
}

function layerPart(contact: ContactDiagnostics, { core }: DiagnosticsReading): TemplateResult {
  const { diagnostics } = strings();
  const layers = layerFacts(core.layers, carrying(contact)) ?? [];
  return html`<section>
    <h4>${diagnostics.layers}</h4>
    <ol class="layers" data-testid="diagnostics-layers">
      ${layers.map(
        ({ label, value }) =>
          html`<li><span class="layer">${label}</span> <span class="muted">${value}</span></li>`,
      )}
    </ol>
  </section>`;
}
