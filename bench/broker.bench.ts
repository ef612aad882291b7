/**
 * Our broker against the stock `peer` server in the same run: CPU time of the server process for a relayed offer of
 * 1 KiB, frames a second, and the memory of 15,000 open sockets. Load comes from processes of its own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ensureRivals } from './rivals.ts';
import type { BenchCase, BenchResult } from './run.ts';

const ROUNDS = 5;
const PAIRS = 50;
const MESSAGES = 200;
const IDLE_SOCKETS = 15_000;
const IDLE_PROCESSES = 2;

type Kind = 'ours' | 'stock';
interface Usage {
  readonly cpuUs: number;
  readonly rssBytes: number;
}

interface Server {
  readonly url: string;
  usage(): Promise<Usage>;
  stop(): void;
}

const child = (file: string, args: readonly string[]): ChildProcess =>
  fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv: ['--import', 'tsx'] });

async function message<T>(from: ChildProcess): Promise<T> {
  const [value] = (await once(from, 'message')) as [T];
  return value;
}

async function startServer(kind: Kind): Promise<Server> {
  const server = child('broker-server.ts', [kind]);
  const { port } = await message<{ port: number }>(server);
  return {
    url: `ws://127.0.0.1:${port}/`,
    async usage() {
      const answer = message<Usage>(server);
      server.send('usage');
      return answer;
    },
    stop: () => void server.kill('SIGKILL'),
  };
}

/** Microseconds of CPU for one relayed frame, and frames a second. */
async function relay(server: Server): Promise<{ cpuUs: number; framesPerSecond: number }> {
  const load = child('broker-load.ts', [server.url, 'pairs', String(PAIRS), String(MESSAGES)]);
  await message(load);
  const before = await server.usage();
  load.send('start');
  const { ms } = await message<{ ms: number }>(load);
  const after = await server.usage();
  const frames = PAIRS * MESSAGES;
  return { cpuUs: (after.cpuUs - before.cpuUs) / frames, framesPerSecond: (frames / ms) * 1_000 };
}

/** Resident memory that the sockets added, in MB, and in all. */
async function idle(kind: Kind): Promise<{ addedMb: number; rssMb: number }> {
  const server = await startServer(kind);
  const before = await server.usage();
  const share = String(IDLE_SOCKETS / IDLE_PROCESSES);
  const loads = Array.from({ length: IDLE_PROCESSES }, () =>
    child('broker-load.ts', [server.url, 'idle', share]),
  );
  await Promise.all(loads.map(load => message(load)));
  const after = await server.usage();
  for (const load of loads) load.kill('SIGKILL');
  server.stop();
  return { addedMb: (after.rssBytes - before.rssBytes) / 1e6, rssMb: after.rssBytes / 1e6 };
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

function summarize(name: string, unit: string, values: readonly number[]): BenchCase {
  const sorted = [...values].sort((a, b) => a - b);
  return { name, unit, p50: at(sorted, 0.5), p95: at(sorted, 0.95) };
}

export default async function measure(): Promise<BenchResult> {
  ensureRivals();
  const servers = { ours: await startServer('ours'), stock: await startServer('stock') };
  const cpu = { ours: [] as number[], stock: [] as number[] };
  const rate = { ours: [] as number[], stock: [] as number[] };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const kind of ['ours', 'stock'] as const) {
      const { cpuUs, framesPerSecond } = await relay(servers[kind]);
      if (round === 0) continue; // Warms both up.
      cpu[kind].push(cpuUs);
      rate[kind].push(framesPerSecond);
    }
  }
  servers.ours.stop();
  servers.stock.stop();
  const memory = { ours: await idle('ours'), stock: await idle('stock') };
  const cases = [
    summarize('relayed frame, ours', 'µs CPU', cpu.ours),
    summarize('relayed frame, stock', 'µs CPU', cpu.stock),
    summarize('frames a second, ours', '1/s', rate.ours),
    summarize('frames a second, stock', '1/s', rate.stock),
    summarize(`${IDLE_SOCKETS} sockets, ours`, 'MB resident', [memory.ours.rssMb]),
    summarize(`${IDLE_SOCKETS} sockets, stock`, 'MB resident', [memory.stock.rssMb]),
  ];
  const [ours, baseline] = [cases[0]?.p50 ?? NaN, cases[1]?.p50 ?? NaN];
  return {
    name: 'broker',
    unit: 'µs CPU a relayed frame',
    ours,
    baseline,
    ratio: ours / baseline,
    runs: ROUNDS,
    cases,
  };
}
