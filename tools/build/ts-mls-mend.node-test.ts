/** The mend is real: one valid tree that ts-mls as published refuses at join and the mended one accepts. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as published from 'ts-mls';
import { root } from '../../vite.config.ts';
import { mendTsMls } from './ts-mls-mend.ts';

type Library = typeof published;
type KeyPackage = Awaited<ReturnType<Library['generateKeyPackage']>>;

const copy = join(root, 'node_modules', '.cache', `enk-ts-mls-mended-${process.pid}`);
const suite = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519';
const lifetime = { notBefore: 0n, notAfter: 4_000_000_000n };

async function loadMended(): Promise<Library> {
  cpSync(join(root, 'node_modules/ts-mls'), copy, { recursive: true });
  const file = join(copy, 'dist/src/clientState.js');
  writeFileSync(file, mendTsMls(readFileSync(file, 'utf8'), '/ts-mls/dist/src/clientState.js'));
  return (await import(pathToFileURL(join(copy, 'dist/src/index.js')).href)) as Library;
}

/**
 * Five members; leaf 3 is removed; a commit with a path fills the parents above leaf 0; then leaves 3 and 5 are
 * added without one. The root lists both as unmerged, the parent of leaves 0 to 3 only leaf 3: as RFC 9420
 * §12.4.3.1 asks, since leaf 5 is not below it. Returns what the last one joins with.
 */
async function welcomeIntoUnevenTree() {
  const cipherSuite = await published.getCiphersuiteImpl(published.getCiphersuiteFromName(suite));
  const member = (name: string): Promise<KeyPackage> =>
    published.generateKeyPackage(
      { credentialType: 'basic', identity: new TextEncoder().encode(name) },
      published.defaultCapabilities(),
      lifetime,
      [],
      cipherSuite,
    );
  const first = await member('0');
  let state = await published.createGroup(
    new Uint8Array([1]),
    first.publicPackage,
    first.privatePackage,
    [],
    cipherSuite,
  );
  const commit = async (extraProposals: published.Proposal[]) => {
    const result = await published.createCommit(
      { state, cipherSuite },
      { extraProposals, ratchetTreeExtension: true },
    );
    state = result.newState;
    return result.welcome;
  };
  const add = ({ publicPackage: keyPackage }: KeyPackage) =>
    commit([{ proposalType: 'add', add: { keyPackage } }]);
  for (const name of ['1', '2', '3', '4']) await add(await member(name));
  await commit([{ proposalType: 'remove', remove: { removed: 3 } }]);
  await commit([]);
  await add(await member('3 again'));
  const joiner = await member('5');
  const welcome = await add(joiner);
  assert.ok(welcome);
  return { welcome, joiner, cipherSuite };
}

describe('the ts-mls mend', () => {
  after(() => rmSync(copy, { recursive: true, force: true }));

  it('RFC 9420 §12.4.3.1: accepts a valid tree that ts-mls as published refuses', async () => {
    const { welcome, joiner, cipherSuite } = await welcomeIntoUnevenTree();
    const join = (library: Library) =>
      library.joinGroup(
        welcome,
        joiner.publicPackage,
        joiner.privatePackage,
        library.emptyPskIndex,
        cipherSuite,
      );
    await assert.rejects(join(published), /unmerged_leaves/);
    const state = await join(await loadMended());
    assert.equal(state.groupContext.epoch, 8n);
  });
});
