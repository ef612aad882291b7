/** Entering a group: key packages, founding, and joining by a Welcome (SPEC.md CC-GRP, DESIGN.md §4). */
import { createGroup, emptyPskIndex, joinGroup } from 'ts-mls';
import type { GroupInfo } from 'ts-mls';
import { ratchetTreeFromExtension } from 'ts-mls/groupInfo.js';
import { encodeRatchetTree } from 'ts-mls/ratchetTree.js';
import { constantTimeEqual } from '../bytes/equal.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import type { IdentityKeys } from '../identity/identity.ts';
import { decodeWelcome } from './decode.ts';
import { assertGroupState, assertLifetime } from './group-check.ts';
import {
  EPOCH_LIMIT,
  GROUP_ID_BYTES,
  GROUP_LEAF_LIFETIME_S,
  MAX_GROUP_MEMBERS,
  MAX_GROUP_WELCOME_BYTES,
  MAX_TREE_NODES,
} from './group-limits.ts';
import { CLOSED_CONFIG, createGroupConfig } from './group-policy.ts';
import type { GroupEnvironment } from './group-policy.ts';
import { asRefusal, refuse } from './group-refusal.ts';
import { trimEpoch } from './group-secrets.ts';
import { memberOf, membersOf } from './group-state.ts';
import type { GroupMember, StableGroup } from './group-state.ts';
import { makeKeyPackage } from './key-package.ts';
import type { OwnKeyPackage } from './key-package.ts';
import { loadMlsSuite } from './suite.ts';
import { isWellFormedTree } from './tree-check.ts';
import { openWelcome } from './welcome.ts';

/** A key package for one group, with its private keys. Single-use. */
export type GroupKeyPackage = OwnKeyPackage;

/** What a Welcome would make us a member of; all of it is authenticated by then. */
export interface WelcomeRoster {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  /** Everybody, ourselves included. */
  readonly members: readonly GroupMember[];
  /** The member who made the Welcome. */
  readonly addedBy: GroupMember;
}

/** A fresh key package, valid for 90 days: for one group only. */
export function generateGroupKeyPackage(input: {
  readonly identity: IdentityKeys;
  readonly nowMs: number;
}): Promise<GroupKeyPackage> {
  return makeKeyPackage(input.identity, input.nowMs, GROUP_LEAF_LIFETIME_S);
}

/** Founds a group with ourselves as its only member (leaf 0, epoch 0). */
export async function createMlsGroup(input: {
  /** 32 random bytes. */
  readonly groupId: Uint8Array;
  readonly identity: IdentityKeys;
  readonly nowMs: number;
}): Promise<StableGroup> {
  if (input.groupId.length !== GROUP_ID_BYTES) throw new CryptoCoreError('invalid-argument');
  const suite = await loadMlsSuite();
  const own = await generateGroupKeyPackage(input);
  const { publicPackage, privatePackage } = own;
  const client = await createGroup(
    input.groupId.slice(),
    publicPackage,
    privatePackage,
    [],
    suite,
    CLOSED_CONFIG,
  );
  wipe(privatePackage.initPrivateKey);
  return { kind: 'stable', client: trimEpoch(client), proposedUpdates: [] };
}

/**
 * Joins by a Welcome. `expectedGroupId` comes from the invitation, `acceptRoster` decides on members and
 * inviter. Throws `protocol-error` (a `GroupRefusal`) on anything else than a Welcome for this very key
 * package; nothing is consumed then. On success: store the state and forget the key package in one
 * transaction, then wipe `consumed` (the init key), after which the key package joins nothing more.
 */
export async function joinMlsGroup(input: {
  readonly keyPackage: GroupKeyPackage;
  /** MLSMessage(Welcome), hostile until checked here. */
  readonly welcome: Uint8Array;
  readonly expectedGroupId: Uint8Array;
  readonly environment: GroupEnvironment;
  readonly acceptRoster: (roster: WelcomeRoster) => boolean;
}): Promise<{ readonly group: StableGroup; readonly consumed: readonly Uint8Array[] }> {
  const { keyPackage, environment } = input;
  return asRefusal(async () => {
    const welcome = decodeWelcome(input.welcome.slice(), MAX_GROUP_WELCOME_BYTES);
    if (welcome.secrets.length > MAX_GROUP_MEMBERS) refuse('refused');
    const info = await openWelcome(welcome, keyPackage);
    assertGroupInfo(info, input.expectedGroupId);
    const client = await joinGroup(
      welcome,
      keyPackage.publicPackage,
      keyPackage.privatePackage,
      emptyPskIndex,
      await loadMlsSuite(),
      undefined,
      undefined,
      createGroupConfig(environment, keyPackage.identityKey),
    );
    assertGroupState(client);
    for (const node of client.ratchetTree) {
      if (node?.nodeType === 'leaf' && node.leaf.leafNodeSource === 'key_package') {
        assertLifetime(node.leaf, environment.nowMs);
      }
    }
    if (!input.acceptRoster(rosterOf(client, info.signer))) refuse('not-allowed');
    const group: StableGroup = {
      kind: 'stable',
      client: trimEpoch({ ...client, clientConfig: CLOSED_CONFIG }),
      proposedUpdates: [],
    };
    return { group, consumed: [keyPackage.privatePackage.initPrivateKey] };
  });
}

/** Before the library walks the tree: the expected group, and a tree that it can walk. */
function assertGroupInfo(info: GroupInfo, expectedGroupId: Uint8Array): void {
  if (!constantTimeEqual(info.groupContext.groupId, expectedGroupId)) refuse('other-group');
  if (info.groupContext.epoch >= EPOCH_LIMIT) refuse('refused');
  if (info.groupContext.extensions.length !== 0 || info.extensions.length !== 1) refuse('refused');
  const tree = ratchetTreeFromExtension(info);
  if (tree === undefined || !isWellFormedTree(tree, MAX_TREE_NODES)) refuse('refused');
  // The library takes bytes behind the tree, and lengths in other forms than the shortest.
  const bytes = info.extensions[0]?.extensionData ?? new Uint8Array(0);
  if (!constantTimeEqual(encodeRatchetTree(tree), bytes)) refuse('refused');
}

function rosterOf({ groupContext, ratchetTree }: StableGroup['client'], signer: number): WelcomeRoster {
  const node = ratchetTree[2 * signer];
  if (node?.nodeType !== 'leaf') return refuse('refused');
  return {
    groupId: groupContext.groupId.slice(),
    epoch: groupContext.epoch,
    members: membersOf(ratchetTree),
    addedBy: memberOf(node.leaf, signer),
  };
}
