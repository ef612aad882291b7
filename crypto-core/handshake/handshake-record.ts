/**
 * The record protection of flights 3 to 6: AES-256-GCM under hk_A or hk_B, one frame a PDU, nonce = 4 zero bytes ‖
 * u64 counter from 0, frame header as associated data. Each direction has its own key and counter; a key lives for
 * one handshake. Frames of any other kind, generation or counter are refused before decryption.
 */
import { concat } from '../bytes/concat.ts';
import { u64 } from '../bytes/integers.ts';
import { CryptoCoreError } from '../errors.ts';
import {
  decodeFrame,
  encodeFrameHeader,
  encodeSealedFrame,
  FRAME_KIND_HANDSHAKE,
  type SealedFrame,
} from '../frame/frame.ts';
import { aesGcmDecrypt, aesGcmEncrypt, importAesKey } from '../primitives/aes-gcm.ts';

const NONCE_PREFIX = new Uint8Array(4);
const GENERATION = 0;

/** Seals one side's handshake PDUs in order. */
export class HandshakeSealer {
  #counter = 0;

  private constructor(private readonly key: CryptoKey) {}

  /** `handshakeKey`: 32 bytes, which the caller wipes. */
  static async create(handshakeKey: Uint8Array): Promise<HandshakeSealer> {
    return new HandshakeSealer(await importAesKey(handshakeKey));
  }

  /** Seals the exact bytes of one PDU. */
  async seal(pdu: Uint8Array): Promise<SealedFrame> {
    const ctr = this.#counter++;
    const header = encodeFrameHeader({ kind: FRAME_KIND_HANDSHAKE, gen: GENERATION, ctr });
    const input = { key: this.key, nonce: encodeNonce(ctr), associatedData: header };
    return encodeSealedFrame(header, await aesGcmEncrypt(input, pdu));
  }
}

/** Opens the other side's handshake frames in order. After an error it MUST NOT be used again. */
export class HandshakeOpener {
  #counter = 0;

  private constructor(private readonly key: CryptoKey) {}

  /** `handshakeKey`: 32 bytes, which the caller wipes. */
  static async create(handshakeKey: Uint8Array): Promise<HandshakeOpener> {
    return new HandshakeOpener(await importAesKey(handshakeKey));
  }

  /** The PDU of the next frame. Throws `protocol-error` for anything but exactly that frame. */
  async open(bytes: Uint8Array): Promise<Uint8Array> {
    const frame = decodeFrame(bytes);
    const ctr = this.#counter++;
    if (
      frame.kind !== 'sealed' ||
      frame.header.kind !== FRAME_KIND_HANDSHAKE ||
      frame.header.gen !== GENERATION ||
      frame.header.ctr !== ctr
    ) {
      throw new CryptoCoreError('protocol-error');
    }
    const input = { key: this.key, nonce: encodeNonce(ctr), associatedData: frame.headerBytes };
    return aesGcmDecrypt(input, frame.ciphertext);
  }
}

function encodeNonce(ctr: number): Uint8Array {
  return concat(NONCE_PREFIX, u64(ctr));
}
