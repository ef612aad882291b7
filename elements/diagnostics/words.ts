/** Readings → phrases: the only place where states, routes and codes become words. Pure. */
import type {
  ContactDiagnostics,
  DiagnosticsReading,
  LinkTraffic,
  LoggedError,
  SessionDiagnostics,
} from '@enk/context';
import { strings } from '@enk/internal';
import { agoText, bytesText, countText, durationText } from './amounts.ts';

/** A name and what it is now. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** The session that carries the messages: the newest synced one, else the newest. */
export function carrying({ sessions }: ContactDiagnostics): SessionDiagnostics | null {
  return sessions.findLast(({ isSynced }) => isSynced) ?? sessions.at(-1) ?? null;
}

/** The connection under a session. */
export function trafficOf(
  reading: DiagnosticsReading,
  session: SessionDiagnostics | null,
): LinkTraffic | null {
  return reading.links.find(({ stats }) => stats.linkId === session?.linkId) ?? null;
}

export function stateWords({ state, isBlocked }: ContactDiagnostics): string {
  return strings().diagnostics.states[isBlocked ? 'blocked' : state];
}

/** The same in a sentence. */
export function stateSentence({ state, isBlocked }: ContactDiagnostics): string {
  return strings().diagnostics.stateSentences[isBlocked ? 'blocked' : state];
}

export function routeWords(traffic: LinkTraffic | null): string {
  const { routes, noRoute } = strings().diagnostics;
  const route = traffic?.stats.path?.route;
  return route === undefined ? noRoute : routes[route];
}

/** Both ends of a path: what kind of candidate, and how. */
export function endFacts(traffic: LinkTraffic | null): readonly Fact[] {
  const { here, there, none } = strings().diagnostics;
  const path = traffic?.stats.path;
  return [
    { label: here, value: path ? endWords(path.local) : none },
    { label: there, value: path ? endWords(path.remote) : none },
  ];
}

type End = NonNullable<LinkTraffic['stats']['path']>['local'];

function endWords({ type, protocol, relayProtocol, family, scope }: End): string {
  const { candidates, scopes } = strings().diagnostics;
  const over = relayProtocol === null ? protocol : `${protocol} / ${relayProtocol}`;
  const parts = [`${type} (${candidates[type]})`, over.toUpperCase(), family, scopes[scope]];
  return parts.filter(part => part !== null).join(', ');
}

/** The layers in the profile's order, with the numbers of a session; null without one. */
export function layerFacts(
  layers: readonly string[],
  session: SessionDiagnostics | null,
): readonly Fact[] | null {
  if (session === null) return null;
  const { layerStates } = strings().diagnostics;
  const { epoch, signal, kemGeneration, generation, recordCounters } = session.layers;
  const values: Record<string, string> = {
    MLS: layerStates.MLS(epoch),
    Signal: layerStates.Signal(countText(signal.sent), countText(signal.received)),
    'ML-KEM': layerStates['ML-KEM'](countText(kemGeneration)),
    AES: layerStates.AES(
      countText(generation),
      countText(recordCounters.sent),
      countText(recordCounters.received),
    ),
  };
  return layers.map(label => ({ label, value: values[label] ?? '' }));
}

/** Everything else about a contact. */
export function sessionFacts(contact: ContactDiagnostics, nowMs: number): readonly Fact[] {
  const { diagnostics, verification } = strings();
  const session = carrying(contact);
  const ofSession = session && [
    { label: diagnostics.handshake, value: handshakeWords(session) },
    { label: diagnostics.sync, value: syncWords(session) },
    { label: diagnostics.frames, value: framesWords(session) },
  ];
  const ofDial = contact.nextDialAtMs !== null && [
    { label: diagnostics.nextDial, value: nextDialWords(contact.nextDialAtMs, contact.failedDials, nowMs) },
  ];
  return [
    ...(ofSession ?? []),
    ...(ofDial || []),
    { label: diagnostics.safety, value: verification[contact.verification] },
    { label: diagnostics.outbox, value: outboxWords(contact) },
    { label: diagnostics.reconnects, value: countText(contact.reconnectCount) },
  ];
}

function handshakeWords({ handshake, isOurs }: SessionDiagnostics): string {
  const { handshakes, dialledBy } = strings().diagnostics;
  return `${handshakes[handshake]}, ${isOurs ? dialledBy.us : dialledBy.them}`;
}

function syncWords({ isSynced }: SessionDiagnostics): string {
  const { synced, notSynced } = strings().diagnostics;
  return isSynced ? synced : notSynced;
}

function framesWords({ layers }: SessionDiagnostics): string {
  return strings().diagnostics.framesValue(countText(layers.framesSent), countText(layers.framesReceived));
}

function outboxWords({ outboxCount, inFlightCount }: ContactDiagnostics): string {
  const { outboxValue } = strings().diagnostics;
  return inFlightCount === 0
    ? countText(outboxCount)
    : outboxValue(countText(outboxCount), countText(inFlightCount));
}

function nextDialWords(nextDialAtMs: number, failedDials: number, nowMs: number): string {
  const { diagnostics } = strings();
  const delayMs = nextDialAtMs - nowMs;
  const when = delayMs < 1_000 ? diagnostics.nextDialNow : diagnostics.nextDialIn(durationText(delayMs));
  return failedDials === 0 ? when : `${when}, ${diagnostics.failedDials(failedDials)}`;
}

/** "4 times, 12 min ago" */
export function errorTime({ atMs, count }: LoggedError, nowMs: number): string {
  const ago = agoText(atMs, nowMs);
  return count === 1 ? ago : `${strings().diagnostics.times(count)}, ${ago}`;
}

/** What concerns no contact. */
export function deviceFacts({ core, relay, storage, takenAtMs }: DiagnosticsReading): readonly Fact[] {
  const { diagnostics } = strings();
  return [
    { label: diagnostics.broker, value: brokerWords(core.signaling) },
    {
      label: diagnostics.ownAddress,
      value: core.peerId === null ? diagnostics.none : shortened(core.peerId),
    },
    { label: diagnostics.routing, value: core.isRelayOnly ? diagnostics.relayOnly : diagnostics.anyRoute },
    { label: diagnostics.relay, value: relayWords(relay, takenAtMs) },
    { label: diagnostics.storage, value: storageWords(storage) },
    { label: diagnostics.engine, value: core.signalEngine },
    { label: diagnostics.profile, value: diagnostics.profileValue(core.profile, core.specVersion) },
  ];
}

export function brokerWords(signaling: DiagnosticsReading['core']['signaling']): string {
  const { brokerStates } = strings().diagnostics;
  return brokerStates[signaling.kind === 'offline' ? signaling.reason : signaling.kind];
}

function relayWords(relay: DiagnosticsReading['relay'], nowMs: number): string {
  const { diagnostics } = strings();
  if (relay === null) return diagnostics.noRelay;
  const lifeMs = relay.expiresAtMs - nowMs;
  return lifeMs <= 0 ? diagnostics.relayExpired : diagnostics.relayGood(durationText(lifeMs));
}

function storageWords({ isPersisted, usageBytes, quotaBytes }: DiagnosticsReading['storage']): string {
  const { diagnostics } = strings();
  const kept = isPersisted === null ? diagnostics.unknown : keptWords(isPersisted);
  if (usageBytes === null || quotaBytes === null) return kept;
  return `${kept}. ${diagnostics.usage(bytesText(usageBytes), bytesText(quotaBytes))}.`;
}

function keptWords(isPersisted: boolean): string {
  const { persisted, notPersisted } = strings().diagnostics;
  return isPersisted ? persisted : notPersisted;
}

/** Enough of an address to recognize it, too little to dial it. */
export function shortened(peerId: string): string {
  return `${peerId.slice(0, 5)}…${peerId.slice(-4)}`;
}
