/**
 * The MLS group of one call: who is in it, and whose frames open. It lives in memory, for one call; nothing of it is
 * stored. P2P-CAL-20 … P2P-CAL-23.
 *
 * One member commits: the lowest leaf that is not gone. The caller founds the group and is leaf 0; when it leaves, the
 * next one goes on. So a Commit is accepted from somebody else only when it removes everybody below it, and all of
 * them are gone as we see it. Commits travel through the pairwise sessions, in order; what comes too early waits.
 *
 * Not responsible for who is invited, nor for carrying anything.
 */
import {
  createGroupCommit,
  createMlsGroup,
  CryptoCoreError,
  exportGroupSecret,
  generateGroupKeyPackage,
  type GroupChange,
  groupEpoch,
  type GroupEnvironment,
  type GroupKeyPackage,
  type GroupMember,
  groupMembers,
  type IdentityKeys,
  joinMlsGroup,
  mergePendingCommit,
  type MlsExporter,
  ownLeafIndex,
  receiveGroupMessage,
  sealGroupMessage,
  type StableGroup,
  wipeGroup,
} from '@enk/crypto-core';
import { MAX_CALL_MEMBERS, MAX_EARLY_GROUP_MESSAGES } from '../limits.ts';
import { bytesEqual } from '../storage/bytes-equal.ts';

export interface CallGroupRules {
  /** Whether this identity may be in our calls at all: a contact that is not blocked. */
  isAllowed(identityKey: Uint8Array): boolean;
  /** Whether this member has left, as far as we know. */
  isGone(identityKey: Uint8Array): boolean;
  nowMs(): number;
}

/** What came of a message. */
export type CallGroupNews =
  /** A new epoch has begun. */
  | { readonly kind: 'epoch'; readonly removesMembers: boolean }
  | {
      readonly kind: 'message';
      readonly sender: GroupMember;
      readonly epoch: bigint;
      readonly bytes: Uint8Array;
    }
  /** We were removed: there is no group any more. */
  | { readonly kind: 'removed' };

export class CallGroup {
  readonly #rules: CallGroupRules;
  #group: StableGroup | null;
  #early: Uint8Array[] = [];
  /** One change at a time: a state that two messages advance would use keys twice. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(group: StableGroup, rules: CallGroupRules) {
    this.#group = group;
    this.#rules = rules;
  }

  /** Founds the group of a call with ourselves as leaf 0. `groupId`: 32 random bytes. */
  static async found(
    input: { readonly identity: IdentityKeys; readonly groupId: Uint8Array },
    rules: CallGroupRules,
  ): Promise<CallGroup> {
    return new CallGroup(await createMlsGroup({ ...input, nowMs: rules.nowMs() }), rules);
  }

  /** Ours for one call: the private part stays in the result. */
  static keyPackage(identity: IdentityKeys, nowMs: number): Promise<GroupKeyPackage> {
    return generateGroupKeyPackage({ identity, nowMs });
  }

  /**
   * Joins by a Welcome from `inviterKey`. Rejects with CryptoCoreError `protocol-error` for another group, another
   * inviter, or somebody in it whom the rules do not allow.
   */
  static async join(
    input: {
      readonly keyPackage: GroupKeyPackage;
      readonly welcome: Uint8Array;
      readonly groupId: Uint8Array;
      readonly inviterKey: Uint8Array;
    },
    rules: CallGroupRules,
  ): Promise<CallGroup> {
    const { keyPackage, welcome, groupId, inviterKey } = input;
    const { group, consumed } = await joinMlsGroup({
      keyPackage,
      welcome,
      expectedGroupId: groupId,
      environment: environmentOf(rules, () => []),
      acceptRoster: ({ members, addedBy }) =>
        members.length <= MAX_CALL_MEMBERS && bytesEqual(addedBy.identityKey, inviterKey),
    });
    for (const secret of consumed) secret.fill(0);
    return new CallGroup(group, rules);
  }

  get epoch(): bigint {
    return groupEpoch(this.#open());
  }

  get ownLeaf(): number {
    return ownLeafIndex(this.#open());
  }

  get members(): readonly GroupMember[] {
    return this.#group === null ? [] : groupMembers(this.#group);
  }

  /** Whether it is on us to commit now. */
  get isCommitter(): boolean {
    const below = this.members.filter(({ leafIndex }) => leafIndex < this.ownLeaf);
    return below.every(({ identityKey }) => this.#rules.isGone(identityKey));
  }

  /** MLS-Exporter of the present epoch; rejects with `session-closed` when that is over. */
  exporter(): MlsExporter {
    const { epoch } = this;
    // In turn: a state that is superseded meanwhile exports nothing.
    return (label, context, length) =>
      this.#inTurn(async () => {
        if (this.epoch !== epoch) throw new CryptoCoreError('session-closed');
        return exportGroupSecret(this.#open(), { label, context, length });
      });
  }

  /** Adds a newcomer: the Commit for everybody who was there, the Welcome for the newcomer. Begins the next epoch. */
  add(keyPackage: Uint8Array): Promise<{ readonly commit: Uint8Array; readonly welcome: Uint8Array }> {
    return this.#inTurn(async () => {
      if (this.members.length >= MAX_CALL_MEMBERS) throw new CryptoCoreError('invalid-argument');
      const step = await this.#commit({ kind: 'add', keyPackages: [keyPackage] });
      if (step.welcome === null) throw new CryptoCoreError('internal');
      return { commit: step.message, welcome: step.welcome };
    });
  }

  /** Removes members, and with them their keys. Begins the next epoch. */
  remove(leafIndexes: readonly number[]): Promise<Uint8Array> {
    return this.#inTurn(async () => (await this.#commit({ kind: 'remove', leafIndexes })).message);
  }

  /** Seals a message to all members of the present epoch. */
  seal(bytes: Uint8Array): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      const step = await sealGroupMessage(this.#open(), bytes);
      if (step.group.kind !== 'stable') throw new CryptoCoreError('internal');
      return this.#replace(step.group, step.consumed, step.message);
    });
  }

  /** Takes what a member sent. What is not acceptable changes nothing. */
  receive(message: Uint8Array): Promise<readonly CallGroupNews[]> {
    return this.#inTurn(() => this.#receive(message));
  }

  /** Somebody left, as we see it: a Commit that came before that may be acceptable now. */
  retry(): Promise<readonly CallGroupNews[]> {
    return this.#inTurn(() => this.#retryEarly());
  }

  /** Wipes every secret. */
  close(): void {
    if (this.#group !== null) wipeGroup(this.#group);
    this.#group = null;
    this.#early = [];
  }

  // ---------------------------------------------------------------- inside

  #open(): StableGroup {
    if (this.#group === null) throw new CryptoCoreError('session-closed');
    return this.#group;
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(run, run);
    this.#turn = turn.catch(() => undefined); // whoever asked hears of it
    return turn;
  }

  #environment(): GroupEnvironment {
    return environmentOf(this.#rules, () => this.members);
  }

  async #commit(request: Parameters<typeof createGroupCommit>[1]): Promise<{
    readonly message: Uint8Array;
    readonly welcome: Uint8Array | null;
  }> {
    const made = await createGroupCommit(this.#open(), request, this.#environment());
    // Nobody else commits, so it is accepted; whoever does not follow is out of the call.
    const merged = mergePendingCommit(made.group);
    return this.#replace(merged.group, [...made.consumed, ...merged.consumed], made);
  }

  #replace<T>(group: StableGroup, consumed: readonly Uint8Array[], result: T): T {
    if (this.#group === null) {
      wipeGroup(group); // closed meanwhile
      throw new CryptoCoreError('session-closed');
    }
    this.#group = group;
    for (const secret of consumed) secret.fill(0);
    return result;
  }

  async #receive(message: Uint8Array): Promise<readonly CallGroupNews[]> {
    const received = await receiveGroupMessage(this.#open(), message, this.#environment());
    switch (received.kind) {
      case 'application': {
        if (received.group.kind !== 'stable') throw new CryptoCoreError('internal');
        const { sender, epoch, bytes } = received;
        return [this.#replace(received.group, received.consumed, { kind: 'message', sender, epoch, bytes })];
      }
      case 'commit': {
        const removesMembers = received.change.kind === 'remove';
        const news = this.#replace(received.group, received.consumed, {
          kind: 'epoch',
          removesMembers,
        } as const);
        return [news, ...(await this.#retryEarly())];
      }
      case 'removed-self':
        this.close();
        return [{ kind: 'removed' }];
      case 'proposal':
        return []; // the policy lets nobody propose
      case 'rejected':
        // A Commit of somebody whose predecessors we still see, or of an epoch that we have not reached.
        if (received.reason === 'future-epoch' || received.reason === 'not-allowed') this.#keepEarly(message);
        return [];
    }
  }

  #keepEarly(message: Uint8Array): void {
    if (this.#early.length < MAX_EARLY_GROUP_MESSAGES) this.#early.push(message.slice());
  }

  async #retryEarly(): Promise<readonly CallGroupNews[]> {
    const news: CallGroupNews[] = [];
    for (const message of this.#early.splice(0)) {
      if (this.#group !== null) news.push(...(await this.#receive(message)));
    }
    return news;
  }
}

function environmentOf(rules: CallGroupRules, members: () => readonly GroupMember[]): GroupEnvironment {
  return {
    nowMs: rules.nowMs(),
    policy: {
      mayBeMember: identityKey => rules.isAllowed(identityKey),
      mayCommit: (committer, change) => maySucceed(committer, change, members(), rules),
      mayPropose: () => false,
    },
  };
}

/** The lowest leaf commits; somebody else only while removing everybody below, who all are gone. */
function maySucceed(
  committer: GroupMember,
  change: GroupChange,
  members: readonly GroupMember[],
  rules: CallGroupRules,
): boolean {
  const below = members.filter(({ leafIndex }) => leafIndex < committer.leafIndex);
  if (below.length === 0) return true;
  if (change.kind !== 'remove') return false;
  return below.every(
    ({ leafIndex, identityKey }) =>
      rules.isGone(identityKey) && change.members.some(removed => removed.leafIndex === leafIndex),
  );
}
