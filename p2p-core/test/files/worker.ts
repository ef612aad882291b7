/** The file store where it lives, in a dedicated worker: runs the scenarios of file-store.test.ts and moving-files.test.ts by name. */
import { movesFiles, takesFilesBack } from './moving-scenarios.ts';
import { scenarios as fileScenarios } from './scenarios.ts';

const scenarios: typeof fileScenarios = { ...fileScenarios, movesFiles, takesFilesBack };

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
