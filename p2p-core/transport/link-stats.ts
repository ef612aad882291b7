/**
 * What a person may know of a link's path: candidate types, protocol, round trip, bytes. Read from
 * `RTCPeerConnection.getStats()` (W3C webrtc-stats); an IP address is looked at here and goes nowhere.
 */
import type { LinkId } from '../ports/transport.ts';

export type CandidateType = 'host' | 'srflx' | 'prflx' | 'relay';

export interface CandidateStats {
  readonly type: CandidateType;
  readonly protocol: 'udp' | 'tcp';
  /** Own relay only: how we reach it. */
  readonly relayProtocol: 'udp' | 'tcp' | 'tls' | null;
  readonly family: 'IPv4' | 'IPv6' | null;
  /** What kind of network its address belongs to; `hidden` when the browser keeps it (mDNS, or not known yet). */
  readonly scope: 'private' | 'public' | 'hidden';
}

/**
 * same-network: private addresses, one address, or a name that mDNS resolved · internet: an address of a NAT or a public one ·
 * direct: without a relay, but the browser hides between which networks · relayed: through TURN, of either side.
 */
export type Route = 'same-network' | 'internet' | 'direct' | 'relayed';

export interface PathStats {
  readonly route: Route;
  readonly local: CandidateStats;
  readonly remote: CandidateStats;
  /** Of the last connectivity check. */
  readonly roundTripMs: number | null;
}

export interface LinkStats {
  readonly linkId: LinkId;
  /** `RTCPeerConnection.iceConnectionState`. */
  readonly iceState: string;
  /** Null until a pair of candidates is selected. */
  readonly path: PathStats | null;
  /** Further connections that are open (P2P-STR). */
  readonly stripes: number;
  /** Payload of the data channels (sealed frames) since the link opened, in bytes; of stripes while they are open. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** The relay that the broker lends: its credentials' end, by this device's clock. */
export interface RelayStats {
  readonly expiresAtMs: number;
}

export interface TransportStats {
  readonly links: readonly LinkStats[];
  /** Null: no relay of the broker is in use. */
  readonly relay: RelayStats | null;
}

/** What goes over one connection. */
export type TrafficStats = Pick<LinkStats, 'bytesSent' | 'bytesReceived'>;

/** A link with what goes over its stripes. */
export function withStripes(link: LinkStats, stripes: readonly TrafficStats[]): LinkStats {
  const sum = (field: keyof TrafficStats): number =>
    stripes.reduce((total, stripe) => total + stripe[field], link[field]);
  return {
    ...link,
    stripes: stripes.length,
    bytesSent: sum('bytesSent'),
    bytesReceived: sum('bytesReceived'),
  };
}

type Entry = Readonly<Record<string, unknown>>;

/** What a statistics report says about the path and the channel. */
export function readLinkStats(
  report: RTCStatsReport,
): Pick<LinkStats, 'path' | 'bytesSent' | 'bytesReceived'> {
  const entries = new Map<string, Entry>();
  report.forEach((entry: Entry, id: string) => entries.set(id, entry));
  const channels = [...entries.values()].filter(({ type }) => type === 'data-channel');
  const sum = (field: string): number => channels.reduce((total, entry) => total + numberOf(entry[field]), 0);
  return { path: readPath(entries), bytesSent: sum('bytesSent'), bytesReceived: sum('bytesReceived') };
}

function readPath(entries: ReadonlyMap<string, Entry>): PathStats | null {
  const pair = selectedPair(entries);
  const localEntry = entries.get(String(pair?.['localCandidateId']));
  const remoteEntry = entries.get(String(pair?.['remoteCandidateId']));
  const [local, remote] = [readCandidate(localEntry), readCandidate(remoteEntry)];
  if (pair === undefined || local === null || remote === null) return null;
  const isOneAddress =
    scopeOf(addressOf(localEntry)) !== 'hidden' && addressOf(localEntry) === addressOf(remoteEntry);
  const seconds = pair['currentRoundTripTime'];
  const roundTripMs = typeof seconds === 'number' ? seconds * 1_000 : null;
  return { route: routeOf(local, remote, isOneAddress), local, remote, roundTripMs };
}

/** Firefox has no `selectedCandidatePairId`: there the pair itself says so. */
function selectedPair(entries: ReadonlyMap<string, Entry>): Entry | undefined {
  const all = [...entries.values()];
  const id = all.find(({ type, selectedCandidatePairId }) => type === 'transport' && selectedCandidatePairId);
  const named = entries.get(String(id?.['selectedCandidatePairId']));
  const pairs = all.filter(({ type }) => type === 'candidate-pair');
  return (
    named ??
    pairs.find(({ selected }) => selected === true) ??
    pairs.find(({ nominated }) => nominated === true)
  );
}

function readCandidate(entry: Entry | undefined): CandidateStats | null {
  const type = entry?.['candidateType'];
  if (type !== 'host' && type !== 'srflx' && type !== 'prflx' && type !== 'relay') return null;
  const address = addressOf(entry);
  const relay = entry?.['relayProtocol'];
  return {
    type,
    protocol: entry?.['protocol'] === 'tcp' ? 'tcp' : 'udp',
    relayProtocol: relay === 'udp' || relay === 'tcp' || relay === 'tls' ? relay : null,
    family: familyOf(address),
    scope: scopeOf(address),
  };
}

function addressOf(entry: Entry | undefined): string {
  return String(entry?.['address'] ?? '');
}

function familyOf(address: string): CandidateStats['family'] {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(address)) return 'IPv4';
  return address.includes(':') ? 'IPv6' : null;
}

const PRIVATE_IPV4 =
  /^(10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;
/** Loopback, link-local (RFC 4291) and unique local (RFC 4193). */
const PRIVATE_IPV6 = /^(::1$|fe[89ab]|f[cd])/i;

/** Private: RFC 1918, RFC 6598 (behind a carrier's NAT), link-local, loopback. */
function scopeOf(address: string): CandidateStats['scope'] {
  const family = familyOf(address);
  if (family === null) return 'hidden';
  const isPrivate = (family === 'IPv4' ? PRIVATE_IPV4 : PRIVATE_IPV6).test(address);
  return isPrivate ? 'private' : 'public';
}

function routeOf(local: CandidateStats, remote: CandidateStats, isOneAddress: boolean): Route {
  const both = [local, remote];
  if (both.some(({ type }) => type === 'relay')) return 'relayed';
  // The name of a hidden host is resolved by mDNS, which ends where the network ends.
  const isNamed = both.every(({ type }) => type === 'host') && both.some(({ scope }) => scope === 'hidden');
  if (isNamed || isOneAddress) return 'same-network';
  if (both.some(({ type }) => type === 'srflx')) return 'internet';
  // What only showed itself by its packets may come from anywhere.
  if (both.some(({ scope }) => scope === 'hidden')) return 'direct';
  return both.some(({ scope }) => scope === 'public') ? 'internet' : 'same-network';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
