/** A program for policy-reports.e2e.ts: a page that violates its policies, which nobody expects. Ends by itself. */
import { createServer } from 'node:http';
import { listenOnFreePort } from '../../../tools/listen.ts';
import { launchChromium } from './browsers.ts';
import { untilReported } from './policy-reports.ts';

const html = `<!doctype html><title>planted</title><link rel="icon" href="data:,">
<script>1</script>
<script src="/planted.js"></script>`;

const server = createServer(({ url }, response) => {
  const isPage = url === '/';
  response.setHeader('Content-Type', isPage ? 'text/html' : 'text/javascript');
  response.setHeader('Content-Security-Policy', "script-src 'self'");
  response.setHeader('Integrity-Policy-Report-Only', 'blocked-destinations=(script)');
  response.end(isPage ? html : '');
});
const port = await listenOnFreePort(server, '127.0.0.1', 0);
const { browser, close } = await launchChromium();
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${port}/`);
await Promise.all([untilReported(/script-src-elem/), untilReported(/integrity-violation/)]);
await close();
server.closeAllConnections();
server.close();
