/** Back-off with jitter, pure. P2P-SES-06. */
import { REDIAL_BASE_MS, REDIAL_JITTER, REDIAL_MAX_MS } from '../limits.ts';

/**
 * Wait before attempt `attempt` (0 = the first after a failure). `random` is uniform in [0, 1): the wait lies
 * between (1 − jitter) and 1 times min(base · 2^attempt, max).
 */
export function redialDelayMs(attempt: number, random: number): number {
  const fullMs = Math.min(REDIAL_MAX_MS, REDIAL_BASE_MS * 2 ** Math.min(attempt, 16));
  return Math.round(fullMs * (1 - REDIAL_JITTER * random));
}

/** Uniform in [0, 1), from the browser's generator. */
export function secureRandom(): number {
  const [word] = crypto.getRandomValues(new Uint32Array(1));
  return (word ?? 0) / 2 ** 32;
}
