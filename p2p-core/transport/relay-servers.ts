/**
 * The relay that the person's own broker offers: TURN credentials that it mints for who is registered (coturn's REST
 * scheme), kept fresh, and added to the person's own ICE servers. The broker sees nothing by it that it does not see
 * anyway, and the relay carries ciphertext; a TURN server in the settings is used instead.
 *
 * Reading is strict: the frame comes from a broker, which may be hostile.
 */
import { RELAY_ANSWER_TIMEOUT_MS } from '../limits.ts';
import type { AcceptedNetwork } from './address-policy.ts';

export interface RelayCredentials {
  readonly iceServers: readonly RTCIceServer[];
  /** How long they are good from now, in milliseconds. */
  readonly ttlMs: number;
}

const TURN_URL = /^turns?:[\x21-\x7e]{1,256}$/;
const MAX_SERVERS = 4;
const MAX_URLS = 8;
const MAX_SECRET_CHARS = 512;
const MIN_TTL_SECONDS = 10;
const MAX_TTL_SECONDS = 86_400;

/** The payload of a broker's TURN frame; null for "no relay here" and for anything malformed. */
export function readRelayCredentials(payload: unknown): RelayCredentials | null {
  if (!isRecord(payload)) return null;
  const { iceServers, ttlSeconds } = payload;
  if (!isListOf(iceServers, MAX_SERVERS)) return null;
  if (!Number.isInteger(ttlSeconds) || typeof ttlSeconds !== 'number') return null;
  if (ttlSeconds < MIN_TTL_SECONDS || ttlSeconds > MAX_TTL_SECONDS) return null;
  const servers = iceServers.map(readServer);
  if (servers.some(server => server === null)) return null;
  return { iceServers: servers as RTCIceServer[], ttlMs: ttlSeconds * 1_000 };
}

function readServer(server: unknown): RTCIceServer | null {
  if (!isRecord(server)) return null;
  const { urls, username, credential } = server;
  if (!isListOf(urls, MAX_URLS) || !urls.every(url => typeof url === 'string' && TURN_URL.test(url)))
    return null;
  if (!isSecret(username) || !isSecret(credential)) return null;
  return { urls: urls as string[], username, credential };
}

/** ICE servers of one registration: the person's, and the broker's relay once it is known. */
export class RelayServers {
  #relay: readonly RTCIceServer[] = [];
  #expiresAtMs: number | null = null;
  #isAnswered = false;
  #wake: () => void = () => undefined;
  readonly #answered: Promise<void>;

  constructor(private readonly network: AcceptedNetwork) {
    this.#answered = new Promise(resolve => (this.#wake = resolve));
  }

  /** Whether the broker is asked: not when the person named a TURN server. */
  get isWanted(): boolean {
    const servers = this.network.rtc.iceServers ?? [];
    return !servers.some(({ urls }) => [urls].flat().some(url => url.startsWith('turn')));
  }

  /** Takes the broker's answer; null: it has no relay. */
  take(credentials: RelayCredentials | null): void {
    if (credentials !== null) {
      this.#relay = credentials.iceServers;
      this.#expiresAtMs = Date.now() + credentials.ttlMs;
    }
    this.#isAnswered = true;
    this.#wake();
  }

  /** When the broker's credentials end; null without any. */
  get expiresAtMs(): number | null {
    return this.#expiresAtMs;
  }

  get configuration(): RTCConfiguration {
    const { rtc } = this.network;
    return { ...rtc, iceServers: [...(rtc.iceServers ?? []), ...this.#relay] };
  }

  /** The same, for a new connection. In relay mode it waits for the broker's answer: without, there is no path. */
  async configurationForDial(): Promise<RTCConfiguration> {
    const mustWait = this.isWanted && !this.#isAnswered && this.network.rtc.iceTransportPolicy === 'relay';
    if (mustWait) await Promise.race([this.#answered, delay(RELAY_ANSWER_TIMEOUT_MS)]);
    return this.configuration;
  }
}

const delay = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, max: number): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0 && value.length <= max;
}

function isSecret(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_SECRET_CHARS;
}
