/**
 * TURN credentials by coturn's REST scheme (`use-auth-secret`): user name = expiry in Unix seconds ‖ ":" ‖ label,
 * password = base64(HMAC-SHA-1(secret, user name)). The label is random: the relay learns no peer id.
 * (SHA-1 is what the scheme prescribes; HMAC-SHA-1 is not broken by SHA-1's collisions.)
 */
import { createHmac, randomBytes } from 'node:crypto';

export interface TurnOptions {
  /** coturn's `static-auth-secret`. */
  readonly secret: string;
  /** `turn:host:3478?transport=udp`, `turns:host:5349`, … */
  readonly urls: readonly string[];
}

/** What RTCPeerConnection takes, and until when. */
export interface TurnCredentials {
  readonly iceServers: readonly [
    { readonly urls: readonly string[]; readonly username: string; readonly credential: string },
  ];
  readonly ttlSeconds: number;
}

export function mintTurnCredentials(
  { secret, urls }: TurnOptions,
  ttlSeconds: number,
  nowMs: number,
): TurnCredentials {
  const username = `${Math.floor(nowMs / 1_000) + ttlSeconds}:${randomBytes(12).toString('base64url')}`;
  const credential = createHmac('sha1', secret).update(username).digest('base64');
  return { iceServers: [{ urls, username, credential }], ttlSeconds };
}
