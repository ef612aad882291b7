/**
 * The release before this one, as it was built then, and this one. What is kept is checked like a fresh build, and is
 * not the build of today. That people on either talk is not tested here yet: the release before reads its broker from
 * its own page, which today's server does not render.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkBytes } from '../../tools/build/check-release.ts';
import { unpackRelease } from '../../tools/build/kept-release.ts';
import { serveSite, type Site } from '../../tools/serve.ts';
import { Product } from './support/product.ts';

describe('the previous release and this one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'enk-previous-'));
  let product: Product;
  let previous: Site;

  before(async () => {
    unpackRelease(folder);
    product = await Product.start();
    previous = await serveSite({ folder, broker: product.brokerUrl });
  });
  after(async () => {
    await product.close();
    await previous.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are two, each whole', () => {
    assert.deepEqual(checkBytes(folder), []);
    assert.notEqual(previous.release.page.worker, product.site.release.page.worker);
    assert.notEqual(
      previous.release.importMap.imports['@enk/chat'],
      product.site.release.importMap.imports['@enk/chat'],
    );
  });
});
