/**
 * Hostile key packages and Welcomes of a pair's group, given straight to creator and joiner: bytes damaged, and
 * contents that are wrong in one place, signed and sealed again by a peer that owns its leaf and its identity.
 */
import { encodeMlsMessage } from 'ts-mls';
import type { Extension, GroupInfo, KeyPackage, LeafNode } from 'ts-mls';
import { encode } from 'ts-mls/codec/tlsEncoder.js';
import { keyPackageEncoder, signKeyPackage } from 'ts-mls/keyPackage.js';
import { signLeafNodeKeyPackage } from 'ts-mls/leafNode.js';
import { decodeRatchetTree, encodeRatchetTree } from 'ts-mls/ratchetTree.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { concat } from '../../bytes/concat.ts';
import type { IdentityKeys } from '../../identity/identity.ts';
import { createPairGroup, generatePairKeyPackage, joinPairGroup } from '../../mls/pair-group.ts';
import type { PairKeyPackage } from '../../mls/pair-group.ts';
import { loadMlsSuite } from '../../mls/suite.ts';
import { rewriteWelcome } from '../support/hostile-mls.ts';
import { makeIdentity } from '../support/make-pair.ts';
import { widenLength } from './mls-forge.ts';
import { mutateBytes, sameBytes } from './mutate-bytes.ts';
import type { Mutated } from './mutate-bytes.ts';
import type { FuzzRandom } from './random.ts';
import { FUZZ_NOW_MS, withFuzzedPlatform, withSeededPlatform } from './seeded-platform.ts';
import { deepCopy, findDifference } from './state-snapshot.ts';
import { expectTyped, FuzzFailure } from './tally.ts';
import type { Verdict } from './tally.ts';

/** A, B, a stranger; B's key package; A's group made from it. */
export interface PairGroupWorld {
  readonly a: IdentityKeys;
  readonly b: IdentityKeys;
  readonly stranger: IdentityKeys;
  readonly groupId: Uint8Array;
  readonly keyPackage: PairKeyPackage;
  readonly keyPackageBefore: PairKeyPackage;
  readonly foreignKeyPackage: Uint8Array;
  readonly welcome: Uint8Array;
  readonly tree: Uint8Array;
  /** Of A's leaf. */
  readonly leafKey: Uint8Array;
  readonly foreignWelcome: Uint8Array;
  readonly foreignTree: Uint8Array;
}

const nowMs = FUZZ_NOW_MS;
const DAY_S = 86_400n;
const NOW_S = BigInt(FUZZ_NOW_MS / 1000);
const UNKNOWN_EXTENSION: Extension = { extensionType: 'external_senders', extensionData: new Uint8Array(1) };

/** The same world for the same seed. */
export function makePairGroupWorld(random: FuzzRandom): Promise<PairGroupWorld> {
  return withSeededPlatform(random, async () => {
    const [a, b, stranger] = [await makeIdentity(), await makeIdentity(), await makeIdentity()];
    const groupId = random.bytes(32);
    const keyPackage = await generatePairKeyPackage({ identity: b, nowMs });
    const foreign = await generatePairKeyPackage({ identity: stranger, nowMs });
    const found = (peer: PairKeyPackage, expectedPeerIdentity: Uint8Array) =>
      createPairGroup({
        groupId,
        identity: a,
        peerKeyPackage: peer.publicBytes,
        expectedPeerIdentity,
        nowMs,
      });
    const own = await found(keyPackage, b.identityKey);
    const other = await found(foreign, stranger.identityKey);
    return {
      a,
      b,
      stranger,
      groupId,
      keyPackage,
      keyPackageBefore: deepCopy(keyPackage),
      foreignKeyPackage: foreign.publicBytes,
      welcome: own.welcome,
      tree: own.ratchetTree,
      leafKey: own.state.client.signaturePrivateKey.slice(),
      foreignWelcome: other.welcome,
      foreignTree: other.ratchetTree,
    };
  });
}

/** Names for {@link runPairGroupAttack}. */
export const PAIR_GROUP_ATTACKS = [
  'key package',
  'key package signed again',
  'Welcome',
  'Welcome sealed again',
] as const;
export type PairGroupAttack = (typeof PAIR_GROUP_ATTACKS)[number];

/** One hostile key package or Welcome; throws a FuzzFailure unless it is refused and changes nothing. */
export function runPairGroupAttack(
  name: PairGroupAttack,
  random: FuzzRandom,
  world: PairGroupWorld,
): Promise<Verdict> {
  return withFuzzedPlatform(random, async () => {
    const isWelcome = name.startsWith('Welcome');
    const { mutation, bytes } = isWelcome
      ? await attackWelcome(name, random, world)
      : await attackKeyPackage(name, random, world);
    const difference = findDifference(world.keyPackageBefore, world.keyPackage);
    if (difference !== null) throw new FuzzFailure(`${name}: ${mutation}: changed ${difference}`, bytes);
    const place = isWelcome ? 'MLS Welcome' : 'MLS key package';
    return { rejectedBy: place, reached: [place], mutation: `${name}: ${mutation}`, outcome: 'rejected' };
  });
}

async function attackKeyPackage(
  name: PairGroupAttack,
  random: FuzzRandom,
  world: PairGroupWorld,
): Promise<Mutated> {
  const donors = [world.foreignKeyPackage, world.welcome, world.tree];
  const { publicBytes } = world.keyPackage;
  const hostile =
    name === 'key package' ? mutateBytes(random, publicBytes, donors) : await resign(random, world);
  const create = createPairGroup({
    groupId: world.groupId,
    identity: world.a,
    peerKeyPackage: hostile.bytes,
    expectedPeerIdentity: world.b.identityKey,
    nowMs,
  });
  return refused(name, hostile, create);
}

async function attackWelcome(
  name: PairGroupAttack,
  random: FuzzRandom,
  world: PairGroupWorld,
): Promise<Mutated> {
  const hostile = name === 'Welcome' ? damageWelcome(random, world) : await resealWelcome(random, world);
  const join = joinPairGroup({
    keyPackage: world.keyPackage,
    welcome: hostile.welcome,
    ratchetTree: hostile.tree,
    groupId: world.groupId,
    expectedPeerIdentity: world.a.identityKey,
    nowMs,
  });
  return refused(name, { mutation: hostile.mutation, bytes: concat(hostile.welcome, hostile.tree) }, join);
}

async function refused(name: string, hostile: Mutated, action: Promise<unknown>): Promise<Mutated> {
  try {
    await action;
  } catch (error) {
    expectTyped(error, ['protocol-error'], hostile.bytes);
    return hostile;
  }
  throw new FuzzFailure(`${name}: ${hostile.mutation}: accepted`, hostile.bytes);
}

// ---------------------------------------------------------------- key packages

type PackageChange = (random: FuzzRandom, draft: KeyPackage, world: PairGroupWorld) => void;

const LEAF_CHANGES: Readonly<Record<string, PackageChange>> = {
  'leaf not valid yet': (_random, { leafNode }) => {
    leafNode.lifetime = { notBefore: NOW_S + DAY_S, notAfter: NOW_S + 2n * DAY_S };
  },
  'leaf expired': (_random, { leafNode }) => {
    leafNode.lifetime = { notBefore: NOW_S - 9n * DAY_S, notAfter: NOW_S - 1n };
  },
  'leaf valid for too long': (_random, { leafNode }) => {
    leafNode.lifetime = { notBefore: NOW_S - DAY_S, notAfter: NOW_S + 400n * DAY_S };
  },
  'lifetime without end': (_random, { leafNode }) => {
    leafNode.lifetime = { notBefore: 0n, notAfter: 2n ** 64n - 1n };
  },
  'leaf extension': (_random, { leafNode }) => {
    leafNode.extensions = [UNKNOWN_EXTENSION];
  },
  'credential mutated': (random, { leafNode }) => {
    const { credential } = leafNode;
    if (credential.credentialType !== 'basic') return;
    const identity = mutateBytes(random, credential.identity).bytes;
    leafNode.credential = { credentialType: 'basic', identity };
  },
  'credential of another type': (random, { leafNode }) => {
    leafNode.credential = { credentialType: 'x509', certificates: [random.bytes(32)] };
  },
  'credential of a stranger': (_random, { leafNode }, { stranger }) => {
    const { credential } = leafNode;
    if (credential.credentialType !== 'basic') return;
    const identity = concat(stranger.identityKey, credential.identity.subarray(32));
    leafNode.credential = { credentialType: 'basic', identity };
  },
  'our own suite not supported': (_random, { leafNode }) => {
    leafNode.capabilities = { ...leafNode.capabilities, ciphersuites: [] };
  },
  'our own version not supported': (_random, { leafNode }) => {
    leafNode.capabilities = { ...leafNode.capabilities, versions: [] };
  },
  'basic credentials not supported': (_random, { leafNode }) => {
    leafNode.capabilities = { ...leafNode.capabilities, credentials: [] };
  },
  'HPKE leaf key malformed': (random, { leafNode }) => {
    leafNode.hpkePublicKey = leafNode.hpkePublicKey.slice(0, random.int(1_216));
  },
};

const PACKAGE_CHANGES: Readonly<Record<string, PackageChange>> = {
  'init key equal to the leaf key': (_random, draft) => {
    draft.initKey = draft.leafNode.hpkePublicKey;
  },
  'init key malformed': (random, draft) => {
    draft.initKey = draft.initKey.slice(0, random.int(1_216));
  },
  'init key with unreduced coefficients': (_random, draft) => {
    draft.initKey = new Uint8Array(1_216).fill(0xff);
  },
  'another suite': (random, draft) => {
    draft.cipherSuite = random.pick([
      'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
      'MLS_256_XWING_CHACHA20POLY1305_SHA512_Ed25519',
    ]);
  },
  'key package extension': (_random, draft) => {
    draft.extensions = [UNKNOWN_EXTENSION];
  },
};

/** B's own key package with one thing wrong, leaf and package signed again by its leaf key. */
async function resign(random: FuzzRandom, world: PairGroupWorld): Promise<Mutated> {
  const suite = await loadMlsSuite();
  const { publicPackage, privatePackage } = world.keyPackage;
  const draft = deepCopy(publicPackage);
  const isLeaf = random.chance(0.6);
  const changes = isLeaf ? LEAF_CHANGES : PACKAGE_CHANGES;
  const mutation = random.pick([...Object.keys(changes), 'a longer length field']);
  changes[mutation]?.(random, draft, world);
  const leafNode = await signLeafNodeKeyPackage(
    draft.leafNode,
    privatePackage.signaturePrivateKey,
    suite.signature,
  );
  const signed = await signKeyPackage(
    { ...draft, leafNode },
    privatePackage.signaturePrivateKey,
    suite.signature,
  );
  const bytes = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: signed });
  if (mutation !== 'a longer length field') return { mutation, bytes };
  // version and suite of message and package stand before the init key's length
  const headBytes = bytes.length - encode(keyPackageEncoder)(signed).length + 4;
  return { mutation, bytes: concat(bytes.subarray(0, headBytes), widenLength(bytes.subarray(headBytes))) };
}

// ---------------------------------------------------------------- Welcomes

interface HostileWelcome {
  readonly mutation: string;
  readonly welcome: Uint8Array;
  readonly tree: Uint8Array;
}

function damageWelcome(random: FuzzRandom, world: PairGroupWorld): HostileWelcome {
  const { welcome, tree, foreignWelcome, foreignTree } = world;
  if (random.chance(0.5)) {
    const damaged = mutateBytes(random, welcome, [foreignWelcome, tree, world.keyPackage.publicBytes]);
    return { mutation: `Welcome: ${damaged.mutation}`, welcome: damaged.bytes, tree };
  }
  const damaged = mutateBytes(random, tree, [foreignTree, welcome]);
  return { mutation: `tree: ${damaged.mutation}`, welcome, tree: damaged.bytes };
}

type InfoChange = (random: FuzzRandom, info: GroupInfo, world: PairGroupWorld) => GroupInfo;

const INFO_CHANGES: Readonly<Record<string, InfoChange>> = {
  'another group id': (random, info) =>
    inContext(info, { groupId: random.bytes(random.pick([0, 16, 32, 64])) }),
  'another epoch': (random, info) => inContext(info, { epoch: random.pick([0n, 2n, 2n ** 64n - 1n]) }),
  'another tree hash': (random, info) =>
    inContext(info, { treeHash: mutateBytes(random, info.groupContext.treeHash).bytes }),
  'another transcript hash': (random, info) =>
    inContext(info, {
      confirmedTranscriptHash: mutateBytes(random, info.groupContext.confirmedTranscriptHash).bytes,
    }),
  'group context extension': (_random, info) => inContext(info, { extensions: [UNKNOWN_EXTENSION] }),
  'another suite': (_random, info) =>
    inContext(info, { cipherSuite: 'MLS_256_XWING_CHACHA20POLY1305_SHA512_Ed25519' }),
  'GroupInfo extension': (_random, info) => ({ ...info, extensions: [UNKNOWN_EXTENSION] }),
  'a tree in the GroupInfo': (_random, info, { tree }) => ({
    ...info,
    extensions: [{ extensionType: 'ratchet_tree', extensionData: tree }],
  }),
  'another signer': (random, info) => ({ ...info, signer: random.pick([1, 2, 0x8000_0000, 0xffff_ffff]) }),
  'confirmation tag mutated': (random, info) => ({
    ...info,
    confirmationTag: mutateBytes(random, info.confirmationTag).bytes,
  }),
};

function inContext(info: GroupInfo, change: Partial<GroupInfo['groupContext']>): GroupInfo {
  return { ...info, groupContext: { ...info.groupContext, ...change } };
}

/** Contents wrong in one place, signed by A's leaf key and encrypted to B's init key. */
async function resealWelcome(random: FuzzRandom, world: PairGroupWorld): Promise<HostileWelcome> {
  const names = [
    ...Object.keys(INFO_CHANGES),
    'PSK named',
    'secrets twice',
    'bytes behind the GroupInfo',
    'bytes behind the secrets',
    'signed by another',
    'tree changed',
  ];
  const mutation = random.pick(names);
  const input = { welcome: world.welcome, keyPackage: world.keyPackage, signatureKey: world.leafKey };
  const change = INFO_CHANGES[mutation];
  if (change !== undefined) {
    const changeInfo = (info: GroupInfo): GroupInfo => change(random, info, world);
    return { mutation, welcome: await rewriteWelcome({ ...input, changeInfo }), tree: world.tree };
  }
  if (mutation === 'secrets twice') {
    return { mutation, welcome: await rewriteWelcome({ ...input, copies: 2 }), tree: world.tree };
  }
  if (mutation.startsWith('bytes behind')) {
    const field = mutation.endsWith('GroupInfo') ? 'behindInfo' : 'behindSecrets';
    const more = random.bytes(1 + random.int(40));
    return { mutation, welcome: await rewriteWelcome({ ...input, [field]: more }), tree: world.tree };
  }
  if (mutation === 'PSK named') {
    const psk = { psktype: 'external', pskId: random.bytes(8), pskNonce: random.bytes(64) } as const;
    const welcome = await rewriteWelcome({
      ...input,
      changeSecrets: secrets => ({ ...secrets, psks: [psk] }),
    });
    return { mutation, welcome, tree: world.tree };
  }
  if (mutation === 'signed by another') {
    const { signaturePrivateKey } = world.keyPackage.privatePackage;
    return {
      mutation,
      welcome: await rewriteWelcome({ ...input, signatureKey: signaturePrivateKey }),
      tree: world.tree,
    };
  }
  return { mutation, welcome: await rewriteWelcome(input), tree: changeTree(random, world) };
}

/** Another tree than the one that was hashed. */
function changeTree(random: FuzzRandom, world: PairGroupWorld): Uint8Array {
  const decoded = decodeRatchetTree(world.tree, 0);
  const tree: RatchetTree = [...(decoded?.[0] ?? [])];
  const [first, , second] = tree;
  const edit = random.int(5);
  if (edit === 0) [tree[0], tree[2]] = [second, first];
  if (edit === 1) tree.push(undefined, first, undefined, undefined);
  if (edit === 2) tree.length = 1;
  if (edit === 3) {
    const unmergedLeaves = [random.pick([0, 1, 2, 0xffff_ffff])];
    const parent = { hpkePublicKey: random.bytes(1_216), parentHash: new Uint8Array(), unmergedLeaves };
    tree[1] = { nodeType: 'parent', parent };
  }
  if (edit === 4 && first?.nodeType === 'leaf') {
    const leaf: LeafNode = { ...first.leaf, signature: mutateBytes(random, first.leaf.signature).bytes };
    tree[0] = { nodeType: 'leaf', leaf };
  }
  const bytes = encodeRatchetTree(tree);
  return sameBytes(bytes, world.tree) ? new Uint8Array(0) : bytes;
}
