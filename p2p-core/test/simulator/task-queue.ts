/**
 * The only source of asynchrony while the simulator runs: results of WebCrypto, IndexedDB's tasks and the page's
 * messages wait here and are handed out one at a time, in an order that the seed decides. So a run is the same
 * every time, and "nothing is under way" is a fact instead of a guess.
 *
 * Storage and page tasks keep their order among themselves, as a browser's task sources do; results of WebCrypto
 * may overtake each other.
 */
import type { SeededRandom } from './random.ts';

type FifoLane = 'storage' | 'page';

interface CryptoResult {
  readonly ready: Promise<unknown>;
  handOut(): void;
}

/** How many WebCrypto results may overtake each other. */
const OVERTAKING = 3;

// Taken before the simulator replaces it (sim-storage.ts).
const realSetImmediate = setImmediate;

/** Lets every microtask run that is due. */
function nextTurn(): Promise<void> {
  return new Promise(resolve => realSetImmediate(resolve));
}

export class TaskQueue {
  readonly #random: SeededRandom;
  readonly #lanes: Readonly<Record<FifoLane, (() => void)[]>> = { storage: [], page: [] };
  readonly #crypto: CryptoResult[] = [];
  /** Tasks run so far. */
  count = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  get isIdle(): boolean {
    return this.size === 0;
  }

  get size(): number {
    return this.#lanes.storage.length + this.#lanes.page.length + this.#crypto.length;
  }

  add(lane: FifoLane, task: () => void): void {
    this.#lanes[lane].push(task);
  }

  /** The result of an operation that runs at once and is handed out when its turn comes. */
  result<T>(operation: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let handOut: () => void = () => undefined;
      const ready = operation.then(
        value => {
          handOut = () => resolve(value);
        },
        (error: unknown) => {
          handOut = () => reject(error as Error);
        },
      );
      this.#crypto.push({ ready, handOut: () => handOut() });
    });
  }

  /** Runs at most `limit` tasks; returns how many there were. */
  async run(limit: number): Promise<number> {
    await nextTurn();
    let ran = 0;
    for (; ran < limit && !this.isIdle; ran++) await this.#runOne();
    return ran;
  }

  /** Runs everything until nothing is under way. */
  async settle(): Promise<void> {
    const ran = await this.run(MAX_TASKS_TO_SETTLE);
    if (ran >= MAX_TASKS_TO_SETTLE) throw new Error('the simulated devices never come to rest');
  }

  async #runOne(): Promise<void> {
    this.count += 1;
    const { storage, page } = this.#lanes;
    const lanes = [storage, page, this.#crypto].filter(lane => lane.length > 0);
    const lane = lanes.length === 1 ? lanes[0] : this.#random.pick(lanes);
    if (lane === this.#crypto) await this.#handOutResult();
    else if (lane !== undefined) (lane as (() => void)[]).shift()?.();
    await nextTurn();
  }

  async #handOutResult(): Promise<void> {
    const last = Math.min(OVERTAKING, this.#crypto.length) - 1;
    const [result] = this.#crypto.splice(last === 0 ? 0 : this.#random.int(0, last), 1);
    await result?.ready;
    result?.handOut();
  }
}

const MAX_TASKS_TO_SETTLE = 2_000_000;
