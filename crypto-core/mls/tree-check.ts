/**
 * Form of a ratchet tree from outside, before the library walks it (RFC 9420 §7.8, §12.4.3.3).
 *
 * ts-mls computes direct paths of whatever `unmerged_leaves` names: an index outside of the tree makes
 * it loop until the process dies, and no `catch` helps. So nodes and indices are checked first.
 */
import type { RatchetTree } from 'ts-mls/ratchetTree.js';

/**
 * True when the tree has at most `maxNodes` nodes, a full width, leaves at even and parents at odd
 * indices, and every unmerged leaf is a non-blank leaf below its parent, named once.
 */
export function isWellFormedTree(tree: RatchetTree, maxNodes: number): boolean {
  const width = tree.length;
  if (width < 1 || width > maxNodes || ((width + 1) & width) !== 0) return false;
  return tree.every((node, index) => {
    if (node === undefined) return true;
    if (node.nodeType === 'leaf') return index % 2 === 0;
    return index % 2 === 1 && areUnmergedBelow(tree, index, node.parent.unmergedLeaves);
  });
}

function areUnmergedBelow(tree: RatchetTree, parentIndex: number, leaves: readonly number[]): boolean {
  const reach = (1 << trailingOnes(parentIndex)) - 1;
  if (new Set(leaves).size !== leaves.length) return false;
  return leaves.every(leaf => {
    const nodeIndex = 2 * leaf;
    if (nodeIndex < parentIndex - reach || nodeIndex > parentIndex + reach) return false;
    return tree[nodeIndex]?.nodeType === 'leaf';
  });
}

/** The level of a node: how many of its lowest bits are set. */
function trailingOnes(index: number): number {
  let level = 0;
  while (((index >> level) & 1) === 1) level++;
  return level;
}
