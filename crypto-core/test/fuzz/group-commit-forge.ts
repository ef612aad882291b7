/** Commits of a hostile member: an honest one's content with one thing changed, signed and sealed again. */
import type { ClientState, Commit, UpdatePath } from 'ts-mls';
import { unprotectPrivateMessage } from 'ts-mls/messageProtection.js';
import { decodePrivateMessage } from '../../mls/decode.ts';
import { loadMlsSuite } from '../../mls/suite.ts';
import { craftCommit } from '../support/hostile-mls.ts';
import { mutateBytes } from './mutate-bytes.ts';
import type { Mutated } from './mutate-bytes.ts';
import type { FuzzRandom } from './random.ts';

/** A Commit with a path. */
export type PathCommit = Commit & { readonly path: UpdatePath };

const MAX_BYTES = 524_288;

/** The content of a Commit that `receiver` could apply. */
export async function openCommit(receiver: ClientState, message: Uint8Array): Promise<PathCommit> {
  const { content } = await unprotectPrivateMessage(
    receiver.keySchedule.senderDataSecret,
    decodePrivateMessage(message, MAX_BYTES),
    receiver.secretTree,
    receiver.ratchetTree,
    receiver.groupContext,
    receiver.clientConfig.keyRetentionConfig,
    await loadMlsSuite(),
  );
  const { content: framed } = content;
  if (framed.contentType !== 'commit' || framed.commit.path === undefined) throw new RangeError('no path');
  return { ...framed.commit, path: framed.commit.path };
}

type Change = (random: FuzzRandom, commit: PathCommit) => Commit;

const remove = (removed: number): Commit['proposals'][number] => ({
  proposalOrRefType: 'proposal',
  proposal: { proposalType: 'remove', remove: { removed } },
});

const CHANGES: Readonly<Record<string, Change>> = {
  'confirmation tag of zeros': (_random, commit) => commit,
  'path left out': (_random, { proposals }) => ({ proposals, path: undefined }),
  'path cut': (_random, { proposals, path }) => ({
    proposals,
    path: { ...path, nodes: path.nodes.slice(1) },
  }),
  'path doubled': (_random, { proposals, path }) => ({
    proposals,
    path: { ...path, nodes: [...path.nodes, ...path.nodes] },
  }),
  'path key mutated': (random, { proposals, path }) => ({
    proposals,
    path: {
      ...path,
      nodes: path.nodes.map(node => ({
        ...node,
        hpkePublicKey: mutateBytes(random, node.hpkePublicKey).bytes,
      })),
    },
  }),
  'path secret mutated': (random, { proposals, path }) => {
    const field = random.pick(['kemOutput', 'ciphertext'] as const);
    const nodes = path.nodes.map(node => ({
      ...node,
      encryptedPathSecret: node.encryptedPathSecret.map(secret => ({
        ...secret,
        [field]: mutateBytes(random, secret[field]).bytes,
      })),
    }));
    return { proposals, path: { ...path, nodes } };
  },
  'path secrets left out': (_random, { proposals, path }) => ({
    proposals,
    path: { ...path, nodes: path.nodes.map(node => ({ ...node, encryptedPathSecret: [] })) },
  }),
  'leaf key mutated': (random, { proposals, path }) => {
    const hpkePublicKey = mutateBytes(random, path.leafNode.hpkePublicKey).bytes;
    return { proposals, path: { ...path, leafNode: { ...path.leafNode, hpkePublicKey } } };
  },
  'leaf signature mutated': (random, { proposals, path }) => {
    const signature = mutateBytes(random, path.leafNode.signature).bytes;
    return { proposals, path: { ...path, leafNode: { ...path.leafNode, signature } } };
  },
  'credential mutated': (random, { proposals, path }) => {
    const { credential } = path.leafNode;
    if (credential.credentialType !== 'basic') return { proposals, path };
    const changed = { ...credential, identity: mutateBytes(random, credential.identity).bytes };
    return { proposals, path: { ...path, leafNode: { ...path.leafNode, credential: changed } } };
  },
  'removes nobody': (random, { path }) => ({ proposals: [remove(random.pick([3, 7, 0xffff_ffff]))], path }),
  'removes its sender': (_random, { path }) => ({ proposals: [remove(0)], path }),
  'removes one twice': (_random, { path }) => ({ proposals: [remove(2), remove(2)], path }),
  'names a Proposal that nobody made': (random, { path }) => ({
    proposals: [{ proposalOrRefType: 'reference', reference: random.bytes(random.pick([0, 32, 64])) }],
    path,
  }),
  'thousands of Proposals': (_random, { path }) => ({
    proposals: Array.from({ length: 2_000 }, () => remove(2)),
    path,
  }),
};

/** `commit` with one thing wrong, signed and sealed by `client`. */
export async function changeCommit(
  random: FuzzRandom,
  client: ClientState,
  commit: PathCommit,
): Promise<Mutated> {
  const mutation = random.pick(Object.keys(CHANGES));
  return { mutation, bytes: await craftCommit(client, (CHANGES[mutation] as Change)(random, commit)) };
}
