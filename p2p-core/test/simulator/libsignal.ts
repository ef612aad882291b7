/** The second Signal engine, loaded when it is asked for. */
import type { SignalEngine } from '@enk/crypto-core';

/** Its compiled curve takes every unhandled rejection of a Node process for its own and ends it: that is taken off. */
export async function loadLibsignal(): Promise<SignalEngine> {
  const before = process.listeners('unhandledRejection');
  const { libsignalEngine } = await import('@enk/signal-libsignal/engine');
  for (const listener of process.listeners('unhandledRejection')) {
    if (!before.includes(listener)) process.off('unhandledRejection', listener);
  }
  return libsignalEngine;
}
