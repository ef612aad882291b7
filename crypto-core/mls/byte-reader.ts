/** Reading what `concat`, `lp` and the integer encoders wrote, strictly. */
import { readU32, readU64 } from '../bytes/integers.ts';

/** Reads from the front; every method throws a RangeError beyond the end. Results are copies. */
export class ByteReader {
  #offset = 0;

  constructor(readonly bytes: Uint8Array) {}

  /** The next `size` bytes. */
  take(size: number): Uint8Array {
    if (size > this.bytes.length - this.#offset) throw new RangeError('beyond the end');
    const taken = this.bytes.slice(this.#offset, this.#offset + size);
    this.#offset += size;
    return taken;
  }

  u8(): number {
    return this.take(1)[0] as number;
  }

  u32(): number {
    return readU32(this.take(4), 0);
  }

  u64(): number {
    return readU64(this.take(8), 0);
  }

  /** u32 length ‖ bytes. */
  lp(): Uint8Array {
    return this.take(this.u32());
  }

  /** Throws a RangeError unless everything was read. */
  end(): void {
    if (this.#offset !== this.bytes.length) throw new RangeError('trailing bytes');
  }
}
