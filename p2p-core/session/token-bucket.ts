/** Token bucket: `capacity` at once, then `refillPerSecond`. A clock that is set back refills nothing. */
import type { TokenBucketLimit } from '../limits.ts';

export class TokenBucket {
  readonly #limit: TokenBucketLimit;
  #tokens: number;
  #refilledAtMs: number;

  constructor(limit: TokenBucketLimit, nowMs: number) {
    this.#limit = limit;
    this.#tokens = limit.capacity;
    this.#refilledAtMs = nowMs;
  }

  /** Takes one token; false when there is none. */
  take(nowMs: number): boolean {
    if (!this.has(nowMs)) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Whether there is a token to take. */
  has(nowMs: number): boolean {
    const elapsedS = Math.max(0, nowMs - this.#refilledAtMs) / 1000;
    this.#tokens = Math.min(this.#limit.capacity, this.#tokens + elapsedS * this.#limit.refillPerSecond);
    this.#refilledAtMs = nowMs;
    return this.#tokens >= 1;
  }
}

/** One bucket a key, for at most `maxKeys` keys; the key unused for longest goes first. */
export class KeyedTokenBuckets {
  readonly #limit: TokenBucketLimit;
  readonly #maxKeys: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(limit: TokenBucketLimit, maxKeys: number) {
    this.#limit = limit;
    this.#maxKeys = maxKeys;
  }

  take(key: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#limit, nowMs);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > this.#maxKeys && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket.take(nowMs);
  }

  /** Whether `take` would give one. */
  has(key: string, nowMs: number): boolean {
    return this.#buckets.get(key)?.has(nowMs) ?? true;
  }
}
