/**
 * Runs Spin on one case: translate the model, compile the checker, search every state. Each run has a directory of its
 * own. `node --import tsx crypto-core/model/check.ts [part of a title]` prints figures, and the trace of each violation.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { faults, goals, holding, type ModelCase } from './cases.ts';

const run = promisify(execFile);
const folder = dirname(fileURLToPath(import.meta.url));
/** Steps of one path. A longer one would be cut off, and fails the check. */
const MAX_DEPTH = 20_000;
/** A checker that needs more stops, and fails the check. */
const MAX_MEMORY_MIB = 900;
const OUTPUT_MAX_BYTES = 16 * 1024 * 1024;

/** What a search found. */
export interface ModelResult {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly memoryMiB: number;
  /** The claim that is violated, `deadlock`, or null. */
  readonly violated: string | null;
  /** How it came to that: the model's own account, a line a step. */
  readonly trace: readonly string[];
}

/** True when `spin` and `gcc` are there. */
export async function hasSpin(): Promise<boolean> {
  const isThere = (command: string, flag: string): Promise<boolean> =>
    run(command, [flag]).then(
      () => true,
      () => false,
    );
  return (await isThere('spin', '-V')) && (await isThere('gcc', '--version'));
}

/**
 * Searches all states. `only` examines one claim alone. Throws when the model does not translate or compile, and when
 * the search was cut off: a search that is not complete proves nothing.
 */
export async function checkModel(modelCase: ModelCase, only?: string): Promise<ModelResult> {
  const directory = await mkdtemp(join(tmpdir(), 'enk-model-'));
  try {
    for (const file of await readdir(folder)) {
      if (file.endsWith('.pml')) await cp(join(folder, file), join(directory, file));
    }
    return await search(directory, modelCase, only);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function search(cwd: string, modelCase: ModelCase, only: string | undefined): Promise<ModelResult> {
  const options = { cwd, maxBuffer: OUTPUT_MAX_BYTES };
  const file = `${modelCase.model}.pml`;
  const defines = [...modelCase.defines, ...(only === undefined ? [] : [`ONLY=${only.toUpperCase()}`])].map(
    define => `-D${define}`,
  );
  const translated = await run('spin', ['-a', ...defines, file], options);
  if (/error/i.test(translated.stdout + translated.stderr))
    throw new Error(translated.stdout + translated.stderr);
  await run('gcc', [...compilerFlags(modelCase, only), '-o', 'pan', 'pan.c'], options);
  const flags = [`-m${MAX_DEPTH}`, modelCase.isLarge ? '-w22' : '-w18'];
  if (!modelCase.forbidsDeadlock) flags.push('-E');
  const { stdout } = await run(join(cwd, 'pan'), flags, options);
  const result = readFigures(stdout);
  if (result.violated === null) return { ...result, trace: [] };
  const replay = await run('spin', ['-t', ...defines, file], options);
  return { ...result, trace: readTrace(replay.stdout) };
}

/** Compiling costs more than a short search: optimised only for long ones, and without what a short one can miss. */
function compilerFlags({ isLarge }: ModelCase, only: string | undefined): string[] {
  const short = ['-DNOREDUCE', '-DNOFAIR', '-DNOCLAIM', '-DNOBOUNDCHECK'];
  const effort = isLarge ? ['-O1'] : ['-O0', ...(only === undefined ? [] : short)];
  return [...effort, '-w', '-DSAFETY', `-DMEMLIM=${MAX_MEMORY_MIB}`];
}

function readFigures(output: string): Omit<ModelResult, 'trace'> {
  const figure = (pattern: RegExp): number => {
    const text = pattern.exec(output)?.[1];
    if (text === undefined) throw new Error(`No figure for ${pattern.source} in:\n${output}`);
    return Number(text);
  };
  const errors = figure(/errors: (\d+)/);
  const isCut = /max search depth too small|out of memory|reached -DMEMLIM/i.test(output);
  const isStopped = /Search not completed/.test(output);
  if (isCut || (isStopped && errors === 0)) throw new Error(`The search was cut off:\n${output}`);
  const violated = readViolation(output);
  if ((errors === 0) !== (violated === null)) throw new Error(`An error of another kind:\n${output}`);
  return {
    states: figure(/([\d.e+]+) states, stored/),
    transitions: figure(/([\d.e+]+) transitions/),
    depth: figure(/depth reached (\d+)/),
    memoryMiB: figure(/([\d.]+)\s+total actual memory usage/),
    violated,
  };
}

function readViolation(output: string): string | null {
  if (/^pan:1: invalid end state/m.test(output)) return 'deadlock';
  const claim = /^pan:1: assertion violated\s*\(*(\w+)\s*\|\|/m.exec(output)?.[1];
  return claim ?? null;
}

/** The steps that the model prints, without Spin's own account of variables and processes. */
function readTrace(output: string): string[] {
  const end = output.search(/^spin: /m);
  const lines = (end < 0 ? output : output.slice(0, end)).split('\n');
  return lines.map(line => line.trim()).filter(line => line !== '' && !line.startsWith('#'));
}

/** One line for people. */
export function describeResult({ states, transitions, depth, memoryMiB }: ModelResult): string {
  const count = (value: number): string => value.toLocaleString('en');
  return `${count(states)} states, ${count(transitions)} transitions, depth ${depth}, ${Math.round(memoryMiB)} MiB`;
}

async function main(part: string): Promise<void> {
  const all = [...holding, ...faults, ...goals];
  for (const modelCase of all.filter(({ title, model }) => `${model}: ${title}`.includes(part))) {
    const only = 'claim' in modelCase ? String(modelCase.claim) : undefined;
    const result = await checkModel(modelCase, only);
    const verdict = result.violated === null ? 'holds' : `violates ${result.violated}`;
    process.stdout.write(`${modelCase.model}: ${modelCase.title}: ${verdict} (${describeResult(result)})\n`);
    for (const line of result.trace) process.stdout.write(`    ${line}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2] ?? '');
