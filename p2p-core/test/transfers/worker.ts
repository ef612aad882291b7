/** Transfers where files can be kept, in a dedicated worker: runs the scenarios of transfers.test.ts by name. */
import { scenarios } from './scenarios.ts';

globalThis.onmessage = ({ data }: MessageEvent<string>): void => {
  const run = scenarios[data];
  const result = run === undefined ? Promise.reject(new Error(`no scenario ${data}`)) : run();
  result.then(
    () => globalThis.postMessage(null),
    (error: unknown) =>
      globalThis.postMessage(
        error instanceof Error ? `${error.stack} ${String(error.cause)}` : String(error),
      ),
  );
};
