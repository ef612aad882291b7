import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkEagerGraph, EAGER_LIMIT_BYTES, LOADER_LIMIT_BYTES } from './eager-graph.ts';

describe('what a chat loads at once', () => {
  const good = {
    loaderBytes: LOADER_LIMIT_BYTES,
    modulesBytes: EAGER_LIMIT_BYTES,
    workerBytes: 1,
    isWorkerEarly: true,
    modules: 11,
  };

  it('may reach its limits and not pass them', () => {
    assert.deepEqual(checkEagerGraph(good), []);
    assert.match(
      checkEagerGraph({ ...good, loaderBytes: LOADER_LIMIT_BYTES + 1 })[0] ?? '',
      /the loader has/,
    );
    assert.match(
      checkEagerGraph({ ...good, modulesBytes: EAGER_LIMIT_BYTES + 1 })[0] ?? '',
      /the modules of a chat/,
    );
  });

  it('comes with the worker that it starts', () => {
    assert.match(checkEagerGraph({ ...good, isWorkerEarly: false })[0] ?? '', /session worker/);
  });

  it('is something', () => {
    assert.match(checkEagerGraph({ ...good, modules: 0 })[0] ?? '', /no module/);
  });
});
