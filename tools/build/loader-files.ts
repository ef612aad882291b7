/** What a page with the loader needs beside the modules: their map, the loader that knows its hash, the standalone file. */
import { readFileSync } from 'node:fs';
import {
  controlIntegrity,
  controlUrl,
  failureTexts,
  probeUrl,
  wrongIntegrity,
  type ReleaseMap,
} from '../../elements/loader/index.ts';
import { bundle } from './bundle.ts';
import { emitHashed, emitScript, type EmittedFile, type EmittedScript } from './emit.ts';
import { computedImport, importsOf } from './imports.ts';
import { loaderEntry, standaloneEntry } from './module-table.ts';
import { stamped } from './release-id.ts';

export interface BuiltModule {
  readonly specifiers: readonly string[];
  readonly script: EmittedFile;
  /** The worker that it names. */
  readonly worker?: { readonly script: EmittedFile; readonly isStartedAtOnce: boolean };
}

const fileName = ({ path }: EmittedFile): string => path.replace('modules/', '');

/** The map of all modules that elements need; what only the worker bundles is left out. */
export function makeReleaseMap(
  release: string,
  modules: readonly BuiltModule[],
  [shims, frame]: readonly [shims: EmittedFile, frame: EmittedFile],
): ReleaseMap {
  const bySpecifier = new Map(
    modules.flatMap(module => module.specifiers.map(name => [name, module] as const)),
  );
  const moduleOf = (specifier: string): BuiltModule => {
    const module = bySpecifier.get(specifier);
    if (!module) throw new Error(`${specifier} is in no module.`);
    return module;
  };
  const closures = embedded().map(name => [name, closureOf(moduleOf(name), moduleOf)] as const);
  const used = withDynamic(new Set(closures.flatMap(([, closure]) => closure)), moduleOf);
  const workers = closures.flatMap(([name, closure]) =>
    closure.flatMap(({ worker }) => (worker ? [[name, worker] as const] : [])),
  );
  const all = [...used].map(({ script }) => script);
  return {
    release,
    elements: Object.fromEntries(
      closures.map(([name, closure]) => [name, closure.map(({ script }) => fileName(script))]),
    ),
    workers: Object.fromEntries(
      workers.flatMap(([name, { script, isStartedAtOnce }]) =>
        isStartedAtOnce ? [[name, fileName(script)]] : [],
      ),
    ),
    files: sorted(
      [...all, ...workers.map(([, { script }]) => script), shims, frame].map(file => [
        fileName(file),
        file.integrity,
      ]),
    ),
    shims: fileName(shims),
    importMap: importMapTemplate([...used]),
    texts: failureTexts,
  };
}

/** A module and what it imports statically, what is imported first. */
function closureOf(entry: BuiltModule, moduleOf: (specifier: string) => BuiltModule): BuiltModule[] {
  const found = new Set<BuiltModule>();
  const seen = new Set<BuiltModule>();
  const visit = (module: BuiltModule): void => {
    if (seen.has(module)) return;
    seen.add(module);
    for (const specifier of importsOf(module.script.bytes.toString(), { staticOnly: true }))
      visit(moduleOf(specifier));
    found.add(module);
  };
  visit(entry);
  return [...found];
}

/** Adds what modules import later by themselves. */
function withDynamic(
  modules: Set<BuiltModule>,
  moduleOf: (specifier: string) => BuiltModule,
): Set<BuiltModule> {
  for (const module of modules)
    // a Set's iteration goes on with what is added meanwhile
    for (const specifier of importsOf(module.script.bytes.toString()))
      if (specifier !== computedImport) modules.add(moduleOf(specifier));
  return modules;
}

/** The elements that a page may embed: not the libraries that they are made of, nor the shell. */
function embedded(): string[] {
  return importsOf(readFileSync(standaloneEntry, 'utf8'));
}

/**
 * Names stand in the scope of the mirror's folder alone, so the page's own imports and ours do not see each other.
 * The loader's two probes for integrity are among the hashes.
 */
function importMapTemplate(modules: readonly BuiltModule[]): string {
  const url = (script: EmittedFile) => `~/${fileName(script)}`;
  const names = modules.flatMap(({ specifiers, script }) =>
    specifiers.map(name => [name, url(script)] as const),
  );
  const hashes = modules.map(({ script }) => [url(script), script.integrity] as const);
  return JSON.stringify({
    scopes: { '~/': sorted(names) },
    integrity: { ...sorted(hashes), [controlUrl]: controlIntegrity, [probeUrl]: wrongIntegrity },
  });
}

const sorted = <T>(entries: readonly (readonly [string, T])[]): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));

export interface LoaderFiles {
  readonly map: EmittedFile;
  readonly loader: EmittedScript;
  readonly standalone: EmittedScript;
}

/** `workerDefine`: the constants that name the worker, as in the module that names it. */
export async function emitLoader(
  map: ReleaseMap,
  workerDefine: Readonly<Record<string, string>>,
): Promise<LoaderFiles> {
  const mapFile = emitHashed('enk-map', 'json', JSON.stringify(map));
  const define = {
    __ENK_MAP_FILE__: JSON.stringify(fileName(mapFile)),
    __ENK_MAP_SHA384__: JSON.stringify(mapFile.integrity),
    __ENK_RELEASE__: JSON.stringify(map.release),
  };
  const loader = await bundle({ entry: loaderEntry, format: 'iife', define });
  const standalone = await bundle({ entry: standaloneEntry, define: workerDefine });
  if (loader.imports.some(specifier => specifier !== computedImport) || standalone.imports.length > 0)
    throw new Error('The loader and the standalone file must not import anything.');
  return {
    map: mapFile,
    loader: emitScript('enk-loader', loader),
    standalone: emitScript('enk-standalone', stamped(standalone, map.release)),
  };
}
