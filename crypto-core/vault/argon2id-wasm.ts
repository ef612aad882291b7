/**
 * Argon2id by hash-wasm: 64 MiB, three passes in about 270 ms. Its WebAssembly needs `'wasm-unsafe-eval'` in the CSP
 * of where it runs: a worker of its own, which is ended after use, since the module's memory cannot be wiped.
 */
import { argon2id } from 'hash-wasm';
import type { Argon2id } from './argon2id.ts';

export const argon2idWasm: Argon2id = input =>
  argon2id({
    password: input.password,
    salt: input.salt,
    memorySize: input.memoryKib,
    iterations: input.passes,
    parallelism: input.lanes,
    hashLength: input.lengthBytes,
    outputType: 'binary',
  });
