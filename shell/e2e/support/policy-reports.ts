/**
 * What browsers report against the policies of pages, workers and service workers: Content Security Policy, Trusted
 * Types, Integrity-Policy. Every browser of the tests is watched (browsers.ts), and a report that no test asked for
 * fails the test file in which it was made, whatever its tests say.
 */
import type { Browser, BrowserContext, Page, Target } from 'puppeteer-core';
import { eventually } from './eventually.ts';

const reports: string[] = [];
const unexpected = new Set<string>();
const expected: RegExp[] = [];

function note(text: string): void {
  reports.push(text);
  if (!expected.some(pattern => pattern.test(text))) unexpected.add(text);
}

/** A page that violates its policy on purpose: reports like this one are no fault, from now on. */
export function expectReports(pattern: RegExp): void {
  expected.push(pattern);
}

/** Resolves with the first report of this process that matches. */
export async function untilReported(pattern: RegExp): Promise<string> {
  await eventually(`a report like ${String(pattern)}`, () => reports.some(text => pattern.test(text)));
  return reports.find(text => pattern.test(text)) ?? '';
}

/** Reports that nobody expected, each once. */
export function unexpectedReports(): readonly string[] {
  return [...unexpected];
}

// The runner counts a file whose process ends so as failed; a hook would miss browsers that tests leave or kill.
process.once('exit', () => {
  const found = unexpectedReports();
  if (found.length === 0) return;
  console.error(`Reported against a policy of the product:\n${found.map(text => `  ${text}`).join('\n')}`);
  process.exitCode = 1;
});

/** How Chromium words on the log of a page what a policy stopped in a dedicated worker, which Audits does not tell. */
const WORDING = /content security policy|trusted ?type/i;

/** Documents, their workers, and service workers, from the first violation on: both domains repeat what came before. */
export function watchChromium(browser: Browser): void {
  browser.on('targetcreated', (target: Target) => {
    if (['page', 'service_worker', 'shared_worker'].includes(target.type())) void watchTarget(target);
  });
  watchPagesOf(browser, ['integrity']);
}

async function watchTarget(target: Target): Promise<void> {
  try {
    const session = await target.createCDPSession();
    session.on('Audits.issueAdded', ({ issue }) => {
      const details = issue.details.contentSecurityPolicyIssueDetails;
      if (!details) return;
      const { violatedDirective, blockedURL = '', contentSecurityPolicyViolationType: kind } = details;
      note(`${violatedDirective} ${blockedURL} (${kind}, ${target.url()})`);
    });
    session.on('Log.entryAdded', ({ entry }) => {
      if (entry.source === 'worker' && WORDING.test(entry.text)) note(`${entry.text} (a worker)`);
    });
    await Promise.all([session.send('Audits.enable'), session.send('Log.enable')]);
  } catch {
    return; // it was closed meanwhile
  }
}

/** Documents alone: WebDriver BiDi tells nothing of a policy, so pages listen to themselves. */
export function watchFirefox(browser: Browser): void {
  watchPagesOf(browser, ['integrity', 'content']);
}

type PolicyKind = 'integrity' | 'content';

function watchPagesOf(browser: Browser, kinds: readonly PolicyKind[]): void {
  for (const context of browser.browserContexts()) watchContext(context, kinds);
  const create = browser.createBrowserContext.bind(browser);
  browser.createBrowserContext = async options => {
    const context = await create(options);
    watchContext(context, kinds);
    return context;
  };
}

function watchContext(context: BrowserContext, kinds: readonly PolicyKind[]): void {
  const open = context.newPage.bind(context);
  context.newPage = async options => {
    const page = await open(options);
    await watchPage(page, kinds);
    return page;
  };
}

const MARK = 'policy-report:';

async function watchPage(page: Page, kinds: readonly PolicyKind[]): Promise<void> {
  page.on('console', message => {
    const text = message.text();
    if (text.startsWith(MARK)) note(`${text.slice(MARK.length)} (${page.url()})`);
  });
  await page.evaluateOnNewDocument(listenInPage, MARK, kinds);
}

/** Runs in the page, before anything of its own. Integrity-Policy is told to observers of reports alone. */
function listenInPage(mark: string, kinds: readonly PolicyKind[]): void {
  if (kinds.includes('content'))
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) => {
      console.debug(`${mark}${effectiveDirective} ${blockedURI} ${sample}`);
    });
  if (typeof ReportingObserver === 'undefined') return;
  new ReportingObserver(
    list => {
      for (const { type, body } of list)
        if (type === 'integrity-violation') console.debug(`${mark}${type} ${JSON.stringify(body)}`);
    },
    { buffered: true },
  ).observe();
}
