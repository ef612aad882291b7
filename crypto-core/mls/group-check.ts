/**
 * What must hold of a group's state and of what enters it, whatever the library let pass (SPEC.md CC-GRP).
 * All functions throw a refusal.
 */
import type { ClientState, KeyPackage, LeafNode } from 'ts-mls';
import { verifyKeyPackage } from 'ts-mls/keyPackage.js';
import { verifyLeafNodeSignatureKeyPackage } from 'ts-mls/leafNode.js';
import { constantTimeEqual } from '../bytes/equal.ts';
import { encodeHex } from '../bytes/hex.ts';
import { leafCertificateValidity } from './credential.ts';
import { EPOCH_LIMIT, MAX_GROUP_MEMBERS, MAX_TREE_NODES } from './group-limits.ts';
import { createGroupConfig } from './group-policy.ts';
import type { GroupChange, GroupEnvironment } from './group-policy.ts';
import { refuse } from './group-refusal.ts';
import { memberOf, membersOf } from './group-state.ts';
import type { GroupMember } from './group-state.ts';
import { isAcceptableHpkeKey } from './hpke-key.ts';
import { loadMlsSuite, MLS_SUITE } from './suite.ts';
import { isWellFormedTree } from './tree-check.ts';

/** The state of an epoch: profile, sizes, one leaf per identity, our own leaf in it. */
export function assertGroupState(client: ClientState): void {
  const { groupContext, ratchetTree, privatePath, groupActiveState } = client;
  if (groupContext.version !== 'mls10' || groupContext.cipherSuite !== MLS_SUITE) refuse('refused');
  if (groupContext.epoch >= EPOCH_LIMIT) refuse('refused');
  if (groupContext.extensions.length !== 0 || groupActiveState.kind !== 'active') refuse('refused');
  if (!isWellFormedTree(ratchetTree, MAX_TREE_NODES)) refuse('refused');
  const members = membersOf(ratchetTree);
  if (members.length > MAX_GROUP_MEMBERS) refuse('refused');
  if (new Set(members.map(({ identityKey }) => encodeHex(identityKey))).size !== members.length) {
    refuse('refused');
  }
  if (!members.some(({ leafIndex }) => leafIndex === privatePath.leafIndex)) refuse('refused');
  for (const node of ratchetTree) {
    if (node?.nodeType === 'leaf') assertLeafForm(node.leaf);
    if (node?.nodeType === 'parent' && !isAcceptableHpkeKey(node.parent.hpkePublicKey)) refuse('refused');
  }
}

/** The members after a change are those before it, without the removed, with the added, and no others. */
export function assertMembership(
  before: readonly GroupMember[],
  after: readonly GroupMember[],
  change: GroupChange,
): void {
  const removed = change.kind === 'remove' ? change.members.map(({ leafIndex }) => leafIndex) : [];
  const stayed = before.filter(({ leafIndex }) => !removed.includes(leafIndex));
  for (const { leafIndex, identityKey } of stayed) {
    const now = after.find(member => member.leafIndex === leafIndex);
    if (now === undefined || !constantTimeEqual(now.identityKey, identityKey)) refuse('refused');
  }
  const added = change.kind === 'add' ? change.identityKeys : [];
  if (after.length !== stayed.length + added.length) refuse('refused');
  for (const identityKey of added) {
    if (!after.some(member => constantTimeEqual(member.identityKey, identityKey))) refuse('refused');
  }
}

/** A key package that may be added: ours in form, signed, certified, valid now. Returns its identity. */
export async function assertKeyPackage(
  keyPackage: KeyPackage,
  environment: GroupEnvironment,
): Promise<Uint8Array> {
  const suite = await loadMlsSuite();
  const { leafNode } = keyPackage;
  if (keyPackage.version !== 'mls10' || keyPackage.cipherSuite !== MLS_SUITE) refuse('refused');
  if (keyPackage.extensions.length !== 0) refuse('refused');
  const { identityKey } = memberOf(leafNode, 0);
  if (constantTimeEqual(keyPackage.initKey, leafNode.hpkePublicKey)) refuse('refused');
  if (!isAcceptableHpkeKey(keyPackage.initKey)) refuse('refused');
  assertLeafForm(leafNode);
  assertLifetime(leafNode, environment.nowMs);
  const { authService } = createGroupConfig(environment, new Uint8Array(0));
  if (!(await authService.validateCredential(leafNode.credential, leafNode.signaturePublicKey))) {
    refuse('not-allowed');
  }
  if (!(await verifyLeafNodeSignatureKeyPackage(leafNode, suite.signature))) refuse('refused');
  if (!(await verifyKeyPackage(keyPackage, suite.signature))) refuse('refused');
  return identityKey;
}

/** The leaf of a key package is valid now, for as long as its certificate says. */
export function assertLifetime(leaf: LeafNode, nowMs: number): void {
  if (leaf.leafNodeSource !== 'key_package') return refuse('refused');
  const certified = leafCertificateValidity(leaf.credential);
  const nowS = BigInt(Math.floor(nowMs / 1000));
  const { notBefore, notAfter } = leaf.lifetime;
  if (nowS < notBefore || nowS > notAfter) refuse('refused');
  if (certified === null) return refuse('refused');
  if (BigInt(certified.notBeforeS) !== notBefore || BigInt(certified.notAfterS) !== notAfter) {
    refuse('refused');
  }
}

/** Every leaf supports what the profile uses and nothing else. */
export function assertLeafForm(leaf: LeafNode): void {
  const { versions, ciphersuites, extensions, proposals, credentials } = leaf.capabilities;
  const isProfile =
    isOnly(versions, 'mls10') &&
    isOnly(ciphersuites, MLS_SUITE) &&
    isOnly(credentials, 'basic') &&
    extensions.length === 0 &&
    proposals.length === 0;
  if (!isProfile || leaf.extensions.length !== 0) refuse('refused');
  if (!isAcceptableHpkeKey(leaf.hpkePublicKey)) refuse('refused');
}

function isOnly(values: readonly string[], value: string): boolean {
  return values.length === 1 && values[0] === value;
}
