/**
 * `npm run sim -- --seeds N [--seed S] [--steps 2000] [--peers 2] [--engine enk|libsignal] [--kind K] [--fresh]`
 *
 * Runs the seeds S … S+N−1, one line each, and their sum. Without `--peers` a seed has 4 to 8 people, who all know each
 * other; without `--kind` it also decides whether devices go back to copies and whether the network tampers. Results are kept in .cache/simulator, one file for each
 * kind of run, so that a run that was stopped goes on where it was; `--fresh` starts over. `--webcrypto` takes Node's
 * WebCrypto instead of the same functions called synchronously: slower, with the same digests.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type SignalEngine, enkSignalEngine } from '@enk/crypto-core';
import { loadLibsignal } from './libsignal.ts';
import { type SeedResult, runSeed } from './run-seed.ts';
import { RUN_KINDS } from './step-mix.ts';

const ENGINES: Readonly<Record<string, () => Promise<SignalEngine>>> = {
  enk: async () => enkSignalEngine,
  libsignal: loadLibsignal,
};
const FOLDER = '.cache/simulator';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    steps: { type: 'string', default: '2000' },
    peers: { type: 'string', default: 'any' },
    engine: { type: 'string', default: 'enk' },
    kind: { type: 'string' },
    fresh: { type: 'boolean', default: false },
    webcrypto: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

const [seeds, first, steps] = [values.seeds, values.seed, values.steps].map(Number) as [
  number,
  number,
  number,
];
const peers = values.peers === 'any' ? undefined : Number(values.peers);
const signalEngine = await ENGINES[values.engine]?.();
const kind = RUN_KINDS.find(known => known === values.kind);
if (signalEngine === undefined) throw new Error(`--engine is one of ${Object.keys(ENGINES).join(', ')}`);
if (values.kind !== undefined && kind === undefined)
  throw new Error(`--kind is one of ${RUN_KINDS.join(', ')}`);

const file = `${FOLDER}/${values.engine}-${values.peers}-peers-${steps}-steps${kind ? `-${kind}` : ''}.jsonl`;
mkdirSync(FOLDER, { recursive: true });
if (values.fresh) rmSync(file, { force: true });

const results = new Map<number, SeedResult>();
for (const line of existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []) {
  const result = JSON.parse(line) as SeedResult;
  if (result.seed >= first && result.seed < first + seeds) results.set(result.seed, result);
}

function line(result: SeedResult): string {
  const {
    seed,
    kind: ran,
    peers: people,
    messages,
    crashes,
    restores,
    handshakes,
    frames,
    commits,
    tookMs,
    digest,
  } = result;
  return [
    `seed ${seed} ${ran}, ${people} peers:`,
    `${messages} messages, ${crashes} crashes, ${restores} restores, ${handshakes} handshakes,`,
    `${frames} frames, ${commits} commits, ${(tookMs / 1000).toFixed(1)} s, ${digest}`,
  ].join(' ');
}

const failed: number[] = [];
for (let seed = first; seed < first + seeds; seed++) {
  const known = results.get(seed);
  if (known !== undefined && seeds > 1) {
    console.log(`${line(known)} (kept)`);
    continue;
  }
  try {
    const result = await runSeed({
      seed,
      steps,
      signalEngine,
      webCrypto: values.webcrypto,
      ...(peers !== undefined && { peers }),
      ...(kind !== undefined && { kind }),
      ...(values.verbose && { onStep: (index: number, step: string) => console.log(`  ${index} ${step}`) }),
    });
    results.set(seed, result);
    appendFileSync(file, `${JSON.stringify(result)}\n`);
    console.log(line(result));
  } catch (error) {
    failed.push(seed);
    console.log(`✗ ${error instanceof Error ? error.message : String(error)}`);
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.stack : '';
    console.log(`  ${cause ?? ''}`);
    if (values.engine !== 'enk') console.log(`  with --engine ${values.engine}`);
  }
}

const COUNTED = [
  'steps',
  'messages',
  'crashes',
  'restores',
  'handshakes',
  'strangers',
  'notices',
  'stops',
  'commits',
  'frames',
  'encryptions',
] as const;
const sum = (field: (typeof COUNTED)[number] | 'cpuMs'): number =>
  [...results.values()].reduce((total, result) => total + result[field], 0);
const longestMs = Math.max(0, ...[...results.values()].map(({ tookMs }) => tookMs));
console.log(
  `${results.size} of ${seeds} seeds passed with engine ${values.engine}, ${peers ?? '4 to 8'} peers`,
);
console.log(COUNTED.map(field => `${sum(field).toLocaleString('en')} ${field}`).join(', '));
console.log(
  `${Math.round(sum('cpuMs') / 1000).toLocaleString('en')} s of processor time, longest seed ${(longestMs / 1000).toFixed(1)} s, heap now ${Math.round(process.memoryUsage().heapUsed / 2 ** 20)} MiB`,
);
console.log(`${results.size} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
