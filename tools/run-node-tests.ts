/** Runs files with node:test and prints a line a test and the sum of them all. */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { root } from '../vite.config.ts';

export interface NodeTestOptions {
  /** Only tests whose name matches. */
  readonly namePattern?: string;
  /** Milliseconds for one file. */
  readonly timeoutMs?: number;
  /** How many files run at a time; otherwise one. */
  readonly concurrency?: number;
}

/** Absolute paths of the files below a folder of the repository that end so, sorted. */
export function listFiles(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith(ending) && !name.includes('node_modules'))
    .map(name => join(root, folder, name))
    .sort();
}

interface TestEnd {
  readonly name: string;
  readonly file?: string;
  readonly skip?: string | boolean;
  readonly todo?: string | boolean;
  readonly details: {
    readonly duration_ms: number;
    readonly error?: Error & { failureType?: string };
    readonly type?: string;
  };
}

const total = { passed: 0, failed: 0, skipped: 0 };

function report(event: TestEnd, isPassed: boolean): void {
  const { details, name, skip } = event;
  if (details.type === 'suite' && (isPassed || details.error?.failureType === 'subtestsFailed')) return;
  const label = `${event.file ? `${relative(root, event.file)}: ` : ''}${name}`;
  if (skip !== undefined && skip !== false) {
    total.skipped += 1;
    console.log(`- skipped ${label}${typeof skip === 'string' ? ` (${skip})` : ''}`);
  } else if (isPassed) {
    total.passed += 1;
    console.log(`✓ ${label} (${Math.round(details.duration_ms)} ms)`);
  } else {
    total.failed += 1;
    const { error } = details;
    const cause = error?.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : error?.message;
    console.log(`✗ ${label}\n    ${(cause ?? 'unknown error').split('\n').slice(0, 12).join('\n    ')}`);
  }
}

/** Runs the files and sets the exit code. The last line is `N passed, N failed, N skipped`. */
export async function runNodeTests(files: readonly string[], options: NodeTestOptions): Promise<void> {
  if (files.length > 0) {
    const stop = new AbortController(); // ends the files' own processes, which nothing else would
    process.once('SIGTERM', () => stop.abort());
    const stream = run({
      signal: stop.signal,
      files: [...files],
      concurrency: options.concurrency ?? 1,
      timeout: options.timeoutMs ?? 600_000,
      ...(options.namePattern ? { testNamePatterns: [new RegExp(options.namePattern, 'i')] } : {}),
    });
    stream.on('test:pass', event => report(event as TestEnd, true));
    stream.on('test:fail', event => report(event as TestEnd, false));
    stream.on('test:stderr', ({ message }) => process.stderr.write(message));
    stream.on('test:stdout', ({ message }) => process.stdout.write(message));
    await new Promise((resolve, reject) => stream.on('end', resolve).on('error', reject).resume());
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}
