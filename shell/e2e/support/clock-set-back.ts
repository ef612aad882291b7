/** A device whose clock is wrong, for one page and its worker: by the browser's own hooks, before any script runs. */
import type { Page } from 'puppeteer-core';

/** Call before the page navigates. */
export async function setClockBack(page: Page, byMs: number): Promise<void> {
  await page.evaluateOnNewDocument(shiftClock, byMs);
  await page.evaluateOnNewDocument(install, `(${String(shiftClock)})(${byMs})`);
}

/** Runs in the page, and in front of what its worker runs. */
function shiftClock(byMs: number): void {
  const Real = Date;
  const now = Real.now.bind(Real);
  globalThis.Date = class extends Real {
    constructor(...args: unknown[]) {
      if (args.length === 0) super(now() - byMs);
      else super(...(args as [number]));
    }
    static override now(): number {
      return now() - byMs;
    }
  } as DateConstructor;
}

/** Runs in the page: worker scripts come out of blobs, verified before. */
function install(shift: string): void {
  const make = URL.createObjectURL.bind(URL);
  URL.createObjectURL = object => {
    const isScript = object instanceof Blob && object.type === 'text/javascript';
    return make(isScript ? new Blob([`${shift};\n`, object], { type: object.type }) : object);
  };
}
