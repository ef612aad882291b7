/**
 * Optional: tokens that an operator's own server signs, so that nobody else can claim (squat) an address.
 *
 *     token = "s1." ‖ expiry in Unix seconds ‖ "." ‖ base64url(HMAC-SHA-256(key, "enk-broker-token" ‖ 0 ‖ id ‖ 0 ‖ expiry))
 *
 * All tokens of an id stand for its one owner: a new one takes the id over from an older one.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const FORM = /^s1\.(\d{1,12})\.([A-Za-z0-9_-]{43})$/;

/** What the operator's server runs. `key`: at least 16 bytes of randomness, shared with the broker. */
export function signToken(key: string, id: string, expiresAtSeconds: number): string {
  return `s1.${expiresAtSeconds}.${mac(key, id, String(expiresAtSeconds)).toString('base64url')}`;
}

export function isSignedToken(key: string, id: string, token: string, nowMs: number): boolean {
  const [, expiry = '', signature = ''] = FORM.exec(token) ?? [];
  if (expiry === '' || Number(expiry) * 1_000 < nowMs) return false;
  return timingSafeEqual(Buffer.from(signature, 'base64url'), mac(key, id, expiry));
}

function mac(key: string, id: string, expiry: string): Buffer {
  return createHmac('sha256', key).update(`enk-broker-token\0${id}\0${expiry}`).digest();
}
