/**
 * State of a group's MLS membership, as data: what is known of the group, and whether a Commit of ours
 * waits for its acceptance.
 *
 *     create, join ──► stable ──commit──► pendingCommit ──merge──► stable (next epoch)
 *                        ▲ └──a peer's Commit──► stable (next epoch) ◄──┐
 *                        └──────────────discard───┴──a peer's Commit────┘
 *
 * Invariants: a state is never changed; successors share buffers with it. The caller keeps one state per
 * group, in one queue: **store the new state, then send, then wipe `consumed`**. A state whose `consumed`
 * was wiped is refused from then on (group-live.ts): it would encrypt under zeros.
 * `client.clientConfig` is a closed one (accepts nobody); each operation attaches its own.
 */
import { mlsExporter } from 'ts-mls';
import type { ClientState, LeafNode } from 'ts-mls';
import { CryptoCoreError } from '../errors.ts';
import { wipe } from '../bytes/wipe.ts';
import { claimedIdentity, leafCertificateValidity } from './credential.ts';
import { assertLive, whileLive } from './group-live.ts';
import { secretsGone, secretsOf, withoutEpochsBefore } from './group-secrets.ts';
import { loadMlsSuite } from './suite.ts';

/** An Update that we proposed: its private key waits for the Commit that applies it. */
export interface ProposedUpdate {
  /** Key of the proposal among the pending ones. */
  readonly reference: string;
  /** Private HPKE key of the proposed leaf. */
  readonly hpkePrivateKey: Uint8Array;
}

/** Member of an epoch; nothing of ours is under way. */
export interface StableGroup {
  readonly kind: 'stable';
  readonly client: ClientState;
  readonly proposedUpdates: readonly ProposedUpdate[];
}

/** A Commit of ours was made and is not accepted yet. Everything else goes on in the parent epoch. */
export interface PendingCommitGroup {
  readonly kind: 'pendingCommit';
  readonly parent: StableGroup;
  /** The epoch that the Commit would begin. */
  readonly staged: ClientState;
  /** The Commit, to be sent to every member of the parent epoch; kept to be sent again. */
  readonly commit: Uint8Array;
  /** The Welcome for those whom it adds, or null. */
  readonly welcome: Uint8Array | null;
}

/** One device's view of a group. */
export type MlsGroup = StableGroup | PendingCommitGroup;

/** A member: one device, one identity key, one leaf. */
export interface GroupMember {
  readonly leafIndex: number;
  /** Ed25519 identity key, 32 bytes, as the leaf's certificate proves. */
  readonly identityKey: Uint8Array;
  /** End of the leaf certificate, seconds since 1970: it must be renewed by an update before. */
  readonly validUntilS: number;
}

/** The epoch that messages are sent in. */
export function currentEpoch(group: MlsGroup): StableGroup {
  return group.kind === 'stable' ? group : group.parent;
}

/** The same situation with another current epoch state. */
export function withCurrentEpoch(group: MlsGroup, current: StableGroup): MlsGroup {
  return group.kind === 'stable' ? current : { ...group, parent: current };
}

/** 32 bytes; the caller must not change them. */
export function groupId(group: MlsGroup): Uint8Array {
  return currentEpoch(group).client.groupContext.groupId;
}

/** The number of the epoch that messages are sent in. */
export function groupEpoch(group: MlsGroup): bigint {
  return currentEpoch(group).client.groupContext.epoch;
}

/** Our own leaf. */
export function ownLeafIndex(group: MlsGroup): number {
  return currentEpoch(group).client.privatePath.leafIndex;
}

/** Members in the order of their leaves. */
export function groupMembers(group: MlsGroup): GroupMember[] {
  return membersOf(currentEpoch(group).client.ratchetTree);
}

/** Past epochs whose messages still open, oldest first; at most four. */
export function retainedEpochs(group: MlsGroup): bigint[] {
  const epochs = [...currentEpoch(group).client.historicalReceiverData.keys()];
  return epochs.sort((a, b) => (a < b ? -1 : 1));
}

/**
 * MLS-Exporter (RFC 9420 §8.5) of the current epoch: `length` bytes that every member derives, 1 to
 * 8,160. Throws `invalid-argument` for another length and a superseded state. The caller wipes them.
 */
export async function exportGroupSecret(
  group: MlsGroup,
  input: { readonly label: string; readonly context: Uint8Array; readonly length: number },
): Promise<Uint8Array> {
  const { label, context, length } = input;
  if (!Number.isSafeInteger(length) || length < 1 || length > 8_160) {
    throw new CryptoCoreError('invalid-argument');
  }
  const suite = await loadMlsSuite();
  const { exporterSecret } = currentEpoch(group).client.keySchedule;
  return whileLive(group, () => mlsExporter(exporterSecret, label, context, length, suite));
}

/** The epoch authenticator (RFC 9420 §8.7), 64 bytes: equal for all members of the epoch. Throws as above. */
export function groupEpochAuthenticator(group: MlsGroup): Uint8Array {
  assertLive(group);
  return currentEpoch(group).client.keySchedule.epochAuthenticator.slice();
}

/**
 * Forgets the past epochs before `oldest`: their late messages open no more. For the caller's clock
 * (DESIGN.md §7: ten minutes) and after a removal.
 */
export function expirePastEpochs(
  group: MlsGroup,
  oldest: bigint,
): { readonly group: MlsGroup; readonly consumed: readonly Uint8Array[] } {
  assertLive(group);
  const current = currentEpoch(group);
  const client = withoutEpochsBefore(current.client, oldest);
  return {
    group: withCurrentEpoch(group, { ...current, client }),
    consumed: secretsGone(current.client, client),
  };
}

/** Wipes every secret: the group was left, or its device is erased. No state of it works afterwards. */
export function wipeGroup(group: MlsGroup): void {
  const current = currentEpoch(group);
  wipe(...secretsOf(current.client), ...current.proposedUpdates.map(update => update.hpkePrivateKey));
  if (group.kind === 'pendingCommit') wipe(...secretsOf(group.staged));
}

/** Members of a tree. Throws `protocol-error` for a leaf without a credential of ours. */
export function membersOf(tree: ClientState['ratchetTree']): GroupMember[] {
  const members: GroupMember[] = [];
  for (let leafIndex = 0; 2 * leafIndex < tree.length; leafIndex++) {
    const node = tree[2 * leafIndex];
    if (node?.nodeType === 'leaf') members.push(memberOf(node.leaf, leafIndex));
  }
  return members;
}

/** The member of one leaf. Throws `protocol-error` for a credential that is not ours in form. */
export function memberOf(leaf: Pick<LeafNode, 'credential'>, leafIndex: number): GroupMember {
  const identityKey = claimedIdentity(leaf.credential);
  const validity = leafCertificateValidity(leaf.credential);
  if (identityKey === null || validity === null) throw new CryptoCoreError('protocol-error');
  return { leafIndex, identityKey, validUntilS: validity.notAfterS };
}
