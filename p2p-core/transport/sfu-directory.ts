/**
 * The SFU that the person's own broker offers for large calls: whether there is one is asked at registration, so that
 * the broker learns of a call only when the call needs a room. Reading is strict: a broker may be hostile.
 * P2P-CAL-36.
 */
import { MAX_SFU_TOKEN_CHARS, MAX_SFU_URL_CHARS, SFU_PLACE_TIMEOUT_MS } from '../limits.ts';
import type { SfuPlace } from '../ports/call-media.ts';
import { parseBrokerUrl } from './address-policy.ts';

export interface SfuOffer {
  /** Calls of so many people go by the SFU; null: those that are too large for a mesh. */
  readonly fromMembers: number | null;
}

const ROOM = /^[A-Za-z0-9_-]{21}[AQgw]$/;
const TOKEN = /^[\x21-\x7e]+$/;
const MIN_TTL_SECONDS = 60;
const MAX_TTL_SECONDS = 86_400;
const MIN_MEMBERS = 2;
const MAX_MEMBERS = 1_000;

/** What a broker says: of its SFU, or of one room there; null for "none here" and for anything malformed. */
export type SfuAnswer =
  | { readonly kind: 'offer'; readonly offer: SfuOffer | null }
  | { readonly kind: 'place'; readonly room: string; readonly place: SfuPlace | null };

export function readSfuAnswer(payload: unknown): SfuAnswer {
  const none = { kind: 'offer', offer: null } as const;
  if (!isRecord(payload)) return none;
  const { room, place, fromMembers } = payload;
  if (room !== undefined) {
    return typeof room === 'string' && ROOM.test(room)
      ? { kind: 'place', room, place: readPlace(room, place) }
      : none;
  }
  if (fromMembers === null) return { kind: 'offer', offer: { fromMembers } };
  return isBetween(fromMembers, MIN_MEMBERS, MAX_MEMBERS) ? { kind: 'offer', offer: { fromMembers } } : none;
}

function readPlace(room: string, place: unknown): SfuPlace | null {
  if (!isRecord(place)) return null;
  const { url, apiToken, roomToken, ttlSeconds } = place;
  if (!isSfuUrl(url) || !isToken(apiToken) || !isToken(roomToken)) return null;
  if (!isBetween(ttlSeconds, MIN_TTL_SECONDS, MAX_TTL_SECONDS)) return null;
  return { url, room, apiToken, roomToken, ttlMs: ttlSeconds * 1_000 };
}

export class SfuDirectory {
  #offer: SfuOffer | null = null;
  readonly #waiting = new Map<string, (place: SfuPlace | null) => void>();

  get offer(): SfuOffer | null {
    return this.#offer;
  }

  /** Takes the payload of a broker's SFU frame. */
  take(payload: unknown): void {
    const answer = readSfuAnswer(payload);
    if (answer.kind === 'offer') this.#offer = answer.offer;
    else this.#waiting.get(answer.room)?.(answer.place);
  }

  /** `ask` sends the question. Null when there is no room to be had, or no answer in SFU_PLACE_TIMEOUT_MS. */
  place(room: string, ask: () => void): Promise<SfuPlace | null> {
    return new Promise(resolve => {
      const settle = (place: SfuPlace | null): void => {
        clearTimeout(timer);
        this.#waiting.delete(room);
        resolve(place);
      };
      const timer = setTimeout(() => settle(null), SFU_PLACE_TIMEOUT_MS);
      this.#waiting.get(room)?.(null); // asked again: the first question is over
      this.#waiting.set(room, settle);
      ask();
    });
  }
}

/** `wss:` anywhere, `ws:` on loopback. */
function isSfuUrl(url: unknown): url is string {
  if (typeof url !== 'string' || url.length > MAX_SFU_URL_CHARS || !/^wss?:\/\//.test(url)) return false;
  return parseBrokerUrl(url) !== null;
}

function isToken(token: unknown): token is string {
  return typeof token === 'string' && token.length <= MAX_SFU_TOKEN_CHARS && TOKEN.test(token);
}

function isBetween(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
