/**
 * The AES-256-GCM record layer: the outermost layer, whose output is a frame (SPEC.md CC-AES).
 *
 * Associated data is the frame header. Counters are strict: from 0 in each generation, always the
 * next one; anything else is refused before decryption.
 */
import type { CipherLayer } from '../cascade/cipher-layer.ts';
import { CryptoCoreError } from '../errors.ts';
import { decodeFrame, encodeFrameHeader, encodeSealedFrame, FRAME_KIND_PAYLOAD } from '../frame/frame.ts';
import type { FrameHeader } from '../frame/frame.ts';
import { aesGcmDecrypt, aesGcmEncrypt } from '../primitives/aes-gcm.ts';
import type { AesState } from './aes-state.ts';
import type { RecordKey } from './record-key.ts';
import { advanceRecordKey, recordNonce } from './record-key.ts';

/** The record layer. `seal` gives a whole `SealedFrame`; `open` throws `protocol-error`. */
export const aesLayer: CipherLayer<AesState> = {
  name: 'AES',

  async seal(state, plaintext) {
    const { sending } = state;
    const associatedData = encodeFrameHeader(headerOf(sending));
    const input = { key: sending.key, nonce: recordNonce(sending), associatedData };
    const ciphertext = await aesGcmEncrypt(input, plaintext);
    const advanced = await advanceRecordKey(sending);
    return {
      next: { ...state, sending: advanced.next },
      bytes: encodeSealedFrame(associatedData, ciphertext),
      consumed: advanced.consumed,
    };
  },

  async open(state, bytes) {
    const frame = decodeFrame(bytes);
    if (frame.kind !== 'sealed') throw new CryptoCoreError('protocol-error');
    const { record, isFirstOfGeneration } = selectKey(state, frame.header);
    const input = { key: record.key, nonce: recordNonce(record), associatedData: frame.headerBytes };
    const plaintext = await aesGcmDecrypt(input, frame.ciphertext);
    const advanced = await advanceRecordKey(record);
    return {
      next: {
        ...state,
        receiving: advanced.next,
        upcoming: isFirstOfGeneration ? null : state.upcoming,
      },
      bytes: plaintext,
      consumed: isFirstOfGeneration
        ? [...advanced.consumed, state.receiving.nextKey, state.receiving.iv]
        : advanced.consumed,
    };
  },
};

function headerOf(record: RecordKey): FrameHeader {
  return { kind: FRAME_KIND_PAYLOAD, gen: record.generation & 0xff, ctr: record.counter };
}

function selectKey(
  state: AesState,
  header: FrameHeader,
): { readonly record: RecordKey; readonly isFirstOfGeneration: boolean } {
  if (matches(state.receiving, header)) return { record: state.receiving, isFirstOfGeneration: false };
  if (state.upcoming !== null && matches(state.upcoming, header)) {
    return { record: state.upcoming, isFirstOfGeneration: true };
  }
  throw new CryptoCoreError('protocol-error');
}

function matches(record: RecordKey, header: FrameHeader): boolean {
  const expected = headerOf(record);
  return expected.kind === header.kind && expected.gen === header.gen && expected.ctr === header.ctr;
}
