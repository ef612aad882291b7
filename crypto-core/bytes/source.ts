/**
 * Bytes for WebCrypto. Shared memory is refused with a TypeError: another thread could change the
 * bytes between check and use.
 */
export function source(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  // Not `instanceof SharedArrayBuffer`: pages without isolation lack that name, but not such memory.
  if (!(bytes.buffer instanceof ArrayBuffer)) throw new TypeError('shared memory refused');
  return bytes as Uint8Array<ArrayBuffer>;
}
