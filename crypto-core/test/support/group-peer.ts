/**
 * One device of a simulated group, as a caller of the MLS groups should be: one queue, each new state
 * stored before anything leaves, `consumed` wiped after it. `crash` goes on from what was stored.
 */
import { wipe } from '../../bytes/wipe.ts';
import type { IdentityKeys } from '../../identity/identity.ts';
import { decodeMlsGroup, encodeMlsGroup } from '../../mls/group-codec.ts';
import { createGroupCommit, discardPendingCommit, mergePendingCommit } from '../../mls/group-commit.ts';
import type { CommitRequest, GroupCommitStep } from '../../mls/group-commit.ts';
import { createMlsGroup, generateGroupKeyPackage, joinMlsGroup } from '../../mls/group-create.ts';
import type { GroupKeyPackage } from '../../mls/group-create.ts';
import { sealGroupMessage } from '../../mls/group-message.ts';
import type { GroupEnvironment } from '../../mls/group-policy.ts';
import { createGroupProposal } from '../../mls/group-propose.ts';
import type { ProposalRequest } from '../../mls/group-propose.ts';
import { receiveGroupMessage } from '../../mls/group-receive.ts';
import type { GroupReceived } from '../../mls/group-receive.ts';
import { currentEpoch } from '../../mls/group-state.ts';
import type { MlsGroup, StableGroup } from '../../mls/group-state.ts';
import { makeIdentity } from './make-pair.ts';

/** Lets everybody do everything, now. */
export function openEnvironment(change: Partial<GroupEnvironment['policy']> = {}): GroupEnvironment {
  const policy = { mayBeMember: () => true, mayCommit: () => true, mayPropose: () => true, ...change };
  return { policy, nowMs: Date.now() };
}

export class GroupPeer {
  environment = openEnvironment();
  #group: MlsGroup | null = null;
  #stored: Uint8Array | null = null;

  constructor(
    readonly name: string,
    readonly identity: IdentityKeys,
  ) {}

  static async create(name: string): Promise<GroupPeer> {
    return new GroupPeer(name, await makeIdentity());
  }

  get isMember(): boolean {
    return this.#group !== null;
  }

  /** The present state; throws when this peer is no member. */
  get group(): MlsGroup {
    if (this.#group === null) throw new Error(`${this.name} is no member`);
    return this.#group;
  }

  get stable(): StableGroup {
    if (this.group.kind !== 'stable') throw new Error(`${this.name} has a pending Commit`);
    return this.group;
  }

  /** Takes a state as it is, without storing it. */
  unsafeTestingAdopt(group: MlsGroup): void {
    this.#group = group;
  }

  async found(groupId: Uint8Array): Promise<void> {
    const { identity, environment } = this;
    this.#keep(await createMlsGroup({ groupId, identity, nowMs: environment.nowMs }), []);
  }

  keyPackage(): Promise<GroupKeyPackage> {
    return generateGroupKeyPackage({ identity: this.identity, nowMs: this.environment.nowMs });
  }

  async join(keyPackage: GroupKeyPackage, welcome: Uint8Array, expectedGroupId: Uint8Array): Promise<void> {
    const { environment } = this;
    const acceptRoster = (): boolean => true;
    const input = { keyPackage, welcome, expectedGroupId, environment, acceptRoster };
    const { group, consumed } = await joinMlsGroup(input);
    this.#keep(group, consumed);
  }

  async commit(request: CommitRequest): Promise<GroupCommitStep> {
    const step = await createGroupCommit(this.stable, request, this.environment);
    this.#keep(step.group, step.consumed);
    return step;
  }

  merge(): void {
    if (this.group.kind !== 'pendingCommit') throw new Error('nothing to merge');
    const { group, consumed } = mergePendingCommit(this.group);
    this.#keep(group, consumed);
  }

  discard(): void {
    if (this.group.kind !== 'pendingCommit') throw new Error('nothing to discard');
    const { group, consumed } = discardPendingCommit(this.group);
    this.#keep(group, consumed);
  }

  async propose(request: ProposalRequest): Promise<Uint8Array> {
    const step = await createGroupProposal(this.stable, request, this.environment);
    this.#keep(step.group, step.consumed);
    return step.message;
  }

  async seal(plaintext: Uint8Array): Promise<Uint8Array> {
    const step = await sealGroupMessage(this.group, plaintext);
    this.#keep(step.group, step.consumed);
    return step.message;
  }

  async receive(message: Uint8Array): Promise<GroupReceived> {
    const received = await receiveGroupMessage(this.group, message, this.environment);
    if (received.kind === 'removed-self') {
      [this.#group, this.#stored] = [null, null];
      wipe(...received.consumed);
    } else if (received.kind !== 'rejected') {
      this.#keep(received.group, received.consumed);
    }
    return received;
  }

  /** Everything in memory is lost; goes on from what was stored last. */
  async crash(): Promise<void> {
    if (this.#stored === null) return;
    if (this.#group !== null) wipe(...Object.values(currentEpoch(this.#group).client.keySchedule));
    this.#group = await decodeMlsGroup(this.#stored);
  }

  #keep(group: MlsGroup, consumed: readonly Uint8Array[]): void {
    this.#stored = encodeMlsGroup(group);
    this.#group = group;
    wipe(...consumed);
  }
}

/** A group of `names`, the first of whom founded it and added the others in one Commit. */
export async function makeGroup(...names: readonly string[]): Promise<GroupPeer[]> {
  const peers: GroupPeer[] = [];
  // One after the other: on a seeded platform, who draws first must not depend on the load.
  for (const name of names) peers.push(await GroupPeer.create(name));
  const [founder, ...others] = peers;
  if (founder === undefined) throw new Error('nobody');
  const groupId = crypto.getRandomValues(new Uint8Array(32));
  await founder.found(groupId);
  await addAll(founder, others, [founder]);
  return peers;
}

/** `committer` adds `newcomers`; `members` (the committer may be among them) follow. */
export async function addAll(
  committer: GroupPeer,
  newcomers: readonly GroupPeer[],
  members: readonly GroupPeer[],
): Promise<void> {
  if (newcomers.length === 0) return;
  const keyPackages: GroupKeyPackage[] = [];
  for (const peer of newcomers) keyPackages.push(await peer.keyPackage());
  const step = await committer.commit({
    kind: 'add',
    keyPackages: keyPackages.map(({ publicBytes }) => publicBytes),
  });
  committer.merge();
  await deliver(step.message, members, committer);
  const { groupId } = currentEpoch(committer.group).client.groupContext;
  for (const [i, peer] of newcomers.entries()) {
    const keyPackage = keyPackages[i];
    if (keyPackage !== undefined && step.welcome !== null) await peer.join(keyPackage, step.welcome, groupId);
  }
}

/** Gives a message to every peer but its sender. */
export async function deliver(
  message: Uint8Array,
  peers: readonly GroupPeer[],
  sender: GroupPeer,
): Promise<GroupReceived[]> {
  const results: GroupReceived[] = [];
  for (const peer of peers) {
    if (peer !== sender) results.push(await peer.receive(message));
  }
  return results;
}
