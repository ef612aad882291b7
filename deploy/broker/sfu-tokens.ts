/**
 * Tokens of Janus' signed-token scheme (`token_auth_secret`), which need no word between broker and SFU:
 *
 *     token = expiry in Unix seconds ‖ "," ‖ realm ‖ "," ‖ what it opens ‖ ":" ‖ base64(HMAC-SHA-1(secret, all before ":"))
 *
 * One opens the API for the VideoRoom plugin, the other one room. Neither says who holds it.
 * (SHA-1 is what the scheme prescribes; HMAC-SHA-1 is not broken by SHA-1's collisions.)
 */
import { createHmac } from 'node:crypto';

const PLUGIN = 'janus.plugin.videoroom';

export interface SfuTokens {
  readonly apiToken: string;
  readonly roomToken: string;
}

export function mintSfuTokens(secret: string, room: string, expiresAtSeconds: number): SfuTokens {
  return {
    apiToken: sign(secret, [expiresAtSeconds, 'janus', PLUGIN]),
    roomToken: sign(secret, [expiresAtSeconds, PLUGIN, `room=${room}`]),
  };
}

function sign(secret: string, fields: readonly (string | number)[]): string {
  const data = fields.join(',');
  return `${data}:${createHmac('sha1', secret).update(data).digest('base64')}`;
}

/** What alone may change or end a room: no client ever has it. */
export function roomSecret(secret: string, room: string): string {
  return createHmac('sha256', secret).update(`enk-sfu-room\0${room}`).digest('base64url');
}
