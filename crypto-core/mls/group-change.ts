/**
 * What a list of Proposals does to a group (RFC 9420 §12.1).
 *
 * One Commit is of one kind: it adds, or removes, or updates. ts-mls cannot tell a removed member of its
 * removal when the same Commit adds somebody (the newcomer takes its leaf), so adds and removes are never
 * mixed. PreSharedKey, ReInit, ExternalInit, GroupContextExtensions and unknown Proposals are not part
 * of the profile.
 */
import type { ClientState, Commit, Proposal } from 'ts-mls';
import type { ProposalWithSender } from 'ts-mls/unappliedProposals.js';
import { bytesToBase64 } from 'ts-mls';
import type { GroupChange } from './group-policy.ts';
import { MAX_PENDING_PROPOSALS } from './group-limits.ts';
import { refuse } from './group-refusal.ts';
import { memberOf } from './group-state.ts';
import type { GroupMember } from './group-state.ts';

/** The Proposals of a Commit, those named by reference looked up among the pending ones; at most 128. */
export function proposalsOf(
  commit: Commit,
  committer: number,
  client: ClientState,
): readonly ProposalWithSender[] {
  if (commit.proposals.length > MAX_PENDING_PROPOSALS) return refuse('not-allowed');
  return commit.proposals.map(item => {
    if (item.proposalOrRefType === 'proposal') {
      return { proposal: item.proposal, senderLeafIndex: committer };
    }
    const pending = client.unappliedProposals[bytesToBase64(item.reference)];
    return pending ?? refuse('missing-proposal');
  });
}

/** True when one of them removes this leaf. */
export function removes(proposals: readonly ProposalWithSender[], leafIndex: number): boolean {
  return proposals.some(
    ({ proposal }) => proposal.proposalType === 'remove' && proposal.remove.removed === leafIndex,
  );
}

/** The one change that they make. Refuses mixes and kinds outside of the profile. */
export function changeOf(proposals: readonly ProposalWithSender[], client: ClientState): GroupChange {
  const changes = proposals.map(({ proposal, senderLeafIndex }) =>
    changeOfOne(proposal, senderLeafIndex, client),
  );
  const kind = changes[0]?.kind ?? 'update';
  if (changes.some(change => change.kind !== kind)) return refuse('not-allowed');
  if (kind === 'add') {
    return {
      kind,
      identityKeys: changes.flatMap(change => (change.kind === 'add' ? change.identityKeys : [])),
    };
  }
  return { kind, members: changes.flatMap(change => (change.kind === 'add' ? [] : change.members)) };
}

/** What one Proposal does. `sender`: the leaf that made it. */
export function changeOfOne(
  proposal: Proposal,
  sender: number | undefined,
  client: ClientState,
): GroupChange {
  switch (proposal.proposalType) {
    case 'add':
      return { kind: 'add', identityKeys: [memberOf(proposal.add.keyPackage.leafNode, 0).identityKey] };
    case 'remove':
      return { kind: 'remove', members: [memberAt(client, proposal.remove.removed)] };
    case 'update':
      return { kind: 'update', members: [memberAt(client, sender)] };
    default:
      return refuse('not-allowed');
  }
}

/** The member at a leaf; refuses a blank leaf and an index outside of the tree. */
export function memberAt(client: ClientState, leafIndex: number | undefined): GroupMember {
  if (leafIndex === undefined) return refuse('refused');
  const node = client.ratchetTree[2 * leafIndex];
  return node?.nodeType === 'leaf' ? memberOf(node.leaf, leafIndex) : refuse('refused');
}
