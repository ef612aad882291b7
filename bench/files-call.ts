/** Calls the functions of files-page.ts in its page. */
import type { Page } from 'puppeteer-core';
import type { FilesBench } from './files-page.ts';

export type FilesCall = <K extends keyof FilesBench>(
  name: K,
  ...args: Parameters<FilesBench[K]>
) => ReturnType<FilesBench[K]>;

export function callFiles(page: Page): FilesCall {
  return ((name: string, ...args: unknown[]) =>
    page.evaluate(
      (method, given) =>
        (globalThis as unknown as { files: Record<string, (...all: unknown[]) => unknown> }).files[method]?.(
          ...given,
        ),
      name,
      args,
    )) as FilesCall;
}
