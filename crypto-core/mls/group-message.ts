/**
 * Application messages of a group: PrivateMessages (RFC 9420 §6.3) with empty `authenticated_data`.
 *
 * Not responsible for padding, ids or order: the caller pads (SPEC.md CC-PAD) and numbers what it sends.
 */
import { encodeMlsMessage } from 'ts-mls';
import { protectApplicationData } from 'ts-mls/messageProtection.js';
import { CryptoCoreError } from '../errors.ts';
import { MAX_GROUP_PLAINTEXT_BYTES } from './group-limits.ts';
import { whileLive } from './group-live.ts';
import { currentEpoch, withCurrentEpoch } from './group-state.ts';
import type { MlsGroup } from './group-state.ts';
import { loadMlsSuite } from './suite.ts';

/** A new state, what to send, and what to wipe: in this order, after the state was stored. */
export interface GroupSendStep<Group extends MlsGroup = MlsGroup> {
  readonly group: Group;
  /** MLSMessage(PrivateMessage). */
  readonly message: Uint8Array;
  readonly consumed: readonly Uint8Array[];
}

/**
 * Encrypts and signs `plaintext` (at most 520,000 bytes) for the current epoch; about 131 bytes more. A
 * pending Commit of ours and pending Proposals do not hold it up: membership may wait, messages flow.
 * Throws `invalid-argument` for a longer plaintext and a superseded state.
 */
export async function sealGroupMessage(group: MlsGroup, plaintext: Uint8Array): Promise<GroupSendStep> {
  if (plaintext.length > MAX_GROUP_PLAINTEXT_BYTES) throw new CryptoCoreError('invalid-argument');
  return whileLive(group, () => seal(group, plaintext));
}

async function seal(group: MlsGroup, plaintext: Uint8Array): Promise<GroupSendStep> {
  const suite = await loadMlsSuite();
  const current = currentEpoch(group);
  const { client } = current;
  const sealed = await protectApplicationData(
    client.signaturePrivateKey,
    client.keySchedule.senderDataSecret,
    plaintext,
    new Uint8Array(0),
    client.groupContext,
    client.secretTree,
    client.privatePath.leafIndex,
    client.clientConfig.paddingConfig,
    suite,
  );
  const message = encodeMlsMessage({
    version: 'mls10',
    wireformat: 'mls_private_message',
    privateMessage: sealed.privateMessage,
  });
  const next = { ...current, client: { ...client, secretTree: sealed.newSecretTree } };
  return { group: withCurrentEpoch(group, next), message, consumed: sealed.consumed };
}
