/**
 * Opens the frames of several KIDs. A refused frame is a value, with its reason, and changes nothing: neither a
 * window nor a key. Keys come from whoever holds the roster (`key-chain.ts`); a frame can only name one.
 */
import { CryptoCoreError } from '../errors.ts';
import { importSFrameKey, openFrame, type SFrameKey } from './frame-key.ts';
import { SFRAME_METADATA_MAX_BYTES, SFRAME_PLAINTEXT_MAX_BYTES } from './frame-key.ts';
import { type DecodedSFrameHeader, decodeSFrameHeader, SFRAME_HEADER_MAX_BYTES } from './header.ts';
import { ReplayWindow } from './replay-window.ts';
import { SFRAME_COUNTER_LIMIT } from './sender.ts';
import { PROFILE_SFRAME_SUITE } from './suites.ts';

/** KIDs at a time: 16 tracks of 256 members. Above that `addKey` refuses. */
export const SFRAME_RECEIVER_KEYS_MAX = 4096;

/** Why a frame was not opened. All but `unknown-kid` mean a broken or hostile frame. */
export type SFrameRejection =
  | 'malformed' // no header, not the shortest header, too long, a counter above the limit
  | 'unknown-kid' // no key (yet, or no more)
  | 'replayed' // this counter was opened before, or used before we came
  | 'too-old' // more than 1,024 counters behind the newest
  | 'not-authentic'; // tag, header or metadata do not fit the key

/** What became of a frame. */
export type SFrameOpened =
  | {
      readonly kind: 'opened';
      readonly kid: bigint;
      readonly ctr: number;
      readonly plaintext: Uint8Array<ArrayBuffer>;
    }
  | { readonly kind: 'rejected'; readonly reason: SFrameRejection };

interface Entry {
  readonly key: SFrameKey;
  /** Counters below were used before we came. */
  readonly floor: number;
  /** Made by the first authentic frame, so that forged KIDs cost no memory. */
  window: ReplayWindow | null;
}

const FRAME_MAX_BYTES = SFRAME_HEADER_MAX_BYTES + SFRAME_PLAINTEXT_MAX_BYTES + 16;

export class SFrameReceiver {
  readonly #entries = new Map<bigint, Entry>();
  #isClosed = false;

  /**
   * Knows a KID's key from now on, of the profile's suite. A KID that it has is refused with `invalid-argument`: a
   * second key would forget which counters were seen; remove the first one. `baseKey`: 32 bytes; the caller wipes it.
   * `floor`: frames with a lower counter are `replayed`.
   */
  async addKey(input: {
    readonly baseKey: Uint8Array;
    readonly kid: bigint;
    readonly floor?: number;
  }): Promise<void> {
    const { baseKey, kid, floor = 0 } = input;
    const key = await importSFrameKey({ suiteId: PROFILE_SFRAME_SUITE, baseKey, kid });
    if (this.#isClosed) return;
    if (this.#entries.has(kid) || this.#entries.size >= SFRAME_RECEIVER_KEYS_MAX) {
      throw new CryptoCoreError('invalid-argument');
    }
    this.#entries.set(kid, { key, floor, window: null });
  }

  hasKey(kid: bigint): boolean {
    return this.#entries.has(kid);
  }

  /** Forgets a KID at once: frames that are being opened are rejected too. */
  removeKey(kid: bigint): void {
    this.#entries.delete(kid);
  }

  /** Opens one frame; `metadata` must be the sender's. Never throws for what came from the network. */
  async open(frame: Uint8Array, metadata: Uint8Array): Promise<SFrameOpened> {
    const header = parseHeader(frame, metadata);
    if (header === null) return rejected('malformed');
    const { kid } = header;
    const entry = this.#entries.get(kid);
    if (entry === undefined) return rejected('unknown-kid');
    const ctr = Number(header.ctr);
    const seen = ctr < entry.floor ? 'replayed' : (entry.window?.check(ctr) ?? 'fresh');
    if (seen !== 'fresh') return rejected(seen);
    const plaintext = await tryOpen(entry.key, frame, metadata, header);
    if (plaintext === null) return rejected('not-authentic');
    // Meanwhile the key may have been removed, and a copy of this frame accepted.
    if (this.#entries.get(kid) !== entry) return rejected('unknown-kid');
    entry.window ??= new ReplayWindow();
    const now = entry.window.check(ctr);
    if (now !== 'fresh') return rejected(now);
    entry.window.mark(ctr);
    return { kind: 'opened', kid, ctr, plaintext };
  }

  /** Forgets all keys; takes no key and opens no frame any more. */
  close(): void {
    this.#isClosed = true;
    this.#entries.clear();
  }
}

function rejected(reason: SFrameRejection): SFrameOpened {
  return { kind: 'rejected', reason };
}

/** Null when the frame or the metadata is none that a sender makes. */
function parseHeader(frame: Uint8Array, metadata: Uint8Array): DecodedSFrameHeader | null {
  if (frame.length > FRAME_MAX_BYTES || metadata.length > SFRAME_METADATA_MAX_BYTES) return null;
  try {
    const header = decodeSFrameHeader(frame);
    return header.ctr < SFRAME_COUNTER_LIMIT ? header : null;
  } catch (error) {
    if (error instanceof CryptoCoreError && error.code === 'protocol-error') return null;
    throw error;
  }
}

async function tryOpen(
  key: SFrameKey,
  frame: Uint8Array,
  metadata: Uint8Array,
  header: DecodedSFrameHeader,
): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await openFrame(key, { ctr: header.ctr, frame, headerBytes: header.sizeBytes, metadata });
  } catch (error) {
    if (error instanceof CryptoCoreError && error.code === 'protocol-error') return null;
    throw error;
  }
}
