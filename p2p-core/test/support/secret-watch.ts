/** Copies of every secret that crosses between this realm's code and its platform while an action runs. */

/** Raw and PKCS #8 keys that are imported (the 32 bytes of a private key), secrets that are derived, KEM seeds. */
export async function collectSecrets(action: () => Promise<void>): Promise<Uint8Array[]> {
  const secrets: Uint8Array[] = [];
  const { subtle } = crypto;
  const note = (data: unknown, from = 0): void => {
    const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    if (bytes instanceof Uint8Array && bytes.length >= 32 + from) secrets.push(bytes.slice(from));
  };
  const restore = [
    wrap(subtle, 'importKey', ([format, data, algorithm]) => {
      const name = typeof algorithm === 'string' ? algorithm : (algorithm as { name: string }).name;
      if (format === 'raw' && name !== 'Ed25519' && name !== 'X25519') note(data);
      if (format === 'raw-seed') note(data);
      if (format === 'pkcs8') note(data, 16);
    }),
    wrap(subtle, 'deriveBits', async (_args, result) => note(await result)),
    wrap(crypto, 'getRandomValues', (_args, result) => {
      if (result instanceof Uint8Array && result.length === 64) note(result);
    }),
  ];
  try {
    await action();
  } finally {
    for (const undo of restore) undo();
  }
  return secrets.filter(secret => secret.some(byte => byte !== 0));
}

function wrap(
  target: object,
  name: string,
  look: (args: readonly unknown[], result: unknown) => void | Promise<void>,
): () => void {
  const original = Reflect.get(target, name) as (...args: unknown[]) => unknown;
  const value = (...args: unknown[]): unknown => {
    const result = original.apply(target, args);
    // A refusal is the caller's to see.
    void Promise.resolve(look(args, result)).catch(() => undefined);
    return result;
  };
  Object.defineProperty(target, name, { configurable: true, writable: true, value });
  return () => void Reflect.deleteProperty(target, name);
}
