/** Storage where it lives, in a dedicated worker: runs scenarios of the tests beside it by name. */
import { journalScenarios } from './journal-scenarios.ts';
import { movesFiles, takesFilesBack } from './moving-scenarios.ts';
import { scenarios as fileScenarios } from './scenarios.ts';

const scenarios: Readonly<Record<string, () => Promise<void>>> = {
  ...fileScenarios,
  ...journalScenarios,
  movesFiles,
  takesFilesBack,
};

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
