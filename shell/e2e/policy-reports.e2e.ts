/**
 * Does the watch over policies see what it must? Every other test relies on it: what a page of the product reports
 * against its Content Security Policy, Trusted Types or Integrity-Policy fails the file that opened the page.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { importMapText, webcatPolicy } from '../../tools/build/page.ts';
import { listenOnFreePort } from '../../tools/listen.ts';
import { serveSite, type Site } from '../../tools/serve.ts';
import { findFirefox } from '../../tools/find-browser.mjs';
import { launchChromium, launchFirefox, openPerson, type LaunchedBrowser } from './support/browsers.ts';
import { eventually } from './support/eventually.ts';
import { Person } from './support/person.ts';
import { expectReports, unexpectedReports, untilReported } from './support/policy-reports.ts';

const engines = [
  { engine: 'Chromium', launch: launchChromium, missing: false },
  { engine: 'Firefox', launch: launchFirefox, missing: !findFirefox() && 'needs Firefox' },
] as const;

for (const { engine, launch, missing } of engines) {
  describe(`the watch over policies in ${engine}`, { skip: missing }, () => {
    let browser: LaunchedBrowser;
    let site: Site;
    let ana: Person;

    before(async () => {
      site = await serveSite({ broker: 'ws://localhost:9/' });
      browser = await launch();
      const { page } = await openPerson(browser.browser, site.url);
      ana = new Person(page, 'Ana');
      await ana.find('name-input');
    });
    after(async () => {
      await browser.close();
      await site.close();
    });

    it('hears nothing from the shell, from its first byte to its first question', () => {
      assert.deepEqual(unexpectedReports(), []);
    });

    it('hears of a style that the Content Security Policy stopped', async () => {
      expectReports(/style-src-attr/);
      await ana.page.evaluate(() => document.body.setAttribute('style', 'color: blue'));
      await untilReported(/style-src-attr/);
    });

    it('hears of a string that Trusted Types stopped, and of a policy that they do not know', async () => {
      expectReports(/trusted-types/);
      await ana.page.evaluate(() => {
        try {
          document.body.innerHTML = '<b>planted</b>';
        } catch {
          return; // what it should do
        }
      });
      await untilReported(/require-trusted-types-for/);
      await ana.page.evaluate(() => {
        const { trustedTypes } = globalThis as {
          trustedTypes?: { createPolicy(name: string, rules: object): void };
        };
        try {
          trustedTypes?.createPolicy('planted', {});
        } catch {
          return; // what it should do
        }
      });
      if (engine === 'Chromium') await untilReported(/trusted-types(?!-)/);
    });

    if (engine === 'Chromium')
      it('hears of what a worker was stopped from', async () => {
        expectReports(/planted\.example/);
        await eventually('a worker', () => ana.page.workers().length > 0);
        const [worker] = ana.page.workers();
        await worker?.evaluate(() => fetch('http://planted.example/').catch(() => undefined));
        await untilReported(/planted\.example.*Content Security Policy/);
      });
  });
}

/** The shell behind a server that gives it the policy made for WEBCAT. */
async function serveUnderWebcat(site: Site): Promise<{ readonly url: string; close(): void }> {
  const policy = webcatPolicy(site.release, importMapText(site.release, './'), {
    broker: 'ws://localhost:9/',
    iceServers: [],
  });
  const server = createServer((request, response) => {
    void fetch(new URL(request.url ?? '/', site.url)).then(async answer => {
      response.setHeader('Content-Type', answer.headers.get('Content-Type') ?? 'text/plain');
      response.setHeader('Content-Security-Policy', policy);
      response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  const port = await listenOnFreePort(server, '127.0.0.1', 0);
  return { url: `http://localhost:${port}/`, close: () => (server.close(), server.closeAllConnections()) };
}

describe('the watch over policies', () => {
  it('hears nothing from the shell under the policy that is made for WEBCAT, either', async () => {
    const site = await serveSite({ broker: 'ws://localhost:9/' });
    const [browser, proxy] = await Promise.all([launchChromium(), serveUnderWebcat(site)]);
    const before = unexpectedReports();
    try {
      const { page } = await openPerson(browser.browser, proxy.url);
      await new Person(page, 'Ana').finishFirstRun();
      assert.deepEqual(unexpectedReports(), before);
    } finally {
      await browser.close();
      proxy.close();
      await site.close();
    }
  });

  it('fails the file of a page with reports that nobody expected, and says their texts', async () => {
    const program = fileURLToPath(new URL('./support/planted-report.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', program], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 1, said);
    assert.match(said, /^Reported against a policy of the product:/);
    assert.match(said, /script-src-elem .*kInlineViolation/);
    assert.match(said, /integrity-violation .*planted\.js/);
  });
});
