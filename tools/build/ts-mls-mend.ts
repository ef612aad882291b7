/**
 * The mend of ts-mls 1.6.4's check of unmerged leaves (RFC 9420 §12.4.3.1).
 *
 * Upstream demands that every non-blank node above an unmerged leaf carries the *same* list as the parent that
 * lists it, up to the root, and so refuses valid trees at join. The RFC asks that the entry be a non-blank
 * descendant leaf, and that every non-blank node *between* leaf and parent lists *that leaf*.
 *
 * Not responsible for any other defect of the library. Invariant: a source that does not contain each of the
 * three upstream fragments exactly once is refused, so that an update can never silently drop the mend.
 */

const replacements: readonly { readonly upstream: string; readonly mended: string }[] = [
  {
    upstream: 'if (tree[nodeIndex]?.nodeType !== "leaf" && !dp.includes(toNodeIndex(i)))',
    mended: 'if (tree[nodeIndex]?.nodeType !== "leaf" || !dp.includes(toNodeIndex(i)))',
  },
  {
    upstream: 'const dpNode = tree[parentIdx];\n                    if (dpNode !== undefined) {',
    mended:
      'if (parentIdx === toNodeIndex(i)) break;\n                    const dpNode = tree[parentIdx];\n                    if (dpNode !== undefined) {',
  },
  {
    upstream: 'if (!arraysEqual(dpNode.parent.unmergedLeaves, n.parent.unmergedLeaves))',
    mended: 'if (!dpNode.parent.unmergedLeaves.includes(unmergedLeaf))',
  },
];

/** True for the one file of ts-mls that is mended: an absolute path, a URL path, with or without a query. */
export function isMendedFile(id: string): boolean {
  return /\/ts-mls\/dist\/src\/clientState\.js(?:\?|$)/.test(id.replaceAll('\\', '/'));
}

/**
 * Returns the mended source of ts-mls' clientState.js, and any other file unchanged.
 * Throws when the mend does not apply exactly once.
 */
export function mendTsMls(source: string, id: string): string {
  if (!isMendedFile(id)) return source;
  return replacements.reduce((text, { upstream, mended }) => {
    const parts = text.split(upstream);
    if (parts.length !== 2) throw new Error(`The ts-mls mend does not apply to ${id}: ${upstream}`);
    return parts.join(mended);
  }, source);
}

/**
 * What ts-mls and hpke import lazily and a browser never gets: optional peers for suites that no profile of ours
 * uses, and Node's `crypto`, asked for only where WebCrypto is missing. `absentModuleSource` answers them, so
 * that reaching for one fails inside the library with its own error.
 */
export const absentPeers: readonly string[] = ['@hpke/chacha20poly1305', '@hpke/dhkem-x448', 'crypto'];

/** Module text that throws on import, as an absent package would. */
export const absentModuleSource = "throw new Error('This optional dependency is not part of the build.');";
