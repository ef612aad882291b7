/** Comparisons whose time depends on lengths alone. */

const WORD_BYTES = 4;
/** Below, a view of words costs more than it saves. */
const SHORT_BYTES = 128;

/** Whether both byte strings are the same. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}

/** Whether every byte is zero. */
export function isAllZero(bytes: Uint8Array): boolean {
  if (bytes.length < SHORT_BYTES) return unionOf(bytes) === 0;
  const { buffer, byteOffset, length } = bytes;
  const start = -byteOffset & (WORD_BYTES - 1);
  // Padding can be 32 KiB: aligned words are several times faster than bytes.
  const words = new Uint32Array(buffer, byteOffset + start, Math.floor((length - start) / WORD_BYTES));
  const end = start + WORD_BYTES * words.length;
  return (unionOf(bytes.subarray(0, start)) | unionOf(words) | unionOf(bytes.subarray(end))) === 0;
}

function unionOf(values: Uint8Array | Uint32Array): number {
  let union = 0;
  for (let i = 0; i < values.length; i++) union |= values[i] as number;
  return union;
}
