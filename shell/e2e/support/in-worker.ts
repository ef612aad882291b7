/** Watching a page's workers through the browser's debugger: the product knows nothing of it. */
import type { Page, WebWorker } from 'puppeteer-core';

/** The compiler marks inner functions with `__name`, which a page does not know. */
export const DEFINE_NAME = 'globalThis.__name ??= value => value';

/**
 * Runs `install` in every worker that the page starts from now on, soon after its start. What it passes to the global
 * function `name`, a text, comes to `take`. Chromium only.
 */
export function installInWorkers(
  page: Page,
  name: string,
  install: () => void,
  take: (text: string) => void,
): void {
  const enter = async (worker: WebWorker): Promise<void> => {
    worker.client.on('Runtime.bindingCalled', call => call.name === name && take(call.payload));
    await worker.client.send('Runtime.addBinding', { name });
    await worker.evaluate(DEFINE_NAME);
    await worker.evaluate(install);
  };
  // One that ends at once cannot be entered, and says nothing.
  page.on('workercreated', worker => void enter(worker).catch(() => undefined));
}
