/**
 * `npm run fuzz -- [--inputs N] [--seed S] [--from I] [--processes P] [--state FILE] [--json]`: hostile input for every
 * parser and every `open` of crypto-core, in Node.
 *
 * Input number I of seed S is always the same attack: `--seed S --from I --inputs 1` runs it again. With `--state`,
 * what was done is written down and the run goes on from there. Processes that say nothing for two minutes, or
 * take more memory than a fixed limit, count as crashed, with the number of the input they were at.
 */
import { fork } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Fuzzer } from '../crypto-core/test/fuzz/fuzz.ts';
import type { FoundFailure } from '../crypto-core/test/fuzz/fuzz.ts';
import { Tally } from '../crypto-core/test/fuzz/tally.ts';
import type { TallyRecord } from '../crypto-core/test/fuzz/tally.ts';

/** Inputs that one process does before it reports. */
const BATCH = 500;
const SILENCE_MS = 120_000;
const HEAP_LIMIT_MIB = 384;

interface Batch {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

type Report =
  | { readonly kind: 'alive'; readonly index: number; readonly lane: string }
  | {
      readonly kind: 'done';
      readonly batch: Batch;
      readonly tally: TallyRecord;
      readonly failures: readonly FoundFailure[];
      readonly rssMib: number;
    };

interface Saved {
  readonly seed: number;
  /** First input that is not done; `ahead`: batches after it that are. */
  next: number;
  ahead: readonly number[];
  readonly tally: Tally;
  readonly failures: FoundFailure[];
  seconds: number;
  rssMib: number;
}

/** A worker: one batch a message. */
function serve(): void {
  let making: Promise<Fuzzer> | null = null;
  let lastBeatMs = 0;
  const beat = (index: number, lane: string): void => {
    if (performance.now() - lastBeatMs < 1_000) return;
    lastBeatMs = performance.now();
    process.send?.({ kind: 'alive', index, lane } satisfies Report);
  };
  process.on('message', (batch: Batch) => {
    making ??= Fuzzer.create(batch.seed);
    void making.then(async fuzzer => {
      const { tally, failures } = await fuzzer.run(batch, { onInput: beat, cpuMs });
      const rssMib = Math.round(process.memoryUsage.rss() / 2 ** 20);
      process.send?.({ kind: 'done', batch, tally: tally.record, failures, rssMib } satisfies Report);
    });
  });
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
      processes: { type: 'string', default: '1' },
      state: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const seed = count(values.seed);
  const from = count(values.from);
  const to = from + count(values.inputs);
  const saved = values.state === undefined ? fresh(seed, from) : load(values.state, seed, from);
  const startMs = performance.now() - saved.seconds * 1_000;
  const save = (): void => {
    saved.seconds = Math.round((performance.now() - startMs) / 1_000);
    if (values.state !== undefined) store(values.state, saved);
  };
  const queue = new BatchQueue(seed, to, saved);
  const workers = Array.from({ length: count(values.processes) }, () => runWorker(queue, saved, save));
  await Promise.all(workers);
  save();
  report(saved, values.json);
}

/** Batches in order, those left out that an interrupted run has done. */
class BatchQueue {
  readonly #pending = new Set<number>();
  readonly #ahead: Set<number>;
  #at: number;

  constructor(
    readonly seed: number,
    readonly to: number,
    { next, ahead }: Pick<Saved, 'next' | 'ahead'>,
  ) {
    this.#at = next;
    this.#ahead = new Set(ahead);
  }

  take(): Batch | null {
    while (this.#ahead.has(this.#at)) this.#at += BATCH;
    if (this.#at >= this.to) return null;
    const from = this.#at;
    this.#at = Math.min(this.to, from + BATCH);
    this.#pending.add(from);
    return { seed: this.seed, from, to: this.#at };
  }

  /** Notes a batch as done; gives where a later run begins. */
  finish(batch: Batch): Pick<Saved, 'next' | 'ahead'> {
    this.#pending.delete(batch.from);
    this.#ahead.add(batch.from);
    const next = Math.min(this.#at, ...this.#pending);
    return { next, ahead: [...this.#ahead].filter(from => from >= next) };
  }
}

/** One child process until the queue is empty; a crash is a failure, and another child goes on. */
async function runWorker(queue: BatchQueue, saved: Saved, save: () => void): Promise<void> {
  for (let batch = queue.take(); batch !== null;) {
    const child = fork(fileURLToPath(import.meta.url), {
      execArgv: [...process.execArgv, `--max-old-space-size=${HEAP_LIMIT_MIB}`],
    });
    try {
      while (batch !== null) {
        const done = await runBatch(child, batch);
        saved.tally.merge(done.tally);
        saved.failures.push(...done.failures);
        saved.rssMib = Math.max(saved.rssMib, done.rssMib);
        Object.assign(saved, queue.finish(batch));
        save();
        batch = queue.take();
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const { seed, from: index } = batch as Batch;
      saved.failures.push({ seed, index, lane: 'process', message, cause: '', input: null });
      Object.assign(saved, queue.finish(batch as Batch));
      batch = queue.take();
    } finally {
      child.kill();
    }
  }
}

function runBatch(child: ReturnType<typeof fork>, batch: Batch): Promise<Extract<Report, { kind: 'done' }>> {
  return new Promise((resolve, reject) => {
    let last = 'nothing yet';
    const fail = (why: string): void => {
      stop();
      reject(new Error(`${why} after ${last}`));
    };
    const onExit = (code: number | null): void => fail(`crashed (${code ?? 'signal'})`);
    let watchdog = setTimeout(fail, SILENCE_MS, 'silent');
    const onMessage = (message: Report): void => {
      clearTimeout(watchdog);
      if (message.kind === 'alive') {
        last = `input ${message.index} (${message.lane})`;
        watchdog = setTimeout(fail, SILENCE_MS, 'silent');
        return;
      }
      stop();
      resolve(message);
    };
    const stop = (): void => {
      clearTimeout(watchdog);
      child.off('exit', onExit);
      child.off('message', onMessage);
    };
    child.on('exit', onExit);
    child.on('message', onMessage);
    child.send(batch);
  });
}

function fresh(seed: number, next: number): Saved {
  return { seed, next, ahead: [], tally: new Tally(), failures: [], seconds: 0, rssMib: 0 };
}

function load(path: string, seed: number, from: number): Saved {
  const saved = fresh(seed, from);
  if (!existsSync(path)) return saved;
  const stored = JSON.parse(readFileSync(path, 'utf8')) as Omit<Saved, 'tally'> & { tally: TallyRecord };
  if (stored.seed !== seed) throw new RangeError(`${path} is of seed ${stored.seed}`);
  saved.tally.merge(stored.tally);
  saved.failures.push(...stored.failures);
  const { next, ahead, seconds, rssMib } = stored;
  return Object.assign(saved, { next, ahead, seconds, rssMib });
}

function store(path: string, saved: Saved): void {
  writeFileSync(path, JSON.stringify({ ...saved, tally: saved.tally.record }));
}

function report(saved: Saved, isJson: boolean): void {
  const { seed, failures, seconds, rssMib, tally } = saved;
  const { inputs, slowestMs } = tally.record;
  if (isJson) {
    console.log(
      JSON.stringify({ seed, inputs, failures, seconds, rssMib, slowestMs, lines: tally.record.lines }),
    );
  } else {
    console.log(tally.table);
    console.log(
      `\nseed ${seed}: ${inputs} inputs in ${seconds} s, slowest ${Math.round(slowestMs)} ms, ${rssMib} MiB`,
    );
    for (const failure of failures.slice(0, 20)) console.log(JSON.stringify(failure));
    console.log(`${inputs} refused, ${failures.length} failures`);
  }
  process.exitCode = failures.length > 0 || inputs === 0 ? 1 : 0;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${text} is no number of inputs`);
  return value;
}

if (process.send !== undefined) {
  serve();
} else {
  await main();
}
