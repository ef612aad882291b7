/** What a page complains about: violations of its policy, errors on its console, errors that nobody caught. */
import type { Page } from 'puppeteer-core';

export interface PageTrouble {
  /** `directive blocked` of every securitypolicyviolation event, from the document's start on. */
  readonly violations: readonly string[];
  /** Errors and warnings on the console, those of workers included. */
  readonly console: readonly string[];
  readonly uncaught: readonly string[];
}

/** The boot script's own question whether the browser enforces integrity: a refusal is the right answer. */
const INTEGRITY_PROBE = /data:text\/javascript,0\b/;

/** Call before the page navigates. The lists grow while the page lives. */
export async function watchTrouble(page: Page): Promise<PageTrouble> {
  const trouble = { violations: [] as string[], console: [] as string[], uncaught: [] as string[] };
  await page.exposeFunction('__violation', (text: string) => void trouble.violations.push(text));
  await page.evaluateOnNewDocument(() => {
    addEventListener('securitypolicyviolation', event => {
      const { effectiveDirective, blockedURI, sample } = event;
      window.__violation?.(`${effectiveDirective} ${blockedURI} ${sample}`);
    });
  });
  page.on('console', message => {
    const isTrouble = message.type() === 'error' || message.type() === 'warn';
    const text = `${message.text()} ${message.location().url ?? ''}`;
    if (isTrouble && !INTEGRITY_PROBE.test(text)) trouble.console.push(text);
  });
  page.on('pageerror', error => {
    trouble.uncaught.push(error instanceof Error ? error.message : String(error));
  });
  return trouble;
}

declare global {
  interface Window {
    __violation?: (text: string) => void;
  }
}
