/**
 * The MLS group of a pair (RFC 9420): exactly two leaves, made anew for every connection.
 *
 * The creator (leaf 0) adds the joiner (leaf 1) from one fresh key package; the joiner accepts one
 * Welcome, for that key package, this handshake's group id and the expected identity (SPEC.md
 * CC-MLS). Which identity to expect is the handshake's business.
 */
import {
  createCommit,
  createGroup,
  defaultKeyPackageEqualityConfig,
  emptyPskIndex,
  encodeMlsMessage,
  joinGroup,
} from 'ts-mls';
import type { ClientConfig, ClientState, KeyPackage, LeafNode } from 'ts-mls';
import { encodeRatchetTree } from 'ts-mls/ratchetTree.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { constantTimeEqual } from '../bytes/equal.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import type { IdentityKeys } from '../identity/identity.ts';
import { claimedIdentity, createAuthService } from './credential.ts';
import { asProtocolError, decodeKeyPackage, decodeTree, decodeWelcome } from './decode.ts';
import { isAcceptableHpkeKey } from './hpke-key.ts';
import { makeKeyPackage } from './key-package.ts';
import type { OwnKeyPackage } from './key-package.ts';
import type { MlsState } from './mls-state.ts';
import { wipeEndedEpoch } from './mls-state.ts';
import { loadMlsSuite, MLS_SUITE } from './suite.ts';
import { openWelcome } from './welcome.ts';

export const MLS_GROUP_ID_BYTES = 32;
/** A leaf is valid from two days ago to 14 days ahead; a connection that outlives it goes on, a new one makes a new leaf. */
const LIFETIME_AFTER_S = 14 * 86_400;
/** Longest lifetime accepted in a peer's leaf. */
const MAX_LIFETIME_S = 32 * 86_400;

/** A fresh key package. `publicBytes` travels; the rest stays, and `joinPairGroup` wipes it. */
export type PairKeyPackage = OwnKeyPackage;

/** A fresh leaf key with its certificate, and a fresh init key. */
export function generatePairKeyPackage(input: {
  readonly identity: IdentityKeys;
  readonly nowMs: number;
}): Promise<PairKeyPackage> {
  return makeKeyPackage(input.identity, input.nowMs, LIFETIME_AFTER_S);
}

/**
 * Creates the group and adds the peer. Throws `protocol-error` when the key package is malformed,
 * of another suite, expired, or not of the expected identity.
 */
export async function createPairGroup(input: {
  /** 32 bytes, derived from the hello transcript. */
  readonly groupId: Uint8Array;
  readonly identity: IdentityKeys;
  /** `PairKeyPackage.publicBytes` of the peer, hostile until checked here. */
  readonly peerKeyPackage: Uint8Array;
  /** Ed25519 identity key, 32 bytes. */
  readonly expectedPeerIdentity: Uint8Array;
  readonly nowMs: number;
}): Promise<{ state: MlsState; welcome: Uint8Array; ratchetTree: Uint8Array }> {
  assertGroupId(input.groupId);
  const own = await generatePairKeyPackage(input);
  const config = createConfig([own.identityKey, input.expectedPeerIdentity], input.nowMs);
  const suite = await loadMlsSuite();
  const founded = await createGroup(input.groupId, own.publicPackage, own.privatePackage, [], suite, config);
  const commit = await asProtocolError(async () => {
    const keyPackage = decodeKeyPackage(input.peerKeyPackage);
    assertKeyPackage(keyPackage, input);
    return createCommit(
      { state: founded, cipherSuite: suite },
      { extraProposals: [{ proposalType: 'add', add: { keyPackage } }] },
    );
  });
  if (commit.welcome === undefined) throw new CryptoCoreError('internal');
  const client = { ...commit.newState, historicalReceiverData: new Map() };
  await asProtocolError(() =>
    assertMembers(client, [own.identityKey, input.expectedPeerIdentity], input.nowMs),
  );
  wipe(...commit.consumed, own.privatePackage.initPrivateKey);
  wipeEndedEpoch(founded);
  return {
    state: { client, peerLeafIndex: 1 },
    welcome: encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome: commit.welcome }),
    ratchetTree: encodeRatchetTree(client.ratchetTree),
  };
}

/**
 * Joins by the one Welcome of this handshake. Throws `protocol-error` on anything but a group of
 * exactly the expected peer (leaf 0) and ourselves (leaf 1) under `groupId` at epoch 1.
 * Wipes the init key on success.
 */
export async function joinPairGroup(input: {
  readonly keyPackage: PairKeyPackage;
  readonly welcome: Uint8Array;
  readonly ratchetTree: Uint8Array;
  readonly groupId: Uint8Array;
  readonly expectedPeerIdentity: Uint8Array;
  readonly nowMs: number;
}): Promise<MlsState> {
  assertGroupId(input.groupId);
  const members = [input.expectedPeerIdentity, input.keyPackage.identityKey] as const;
  const suite = await loadMlsSuite();
  const client = await asProtocolError(async () => {
    const welcome = decodeWelcome(input.welcome);
    if (welcome.cipherSuite !== MLS_SUITE || welcome.secrets.length !== 1) return fail();
    const tree = decodeTree(input.ratchetTree);
    if (!isPairTree(tree)) return fail();
    const info = await openWelcome(welcome, input.keyPackage);
    // A tree in the GroupInfo would take the place of the one that was checked.
    if (info.extensions.length !== 0 || info.signer !== 0) return fail();
    if (!constantTimeEqual(info.groupContext.groupId, input.groupId)) return fail();
    const { publicPackage, privatePackage } = input.keyPackage;
    const config = createConfig(members, input.nowMs);
    return joinGroup(welcome, publicPackage, privatePackage, emptyPskIndex, suite, tree, undefined, config);
  });
  await asProtocolError(() => {
    if (!constantTimeEqual(client.groupContext.groupId, input.groupId)) fail();
    if (client.privatePath.leafIndex !== 1) fail();
    assertMembers(client, members, input.nowMs);
  });
  wipe(input.keyPackage.privatePackage.initPrivateKey);
  return { client, peerLeafIndex: 0 };
}

/** No skipped keys: a pair's stream is strictly ordered, so a jump is an attack, not a loss. */
function createConfig(accepted: readonly Uint8Array[], nowMs: number): ClientConfig {
  return {
    authService: createAuthService(accepted, nowMs),
    keyRetentionConfig: {
      retainKeysForGenerations: 0,
      retainKeysForEpochs: 0,
      maximumForwardRatchetSteps: 0,
    },
    lifetimeConfig: { maximumTotalLifetime: BigInt(MAX_LIFETIME_S), validateLifetimeOnReceive: true },
    keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
    paddingConfig: { kind: 'alwaysPad', paddingLength: 0 },
  };
}

function assertKeyPackage(
  keyPackage: KeyPackage,
  input: { readonly expectedPeerIdentity: Uint8Array; readonly nowMs: number },
): void {
  if (keyPackage.version !== 'mls10' || keyPackage.cipherSuite !== MLS_SUITE) fail();
  if (keyPackage.extensions.length !== 0) fail();
  assertLeaf(keyPackage.leafNode, input.expectedPeerIdentity, input.nowMs);
}

/** The joined or created state, whatever the library let pass: two leaves, no extension, epoch 1. */
function assertMembers(
  client: ClientState,
  identities: readonly [Uint8Array, Uint8Array],
  nowMs: number,
): void {
  const { groupContext, ratchetTree } = client;
  if (groupContext.version !== 'mls10' || groupContext.cipherSuite !== MLS_SUITE) fail();
  if (groupContext.epoch !== 1n || groupContext.extensions.length !== 0) fail();
  if (!isPairTree(ratchetTree)) fail();
  for (const [leafIndex, identityKey] of identities.entries()) {
    const node = ratchetTree[2 * leafIndex];
    if (node?.nodeType !== 'leaf') return fail();
    assertLeaf(node.leaf, identityKey, nowMs);
  }
}

/**
 * Two leaves under a blank parent. Checked before the library walks a tree: an index out of range in a
 * parent's `unmerged_leaves` would make it loop until the process dies.
 */
function isPairTree(tree: RatchetTree): boolean {
  const [first, parent, second] = tree;
  return (
    tree.length === 3 && parent === undefined && first?.nodeType === 'leaf' && second?.nodeType === 'leaf'
  );
}

function assertLeaf(leaf: LeafNode, identityKey: Uint8Array, nowMs: number): void {
  const claimed = claimedIdentity(leaf.credential);
  if (claimed === null || !constantTimeEqual(claimed, identityKey)) fail();
  if (leaf.leafNodeSource !== 'key_package' || leaf.extensions.length !== 0) return fail();
  if (!isAcceptableHpkeKey(leaf.hpkePublicKey) || !supportsProfile(leaf)) fail();
  const { notBefore, notAfter } = leaf.lifetime;
  const nowS = BigInt(Math.floor(nowMs / 1000));
  if (nowS < notBefore || nowS > notAfter || notAfter - notBefore > BigInt(MAX_LIFETIME_S)) fail();
}

/** ts-mls does not ask whether a leaf supports what its group uses (RFC 9420 §7.2). */
function supportsProfile({ capabilities }: LeafNode): boolean {
  const { versions, ciphersuites, credentials } = capabilities;
  return versions.includes('mls10') && ciphersuites.includes(MLS_SUITE) && credentials.includes('basic');
}

function assertGroupId(groupId: Uint8Array): void {
  if (groupId.length !== MLS_GROUP_ID_BYTES) throw new CryptoCoreError('invalid-argument');
}

function fail(): never {
  throw new CryptoCoreError('protocol-error');
}
