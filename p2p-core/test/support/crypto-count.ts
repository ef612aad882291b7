/** Counts what this realm asks of WebCrypto while an action runs, by operation. */

const ASYMMETRIC = ['generateKey', 'deriveBits', 'deriveKey', 'sign', 'verify'];

export interface CryptoCount {
  /** Operations by name. */
  readonly calls: Readonly<Record<string, number>>;
  /** Those that make a key pair, agree on a secret, sign or verify; an HMAC counts as none of them. */
  readonly asymmetric: number;
  readonly total: number;
}

/** Starts counting; the returned function ends it. */
export function countCrypto(): () => CryptoCount {
  const calls: Record<string, number> = {};
  let asymmetric = 0;
  const note = (name: string, algorithm: unknown): void => {
    calls[name] = (calls[name] ?? 0) + 1;
    const isHmac = JSON.stringify(algorithm ?? '').includes('HMAC');
    if (ASYMMETRIC.includes(name) && !isHmac) asymmetric += 1;
  };
  const { subtle } = crypto;
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(subtle)).filter(
    name => typeof Reflect.get(subtle, name) === 'function' && name !== 'constructor',
  );
  const restore = methods.map(name => wrap(subtle, name, args => note(name, args[0])));
  return () => {
    for (const undo of restore) undo();
    const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
    return { calls, asymmetric, total };
  };
}

function wrap(target: object, name: string, look: (args: readonly unknown[]) => void): () => void {
  const original = Reflect.get(target, name) as (...args: unknown[]) => unknown;
  const value = (...args: unknown[]): unknown => {
    look(args);
    return original.apply(target, args);
  };
  Object.defineProperty(target, name, { configurable: true, writable: true, value });
  return () => void Reflect.deleteProperty(target, name);
}

/** Resolves when nobody in this realm has asked for anything in a while: what went before is over. */
export async function untilCryptoIsQuiet(): Promise<void> {
  for (let isQuiet = false; !isQuiet;) {
    const stop = countCrypto();
    for (let turn = 0; turn < 50; turn++) await nextTask();
    isQuiet = stop().total === 0;
  }
}

function nextTask(): Promise<void> {
  return new Promise(resolve => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
