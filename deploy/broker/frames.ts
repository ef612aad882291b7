/**
 * PeerJS's signalling frames. The broker relays four types and never looks into a payload; `src` is always what the
 * broker knows, never what the sender claims. EXPIRE comes from the broker alone. TURN and SFU are ours: a registered peer asks
 * for credentials of the relay, or for a room at the SFU, and gets them in a frame of the same type; other brokers
 * ignore both.
 */
import type { SfuAnswer } from './sfu-rooms.ts';
import type { TurnCredentials } from './turn-credentials.ts';

export type RelayedType = 'OFFER' | 'ANSWER' | 'CANDIDATE' | 'LEAVE';

export interface ClientFrame {
  readonly type: RelayedType | 'HEARTBEAT' | 'TURN' | 'SFU';
  readonly dst: string | undefined;
  readonly payload: unknown;
}

const TYPES: ReadonlySet<string> = new Set([
  'OFFER',
  'ANSWER',
  'CANDIDATE',
  'LEAVE',
  'HEARTBEAT',
  'TURN',
  'SFU',
]);

/** Reads a client's frame; null for anything that is not one, which the caller drops. */
export function parseClientFrame(text: string): ClientFrame | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null; // Not JSON: hostile or broken, in either case not ours.
  }
  if (typeof value !== 'object' || value === null) return null;
  const { type, dst, payload } = value as Record<string, unknown>;
  if (typeof type !== 'string' || !TYPES.has(type)) return null;
  if (dst !== undefined && typeof dst !== 'string') return null;
  return { type: type as ClientFrame['type'], dst: dst || undefined, payload };
}

/** A relayed frame: exactly type, src, dst and payload; an absent payload stays absent. */
export function relayedFrame(
  type: RelayedType | 'EXPIRE',
  src: string,
  dst: string,
  payload?: unknown,
): string {
  return JSON.stringify({ type, src, dst, payload });
}

export const OPEN = JSON.stringify({ type: 'OPEN' });
export const ID_TAKEN = JSON.stringify({ type: 'ID-TAKEN', payload: { msg: 'ID is taken' } });

export function errorFrame(msg: string): string {
  return JSON.stringify({ type: 'ERROR', payload: { msg } });
}

/** Byte for byte what PeerJS clients send every five seconds. */
export const HEARTBEAT = JSON.stringify({ type: 'HEARTBEAT' });
/** Nobody can register for now: the nodes' common store is away. */
export const UNAVAILABLE = errorFrame('The server cannot register anybody at the moment');

/** Whether there is an SFU, and for calls of how many (null: too large for a mesh); null: there is none. */
export function sfuOfferFrame(offer: { readonly fromMembers: number | null } | null): string {
  return JSON.stringify({ type: 'SFU', payload: offer });
}

/** `reason`: why there is no place. */
export function sfuPlaceFrame(room: string, answer: SfuAnswer): string {
  const { place, reason } = answer;
  return JSON.stringify({ type: 'SFU', payload: { room, place, reason } });
}

export function turnFrame(credentials: TurnCredentials | null): string {
  return JSON.stringify({ type: 'TURN', payload: credentials });
}
