/** Random values of the transport: names, tokens and jitter. No key is made here. */

/** 128 random bits as 32 hexadecimal digits: a token or a name that nobody guesses. */
export function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

/** A random number in [0, 1). */
export function randomFraction(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word / 2 ** 32;
}
