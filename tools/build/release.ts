/**
 * The whole build in memory: workers, workspace modules, vendor libraries, boot script, the shell's other files, and
 * the two generated JSON files. The same sources give the same bytes on every machine; nothing here reads a clock or
 * an absolute path into the output.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../../vite.config.ts';
import { bundle, type Bundle } from './bundle.ts';
import { emitHashed, emitScript, type EmittedFile, type EmittedScript } from './emit.ts';
import { computedImport } from './imports.ts';
import {
  bootEntry,
  defaultWorker,
  frameScript,
  hasKey,
  localModules,
  shimsFile,
  workerModules,
} from './module-table.ts';
import { emitLoader, makeReleaseMap, type BuiltModule } from './loader-files.ts';
import { releaseIdOf, stamped } from './release-id.ts';
import { buildServiceWorker, buildSiteFiles } from './site-files.ts';
import { bundleVendors } from './vendor.ts';
import type { ReleaseIndex } from './write-release.ts';

export interface ImportMap {
  /** Specifier → URL relative to the mirror's top. */
  readonly imports: Readonly<Record<string, string>>;
}

/** URL relative to the mirror's top → `sha384-…`, for every file of the release. */
export type Integrity = Readonly<Record<string, string>>;

export interface Release {
  readonly files: readonly EmittedFile[];
  readonly importMap: ImportMap;
  readonly integrity: Integrity;
  /** Paths of what a page names itself. */
  readonly page: {
    readonly boot: string;
    readonly shims: string;
    readonly styles: string;
    /** The loader for pages of others, and the map whose hash it holds. */
    readonly loader: string;
    readonly map: string;
    /** All elements in one module. */
    readonly standalone: string;
    /** The default worker. */
    readonly worker: string;
    /** Every worker, the default one among them. */
    readonly workers: readonly string[];
    /** What draws documents inside a frame: its hash stands in the policy of pages. */
    readonly frame?: string;
    readonly serviceWorker: string;
    /** Language → the module that holds its texts. */
    readonly locales: Readonly<Record<string, string>>;
  };
}

const sorted = <T>(entries: Iterable<readonly [string, T]>): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));

function requireFile(file: string, whatFor: string): string {
  if (existsSync(file)) return file;
  throw new Error(`The build needs ${relative(root, file)} (${whatFor}), which does not exist.`);
}

/** Refuses an import that no import map could resolve. */
function checkImports(name: string, imports: readonly string[], isKey: (specifier: string) => boolean): void {
  const unknown = imports.filter(specifier => !isKey(specifier));
  if (unknown.length > 0)
    throw new Error(`${name} imports what the import map does not have: ${unknown.join(', ')}`);
}

/** Every worker, by the module that names it. */
async function buildWorkers(): Promise<Map<string, EmittedScript>> {
  const built = new Map<string, EmittedScript>();
  for (const { name, entry, namedBy } of workerModules) {
    const worker = await bundle({ entry: requireFile(entry, `the worker ${name}`) });
    checkImports(name, worker.imports, () => false);
    built.set(namedBy, emitScript(name, worker));
  }
  return built;
}

/** Stands inline in a document: nothing in it may end the script element, or be changed by the parser. */
async function buildFrame(): Promise<EmittedScript> {
  const { name, entry } = frameScript;
  const built = await bundle({ entry: requireFile(entry, 'the script of document frames') });
  checkImports(name, built.imports, specifier => specifier === computedImport);
  const emitted = emitScript(name, built);
  if (/<\/script|<!--|<script|[\r\0\ufeff]/i.test(emitted.script.bytes.toString()))
    throw new Error('The script of document frames cannot stand inline.');
  return emitted;
}

async function buildLocal(
  workers: ReadonlyMap<string, EmittedScript>,
  frame: EmittedFile,
): Promise<Map<string, { name: string; bundle: Bundle }>> {
  const built = new Map<string, { name: string; bundle: Bundle }>();
  for (const { specifier, name, entry } of localModules) {
    const external = (imported: string) => hasKey(imported) && imported !== specifier;
    const define = workerDefine(workers.get(specifier)?.script);
    const file = requireFile(entry, `package ${specifier}`);
    built.set(specifier, {
      name,
      bundle: await bundle({ entry: file, external, define: { ...frameDefine(frame), ...define } }),
    });
  }
  return built;
}

/** What the services know of the script of document frames. */
const frameDefine = (frame: EmittedFile) => ({
  __ENK_FRAME_FILE__: JSON.stringify(frame.path.replace('modules/', '')),
  __ENK_FRAME_SHA384__: JSON.stringify(frame.integrity),
});

/** What the module that names this worker knows of it. */
const workerDefine = (worker: EmittedFile | undefined) =>
  worker && {
    __ENK_WORKER_FILE__: JSON.stringify(worker.path.replace('modules/', '')),
    __ENK_WORKER_SHA384__: JSON.stringify(worker.integrity),
  };

/** Builds everything; throws at the first thing that is missing or unresolvable. */
export async function buildRelease(): Promise<Release> {
  const workers = await buildWorkers();
  const frame = await buildFrame();
  const files: EmittedFile[] = [...workers.values(), frame].flatMap(({ script, map }) => [script, map]);
  const modules: BuiltModule[] = [];
  const locals = await buildLocal(workers, frame.script);
  const wanted = [...locals.values()].flatMap(({ bundle: built }) => built.imports);
  const vendors = await bundleVendors(wanted.filter(specifier => !locals.has(specifier)));
  const release = releaseIdOf([
    ...[...workers.values(), frame].map(({ script }) => [script.path, script.bytes.toString()] as const),
    ...[...locals.values(), ...vendors].map(({ name, bundle: { code } }) => [name, code] as const),
  ]);

  const add = (name: string, built: Bundle, specifiers: readonly string[]) => {
    const { script, map } = emitScript(name, built);
    const [worker] = workerModules.filter(({ namedBy }) => specifiers.includes(namedBy));
    const workerScript = worker && workers.get(worker.namedBy)?.script;
    files.push(script, map);
    modules.push({
      specifiers,
      script,
      ...(workerScript && { worker: { script: workerScript, isStartedAtOnce: worker.isStartedAtOnce } }),
    });
  };
  for (const [specifier, { name, bundle: built }] of locals) add(name, stamped(built, release), [specifier]);
  for (const vendor of vendors) add(vendor.name, vendor.bundle, vendor.specifiers);
  const imports = new Map(
    modules.flatMap(({ specifiers, script }) => specifiers.map(name => [name, `./${script.path}`] as const)),
  );

  const isKey = (specifier: string) => imports.has(specifier);
  for (const [specifier, { bundle: built }] of locals) checkImports(specifier, built.imports, isKey);
  for (const vendor of vendors) checkImports(vendor.name, vendor.bundle.imports, isKey);

  const worker = workers.get(defaultWorker.namedBy)?.script;
  if (worker === undefined) throw new Error('The worker was not built.');
  const { shims, ...page } = await addPageFiles(files);
  const own = await emitLoader(makeReleaseMap(release, modules, [shims, frame.script]), {
    ...frameDefine(frame.script),
    ...workerDefine(worker),
  });
  files.push(own.map, own.loader.script, own.loader.map, own.standalone.script, own.standalone.map);
  const [serviceWorker, serviceWorkerMap] = await buildServiceWorker();
  files.push(serviceWorker, serviceWorkerMap);
  const index = (): ReleaseIndex => ({
    importMap: { imports: sorted(imports) },
    integrity: sorted(files.map(file => [`./${file.path}`, file.integrity] as const)),
    page: {
      ...page,
      shims: shims.path,
      loader: own.loader.script.path,
      map: own.map.path,
      standalone: own.standalone.script.path,
      worker: worker.path,
      workers: [...workers.values()].map(({ script }) => script.path).sort(),
      frame: frame.script.path,
      serviceWorker: serviceWorker.path,
      locales: localeFiles(imports),
    },
  });
  files.push(...(await buildSiteFiles(index())));
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), ...index() };
}

/** The module of each language. English is part of the elements' common module. */
function localeFiles(imports: ReadonlyMap<string, string>): Record<string, string> {
  const english = imports.get('@enk/internal');
  if (english === undefined) throw new Error('The texts were not built.');
  return { en: english.replace('./', '') };
}

/** What a page loads outside the import map: boot script, es-module-shims, the page's own style sheet. */
async function addPageFiles(
  files: EmittedFile[],
): Promise<{ boot: string; shims: EmittedFile; styles: string }> {
  const boot = await bundle({ entry: requireFile(bootEntry, 'the boot script'), format: 'iife' });
  checkImports('The boot script', boot.imports, specifier => specifier === computedImport);
  const { script, map } = emitScript('enk-boot', boot);
  const shims = emitHashed('es-module-shims', 'js', readFileSync(requireFile(shimsFile, 'the shims')));
  const styles = emitHashed(
    'enk-page',
    'css',
    readFileSync(requireFile(join(root, 'shell/page.css'), 'the page')),
  );
  files.push(script, map, shims, styles);
  return { boot: script.path, shims, styles: styles.path };
}
