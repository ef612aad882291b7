/**
 * Invite tokens: what one person sends another by any channel, in the fragment of a link or as a QR code.
 *
 *     version(1)=1 ‖ inviter key (32) ‖ invite id (16) ‖ secret (32) ‖ expires at (u64, ms)
 *       ‖ peer id length (u8) ‖ peer id (ASCII) ‖ broker URL length (u16) ‖ broker URL (ASCII)
 *
 * as base64url without padding. There is exactly one token for an invite: unknown versions, padding and trailing
 * bytes are refused. The secret is the PSK of the handshake (kind 1), so the token is a secret, too. Not
 * responsible for expiry (the inviter's clock decides) nor for which broker addresses are safe to dial.
 */
import { decodeBase64Url, encodeBase64Url } from '../bytes/base64url.ts';
import { concat } from '../bytes/concat.ts';
import { readU64, u64 } from '../bytes/integers.ts';
import { decodeUtf8, utf8 } from '../bytes/utf8.ts';
import { CryptoCoreError } from '../errors.ts';
import { isAcceptableEd25519Key } from '../identity/public-key-check.ts';

const VERSION = 1;
const KEY_SIZE_BYTES = 32;
const ID_SIZE_BYTES = 16;
const SECRET_SIZE_BYTES = 32;
const FIXED_SIZE_BYTES = 1 + KEY_SIZE_BYTES + ID_SIZE_BYTES + SECRET_SIZE_BYTES + 8;

/** Longest peer id: the broker's random addresses have 26 to 64 characters. */
export const PEER_ID_MAX_SIZE_BYTES = 64;
/** Longest broker URL. With it a token still fits a QR code of moderate size. */
export const BROKER_URL_MAX_SIZE_BYTES = 512;

const TOKEN_MAX_LENGTH = Math.ceil(
  ((FIXED_SIZE_BYTES + 1 + PEER_ID_MAX_SIZE_BYTES + 2 + BROKER_URL_MAX_SIZE_BYTES) * 4) / 3,
);

const PEER_ID = /^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?$/;
const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;
const BROKER_PROTOCOLS: ReadonlySet<string> = new Set(['wss:', 'ws:']);

/** An invitation to one person. `secret` is a key: keep it out of logs and of anything durable in clear. */
export interface Invite {
  /** The inviter's address at the broker: ASCII letters, digits, `-` and `_` inside; 1 to 64 characters. */
  readonly peerId: string;
  /** `wss:` or `ws:` URL of printable ASCII, without credentials and fragment, at most 512 characters. */
  readonly brokerUrl: string;
  /** The inviter's Ed25519 identity key, 32 bytes. */
  readonly inviterKey: Uint8Array;
  /** Random, 16 bytes. */
  readonly inviteId: Uint8Array;
  /** Random, 32 bytes. */
  readonly secret: Uint8Array;
  /** By the inviter's clock. */
  readonly expiresAtMs: number;
}

/** The token (base64url). Throws `invalid-argument` when a field breaks the rules of {@link Invite}. */
export function encodeInvite(invite: Invite): string {
  if (!isValidInvite(invite)) throw new CryptoCoreError('invalid-argument');
  const peerId = utf8(invite.peerId);
  const brokerUrl = utf8(invite.brokerUrl);
  return encodeBase64Url(
    concat(
      Uint8Array.of(VERSION),
      invite.inviterKey,
      invite.inviteId,
      invite.secret,
      u64(invite.expiresAtMs),
      Uint8Array.of(peerId.length),
      peerId,
      Uint8Array.of(brokerUrl.length >> 8, brokerUrl.length & 0xff),
      brokerUrl,
    ),
  );
}

/** The invite of a token. Throws `invite-malformed` for anything but the output of {@link encodeInvite}. */
export function decodeInvite(token: string): Invite {
  if (token.length > TOKEN_MAX_LENGTH) throw new CryptoCoreError('invite-malformed');
  let invite: Invite;
  try {
    invite = decodeFields(new ByteReader(decodeBase64Url(token)));
  } catch (cause) {
    throw new CryptoCoreError('invite-malformed', { cause });
  }
  if (!isValidInvite(invite)) throw new CryptoCoreError('invite-malformed');
  return invite;
}

function decodeFields(reader: ByteReader): Invite {
  if (reader.takeInteger(1) !== VERSION) throw new RangeError('version');
  const inviterKey = reader.take(KEY_SIZE_BYTES);
  const inviteId = reader.take(ID_SIZE_BYTES);
  const secret = reader.take(SECRET_SIZE_BYTES);
  const expiresAtMs = readU64(reader.take(8), 0);
  const peerId = decodeUtf8(reader.take(reader.takeInteger(1)));
  const brokerUrl = decodeUtf8(reader.take(reader.takeInteger(2)));
  reader.assertEnd();
  return { peerId, brokerUrl, inviterKey, inviteId, secret, expiresAtMs };
}

function isValidInvite(invite: Invite): boolean {
  return (
    isAcceptableEd25519Key(invite.inviterKey) &&
    invite.inviteId.length === ID_SIZE_BYTES &&
    invite.secret.length === SECRET_SIZE_BYTES &&
    Number.isSafeInteger(invite.expiresAtMs) &&
    invite.expiresAtMs >= 0 &&
    invite.peerId.length <= PEER_ID_MAX_SIZE_BYTES &&
    PEER_ID.test(invite.peerId) &&
    isValidBrokerUrl(invite.brokerUrl)
  );
}

function isValidBrokerUrl(text: string): boolean {
  if (text.length > BROKER_URL_MAX_SIZE_BYTES || !PRINTABLE_ASCII.test(text)) return false;
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return BROKER_PROTOCOLS.has(url.protocol) && url.username === '' && url.password === '' && url.hash === '';
}

/** Takes bytes from the front; throws a RangeError past the end. */
class ByteReader {
  #offset = 0;

  constructor(private readonly bytes: Uint8Array) {}

  take(size: number): Uint8Array {
    if (this.#offset + size > this.bytes.length) throw new RangeError('truncated');
    this.#offset += size;
    return this.bytes.slice(this.#offset - size, this.#offset);
  }

  takeInteger(size: number): number {
    return this.take(size).reduce((value, byte) => value * 256 + byte, 0);
  }

  assertEnd(): void {
    if (this.#offset !== this.bytes.length) throw new RangeError('trailing bytes');
  }
}
