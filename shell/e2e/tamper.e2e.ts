/**
 * One changed file on the way to the browser, each file in turn: it must not run, and the person must be told. The
 * trojan that is planted is first shown to work where integrity vouches for it.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkRelease } from '../../tools/build/check-release.ts';
import { hasHashedName, integrityOf } from '../../tools/build/emit.ts';
import { readRelease, toJson, type ReleaseIndex } from '../../tools/build/write-release.ts';
import { serveSite } from '../../tools/serve.ts';
import { root } from '../../vite.config.ts';
import { openPerson, type LaunchedBrowser } from './support/browsers.ts';
import { Person } from './support/person.ts';
import { Product } from './support/product.ts';
import { rerenderPages } from './support/rerender-pages.ts';

/** How a served file is changed. */
type Change = 'flipped byte' | 'trojan';

const ALTERED = /is not the one that was published/;
const WORKER_ALTERED = /A part of this app was changed on its way here/;

describe('a file that is changed on its way to the browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'enk-tamper-'));
  const release = join(folder, 'release');
  let product: Product;
  let browser: LaunchedBrowser;
  let index: ReleaseIndex;

  before(async () => {
    cpSync(join(root, 'dist'), release, { recursive: true });
    index = readRelease(release);
    product = await Product.start({ site: { folder: release } });
    browser = await product.launch();
  });
  after(async () => {
    await product.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens a page with empty caches, looks at it, closes it. Returns the paths that were asked for meanwhile. */
  async function visit(
    path: string,
    look: (person: Person) => Promise<void>,
    site = product.site,
  ): Promise<readonly string[]> {
    const asked = site.requests.length;
    const { page, context } = await openPerson(browser.browser, new URL(path, site.url).href);
    await look(new Person(page, 'Ana'));
    await context.close();
    return [...new Set(site.requests.slice(asked).map(request => request.path))];
  }

  const seeFirstRun = async (person: Person): Promise<void> => void (await person.find('name-input'));

  /** What an unchanged page loads, boot to first run. */
  async function filesOf(path: string): Promise<readonly string[]> {
    const asked = await visit(path, seeFirstRun);
    return asked.filter(file => Object.hasOwn(index.integrity, `.${file}`) && !file.endsWith('.html'));
  }

  /** Serves `path` changed, and expects that the page does not run it and says so. */
  async function expectRefused(pagePath: string, path: string, change: Change): Promise<void> {
    product.site.setTamper((file, bytes) => (file === path ? changed(path, bytes, change) : bytes));
    const asked = await visit(pagePath, async person => {
      await expectMessage(person, path);
      assert.equal(await person.page.evaluate(() => '__trojan' in globalThis), false, path);
    });
    product.site.setTamper(null);
    assert.ok(asked.includes(path), `${path} was asked for`);
    assert.deepEqual(asked.filter(isTrojanCall), [], `${change} in ${path}`);
  }

  const isTrojanCall = (path: string): boolean => path.startsWith('/trojan/');

  /** The page says that this file was not run. */
  async function expectMessage(person: Person, path: string): Promise<void> {
    const { page } = person;
    if (path === `/${index.page.styles}`) return expectUnstyled(person);
    if (path === `/${index.page.worker}`) {
      await person.waitForText('profile-state', WORKER_ALTERED);
      assert.deepEqual(page.workers(), []);
      return;
    }
    const isBoot = path === `/${index.page.boot}`;
    const message = await page.waitForSelector(isBoot ? '.enk-not-booted' : '.enk-boot-failure', {
      visible: true,
    });
    const text = (await message?.evaluate(element => element.textContent)) ?? '';
    assert.match(text, ALTERED);
    if (!isBoot) assert.match(text, new RegExp(`\\((?:${keysOf(path).join('|')})\\)`));
    assert.equal(await page.evaluate(() => customElements.get('enk-shell') === undefined), true);
  }

  /** A style sheet is no code: without it the app runs, bare of what the sheet says. */
  async function expectUnstyled(person: Person): Promise<void> {
    await seeFirstRun(person);
    assert.equal(await isStyled(person), false);
  }

  const isStyled = (person: Person): Promise<boolean> =>
    person.page.evaluate(() => {
      const link = document.querySelector<HTMLLinkElement>('link[rel=stylesheet]');
      return link !== null && link.sheet !== null;
    });

  function keysOf(path: string): readonly string[] {
    if (path === `/${index.page.shims}`) return ['es-module-shims'];
    const keys = Object.entries(index.importMap.imports).filter(([, url]) => url === `.${path}`);
    return keys.map(([key]) => key);
  }

  it('the trojan would run if integrity vouched for it', async () => {
    const files = new Set([...(await filesOf('')), ...(await filesOf('compat.html'))]);
    const scripts = [...files].filter(path => path.endsWith('.js'));
    const poisoned = join(folder, 'poisoned');
    cpSync(release, poisoned, { recursive: true });
    poison(poisoned, scripts);
    const site = await serveSite({ folder: poisoned, broker: product.brokerUrl });
    try {
      const calls = [
        ...(await visit('', untilTrojanRan, site)),
        ...(await visit('compat.html', untilTrojanRan, site)),
      ].filter(isTrojanCall);
      assert.deepEqual([...new Set(calls)].sort(), scripts.map(path => `/trojan${path}`).sort());
    } finally {
      await site.close();
    }

    async function untilTrojanRan(person: Person): Promise<void> {
      await seeFirstRun(person);
      await person.page.waitForNetworkIdle({ idleTime: 200 });
      assert.equal(await person.page.evaluate(() => '__trojan' in globalThis), true);
    }
  });

  for (const change of ['flipped byte', 'trojan'] as const) {
    it(`a ${change} in any file that the shell loads: it does not run, and the page says so`, async () => {
      const files = await filesOf('');
      for (const part of ['boot', 'styles', 'worker'] as const)
        assert.ok(files.includes(`/${index.page[part]}`), part);
      assert.ok(files.length >= 10, files.join(' '));
      for (const path of files) await expectRefused('', path, change);
    });
  }

  it('a trojan in any file of the page for browsers without import-map integrity does not run either', async () => {
    const files = await filesOf('compat.html');
    assert.ok(files.includes(`/${index.page.shims}`));
    for (const path of files) await expectRefused('compat.html', path, 'trojan');
  });

  it('after the change is gone, the same page starts', async () => {
    product.site.setTamper(null);
    await visit('', async person => {
      await seeFirstRun(person);
      assert.equal(await isStyled(person), true);
    });
  });

  it('verify:integrity reports one flipped byte in any built file', () => {
    const copy = join(folder, 'copy');
    cpSync(release, copy, { recursive: true });
    assert.deepEqual(checkRelease(copy), []);
    for (const url of Object.keys(index.integrity)) {
      const [file, path] = [join(copy, url), url.slice(2)];
      const original = readFileSync(file);
      writeFileSync(file, changed(path, original, 'flipped byte'));
      const problems = checkRelease(copy);
      assert.ok(problems.includes(`${path} does not match its integrity`), path);
      assert.equal(
        problems.includes(`the name of ${path} does not match its bytes`),
        hasHashedName(path),
        path,
      );
      writeFileSync(file, original);
    }
  });

  it('verify:integrity reports a file that is not listed, and one that is gone', () => {
    const copy = join(folder, 'copy');
    const [first = ''] = Object.keys(index.integrity);
    rmSync(join(copy, first));
    writeFileSync(join(copy, 'modules/stray.js'), '');
    const problems = checkRelease(copy);
    assert.ok(problems.includes(`${first} is missing`));
    assert.ok(problems.includes('modules/stray.js is not listed in integrity.json'));
  });
});

/** Tells the server that it runs, from a page as from a worker. */
const trojanFor = (path: string): string =>
  `\n;globalThis.__trojan = 1; fetch(location.origin + '/trojan${path}', { mode: 'no-cors' });\n`;

/** One bit near the end: in scripts, within the closing comment, so that the code would run as before. */
function changed(path: string, bytes: Buffer, change: Change): Buffer {
  if (change === 'trojan') return Buffer.concat([bytes, Buffer.from(trojanFor(path))]);
  const copy = Buffer.from(bytes);
  copy[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
  return copy;
}

/** Plants a trojan in every script and makes integrity vouch for it, as whoever owns the build could. */
function poison(folder: string, scripts: readonly string[]): void {
  const { integrity, page } = readRelease(folder);
  const fresh: Record<string, string> = { ...integrity };
  const worker = `/${page.worker}`;
  const oldHash = integrity[`.${worker}`] ?? '';
  for (const path of [worker, ...scripts.filter(script => script !== worker)]) {
    const file = join(folder, path);
    const text = readFileSync(file, 'utf8').replaceAll(oldHash, fresh[`.${worker}`] ?? '');
    const bytes = changed(path, Buffer.from(text), 'trojan');
    writeFileSync(file, bytes);
    fresh[`.${path}`] = integrityOf(bytes);
  }
  writeFileSync(join(folder, 'integrity.json'), toJson(fresh));
  rerenderPages(folder);
}
