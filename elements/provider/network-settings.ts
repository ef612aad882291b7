/**
 * Reads network settings out of attributes. No server is a silent default: without a broker there are no settings.
 * Whether an address may be used (ws: only on loopback) is p2p-core's decision.
 */
import type { IceServer, NetworkSettings } from '@enk/context';

export interface NetworkAttributes {
  readonly broker: string;
  /** JSON array of RTCIceServer-like objects; empty means none. */
  readonly iceServers: string;
  readonly relayOnly: boolean;
}

/** Returns null when the broker is missing or the ICE list is not a JSON array of `{urls, username?, credential?}`. */
export function parseNetworkAttributes(attributes: NetworkAttributes): NetworkSettings | null {
  const brokerUrl = attributes.broker.trim();
  const iceServers = parseIceServers(attributes.iceServers);
  if (brokerUrl === '' || iceServers === null) return null;
  return { brokerUrl, iceServers, relayOnly: attributes.relayOnly };
}

function parseIceServers(json: string): readonly IceServer[] | null {
  if (json.trim() === '') return [];
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    return null; // not JSON: the caller reports it
  }
  if (!Array.isArray(list)) return null;
  const servers = list.map(parseIceServer);
  return servers.every(server => server !== null) ? servers : null;
}

function parseIceServer(value: unknown): IceServer | null {
  if (typeof value !== 'object' || value === null) return null;
  const { urls, username, credential } = value as Record<string, unknown>;
  if (!isUrls(urls) || !isOptionalString(username) || !isOptionalString(credential)) return null;
  return {
    urls,
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  };
}

function isUrls(value: unknown): value is string | string[] {
  if (typeof value === 'string') return true;
  return Array.isArray(value) && value.length > 0 && value.every(url => typeof url === 'string');
}

function isOptionalString(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
