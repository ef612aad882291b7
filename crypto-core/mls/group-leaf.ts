/** Our own leaf: renewing its certificate (SPEC.md CC-GRP: a leaf is valid for 90 days). */
import type { ClientState, LeafNode } from 'ts-mls';
import { CryptoCoreError } from '../errors.ts';
import type { IdentityKeys } from '../identity/identity.ts';
import { issueLeafCertificate } from '../identity/leaf-certificate.ts';
import { claimedIdentity, encodeCredential } from './credential.ts';
import { GROUP_LEAF_LIFETIME_S } from './group-limits.ts';
import { claims } from './group-policy.ts';
import { leafValidity } from './key-package.ts';

/** Our leaf in the tree. */
export function ownLeaf(client: ClientState): LeafNode {
  const node = client.ratchetTree[2 * client.privatePath.leafIndex];
  if (node?.nodeType !== 'leaf') throw new CryptoCoreError('internal');
  return node.leaf;
}

/** Our identity key, as our leaf has it. */
export function ownIdentityKey(client: ClientState): Uint8Array {
  const identityKey = claimedIdentity(ownLeaf(client).credential);
  if (identityKey === null) throw new CryptoCoreError('internal');
  return identityKey;
}

/**
 * Our leaf with a certificate that is valid from now on. The leaf key stays: ts-mls signs a Commit and
 * the new leaf inside with one key. Throws `invalid-argument` for another identity than the leaf's.
 */
export async function renewCredential(
  client: ClientState,
  identity: IdentityKeys,
  nowMs: number,
): Promise<LeafNode> {
  const leaf = ownLeaf(client);
  if (!claims(leaf.credential, identity.identityKey)) throw new CryptoCoreError('invalid-argument');
  const certificate = await issueLeafCertificate(identity, {
    leafPublicKey: leaf.signaturePublicKey,
    ...leafValidity(nowMs, GROUP_LEAF_LIFETIME_S),
  });
  return { ...leaf, credential: encodeCredential(identity.identityKey, certificate) };
}
