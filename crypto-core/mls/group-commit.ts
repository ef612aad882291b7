/**
 * Commits of ours (RFC 9420 §12.4): made as a pending state of its own, then merged or discarded.
 *
 * A Commit that is applied before the others have it forks the group. So `createGroupCommit` leaves us in
 * the parent epoch, where messages flow and a peer's Commit can still win; the caller's ordering rule
 * decides, then merges. Nothing that the parent needs is ever among `consumed`.
 */
import { createCommit, emptyPskIndex, encodeMlsMessage } from 'ts-mls';
import type { ClientState, CreateCommitResult, Proposal } from 'ts-mls';
import { consumeRatchet } from 'ts-mls/secretTree.js';
import type { UnappliedProposals } from 'ts-mls/unappliedProposals.js';
import { encodeHex } from '../bytes/hex.ts';
import { CryptoCoreError } from '../errors.ts';
import type { IdentityKeys } from '../identity/identity.ts';
import { decodeKeyPackage } from './decode.ts';
import { changeOfOne } from './group-change.ts';
import { assertGroupState } from './group-check.ts';
import { ownIdentityKey, renewCredential } from './group-leaf.ts';
import { MAX_GROUP_MEMBERS } from './group-limits.ts';
import { assertLive, whileLive } from './group-live.ts';
import type { GroupSendStep } from './group-message.ts';
import { CLOSED_CONFIG, configure } from './group-policy.ts';
import type { GroupEnvironment } from './group-policy.ts';
import { assertAdd, assertProposal } from './group-proposal-check.ts';
import { asRefusal, GroupRefusal, refuse } from './group-refusal.ts';
import { secretsOf, trimEpoch, withPastEpochs } from './group-secrets.ts';
import { membersOf } from './group-state.ts';
import type { PendingCommitGroup, StableGroup } from './group-state.ts';
import { loadMlsSuite } from './suite.ts';

/** What to commit: one kind of change. */
export type CommitRequest =
  /** Key packages of the newcomers, hostile until checked here. */
  | { readonly kind: 'add'; readonly keyPackages: readonly Uint8Array[] }
  | { readonly kind: 'remove'; readonly leafIndexes: readonly number[] }
  /** Fresh keys and a fresh certificate for our own leaf. */
  | { readonly kind: 'update'; readonly identity: IdentityKeys }
  /** Every pending Proposal of others of this kind that can still be applied. */
  | { readonly kind: 'proposals'; readonly of: 'add' | 'remove' | 'update' };

/** A Commit that waits, and what to send when it is stored. */
export interface GroupCommitStep extends GroupSendStep<PendingCommitGroup> {
  /** For those whom the Commit adds, once it is accepted; null when it adds nobody. */
  readonly welcome: Uint8Array | null;
}

/**
 * Makes a Commit, as `group.commit` and `message`. Throws `invalid-argument` for an empty change, our own
 * leaf, an unknown leaf, too many members or a superseded state, and `protocol-error` for a bad key package; the state is
 * unchanged then.
 */
export async function createGroupCommit(
  group: StableGroup,
  request: CommitRequest,
  environment: GroupEnvironment,
): Promise<GroupCommitStep> {
  return whileLive(group, () => makeCommit(group, request, environment));
}

async function makeCommit(
  group: StableGroup,
  request: CommitRequest,
  environment: GroupEnvironment,
): Promise<GroupCommitStep> {
  const { client } = group;
  const suite = await loadMlsSuite();
  const plan = await planCommit(client, request, environment);
  const made = await asRefusal(() =>
    createCommit(
      {
        state: configure(plan.state, environment, ownIdentityKey(client)),
        cipherSuite: suite,
        pskIndex: emptyPskIndex,
      },
      { extraProposals: plan.proposals, ratchetTreeExtension: true },
    ),
  );
  const staged = trimEpoch({ ...made.newState, clientConfig: CLOSED_CONFIG });
  assertGroupState(staged);
  const parent = await spendHandshakeKey(group);
  const commit = encodeMlsMessage(made.commit);
  const welcome = encodeWelcome(made.welcome);
  return {
    group: { kind: 'pendingCommit', parent, staged, commit, welcome },
    message: commit,
    welcome,
    consumed: gone([...secretsOf(client), ...made.consumed], [parent.client, staged]),
  };
}

/** The Commit was accepted: its epoch begins. Store the state, then wipe `consumed`. */
export function mergePendingCommit(group: PendingCommitGroup): {
  readonly group: StableGroup;
  readonly consumed: readonly Uint8Array[];
} {
  assertLive(group);
  const client = withPastEpochs(group.staged, group.parent.client);
  return {
    group: { kind: 'stable', client, proposedUpdates: [] },
    consumed: gone(secretsOfStable(group.parent), [client]),
  };
}

/** The Commit was not accepted: the parent epoch goes on. Store the state, then wipe `consumed`. */
export function discardPendingCommit(group: PendingCommitGroup): {
  readonly group: StableGroup;
  readonly consumed: readonly Uint8Array[];
} {
  assertLive(group);
  return { group: group.parent, consumed: gone(secretsOf(group.staged), [group.parent.client]) };
}

/** Those of `secrets` that no state of `kept` holds. */
export function gone(secrets: Iterable<Uint8Array>, kept: readonly ClientState[]): Uint8Array[] {
  const needed = new Set(kept.flatMap(client => [...secretsOf(client)]));
  return [...new Set(secrets)].filter(secret => !needed.has(secret));
}

/** Every secret of a stable group, proposed updates included. */
export function secretsOfStable(group: StableGroup): Uint8Array[] {
  return [...secretsOf(group.client), ...group.proposedUpdates.map(update => update.hpkePrivateKey)];
}

/**
 * The parent without the key that the Commit was encrypted with. ts-mls leaves it in place, so that a
 * second message of this epoch after a discarded Commit would use it again.
 */
async function spendHandshakeKey(group: StableGroup): Promise<StableGroup> {
  const { client } = group;
  const suite = await loadMlsSuite();
  const own = 2 * client.privatePath.leafIndex;
  const { newTree } = await consumeRatchet(client.secretTree, own, 'commit', suite);
  return { ...group, client: { ...client, secretTree: newTree } };
}

/** What the library is given: the parent state with the Proposals to apply, and those made for it. */
interface CommitPlan {
  readonly state: ClientState;
  readonly proposals: Proposal[];
}

async function planCommit(
  client: ClientState,
  request: CommitRequest,
  environment: GroupEnvironment,
): Promise<CommitPlan> {
  const state: ClientState = { ...client, unappliedProposals: {} };
  switch (request.kind) {
    case 'add':
      return { state, proposals: await planAdds(client, request.keyPackages, environment) };
    case 'remove':
      return { state, proposals: planRemoves(client, request.leafIndexes) };
    case 'update': {
      const leaf = await renewCredential(client, request.identity, environment.nowMs);
      const ratchetTree = client.ratchetTree.slice();
      ratchetTree[2 * client.privatePath.leafIndex] = { nodeType: 'leaf', leaf };
      return { state: { ...state, ratchetTree }, proposals: [] };
    }
    case 'proposals': {
      const unappliedProposals = await selectProposals(client, request.of, environment);
      if (Object.keys(unappliedProposals).length === 0) throw new CryptoCoreError('invalid-argument');
      return { state: { ...state, unappliedProposals }, proposals: [] };
    }
  }
}

async function planAdds(
  client: ClientState,
  keyPackages: readonly Uint8Array[],
  environment: GroupEnvironment,
): Promise<Proposal[]> {
  const size = membersOf(client.ratchetTree).length + keyPackages.length;
  if (keyPackages.length === 0 || size > MAX_GROUP_MEMBERS) throw new CryptoCoreError('invalid-argument');
  return asRefusal(async () => {
    const seen = new Set<string>();
    const proposals: Proposal[] = [];
    for (const bytes of keyPackages) {
      const keyPackage = decodeKeyPackage(bytes.slice());
      seen.add(encodeHex(await assertAdd(client, keyPackage, environment)));
      proposals.push({ proposalType: 'add', add: { keyPackage } });
    }
    return seen.size === keyPackages.length ? proposals : refuse('not-allowed');
  });
}

function planRemoves(client: ClientState, leafIndexes: readonly number[]): Proposal[] {
  const others = new Set(membersOf(client.ratchetTree).map(({ leafIndex }) => leafIndex));
  others.delete(client.privatePath.leafIndex);
  const isEach = leafIndexes.every(leafIndex => others.has(leafIndex));
  if (leafIndexes.length === 0 || !isEach || new Set(leafIndexes).size !== leafIndexes.length) {
    throw new CryptoCoreError('invalid-argument');
  }
  return leafIndexes.map(removed => ({ proposalType: 'remove', remove: { removed } }));
}

/** The pending Proposals of others of one kind, at most one per leaf or newcomer. */
async function selectProposals(
  client: ClientState,
  kind: 'add' | 'remove' | 'update',
  environment: GroupEnvironment,
): Promise<UnappliedProposals> {
  const selected: UnappliedProposals = {};
  const targets = new Set<string>();
  let size = membersOf(client.ratchetTree).length;
  for (const [reference, pending] of Object.entries(client.unappliedProposals)) {
    const { proposal, senderLeafIndex } = pending;
    if (proposal.proposalType !== kind || senderLeafIndex === undefined) continue;
    const target = await targetOf(client, proposal, senderLeafIndex, environment);
    if (target === null || targets.has(target)) continue;
    if (kind === 'add' && ++size > MAX_GROUP_MEMBERS) break;
    targets.add(target);
    selected[reference] = pending;
  }
  return selected;
}

/** Whom a pending Proposal is about; null when it can no longer be applied, or not by us. */
async function targetOf(
  client: ClientState,
  proposal: Proposal,
  sender: number,
  environment: GroupEnvironment,
): Promise<string | null> {
  const own = client.privatePath.leafIndex;
  try {
    await assertProposal({ ...client, unappliedProposals: {} }, proposal, sender, environment);
  } catch (error) {
    if (error instanceof GroupRefusal) return null;
    throw error;
  }
  const change = changeOfOne(proposal, sender, client);
  if (change.kind === 'add') return encodeHex(change.identityKeys[0] as Uint8Array);
  const leafIndex = change.members[0]?.leafIndex;
  return leafIndex === undefined || leafIndex === own ? null : String(leafIndex);
}

function encodeWelcome(welcome: CreateCommitResult['welcome']): Uint8Array | null {
  if (welcome === undefined) return null;
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome });
}
