/** A peer's Commit (RFC 9420 §12.4.2): judged by what it does before the library applies it. */
import { emptyPskIndex, processPrivateMessage } from 'ts-mls';
import type { ClientState, Commit } from 'ts-mls';
import { bytesToBase64 } from 'ts-mls';
import type { ProposalWithSender } from 'ts-mls/unappliedProposals.js';
import { changeOf, proposalsOf, removes } from './group-change.ts';
import { assertGroupState, assertMembership } from './group-check.ts';
import { gone, secretsOfStable } from './group-commit.ts';
import { ownIdentityKey } from './group-leaf.ts';
import { CLOSED_CONFIG, configure } from './group-policy.ts';
import type { GroupEnvironment } from './group-policy.ts';
import type { OpenedMessage } from './group-open.ts';
import type { GroupReceived } from './group-receive.ts';
import { assertAdd } from './group-proposal-check.ts';
import { refuse } from './group-refusal.ts';
import { secretsOf, trimEpoch, withPastEpochs } from './group-secrets.ts';
import { currentEpoch, membersOf } from './group-state.ts';
import type { MlsGroup, StableGroup } from './group-state.ts';
import { watchPathKeys } from './path-keys.ts';
import { loadMlsSuite } from './suite.ts';

/** Applies a Commit whose sender and signature were checked. Throws a refusal; the state is unchanged then. */
export async function receiveCommit(
  group: MlsGroup,
  opened: OpenedMessage,
  environment: GroupEnvironment,
): Promise<GroupReceived> {
  const { content } = opened.content;
  if (content.contentType !== 'commit') return refuse('refused');
  const current = currentEpoch(group);
  const { client } = current;
  const { sender: committer, message } = opened;
  const proposals = proposalsOf(content.commit, committer.leafIndex, client);
  if (removes(proposals, client.privatePath.leafIndex)) {
    return receiveOwnRemoval(group, opened, proposals, environment);
  }
  const change = changeOf(proposals, client);
  if (!environment.policy.mayCommit(committer, change, message.epoch)) refuse('not-allowed');
  if ((change.kind === 'add') !== (content.commit.path === undefined)) refuse('not-allowed');
  for (const { proposal } of proposals) {
    if (proposal.proposalType === 'add') await assertAdd(client, proposal.add.keyPackage, environment);
  }
  const ready = configure(adoptOwnUpdate(current, content.commit), environment, ownIdentityKey(client));
  const { suite, isConsistent } = watchPathKeys(await loadMlsSuite());
  const result = await processPrivateMessage(ready, message, emptyPskIndex, suite);
  if (result.kind !== 'newState' || !isConsistent(result.newState)) return refuse('refused');
  assertGroupState(result.newState);
  assertMembership(membersOf(client.ratchetTree), membersOf(result.newState.ratchetTree), change);
  const trimmed = trimEpoch({ ...result.newState, clientConfig: CLOSED_CONFIG });
  const next = withPastEpochs(trimmed, client);
  return {
    kind: 'commit',
    group: { kind: 'stable', client: next, proposedUpdates: [] },
    consumed: gone([...allSecrets(group), ...opened.consumed, ...result.consumed], [next]),
    committer,
    change,
    droppedPendingCommit: group.kind === 'pendingCommit',
  };
}

/**
 * A Commit that removes us, whatever else it does. Its next epoch is closed to us, so only signature and
 * policy can be checked.
 */
function receiveOwnRemoval(
  group: MlsGroup,
  opened: OpenedMessage,
  proposals: readonly ProposalWithSender[],
  environment: GroupEnvironment,
): GroupReceived {
  const { client } = currentEpoch(group);
  const removed = proposals.filter(({ proposal }) => proposal.proposalType === 'remove');
  const change = changeOf(removed, client);
  if (!environment.policy.mayCommit(opened.sender, change, opened.message.epoch)) refuse('not-allowed');
  return { kind: 'removed-self', committer: opened.sender, consumed: allSecrets(group) };
}

/** The state with the private key of our own proposed leaf, when the Commit applies that Proposal. */
function adoptOwnUpdate({ client, proposedUpdates }: StableGroup, commit: Commit): ClientState {
  const named = commit.proposals.flatMap(item =>
    item.proposalOrRefType === 'reference' ? [bytesToBase64(item.reference)] : [],
  );
  const update = proposedUpdates.find(({ reference }) => named.includes(reference));
  if (update === undefined) return client;
  const { privatePath } = client;
  const privateKeys = {
    ...privatePath.privateKeys,
    [2 * privatePath.leafIndex]: update.hpkePrivateKey,
  };
  return { ...client, privatePath: { ...privatePath, privateKeys } };
}

function allSecrets(group: MlsGroup): Uint8Array[] {
  const staged = group.kind === 'pendingCommit' ? [...secretsOf(group.staged)] : [];
  return [...new Set([...secretsOfStable(currentEpoch(group)), ...staged])];
}
