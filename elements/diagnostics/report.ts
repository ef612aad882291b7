/**
 * The reading as Markdown, to hand to somebody who helps. It is built from states, counters and codes alone: contacts
 * are numbered, the own address is shortened, and of networks only the kind is told. Pure.
 */
import type { ContactDiagnostics, DiagnosticsReading, LoggedError } from '@enk/context';
import { strings } from '@enk/internal';
import { bytesText, millisecondsText, rateText } from './amounts.ts';
import type { PageModule } from './page-modules.ts';
import {
  carrying,
  deviceFacts,
  endFacts,
  errorTime,
  type Fact,
  layerFacts,
  routeWords,
  sessionFacts,
  stateSentence,
  trafficOf,
} from './words.ts';

/** Holds no name, text, key, secret, whole address of a peer, or IP address. */
export function diagnosticsReport(reading: DiagnosticsReading, modules: readonly PageModule[]): string {
  const { core, takenAtMs } = reading;
  const { diagnostics } = strings();
  const sections = [
    `# Enkrypted, ${new Date(takenAtMs).toISOString()}`,
    section(diagnostics.device, lines(deviceFacts(reading))),
    ...core.contacts.map((contact, index) => section(`Contact ${index + 1}`, contactLines(reading, contact))),
    ...(core.strangerErrors.length === 0
      ? []
      : [section(diagnostics.strangers, errorLines(core.strangerErrors, takenAtMs))]),
    section(
      diagnostics.modules(modules.length),
      modules.map(({ name, version }) => `- ${name} ${version || diagnostics.none}`),
    ),
  ];
  return `${sections.join('\n\n')}\n`;
}

function contactLines(reading: DiagnosticsReading, contact: ContactDiagnostics): readonly string[] {
  const { diagnostics } = strings();
  const { takenAtMs, core } = reading;
  const session = carrying(contact);
  const traffic = trafficOf(reading, session);
  const facts: Fact[] = [
    {
      label: diagnostics.state,
      value: `${stateSentence(contact)} (${contact.whitepaperState ?? contact.state})`,
    },
    { label: diagnostics.route, value: routeWords(traffic) },
    ...endFacts(traffic),
    { label: diagnostics.roundTrip, value: millisecondsText(traffic?.stats.path?.roundTripMs ?? null) },
    { label: diagnostics.sending, value: flow(traffic?.sentPerSecond, traffic?.stats.bytesSent) },
    { label: diagnostics.receiving, value: flow(traffic?.receivedPerSecond, traffic?.stats.bytesReceived) },
    ...sessionFacts(contact, takenAtMs),
  ];
  const layers = layerFacts(core.layers, session);
  const layerLines =
    layers === null
      ? [diagnostics.noLayers]
      : layers.map((layer, i) => `${i + 1}. ${layer.label}: ${layer.value}`);
  const errors = contact.errors.length === 0 ? [diagnostics.noErrors] : errorLines(contact.errors, takenAtMs);
  return [
    ...lines(facts),
    '',
    `${diagnostics.layers}:`,
    '',
    ...layerLines,
    '',
    `${diagnostics.errors}:`,
    '',
    ...errors,
  ];
}

function flow(bytesPerSecond: number | null | undefined, totalBytes: number | undefined): string {
  const { diagnostics } = strings();
  if (totalBytes === undefined) return diagnostics.none;
  return `${rateText(bytesPerSecond ?? null)}, ${diagnostics.total(bytesText(totalBytes))}`;
}

function errorLines(errors: readonly LoggedError[], nowMs: number): readonly string[] {
  const { codes } = strings().diagnostics;
  return errors.map(error => `- ${error.code}: ${codes[error.code]} (${errorTime(error, nowMs)})`);
}

function lines(facts: readonly Fact[]): readonly string[] {
  return facts.map(({ label, value }) => `- ${label}: ${value}`);
}

function section(title: string, body: readonly string[]): string {
  return [`## ${title}`, '', ...body].join('\n');
}
