/**
 * Messages of a group's members (RFC 9420 §6.3, §12): opened, attributed to a leaf, checked against
 * policy and profile, and only then applied. Whatever is wrong gives a typed rejection and the state
 * stays as it was.
 *
 * Only PrivateMessages are accepted. ts-mls checks neither the group id of a PrivateMessage nor an epoch
 * ahead of ours, and reports neither sender nor associated data: all four are checked here.
 */
import type { ClientState, PrivateMessage } from 'ts-mls';
import { processProposal } from 'ts-mls/clientState.js';
import { constantTimeEqual } from '../bytes/equal.ts';
import type { CryptoCoreError } from '../errors.ts';
import { decodePrivateMessage } from './decode.ts';
import { MAX_GROUP_MESSAGE_BYTES } from './group-limits.ts';
import { assertLive, whileLive } from './group-live.ts';
import { openGroupMessage, receiverOf } from './group-open.ts';
import type { OpenedMessage } from './group-open.ts';
import type { GroupChange, GroupEnvironment } from './group-policy.ts';
import { receiveCommit } from './group-receive-commit.ts';
import { assertProposal } from './group-proposal-check.ts';
import { asRefusal, GroupRefusal, refuse } from './group-refusal.ts';
import type { GroupRefusalReason } from './group-refusal.ts';
import { currentEpoch, withCurrentEpoch } from './group-state.ts';
import type { GroupMember, MlsGroup, StableGroup } from './group-state.ts';
import { loadMlsSuite } from './suite.ts';

/** What came of a message. Store `group` first, then show or act, then wipe `consumed`. */
export type GroupReceived =
  | {
      readonly kind: 'application';
      readonly group: MlsGroup;
      readonly consumed: readonly Uint8Array[];
      /** Who signed it, a member to this day. */
      readonly sender: GroupMember;
      /** The epoch it was sent in: this one, or one of at most four before. */
      readonly epoch: bigint;
      readonly bytes: Uint8Array;
    }
  | {
      readonly kind: 'commit';
      /** The next epoch. A pending Commit of ours is gone. */
      readonly group: StableGroup;
      readonly consumed: readonly Uint8Array[];
      readonly committer: GroupMember;
      readonly change: GroupChange;
      readonly droppedPendingCommit: boolean;
    }
  | {
      readonly kind: 'proposal';
      readonly group: MlsGroup;
      readonly consumed: readonly Uint8Array[];
      readonly proposer: GroupMember;
      readonly change: GroupChange;
    }
  | {
      /** We are no member any more. Forget the state, then wipe `consumed`: every secret of it. */
      readonly kind: 'removed-self';
      readonly committer: GroupMember;
      readonly consumed: readonly Uint8Array[];
    }
  | {
      /** The state is as it was. */
      readonly kind: 'rejected';
      readonly reason: GroupRefusalReason;
      readonly error: CryptoCoreError;
    };

/**
 * Processes one message. Never throws for anything a peer can send; throws `invalid-argument` or
 * `internal` for mistakes on this side, a superseded state among them. `bytes` stays the caller's.
 */
export async function receiveGroupMessage(
  group: MlsGroup,
  bytes: Uint8Array,
  environment: GroupEnvironment,
): Promise<GroupReceived> {
  try {
    if (group.kind === 'pendingCommit' && constantTimeEqual(bytes, group.commit)) refuse('own-message');
    const message = decode(bytes);
    return await whileLive(group, () => asRefusal(() => receive(group, message, environment)));
  } catch (error) {
    if (!(error instanceof GroupRefusal)) throw error;
    assertLive(group);
    return { kind: 'rejected', reason: error.reason, error };
  }
}

function decode(bytes: Uint8Array): PrivateMessage {
  if (bytes.length > MAX_GROUP_MESSAGE_BYTES) return refuse('malformed');
  try {
    return decodePrivateMessage(bytes.slice(), MAX_GROUP_MESSAGE_BYTES);
  } catch (cause) {
    throw new GroupRefusal('malformed', { cause });
  }
}

async function receive(
  group: MlsGroup,
  message: PrivateMessage,
  environment: GroupEnvironment,
): Promise<GroupReceived> {
  const { client } = currentEpoch(group);
  if (!constantTimeEqual(message.groupId, client.groupContext.groupId)) refuse('other-group');
  if (message.authenticatedData.length !== 0) refuse('not-allowed');
  if (message.epoch > client.groupContext.epoch) refuse('future-epoch');
  if (message.epoch < client.groupContext.epoch) return receiveLate(group, message);
  const opened = await openGroupMessage(receiverOf(client), client, message);
  switch (opened.content.content.contentType) {
    case 'application':
      return applicationResult(group, opened, opened.content.content.applicationData, {
        ...client,
        secretTree: opened.tree,
      });
    case 'proposal':
      return receiveProposal(group, opened, environment);
    case 'commit':
      return receiveCommit(group, opened, environment);
  }
}

/** An application message of a past epoch. Proposals and Commits of one come too late. */
async function receiveLate(group: MlsGroup, message: PrivateMessage): Promise<GroupReceived> {
  const { client } = currentEpoch(group);
  const past = client.historicalReceiverData.get(message.epoch);
  if (past === undefined || message.contentType !== 'application') return refuse('past-epoch');
  const opened = await openGroupMessage(past, client, message);
  if (opened.content.content.contentType !== 'application') return refuse('past-epoch');
  const historicalReceiverData = new Map(client.historicalReceiverData);
  historicalReceiverData.set(message.epoch, { ...past, secretTree: opened.tree });
  return applicationResult(group, opened, opened.content.content.applicationData, {
    ...client,
    historicalReceiverData,
  });
}

function applicationResult(
  group: MlsGroup,
  opened: OpenedMessage,
  bytes: Uint8Array,
  client: ClientState,
): GroupReceived {
  return {
    kind: 'application',
    group: withCurrentEpoch(group, { ...currentEpoch(group), client }),
    consumed: opened.consumed,
    sender: opened.sender,
    epoch: opened.message.epoch,
    bytes: bytes.slice(),
  };
}

async function receiveProposal(
  group: MlsGroup,
  opened: OpenedMessage,
  environment: GroupEnvironment,
): Promise<GroupReceived> {
  const { content } = opened.content;
  if (content.contentType !== 'proposal') return refuse('refused');
  const current = currentEpoch(group);
  const suite = await loadMlsSuite();
  const { sender } = opened;
  const change = await assertProposal(current.client, content.proposal, sender.leafIndex, environment);
  if (!environment.policy.mayPropose(sender, change, opened.message.epoch)) refuse('not-allowed');
  const advanced = { ...current.client, secretTree: opened.tree };
  const client = await processProposal(advanced, opened.content, content.proposal, suite.hash);
  return {
    kind: 'proposal',
    group: withCurrentEpoch(group, { ...current, client }),
    consumed: opened.consumed,
    proposer: sender,
    change,
  };
}
