import { expect } from '@esm-bundle/chai';
import type { GroupInfo } from 'ts-mls';
import { encodeRatchetTree } from 'ts-mls/ratchetTree.js';
import type { Node, RatchetTree } from 'ts-mls/ratchetTree.js';
import { ratchetTreeFromExtension } from 'ts-mls/groupInfo.js';
import { concat } from '../bytes/concat.ts';
import { isAllZero } from '../bytes/equal.ts';
import { randomBytes } from '../bytes/random.ts';
import { GroupPeer, makeGroup, openEnvironment } from '../test/support/group-peer.ts';
import { rewriteWelcome } from '../test/support/hostile-mls.ts';
import { expectCode, flip } from '../test/support/rejections.ts';
import { joinMlsGroup } from './group-create.ts';
import type { GroupKeyPackage } from './group-create.ts';
import { MAX_TREE_NODES } from './group-limits.ts';
import { isWellFormedTree } from './tree-check.ts';

const parent = (...unmergedLeaves: number[]): Node => ({
  nodeType: 'parent',
  parent: { hpkePublicKey: randomBytes(1_216), parentHash: randomBytes(64), unmergedLeaves },
});

describe('MLS group: Welcomes', function () {
  this.timeout(120_000);
  let a: GroupPeer;
  let keyPackage: GroupKeyPackage;
  let welcome: Uint8Array;
  let expectedGroupId: Uint8Array;

  before(async () => {
    [a] = (await makeGroup('a', 'b')) as [GroupPeer];
    await a.commit({ kind: 'update', identity: a.identity });
    a.merge();
    const d = await GroupPeer.create('d');
    keyPackage = await d.keyPackage();
    const step = await a.commit({ kind: 'add', keyPackages: [keyPackage.publicBytes] });
    welcome = step.welcome ?? new Uint8Array(0);
    expectedGroupId = step.group.staged.groupContext.groupId;
  });

  const join = (bytes: Uint8Array) =>
    joinMlsGroup({
      keyPackage,
      welcome: bytes,
      expectedGroupId,
      environment: openEnvironment(),
      acceptRoster: () => true,
    });

  const rewrite = (change: Partial<Parameters<typeof rewriteWelcome>[0]>): Promise<Uint8Array> =>
    rewriteWelcome({
      welcome,
      keyPackage,
      signatureKey: (a.group.kind === 'stable' ? a.group.client : a.group.staged).signaturePrivateKey,
      ...change,
    });

  const withTree =
    (change: (tree: RatchetTree) => RatchetTree) =>
    (info: GroupInfo): GroupInfo => {
      const tree = change(ratchetTreeFromExtension(info) ?? []);
      const extensionData = encodeRatchetTree(tree);
      return { ...info, extensions: [{ extensionType: 'ratchet_tree', extensionData }] };
    };

  it('CC-GRP-05: accepts the same Welcome rewritten and signed again', async () => {
    const { group } = await join(await rewrite({}));
    expect(group.client.groupContext.groupId).to.deep.equal(expectedGroupId);
    expect(isAllZero(keyPackage.privatePackage.initPrivateKey)).to.equal(false);
  });

  it('CC-GRP-05: refuses two secrets for our key package', async () => {
    await expectCode('protocol-error', async () => join(await rewrite({ copies: 2 })));
  });

  it('CC-GRP-05: refuses a Welcome that wants a PSK', async () => {
    const pskNonce = randomBytes(64);
    const psks = [{ psktype: 'external', pskId: randomBytes(8), pskNonce } as const];
    const bytes = await rewrite({ changeSecrets: secrets => ({ ...secrets, psks }) });
    await expectCode('protocol-error', () => join(bytes));
  });

  it('CC-GRP-05: refuses a changed GroupInfo: group id, epoch, tree hash, confirmation tag, signer, extensions', async () => {
    const changes: ((info: GroupInfo) => GroupInfo)[] = [
      info => ({ ...info, groupContext: { ...info.groupContext, groupId: randomBytes(32) } }),
      info => ({ ...info, groupContext: { ...info.groupContext, epoch: 1n } }),
      info => ({ ...info, groupContext: { ...info.groupContext, treeHash: randomBytes(64) } }),
      info => ({
        ...info,
        groupContext: {
          ...info.groupContext,
          extensions: [{ extensionType: 'required_capabilities', extensionData: new Uint8Array(3) }],
        },
      }),
      info => ({ ...info, confirmationTag: randomBytes(64) }),
      info => ({ ...info, signer: 1 }),
      info => ({ ...info, signer: 3 }),
      info => ({ ...info, signer: 2 ** 32 - 1 }),
      info => ({ ...info, extensions: [] }),
      info => ({ ...info, extensions: [...info.extensions, ...info.extensions] }),
    ];
    for (const changeInfo of changes) {
      const bytes = await rewrite({ changeInfo });
      await expectCode('protocol-error', () => join(bytes));
    }
  });

  it('CC-GRP-05: refuses a GroupInfo that another than its signer signed', async () => {
    const bytes = await rewrite({ signatureKey: keyPackage.privatePackage.signaturePrivateKey });
    await expectCode('protocol-error', () => join(bytes));
  });

  it('CC-GRP-05: refuses a path secret', async () => {
    for (const pathSecret of [randomBytes(64), randomBytes(1), new Uint8Array(0)]) {
      const bytes = await rewrite({ changeSecrets: secrets => ({ ...secrets, pathSecret }) });
      await expectCode('protocol-error', () => join(bytes));
    }
  });

  it('CC-GRP-08: refuses truncated, extended, damaged and oversized Welcomes', async () => {
    for (let i = 0; i < welcome.length; i += 97) {
      await expectCode('protocol-error', () => join(flip(welcome, i, 1 << (i % 8))));
      await expectCode('protocol-error', () => join(welcome.slice(0, i)));
    }
    await expectCode('protocol-error', () => join(concat(welcome, new Uint8Array(1))));
    await expectCode('protocol-error', () => join(new Uint8Array(1_048_577)));
    await join(welcome);
  });

  it('CC-GRP-06: an unmerged leaf outside of the tree, on which ts-mls loops until memory ends, never reaches it', async () => {
    for (const leaf of [4, 2 ** 20, 2 ** 30, 2 ** 32 - 1]) {
      const bytes = await rewrite({ changeInfo: withTree(tree => tree.with(1, parent(leaf))) });
      // The library asks for the signer's credential before it walks the tree.
      let asked = 0;
      const environment = openEnvironment({ mayBeMember: () => ++asked > 0 });
      const input = { keyPackage, welcome: bytes, expectedGroupId, environment, acceptRoster: () => true };
      await expectCode('protocol-error', () => joinMlsGroup(input));
      expect(asked, `leaf ${leaf}`).to.equal(0);
    }
  });

  it('CC-GRP-06: a tree is full, of at most 255 nodes, with every node and index in its place', () => {
    const leaf = (keyPackage.publicPackage satisfies { leafNode: unknown }).leafNode;
    const node: Node = { nodeType: 'leaf', leaf };
    const isGood = (tree: RatchetTree): boolean => isWellFormedTree(tree, MAX_TREE_NODES);
    expect(isGood([node])).to.equal(true);
    expect(isGood([node, undefined, node])).to.equal(true);
    expect(isGood([node, parent(), node])).to.equal(true);
    expect(isGood([node, parent(0, 1), node])).to.equal(true);
    expect(isGood([node, parent(1), node, parent(1, 2, 3), node, undefined, node])).to.equal(true);
    expect(isGood(new Array<undefined>(255).fill(undefined))).to.equal(true);

    expect(isGood([])).to.equal(false);
    expect(isGood([node, undefined])).to.equal(false);
    expect(isGood(new Array<undefined>(5).fill(undefined))).to.equal(false);
    expect(isGood(new Array<undefined>(511).fill(undefined))).to.equal(false);
    expect(isGood([parent(), undefined, node])).to.equal(false);
    expect(isGood([node, node, node])).to.equal(false);
    expect(isGood([node, parent(1, 1), node])).to.equal(false);
    expect(isGood([node, parent(2), node])).to.equal(false);
    expect(isGood([node, parent(1), undefined])).to.equal(false);
    expect(isGood([node, parent(2), node, undefined, node, undefined, node])).to.equal(false);
    expect(isGood([node, undefined, node, parent(2), node, parent(1), node])).to.equal(false);
    for (const odd of [0.5, -1, 2 ** 31, 2 ** 32 - 1, Number.NaN]) {
      expect(isGood([node, parent(odd), node])).to.equal(false);
    }
  });
});
