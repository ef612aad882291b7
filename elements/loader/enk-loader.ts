/**
 * `enk-loader.js`: one script tag for the owner of a page, with its own SRI. Loads the modules of the `enk-*`
 * elements that the page holds, and of those that come later, from the first mirror that has them unaltered.
 *
 * Attributes of its tag:
 * `data-mirrors="https://a.example/ https://b.example/"` in the order of preference, else where this script is from ·
 * `data-hedge="1000"`: ms until the next mirror starts beside a slow one · `data-loader="shims"`: never natively.
 *
 * Events on `document`: `enk:mirror-fail` `{mirror, file, reason}`; `enk:ready` `{release, mode, modules}`;
 * `enk:error` `{code, module}`. See docs/loader.md. At most 3 KB gzip: what only failures need is in the map.
 */
import type { ModuleFailure } from './diagnose.ts';
import { createMirrors, type Mirrors } from './mirrors.ts';
import { createPageLoader, reasonOf, type PageLoader } from './page-loader.ts';
import { publishedSource, publishSource } from './published-source.ts';
import type { ReleaseMap } from './release-map.ts';
import { announce, showText } from './report.ts';
import { addAgain } from './scripts.ts';

/** File name of the release's map, beside this script. */
declare const __ENK_MAP_FILE__: string;
/** `sha384-…` of its bytes. */
declare const __ENK_MAP_SHA384__: string;
/** The release that this script belongs to. */
declare const __ENK_RELEASE__: string;

/** All that can be said before there is a map. */
let texts: ReleaseMap['texts'] = {
  altered: 'A part ($) is not the one that was published, so it was not run.',
  unreachable: 'A part ($) could not be loaded. Check the connection, then reload.',
};

/** Elements of ours; with `:not(:defined)` those that nothing has brought to life. */
function ours(selector: string): Element[] {
  return [...document.querySelectorAll(selector)].filter(({ localName }) => localName.startsWith('enk-'));
}

const lifeless = (): Element[] => ours(':not(:defined)');

const moduleOf = ({ localName }: Element): string => localName.replace('enk-', '@enk/');

/** Says it in each of the places, in those within others once, and announces it. */
function fail(places: readonly Element[], failure: ModuleFailure): void {
  announce('enk:error', { code: `module-${failure.reason}`, module: failure.module });
  const text = `Enkrypted did not start. ${texts[failure.reason]?.replace('$', failure.module) ?? failure.reason}`;
  for (const place of places)
    if (!places.some(other => other !== place && place.contains(other))) showText(place, text);
}

function mirrorsOf({ src, dataset }: HTMLScriptElement): Mirrors {
  const { baseURI } = document;
  const folders = dataset['mirrors']
    ?.match(/\S+/g)
    ?.map(mirror => new URL('modules/', new URL(mirror, baseURI)).href);
  return createMirrors(folders ?? [new URL('.', src).href], Number(dataset['hedge'] ?? 1000), failure =>
    announce('enk:mirror-fail', failure),
  );
}

async function start(script: HTMLScriptElement): Promise<void> {
  const mirrors = mirrorsOf(script);
  const { nonce = '', dataset } = script;
  const reading = mirrors
    .fetch(__ENK_MAP_FILE__, __ENK_MAP_SHA384__)
    .then(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)) as ReleaseMap);
  const starting = reading.then(map =>
    createPageLoader(map, mirrors, { nonce, shimsOnly: dataset['loader'] === 'shims' }),
  );
  publishSource({
    release: __ENK_RELEASE__,
    fetch: async file => (await (await starting).fetch(file)).bytes,
  });
  try {
    const [map, loader] = await Promise.all([reading, starting, documentParsed()]);
    ({ texts } = map);
    watchPage(map, loader);
  } catch (error) {
    await documentParsed();
    fail(lifeless(), { module: 'enk-map', reason: reasonOf(error) });
  }
}

function documentParsed(): Promise<unknown> {
  return new Promise(resolve => {
    if (document.readyState === 'loading') addEventListener('DOMContentLoaded', resolve);
    else resolve(null);
  });
}

/** Loads each module when the first element of its name is there. */
function watchPage(map: ReleaseMap, loader: PageLoader): void {
  const asked = new Set<string>();
  const look = (found: readonly Element[]) => {
    const isNew = (name: string) => name in map.elements && !asked.has(name);
    const modules = [...new Set(found.map(moduleOf).filter(isNew))];
    if (!modules.length) return;
    modules.forEach(name => asked.add(name));
    void loader.load(modules).then(failure => {
      if (failure)
        fail(
          lifeless().filter(place => modules.includes(moduleOf(place))),
          failure,
        );
      else announce('enk:ready', { release: map.release, mode: loader.mode(), modules });
    });
  };
  look(ours('*')); // those that live already are of another release, which is to be said
  new MutationObserver(() => look(lifeless())).observe(document, { childList: true, subtree: true });
}

/** A page may name the loader several times, from several mirrors: the first that arrives does the work. */
function run(script: HTMLScriptElement): void {
  const running = publishedSource()?.release;
  if (running === __ENK_RELEASE__) return;
  if (running) fail([], { module: running, reason: 'mixed' });
  else if ('added' in script.dataset) void start(script);
  else addAgain(script).catch(() => fail(lifeless(), { module: 'enk-loader', reason: 'unreachable' }));
}

const { currentScript } = document;
if (currentScript) run(currentScript as HTMLScriptElement);
