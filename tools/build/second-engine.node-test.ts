/** What the second Signal engine brings stays in its own worker. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { bundle, type Bundle } from './bundle.ts';
import { defaultWorker, hasKey, localModules, workerModules } from './module-table.ts';

/** Sources of the library, of what it pulls in, and of the engine around it (its index is constants alone). */
const foreignSource =
  /@privacyresearch|protobuf|base64-js|node_modules\/long\/|signal-libsignal\/(?!index\.ts)/;
/** Strings that survive minifying. */
const foreignText = /PreKeyWhisperMessage|SignedPreKey|protobuf/;

const sourcesOf = ({ map }: Bundle): readonly string[] => (JSON.parse(map) as { sources: string[] }).sources;

const foreignIn = (built: Bundle): readonly string[] =>
  sourcesOf(built).filter(path => foreignSource.test(path));

describe('the second Signal engine in the build', () => {
  const workers = new Map<string, Bundle>();
  before(async () => {
    for (const { name, entry } of workerModules) workers.set(name, await bundle({ entry }));
  });

  it('CC-ENG-04: the default worker holds none of it', () => {
    const built = workers.get(defaultWorker.name) as Bundle;
    assert.deepEqual(foreignIn(built), []);
    assert.ok(!foreignText.test(built.code));
  });

  it('CC-ENG-04: no module of the import map holds any of it, nor imports it', async () => {
    for (const { specifier, entry } of localModules) {
      const external = (imported: string): boolean => hasKey(imported) && imported !== specifier;
      const built = await bundle({ entry, external });
      assert.deepEqual(foreignIn(built), [], specifier);
      assert.ok(!foreignText.test(built.code), specifier);
      assert.ok(!built.imports.includes('@enk/signal-libsignal'), specifier);
    }
  });

  it('CC-ENG-04: its own worker does, without the parts of the library that never run here', () => {
    const built = workers.get('enk-worker-libsignal') as Bundle;
    assert.ok(foreignIn(built).some(path => path.includes('session-cipher')));
    assert.ok(foreignText.test(built.code));
    const absent = /curve25519-typescript|msrcrypto|node_modules\/long\//;
    assert.deepEqual(
      sourcesOf(built).filter(path => absent.test(path)),
      [],
    );
  });

  it('CC-ENG-04: and needs neither eval nor WebAssembly more than the default worker', () => {
    const [own, other] = workerModules.map(({ name }) => (workers.get(name) as Bundle).code);
    for (const word of ['new Function', 'WebAssembly', 'eval(']) {
      assert.equal(other?.split(word).length, own?.split(word).length, word);
    }
  });
});
