/**
 * Whether a Proposal may wait for a Commit. It is checked in full when it comes, so that one member's
 * bad Proposal cannot spoil the committer's Commit later.
 */
import type { ClientState, Proposal } from 'ts-mls';
import { validateLeafNodeUpdateOrCommit } from 'ts-mls/clientState.js';
import { constantTimeEqual } from '../bytes/equal.ts';
import { changeOfOne, memberAt } from './group-change.ts';
import { assertKeyPackage, assertLeafForm } from './group-check.ts';
import { MAX_PENDING_PROPOSALS, MAX_PENDING_PROPOSALS_PER_MEMBER } from './group-limits.ts';
import { claims, createGroupConfig } from './group-policy.ts';
import type { GroupChange, GroupEnvironment } from './group-policy.ts';
import { ownIdentityKey } from './group-leaf.ts';
import { refuse } from './group-refusal.ts';
import { membersOf } from './group-state.ts';
import { loadMlsSuite } from './suite.ts';

/** Returns what the Proposal of leaf `sender` would do. Refuses what no Commit could apply. */
export async function assertProposal(
  client: ClientState,
  proposal: Proposal,
  sender: number,
  environment: GroupEnvironment,
): Promise<GroupChange> {
  const pending = Object.values(client.unappliedProposals);
  const ofSender = pending.filter(({ senderLeafIndex }) => senderLeafIndex === sender);
  if (pending.length >= MAX_PENDING_PROPOSALS) refuse('not-allowed');
  if (ofSender.length >= MAX_PENDING_PROPOSALS_PER_MEMBER) refuse('not-allowed');
  if (proposal.proposalType === 'add') await assertAdd(client, proposal.add.keyPackage, environment);
  if (proposal.proposalType === 'update') {
    await assertUpdate(client, proposal.update.leafNode, sender, environment);
  }
  return changeOfOne(proposal, sender, client);
}

/** A key package of somebody who is not a member yet. Returns the identity. */
export async function assertAdd(
  client: ClientState,
  keyPackage: Parameters<typeof assertKeyPackage>[0],
  environment: GroupEnvironment,
): Promise<Uint8Array> {
  const identityKey = await assertKeyPackage(keyPackage, environment);
  const isMember = membersOf(client.ratchetTree).some(member =>
    constantTimeEqual(member.identityKey, identityKey),
  );
  return isMember ? refuse('not-allowed') : identityKey;
}

async function assertUpdate(
  client: ClientState,
  leaf: Parameters<typeof validateLeafNodeUpdateOrCommit>[0],
  sender: number,
  environment: GroupEnvironment,
): Promise<void> {
  const { identityKey } = memberAt(client, sender);
  if (!claims(leaf.credential, identityKey)) refuse('refused');
  assertLeafForm(leaf);
  const suite = await loadMlsSuite();
  const isTaken = client.ratchetTree.some(node => {
    const key = node?.nodeType === 'leaf' ? node.leaf.hpkePublicKey : node?.parent.hpkePublicKey;
    return key !== undefined && constantTimeEqual(key, leaf.hpkePublicKey);
  });
  if (isTaken) refuse('refused');
  const { authService } = createGroupConfig(environment, ownIdentityKey(client));
  const { groupContext } = client;
  const error = await validateLeafNodeUpdateOrCommit(
    leaf,
    sender,
    groupContext,
    authService,
    suite.signature,
  );
  if (error !== undefined) refuse('refused');
}
