/** Argon2id by @noble/hashes, where WebAssembly is not allowed: 64 MiB, three passes in about a second. */
import { argon2idAsync } from '@noble/hashes/argon2.js';
import type { Argon2id } from './argon2id.ts';

export const argon2idSoftware: Argon2id = input =>
  argon2idAsync(input.password, input.salt, {
    m: input.memoryKib,
    t: input.passes,
    p: input.lanes,
    dkLen: input.lengthBytes,
  });
