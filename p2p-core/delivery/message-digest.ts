/**
 * A short digest of one message's id and content. A side states it with its cursor, so that the author can tell
 * whether that seq carries its own message, or one that another copy of itself sent. P2P-DEL-08.
 */
import { encodeBase64Url } from '../storage/base64url.ts';

const DIGEST_BYTES = 16;

export interface DigestedMessage {
  readonly incarnation: string;
  readonly seq: number;
  readonly sentAtMs: number;
  readonly text: string;
}

/** First 16 bytes of SHA-256 over a JSON array of the fields, as base64url. */
export async function messageDigest(message: DigestedMessage): Promise<string> {
  const { incarnation, seq, sentAtMs, text } = message;
  const bytes = new TextEncoder().encode(JSON.stringify([incarnation, seq, sentAtMs, text]));
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return encodeBase64Url(new Uint8Array(digest, 0, DIGEST_BYTES));
}
