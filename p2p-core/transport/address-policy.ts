/**
 * Which brokers and ICE servers may be used. Plain ws: and http: are for loopback only: elsewhere an observer would
 * read ids, addresses and the token that holds an id. Nothing is ever filled in for what is missing: no third-party
 * server is a silent default (DESIGN.md §6).
 */
import type { IceServer, NetworkSettings } from '../ports/transport.ts';

/** A broker as PeerJS wants it: every field set, so that none of its public defaults applies. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
  /** Begins and ends with a slash. */
  readonly path: string;
  readonly secure: boolean;
}

export interface AcceptedNetwork {
  readonly broker: BrokerAddress;
  readonly rtc: RTCConfiguration;
}

const SCHEMES: Readonly<Record<string, { readonly secure: boolean; readonly port: number }>> = {
  'wss:': { secure: true, port: 443 },
  'https:': { secure: true, port: 443 },
  'ws:': { secure: false, port: 80 },
  'http:': { secure: false, port: 80 },
};

/** RFC 7064, RFC 7065: what an ICE server's address begins with. */
const ICE_SCHEME = /^(?:stuns?|turns?):[^\s]+$/;

/** The settings in the form the browser and PeerJS take, or null when one of the addresses is refused. */
export function acceptNetwork(settings: NetworkSettings): AcceptedNetwork | null {
  const broker = parseBrokerUrl(settings.brokerUrl);
  if (broker === null || !settings.iceServers.every(isIceServer)) return null;
  const iceServers = settings.iceServers.map(toRtcIceServer);
  return { broker, rtc: { iceServers, iceTransportPolicy: settings.relayOnly ? 'relay' : 'all' } };
}

/** Reads `wss://host:port/path` (or, on loopback only, `ws:`); null for anything else. */
export function parseBrokerUrl(text: string): BrokerAddress | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const scheme = SCHEMES[url.protocol];
  if (!scheme || url.username || url.password || url.search || url.hash) return null;
  if (!scheme.secure && !isLoopback(url.hostname)) return null;
  const port = url.port === '' ? scheme.port : Number(url.port);
  const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`;
  return { host: url.hostname, port, path, secure: scheme.secure };
}

/**
 * Whether an SFU that a peer names may be spoken to: not where every connection must go by a relay, for this one would
 * not; and in clear, on this machine, only when our own broker is there, too.
 */
export function mayFollowSfu(
  url: string,
  network: Pick<NetworkSettings, 'relayOnly' | 'brokerUrl'>,
): boolean {
  const sfu = parseBrokerUrl(url);
  if (sfu === null || network.relayOnly) return false;
  return sfu.secure || parseBrokerUrl(network.brokerUrl)?.secure === false;
}

/** True for names and addresses that never leave this machine (RFC 6761 §6.3; the URL parser normalises IPv4). */
export function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true;
  return hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function isIceServer(server: IceServer): boolean {
  const urls = typeof server.urls === 'string' ? [server.urls] : server.urls;
  return urls.length > 0 && urls.every(url => ICE_SCHEME.test(url));
}

function toRtcIceServer(server: IceServer): RTCIceServer {
  const urls = typeof server.urls === 'string' ? server.urls : [...server.urls];
  return {
    urls,
    ...(server.username !== undefined && { username: server.username }),
    ...(server.credential !== undefined && { credential: server.credential }),
  };
}
