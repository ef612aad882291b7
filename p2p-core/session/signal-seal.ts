/**
 * Seals what a session must say through the broker because its own path is gone. A key for each direction from the
 * handshake's exporter (which is bound to both identities, addresses and fingerprints), never the ratchets: their frames
 * belong to the ordered channel, and one that is lost on the way would end it. P2P-SES-28.
 *
 *   exporter ──HKDF-SHA-256, info = LABEL ‖ role of the sender──▶ AES-256-GCM key, not extractable
 *   sealed = number u32 BE ‖ AES-256-GCM(iv = 0^8 ‖ number, AAD = LABEL ‖ number, PDU ‖ spaces up to a block)
 *
 * Invariant: a number is sealed once, or two texts would share an IV.
 */
import { MAX_SEALED_SIGNAL_BYTES, SEALED_SIGNAL_BLOCK_BYTES } from '../limits.ts';

const LABEL = 'enk/v1 session signal';
const NUMBER_BYTES = 4;
const TAG_BYTES = 16;
const IV_BYTES = 12;
const SPACE = 0x20;

export interface OpenedSignal {
  readonly number: number;
  /** A PDU and the spaces after it. */
  readonly bytes: Uint8Array;
}

export class SignalSeal {
  #lastSealed = 0;

  private constructor(
    private readonly own: CryptoKey,
    private readonly peers: CryptoKey,
  ) {}

  /** Keys for one session. `role` is ours on its link. Keeps nothing of `exporter`, which stays the caller's. */
  static async derive(exporter: Uint8Array, role: 'A' | 'B'): Promise<SignalSeal> {
    const secret = new Uint8Array(exporter);
    const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
    secret.fill(0);
    const [own, peers] = await Promise.all([
      deriveKey(root, role, 'encrypt'),
      deriveKey(root, role === 'A' ? 'B' : 'A', 'decrypt'),
    ]);
    return new SignalSeal(own, peers);
  }

  /** Seals one PDU. Throws RangeError for a number that is not above all before it, or a PDU that is too long. */
  async seal(number: number, pdu: Uint8Array): Promise<Uint8Array> {
    if (number <= this.#lastSealed) throw new RangeError('number was sealed before');
    this.#lastSealed = number;
    const blocks = Math.ceil(pdu.length / SEALED_SIGNAL_BLOCK_BYTES);
    const padded = new Uint8Array(blocks * SEALED_SIGNAL_BLOCK_BYTES).fill(SPACE);
    padded.set(pdu);
    if (NUMBER_BYTES + padded.length + TAG_BYTES > MAX_SEALED_SIGNAL_BYTES) throw new RangeError('too long');
    const ciphertext = await crypto.subtle.encrypt(parameters(number), this.own, padded);
    const sealed = new Uint8Array(NUMBER_BYTES + ciphertext.byteLength);
    new DataView(sealed.buffer).setUint32(0, number);
    sealed.set(new Uint8Array(ciphertext), NUMBER_BYTES);
    return sealed;
  }

  /** What the other side of this very session sealed; null for anything else. Whether it is new is the caller's. */
  async open(sealed: Uint8Array): Promise<OpenedSignal | null> {
    const number = readNumber(sealed);
    if (number === null) return null;
    try {
      const ciphertext = new Uint8Array(sealed.subarray(NUMBER_BYTES));
      const bytes = await crypto.subtle.decrypt(parameters(number), this.peers, ciphertext);
      return { number, bytes: new Uint8Array(bytes) };
    } catch {
      return null; // forged, altered, or of another session
    }
  }
}

/** The number that sealed bytes claim, before anything is computed; null when they cannot be any. */
export function readNumber(sealed: Uint8Array): number | null {
  if (sealed.length < NUMBER_BYTES + TAG_BYTES || sealed.length > MAX_SEALED_SIGNAL_BYTES) return null;
  return new DataView(sealed.buffer, sealed.byteOffset).getUint32(0);
}

function deriveKey(root: CryptoKey, sender: 'A' | 'B', usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  const info = new TextEncoder().encode(`${LABEL} ${sender}`);
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
  return crypto.subtle.deriveKey(hkdf, root, { name: 'AES-GCM', length: 256 }, false, [usage]);
}

function parameters(number: number): AesGcmParams {
  const iv = new Uint8Array(IV_BYTES);
  new DataView(iv.buffer).setUint32(IV_BYTES - NUMBER_BYTES, number);
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(`${LABEL} ${number}`) };
}
