/** Page and worker of the vault's benchmark in one file: the page starts it again as its own worker. */
import { type FileRun, runFiles } from './vault-files-worker.ts';
import { type MessageRun, runMessages } from './vault-messages-worker.ts';

export interface VaultBench {
  files(bytes: number, withBaseline: number): Promise<FileRun>;
  messages(count: number): Promise<MessageRun>;
}

const runs: VaultBench = { files: runFiles, messages: runMessages };

interface Call {
  readonly name: keyof VaultBench;
  readonly args: readonly number[];
}
type Answer = { readonly result: unknown } | { readonly error: string };

if (typeof document === 'undefined') {
  globalThis.onmessage = ({ data }: MessageEvent<Call>): void => {
    const run = runs[data.name] as (...args: readonly number[]) => Promise<unknown>;
    run(...data.args).then(
      result => globalThis.postMessage({ result } satisfies Answer),
      (error: unknown) => globalThis.postMessage({ error: describe(error) } satisfies Answer),
    );
  };
} else {
  const worker = new Worker(new URL(import.meta.url), { type: 'module' });
  Object.assign(globalThis, {
    vaultBench: (name: keyof VaultBench, ...args: readonly number[]) =>
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data }: MessageEvent<Answer>) =>
          'error' in data ? reject(new Error(data.error)) : resolve(data.result);
        worker.onerror = event => reject(new Error(event.message));
        worker.postMessage({ name, args } satisfies Call);
      }),
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.stack} ${String(error.cause)}` : String(error);
}
