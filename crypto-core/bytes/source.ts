/**
 * Bytes for WebCrypto. Shared memory is refused with a TypeError: another thread could change the
 * bytes between check and use.
 */
export function source(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (typeof SharedArrayBuffer !== 'undefined' && bytes.buffer instanceof SharedArrayBuffer) {
    throw new TypeError('shared memory refused');
  }
  return bytes as Uint8Array<ArrayBuffer>;
}
