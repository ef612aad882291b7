/**
 * Hostile Welcomes into a group of several: bytes damaged, and GroupInfo, tree or secrets wrong in one place, signed
 * by the inviter's leaf key and encrypted to the newcomer's init key.
 */
import type { GroupInfo } from 'ts-mls';
import type { GroupSecrets } from 'ts-mls/groupSecrets.js';
import { ratchetTreeFromExtension } from 'ts-mls/groupInfo.js';
import { encodeRatchetTree } from 'ts-mls/ratchetTree.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { decodeMlsGroup, encodeMlsGroup } from '../../mls/group-codec.ts';
import { joinMlsGroup } from '../../mls/group-create.ts';
import type { GroupKeyPackage } from '../../mls/group-create.ts';
import { currentEpoch } from '../../mls/group-state.ts';
import { GroupPeer, makeGroup, openEnvironment } from '../support/group-peer.ts';
import { rewriteWelcome } from '../support/hostile-mls.ts';
import { mutateBytes } from './mutate-bytes.ts';
import type { Mutated } from './mutate-bytes.ts';
import type { FuzzRandom } from './random.ts';
import { withFuzzedPlatform, withSeededPlatform } from './seeded-platform.ts';
import { deepCopy, findDifference } from './state-snapshot.ts';
import { expectTyped, FuzzFailure } from './tally.ts';
import type { Verdict } from './tally.ts';

/** A newcomer with its key package, and the Welcome that it waits for. */
export interface GroupJoinWorld {
  readonly keyPackage: GroupKeyPackage;
  readonly keyPackageBefore: GroupKeyPackage;
  readonly groupId: Uint8Array;
  readonly welcome: Uint8Array;
  /** Of the inviter's leaf. */
  readonly leafKey: Uint8Array;
  /** For the same newcomer, by another key package. */
  readonly foreignWelcome: Uint8Array;
}

/** The same world for the same seed. Throws unless the Welcome, sealed again as it is, lets the newcomer in. */
export function makeGroupJoinWorld(random: FuzzRandom): Promise<GroupJoinWorld> {
  return withSeededPlatform(random, async () => {
    const [a] = await makeGroup('a', 'b', 'c');
    if (a === undefined) throw new RangeError('no group');
    const newcomer = await GroupPeer.create('d');
    const [keyPackage, other] = [await newcomer.keyPackage(), await newcomer.keyPackage()];
    const before = encodeMlsGroup(a.group);
    const invite = async (chosen: GroupKeyPackage): Promise<Uint8Array> => {
      const inviter = new GroupPeer('a', a.identity);
      inviter.unsafeTestingAdopt(await decodeMlsGroup(before));
      const { welcome } = await inviter.commit({ kind: 'add', keyPackages: [chosen.publicBytes] });
      if (welcome === null) throw new RangeError('no Welcome');
      return welcome;
    };
    const { client } = currentEpoch(await decodeMlsGroup(before));
    const { groupId } = client.groupContext;
    const world = {
      keyPackage,
      keyPackageBefore: deepCopy(keyPackage),
      groupId,
      welcome: await invite(keyPackage),
      leafKey: client.signaturePrivateKey,
      foreignWelcome: await invite(other),
    };
    await join(world, await reseal(world, {}));
    return world;
  });
}

/** The newcomer takes a Welcome. */
export function join({ keyPackage, groupId }: GroupJoinWorld, welcome: Uint8Array): Promise<unknown> {
  return joinMlsGroup({
    keyPackage,
    welcome,
    expectedGroupId: groupId,
    environment: openEnvironment(),
    acceptRoster: () => true,
  });
}

type Changes = Pick<
  Parameters<typeof rewriteWelcome>[0],
  'changeInfo' | 'changeSecrets' | 'copies' | 'behindInfo' | 'behindSecrets'
>;

/** The Welcome changed inside, signed and encrypted again. */
export function reseal(
  world: GroupJoinWorld,
  changes: Changes,
  signatureKey = world.leafKey,
): Promise<Uint8Array> {
  return rewriteWelcome({ welcome: world.welcome, keyPackage: world.keyPackage, signatureKey, ...changes });
}

type InfoChange = (random: FuzzRandom, info: GroupInfo) => GroupInfo;

function inContext(info: GroupInfo, change: Partial<GroupInfo['groupContext']>): GroupInfo {
  return { ...info, groupContext: { ...info.groupContext, ...change } };
}

/** `tree` in the place of the one that was hashed. */
function withTree(info: GroupInfo, tree: RatchetTree): GroupInfo {
  return withExtension(info, encodeRatchetTree(tree));
}

function withExtension(info: GroupInfo, extensionData: Uint8Array): GroupInfo {
  return { ...info, extensions: [{ extensionType: 'ratchet_tree', extensionData }] };
}

function treeOf(info: GroupInfo): RatchetTree {
  return [...(ratchetTreeFromExtension(info) ?? [])];
}

const INFO_CHANGES: Readonly<Record<string, InfoChange>> = {
  'another group id': (random, info) =>
    inContext(info, { groupId: random.bytes(random.pick([0, 16, 32, 64])) }),
  'another epoch': (random, info) =>
    inContext(info, { epoch: random.pick([0n, 1n, 7n, 2n ** 53n, 2n ** 64n - 1n]) }),
  'another tree hash': (random, info) =>
    inContext(info, { treeHash: mutateBytes(random, info.groupContext.treeHash).bytes }),
  'another transcript hash': (random, info) => {
    const confirmedTranscriptHash = mutateBytes(random, info.groupContext.confirmedTranscriptHash).bytes;
    return inContext(info, { confirmedTranscriptHash });
  },
  'group context extension': (_random, info) =>
    inContext(info, {
      extensions: [{ extensionType: 'external_senders', extensionData: new Uint8Array(1) }],
    }),
  'another suite': (_random, info) =>
    inContext(info, { cipherSuite: 'MLS_256_XWING_CHACHA20POLY1305_SHA512_Ed25519' }),
  'tree left out': (_random, info) => ({ ...info, extensions: [] }),
  'tree twice': (_random, info) => ({ ...info, extensions: [...info.extensions, ...info.extensions] }),
  'tree bytes mutated': (random, info) =>
    withExtension(info, mutateBytes(random, info.extensions[0]?.extensionData ?? new Uint8Array(1)).bytes),
  'tree cut': (random, info) => withTree(info, treeOf(info).slice(0, 1 + random.int(4))),
  'leaves swapped': (_random, info) => {
    const tree = treeOf(info);
    [tree[0], tree[2]] = [tree[2], tree[0]];
    return withTree(info, tree);
  },
  'a leaf twice': (_random, info) => {
    const tree = treeOf(info);
    tree[4] = tree[2];
    return withTree(info, tree);
  },
  'a leaf blanked': (random, info) => {
    const tree = treeOf(info);
    tree[random.pick([0, 2, 4, 6])] = undefined;
    return withTree(info, tree);
  },
  'unmerged leaves': (random, info) => {
    const unmergedLeaves = [random.pick([0, 1, 2, 3, 0xffff_ffff])];
    const parent = { hpkePublicKey: random.bytes(1_216), parentHash: new Uint8Array(), unmergedLeaves };
    const tree = treeOf(info);
    tree[random.pick([1, 3, 5])] = { nodeType: 'parent', parent };
    return withTree(info, tree);
  },
  'another signer': (random, info) => ({ ...info, signer: random.pick([1, 2, 3, 0x8000_0000, 0xffff_ffff]) }),
  'confirmation tag mutated': (random, info) => ({
    ...info,
    confirmationTag: mutateBytes(random, info.confirmationTag).bytes,
  }),
};

const SECRET_CHANGES: Readonly<Record<string, (random: FuzzRandom, secrets: GroupSecrets) => GroupSecrets>> =
  {
    'joiner secret mutated': (random, secrets) => ({
      ...secrets,
      joinerSecret: mutateBytes(random, secrets.joinerSecret).bytes,
    }),
    'a path secret invented': (random, secrets) => ({
      ...secrets,
      pathSecret: random.bytes(random.pick([0, 32, 64])),
    }),
    'PSK named': (random, secrets) => {
      const psk = { psktype: 'external', pskId: random.bytes(8), pskNonce: random.bytes(64) } as const;
      return { ...secrets, psks: [psk] };
    },
  };

/** By how deep the fault is. */
export const GROUP_JOIN_ATTACKS = ['group Welcome', 'group Welcome sealed again'] as const;
export type GroupJoinAttack = (typeof GROUP_JOIN_ATTACKS)[number];

/** One hostile Welcome; throws a FuzzFailure unless it is refused and the key package stays as it was. */
export function runGroupJoinAttack(
  name: GroupJoinAttack,
  random: FuzzRandom,
  world: GroupJoinWorld,
): Promise<Verdict> {
  return withFuzzedPlatform(random, async () => {
    const { mutation, bytes } =
      name === 'group Welcome'
        ? mutateBytes(random, world.welcome, [world.foreignWelcome, world.keyPackage.publicBytes])
        : await resealHostile(random, world);
    const what = `${name}: ${mutation}`;
    await expectRefused(what, world, bytes);
    const difference = findDifference(world.keyPackageBefore, world.keyPackage);
    if (difference !== null) throw new FuzzFailure(`${what}: changed ${difference}`, bytes);
    const place = name === 'group Welcome' ? 'MLS group Welcome' : 'MLS group Welcome: inside';
    const reached = name === 'group Welcome' ? [place] : ['MLS group Welcome', place];
    return { rejectedBy: place, reached, mutation: what, outcome: 'rejected' };
  });
}

async function expectRefused(what: string, world: GroupJoinWorld, bytes: Uint8Array): Promise<void> {
  try {
    await join(world, bytes);
  } catch (error) {
    expectTyped(error, ['protocol-error'], bytes);
    return;
  }
  throw new FuzzFailure(`${what}: joined`, bytes);
}

async function resealHostile(random: FuzzRandom, world: GroupJoinWorld): Promise<Mutated> {
  const mutation = random.pick([
    ...Object.keys(INFO_CHANGES),
    ...Object.keys(SECRET_CHANGES),
    'secrets twice',
    'bytes behind the GroupInfo',
    'bytes behind the secrets',
    'signed by another',
  ]);
  const [info, secrets] = [INFO_CHANGES[mutation], SECRET_CHANGES[mutation]];
  const changes: Changes = {
    ...(info === undefined ? {} : { changeInfo: (before: GroupInfo) => info(random, before) }),
    ...(secrets === undefined ? {} : { changeSecrets: (before: GroupSecrets) => secrets(random, before) }),
    ...(mutation === 'secrets twice' ? { copies: 2 } : {}),
    ...(mutation === 'bytes behind the GroupInfo' ? { behindInfo: new Uint8Array(1 + random.int(40)) } : {}),
    ...(mutation === 'bytes behind the secrets' ? { behindSecrets: random.bytes(1 + random.int(40)) } : {}),
  };
  const { signaturePrivateKey } = world.keyPackage.privatePackage;
  const signatureKey = mutation === 'signed by another' ? signaturePrivateKey : world.leafKey;
  return { mutation, bytes: await reseal(world, changes, signatureKey) };
}
