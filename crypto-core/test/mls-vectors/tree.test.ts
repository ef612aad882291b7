import { expect } from '@esm-bundle/chai';
import type { CiphersuiteImpl } from 'ts-mls';
import { applyUpdatePathSecret } from 'ts-mls/createCommit.js';
import { deriveSecret } from 'ts-mls/crypto/kdf.js';
import type { GroupContext } from 'ts-mls/groupContext.js';
import { verifyLeafNodeSignature } from 'ts-mls/leafNode.js';
import { verifyParentHashes } from 'ts-mls/parentHash.js';
import { getCommitSecret } from 'ts-mls/pathSecrets.js';
import type { PrivateKeyPath } from 'ts-mls/privateKeyPath.js';
import { toPrivateKeyPath } from 'ts-mls/privateKeyPath.js';
import { decodeProposal } from 'ts-mls/proposal.js';
import {
  addLeafNode,
  decodeRatchetTree,
  encodeRatchetTree,
  getHpkePublicKey,
  removeLeafNode,
  resolution,
  updateLeafNode,
} from 'ts-mls/ratchetTree.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { treeHash, treeHashRoot } from 'ts-mls/treeHash.js';
import { left, nodeWidth, parent, right, root, sibling, toLeafIndex, toNodeIndex } from 'ts-mls/treemath.js';
import { applyUpdatePath, createUpdatePath, decodeUpdatePath } from 'ts-mls/updatePath.js';
import type { UpdatePath } from 'ts-mls/updatePath.js';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { MAX_TREE_NODES } from '../../mls/group-limits.ts';
import { isWellFormedTree } from '../../mls/tree-check.ts';
import { describeVectors } from '../support/vectors.ts';
import { decodeAll, loadVectorSuite, suiteName } from './vector-suites.ts';

/** `action`'s value, or null where the library says that there is none. */
function orNull(action: () => number): number | null {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && error.message.includes('has no')) return null;
    throw error;
  }
}

interface TreeMathVector {
  readonly n_leaves: number;
  readonly n_nodes: number;
  readonly root: number;
  readonly left: (number | null)[];
  readonly right: (number | null)[];
  readonly parent: (number | null)[];
  readonly sibling: (number | null)[];
}

describeVectors<TreeMathVector[]>('mls/tree-math.json', vectors => {
  it('RFC 9420 appendix C: root, children, parents and siblings', async () => {
    await vectors.each(
      file => file,
      v => {
        expect(nodeWidth(v.n_leaves)).to.equal(v.n_nodes);
        expect(root(v.n_leaves)).to.equal(v.root);
        for (let i = 0; i < v.n_nodes; i++) {
          const node = toNodeIndex(i);
          expect(orNull(() => left(node))).to.equal(v.left[i]);
          expect(orNull(() => right(node))).to.equal(v.right[i]);
          expect(orNull(() => parent(node, v.n_leaves))).to.equal(v.parent[i]);
          expect(orNull(() => sibling(node, v.n_leaves))).to.equal(v.sibling[i]);
        }
      },
    );
  });
});

interface TreeOperationsVector {
  readonly cipher_suite: number;
  readonly tree_before: string;
  readonly proposal: string;
  readonly proposal_sender: number;
  readonly tree_hash_before: string;
  readonly tree_after: string;
  readonly tree_hash_after: string;
}

describeVectors<TreeOperationsVector[]>('mls/tree-operations.json', vectors => {
  it('RFC 9420 §7.7, §12.1: trees after adding, updating and removing', async () => {
    await vectors.each(
      file => file,
      async v => {
        const { hash } = await loadVectorSuite(v.cipher_suite);
        const before = decodeAll(decodeRatchetTree, decodeHex(v.tree_before));
        expect(encodeHex(await treeHashRoot(before, hash))).to.equal(v.tree_hash_before);
        const after = applyOne(before, v);
        expect(encodeHex(encodeRatchetTree(after))).to.equal(v.tree_after);
        expect(encodeHex(await treeHashRoot(after, hash))).to.equal(v.tree_hash_after);
        expect(isWellFormedTree(before, MAX_TREE_NODES)).to.equal(true);
        expect(isWellFormedTree(after, MAX_TREE_NODES)).to.equal(true);
      },
    );
  });
});

function applyOne(tree: RatchetTree, v: TreeOperationsVector): RatchetTree {
  const proposal = decodeAll(decodeProposal, decodeHex(v.proposal));
  if (proposal.proposalType === 'add') return addLeafNode(tree, proposal.add.keyPackage.leafNode)[0];
  if (proposal.proposalType === 'remove') return removeLeafNode(tree, toLeafIndex(proposal.remove.removed));
  if (proposal.proposalType !== 'update') throw new Error('unexpected Proposal');
  return updateLeafNode(tree, proposal.update.leafNode, toLeafIndex(v.proposal_sender));
}

interface TreeValidationVector {
  readonly cipher_suite: number;
  readonly tree: string;
  readonly group_id: string;
  readonly resolutions: number[][];
  readonly tree_hashes: string[];
}

describeVectors<TreeValidationVector[]>('mls/tree-validation.json', vectors => {
  it('RFC 9420 §7.8, §7.9: resolutions, tree hashes, parent hashes and leaf signatures', async function () {
    this.timeout(120_000);
    await vectors.each(
      file => file,
      async v => {
        const { hash, signature } = await loadVectorSuite(v.cipher_suite);
        const tree = decodeAll(decodeRatchetTree, decodeHex(v.tree));
        expect(isWellFormedTree(tree, MAX_TREE_NODES), 'our own check').to.equal(true);
        expect(v.tree_hashes.length).to.equal(tree.length);
        for (let i = 0; i < tree.length; i++) {
          expect(encodeHex(await treeHash(tree, toNodeIndex(i), hash))).to.equal(v.tree_hashes[i]);
          expect(resolution(tree, toNodeIndex(i))).to.deep.equal(v.resolutions[i]);
        }
        expect(await verifyParentHashes(tree, hash)).to.equal(true);
        for (const [i, node] of tree.entries()) {
          if (node?.nodeType !== 'leaf') continue;
          const groupId = decodeHex(v.group_id);
          expect(await verifyLeafNodeSignature(node.leaf, groupId, i / 2, signature)).to.equal(true);
        }
      },
    );
  });
});

interface TreeKemVector {
  readonly cipher_suite: number;
  readonly group_id: string;
  readonly epoch: number;
  readonly confirmed_transcript_hash: string;
  readonly ratchet_tree: string;
  readonly leaves_private: {
    index: number;
    encryption_priv: string;
    signature_priv: string;
    path_secrets: { node: number; path_secret: string }[];
  }[];
  readonly update_paths: {
    sender: number;
    update_path: string;
    path_secrets: (string | null)[];
    commit_secret: string;
    tree_hash_after: string;
  }[];
}

describeVectors<TreeKemVector[]>('mls/treekem.json', vectors => {
  it('RFC 9420 §7.4–7.6: private keys fit the tree; update paths give every member the same secret', async function () {
    this.timeout(180_000);
    await vectors.each(
      file => file,
      async v => {
        const suite = await loadVectorSuite(v.cipher_suite);
        const tree = decodeAll(decodeRatchetTree, decodeHex(v.ratchet_tree));
        const paths = await privatePathsOf(v, tree, suite);
        expect(v.update_paths.length).to.be.greaterThan(0);
        for (const update of v.update_paths) await checkUpdatePath({ v, update, tree, paths, suite });
      },
    );
  });
});

async function privatePathsOf(
  v: TreeKemVector,
  tree: RatchetTree,
  suite: CiphersuiteImpl,
): Promise<PrivateKeyPath[]> {
  const paths: PrivateKeyPath[] = [];
  for (const leaf of v.leaves_private) {
    const secrets = Object.fromEntries(
      leaf.path_secrets.map(({ node, path_secret }) => [node, decodeHex(path_secret)]),
    );
    const path = await toPrivateKeyPath(secrets, leaf.index, suite);
    const own = decodeHex(leaf.encryption_priv);
    const privateKeys: PrivateKeyPath['privateKeys'] = { ...path.privateKeys, [2 * leaf.index]: own };
    for (const [index, key] of Object.entries(privateKeys)) {
      const node = tree[Number(index)];
      if (node === undefined) throw new Error('a private key of a blank node');
      await expectKeyPair(getHpkePublicKey(node), key, suite);
    }
    for (const [index, secret] of Object.entries(secrets)) {
      const derived = await suite.hpke.deriveKeyPair(await deriveSecret(secret, 'node', suite.kdf));
      const node = tree[Number(index)];
      const publicKey = await suite.hpke.exportPublicKey(derived.publicKey);
      expect(node && encodeHex(getHpkePublicKey(node))).to.equal(encodeHex(publicKey));
    }
    paths.push({ ...path, privateKeys });
  }
  return paths;
}

async function expectKeyPair(
  publicKey: Uint8Array,
  privateKey: Uint8Array,
  suite: CiphersuiteImpl,
): Promise<void> {
  const { hpke } = suite;
  const info = new Uint8Array(1);
  const sealed = await hpke.seal(await hpke.importPublicKey(publicKey), new Uint8Array(3), info);
  const opened = await hpke.open(await hpke.importPrivateKey(privateKey), sealed.enc, sealed.ct, info);
  expect(opened.length).to.equal(3);
}

interface UpdateCheck {
  readonly v: TreeKemVector;
  readonly update: TreeKemVector['update_paths'][number];
  readonly tree: RatchetTree;
  readonly paths: readonly PrivateKeyPath[];
  readonly suite: CiphersuiteImpl;
}

async function checkUpdatePath(check: UpdateCheck): Promise<void> {
  const { v, update, tree, paths, suite } = check;
  const sender = toLeafIndex(update.sender);
  const path = decodeAll(decodeUpdatePath, decodeHex(update.update_path));
  const after = await applyUpdatePath(tree, sender, path, suite.hash);
  const treeHashAfter = await treeHashRoot(after, suite.hash);
  expect(encodeHex(treeHashAfter)).to.equal(update.tree_hash_after);
  const context: GroupContext = {
    version: 'mls10',
    cipherSuite: suiteName(v.cipher_suite),
    groupId: decodeHex(v.group_id),
    epoch: BigInt(v.epoch),
    treeHash: treeHashAfter,
    confirmedTranscriptHash: decodeHex(v.confirmed_transcript_hash),
    extensions: [],
  };
  const signer = v.leaves_private.find(({ index }) => index === update.sender);
  if (signer === undefined) throw new Error('no private keys of the sender');
  const [newTree, newPath, secrets] = await createUpdatePath(
    tree,
    sender,
    context,
    decodeHex(signer.signature_priv),
    suite,
  );
  const newContext = {
    ...context,
    epoch: context.epoch + 1n,
    treeHash: await treeHashRoot(newTree, suite.hash),
  };
  const root = secrets.at(-1);
  const newCommitSecret = root && (await deriveSecret(root.secret, 'path', suite.kdf));
  for (const own of paths.filter(({ leafIndex }) => leafIndex !== update.sender)) {
    const theirs = await openPath({ ...check, own, context, path });
    expect(encodeHex(theirs.pathSecret)).to.equal(update.path_secrets[own.leafIndex]);
    expect(encodeHex(theirs.commitSecret)).to.equal(update.commit_secret);
    const ours = await openPath({ ...check, own, context: newContext, path: newPath });
    expect(ours.commitSecret).to.deep.equal(newCommitSecret);
  }
}

async function openPath(
  input: UpdateCheck & {
    readonly own: PrivateKeyPath;
    readonly context: GroupContext;
    readonly path: UpdatePath;
  },
): Promise<{ pathSecret: Uint8Array; commitSecret: Uint8Array }> {
  const { tree, own, update, context, path, suite } = input;
  const sender = toLeafIndex(update.sender);
  const opened = await applyUpdatePathSecret(tree, own, sender, context, path, [], suite);
  const nodeIndex = toNodeIndex(opened.nodeIndex);
  const commitSecret = await getCommitSecret(tree, nodeIndex, opened.pathSecret, suite.kdf);
  return { pathSecret: opened.pathSecret, commitSecret };
}
