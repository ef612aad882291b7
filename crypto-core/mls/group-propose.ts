/**
 * Proposals (RFC 9420 §12.1): what a member who is not the committer asks for. They last until the next
 * Commit of the epoch, whoever makes it.
 */
import { createProposal, encodeMlsMessage } from 'ts-mls';
import type { LeafNode, Proposal } from 'ts-mls';
import { encode } from 'ts-mls/codec/tlsEncoder.js';
import { signWithLabel } from 'ts-mls/crypto/signature.js';
import { leafNodeTBSEncoder } from 'ts-mls/leafNode.js';
import { CryptoCoreError } from '../errors.ts';
import type { IdentityKeys } from '../identity/identity.ts';
import { decodeKeyPackage } from './decode.ts';
import { renewCredential } from './group-leaf.ts';
import { whileLive } from './group-live.ts';
import { assertProposal } from './group-proposal-check.ts';
import type { GroupEnvironment } from './group-policy.ts';
import { asRefusal } from './group-refusal.ts';
import type { GroupSendStep } from './group-message.ts';
import type { ProposedUpdate, StableGroup } from './group-state.ts';
import { LEAF_CAPABILITIES } from './key-package.ts';
import { loadMlsSuite } from './suite.ts';

/** What to propose. */
export type ProposalRequest =
  /** A key package of the newcomer, hostile until checked here. */
  | { readonly kind: 'add'; readonly keyPackage: Uint8Array }
  /** Our own leaf to leave the group. */
  | { readonly kind: 'remove'; readonly leafIndex: number }
  /** A fresh HPKE key and a fresh certificate for our own leaf. */
  | { readonly kind: 'update'; readonly identity: IdentityKeys };

/**
 * Makes a Proposal for everybody. Throws `protocol-error` for a bad key package and `invalid-argument`
 * for an identity that is not that of our leaf and a superseded state; the state is unchanged then.
 */
export async function createGroupProposal(
  group: StableGroup,
  request: ProposalRequest,
  environment: GroupEnvironment,
): Promise<GroupSendStep<StableGroup>> {
  return whileLive(group, () => propose(group, request, environment));
}

async function propose(
  group: StableGroup,
  request: ProposalRequest,
  environment: GroupEnvironment,
): Promise<GroupSendStep<StableGroup>> {
  const { client } = group;
  const suite = await loadMlsSuite();
  const { proposal, hpkePrivateKey } = await makeProposal(group, request, environment);
  await asRefusal(() => assertProposal(client, proposal, client.privatePath.leafIndex, environment));
  const { newState, message, consumed } = await createProposal(client, false, proposal, suite);
  const proposed: ProposedUpdate[] = [];
  if (hpkePrivateKey !== null) {
    // Only an Update must be found again; a repeated Remove is the same Proposal under the same reference.
    const reference = Object.keys(newState.unappliedProposals).find(
      key => client.unappliedProposals[key] === undefined,
    );
    if (reference === undefined) throw new CryptoCoreError('internal');
    proposed.push({ reference, hpkePrivateKey });
  }
  return {
    group: { ...group, client: newState, proposedUpdates: [...group.proposedUpdates, ...proposed] },
    message: encodeMlsMessage(message),
    consumed,
  };
}

async function makeProposal(
  group: StableGroup,
  request: ProposalRequest,
  environment: GroupEnvironment,
): Promise<{ proposal: Proposal; hpkePrivateKey: Uint8Array | null }> {
  switch (request.kind) {
    case 'add': {
      const keyPackage = await asRefusal(() => decodeKeyPackage(request.keyPackage.slice()));
      return { proposal: { proposalType: 'add', add: { keyPackage } }, hpkePrivateKey: null };
    }
    case 'remove':
      return {
        proposal: { proposalType: 'remove', remove: { removed: request.leafIndex } },
        hpkePrivateKey: null,
      };
    case 'update':
      return makeUpdate(group, request.identity, environment.nowMs);
  }
}

async function makeUpdate(
  { client }: StableGroup,
  identity: IdentityKeys,
  nowMs: number,
): Promise<{ proposal: Proposal; hpkePrivateKey: Uint8Array }> {
  const suite = await loadMlsSuite();
  const { leafIndex } = client.privatePath;
  const renewed = await renewCredential(client, identity, nowMs);
  const keys = await suite.hpke.generateKeyPair();
  const leaf: Omit<LeafNode & { leafNodeSource: 'update' }, 'signature'> = {
    leafNodeSource: 'update',
    hpkePublicKey: await suite.hpke.exportPublicKey(keys.publicKey),
    signaturePublicKey: renewed.signaturePublicKey,
    credential: renewed.credential,
    capabilities: LEAF_CAPABILITIES,
    extensions: [],
  };
  const tbs = encode(leafNodeTBSEncoder)({ ...leaf, groupId: client.groupContext.groupId, leafIndex });
  const signature = await signWithLabel(client.signaturePrivateKey, 'LeafNodeTBS', tbs, suite.signature);
  return {
    proposal: { proposalType: 'update', update: { leafNode: { ...leaf, signature } } },
    hpkePrivateKey: await suite.hpke.exportPrivateKey(keys.privateKey),
  };
}
