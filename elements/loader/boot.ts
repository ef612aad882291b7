/**
 * The boot script: one small classic script, named in the page with its own SRI. Loads the modules of the
 * `enk-*` elements that the page holds, and nothing whose bytes the page's import map does not vouch for.
 *
 * Attributes of its tag:
 * `data-shell` loads `@enk/shell` too · `data-compat="URL"` is the page for browsers that do not enforce
 * import-map integrity · `data-shims="URL" data-shims-integrity="sha384-…"` is es-module-shims, used here where
 * there is no such page · `data-loader="shims"` uses it always.
 *
 * The script adds itself to the page once more and works from there: `import()` of a script that the parser
 * inserted does not pass `'strict-dynamic'`, that of one which a trusted script added does.
 *
 * Events on `document`: `enk:ready`; `enk:module-fail` `{module, reason}` and `enk:error` `{code, module}`.
 */
import { diagnose, type ModuleFailure } from './diagnose.ts';
import { enforcesIntegrity } from './integrity-probe.ts';
import { readPageMap, specifiersOnPage, type PageMap } from './page-map.ts';
import { announce, showFailure } from './report.ts';
import { isMixed, runningRelease } from './release-stamp.ts';
import { addAgain } from './scripts.ts';
import { loadShims } from './shims.ts';

type Importer = (specifier: string) => Promise<unknown>;

const nativeImport: Importer = specifier => import(/* @vite-ignore */ specifier);

/** The way to import that checks every byte; null when a page for it is being opened instead. */
async function chooseImporter(tag: DOMStringMap, map: PageMap): Promise<Importer | null> {
  if (tag['loader'] !== 'shims' && (await enforcesIntegrity(nativeImport))) return nativeImport;
  if (tag['compat']) {
    location.replace(new URL(tag['compat'], document.baseURI).href + location.hash);
    return null;
  }
  return loadShims(tag, map);
}

async function load(specifier: string, importer: Importer, map: PageMap): Promise<ModuleFailure | null> {
  try {
    await importer(specifier);
    return null;
  } catch (error) {
    if (isMixed(error)) return { module: runningRelease() ?? '', reason: 'mixed' };
    return diagnose(specifier, map); // the browser's own text names URLs and differs everywhere: not shown
  }
}

/** Without shims, or when they did not start for a reason of the browser's, this browser is not supported. */
async function diagnoseShims({ shims, shimsIntegrity }: DOMStringMap): Promise<ModuleFailure> {
  const module = 'es-module-shims';
  const map: PageMap =
    shims && shimsIntegrity
      ? { imports: { [module]: shims }, integrity: { [shims]: shimsIntegrity } }
      : { imports: {}, integrity: {} };
  const failure = await diagnose(module, map);
  return failure.reason === 'failed' ? { module, reason: 'unsupported' } : failure;
}

async function boot(tag: DOMStringMap): Promise<void> {
  const map = readPageMap(document);
  let importer: Importer | null;
  try {
    importer = await chooseImporter(tag, map);
  } catch {
    showFailure(await diagnoseShims(tag));
    return;
  }
  if (!importer) return;
  const check = importer;
  const specifiers = specifiersOnPage(document, map, 'shell' in tag);
  const results = await Promise.all(specifiers.map(specifier => load(specifier, check, map)));
  const failure = results.find(result => result !== null);
  if (failure) showFailure(failure);
  else announce('enk:ready');
}

async function startAgain(script: HTMLScriptElement): Promise<void> {
  try {
    await addAgain(script);
  } catch {
    showFailure({ reason: 'unreachable', module: '@enk/loader' });
  }
}

function start(script: HTMLScriptElement): void {
  const tag: DOMStringMap = { ...script.dataset, ...(script.nonce ? { nonce: script.nonce } : {}) };
  if (!('added' in tag)) void startAgain(script);
  else if (document.readyState !== 'loading') void boot(tag);
  else addEventListener('DOMContentLoaded', () => void boot(tag), { once: true });
}

const { currentScript } = document;
if (currentScript instanceof HTMLScriptElement) start(currentScript);
