/**
 * Runs in the page whose browser is killed: what it does without a pause, each step told to the test once the vault
 * has acknowledged it, and what it finds when it is there again. What is wrong comes back in words; nothing is mended.
 */
import { checkFiles, writeFiles } from './files.ts';
import { changeLock, checkLock } from './lock.ts';
import { checkMessages, writeMessages } from './messages.ts';
import { checkMigrated, makeOld, migrate } from './migration.ts';
import { checkExported, checkImported, exportAgain, importInto, makeSource, makeTargets } from './moving.ts';

declare global {
  interface Window {
    killsPage: KillsPage;
    /** Of the test: this step is acknowledged. */
    acknowledged: (step: string) => Promise<void>;
  }
}

const killsPage = {
  writeMessages,
  checkMessages,
  writeFiles,
  checkFiles,
  makeOld,
  migrate,
  checkMigrated,
  makeSource,
  exportAgain,
  checkExported,
  makeTargets,
  importInto,
  checkImported,
  changeLock,
  checkLock,
};

export type KillsPage = typeof killsPage;
window.killsPage = killsPage;
