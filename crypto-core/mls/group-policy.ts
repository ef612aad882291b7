/**
 * Who may be in a group and who may change it: asked of the caller, and given to the library as its
 * configuration for one operation (SPEC.md CC-GRP).
 *
 * MLS lets every member commit anything. Roles are the application's: the roster knows who belongs, the
 * group state names the committer (DESIGN.md §7). The answers must not depend on secrets.
 */
import { defaultKeyPackageEqualityConfig } from 'ts-mls';
import type { ClientConfig, ClientState, Credential } from 'ts-mls';
import { constantTimeEqual } from '../bytes/equal.ts';
import { claimedIdentity, createRosterAuthService, leafCertificateValidity } from './credential.ts';
import {
  MAX_GENERATION_JUMP,
  MAX_GROUP_LEAF_SPAN_S,
  MAX_PAST_EPOCHS,
  MAX_SKIPPED_GENERATIONS,
} from './group-limits.ts';
import type { GroupMember } from './group-state.ts';

/** What a Commit or Proposal would do. */
export type GroupChange =
  | { readonly kind: 'add'; readonly identityKeys: readonly Uint8Array[] }
  | { readonly kind: 'remove'; readonly members: readonly GroupMember[] }
  /** Fresh keys for these members, and for the committer. Nobody comes or goes. */
  | { readonly kind: 'update'; readonly members: readonly GroupMember[] };

/** The application's rules. Each answers at once and changes nothing. */
export interface GroupPolicy {
  /** Whether this identity belongs to the group: asked for every leaf that enters or changes. */
  mayBeMember(identityKey: Uint8Array): boolean;
  /** Whether this member may commit this change in the epoch numbered `epoch`. */
  mayCommit(committer: GroupMember, change: GroupChange, epoch: bigint): boolean;
  /** Whether this member may propose this change. */
  mayPropose(proposer: GroupMember, change: GroupChange, epoch: bigint): boolean;
}

/** What an operation on a group needs from outside. */
export interface GroupEnvironment {
  readonly policy: GroupPolicy;
  readonly nowMs: number;
}

/** Attached to every state between operations: whatever forgot to attach its own accepts nobody. */
export const CLOSED_CONFIG: ClientConfig = makeConfig({ validateCredential: async () => false });

/** `client` with the configuration for one operation. Our own identity is always a member. */
export function configure(
  client: ClientState,
  environment: GroupEnvironment,
  ownIdentity: Uint8Array,
): ClientState {
  return { ...client, clientConfig: createGroupConfig(environment, ownIdentity) };
}

/** The library's configuration for one operation. */
export function createGroupConfig(environment: GroupEnvironment, ownIdentity: Uint8Array): ClientConfig {
  const { policy, nowMs } = environment;
  const roster = createRosterAuthService(
    key => constantTimeEqual(key, ownIdentity) || policy.mayBeMember(key.slice()),
    nowMs,
  );
  return makeConfig({
    async validateCredential(credential, leafPublicKey) {
      return isSpanAccepted(credential) && roster.validateCredential(credential, leafPublicKey);
    },
  });
}

/** True for the certificate of a credential that spans at most 100 days. */
function isSpanAccepted(credential: Credential): boolean {
  const validity = leafCertificateValidity(credential);
  return validity !== null && validity.notAfterS - validity.notBeforeS <= MAX_GROUP_LEAF_SPAN_S;
}

/** True when the credential claims this identity. */
export function claims(credential: Credential, identityKey: Uint8Array): boolean {
  const claimed = claimedIdentity(credential);
  return claimed !== null && constantTimeEqual(claimed, identityKey);
}

function makeConfig(authService: ClientConfig['authService']): ClientConfig {
  return {
    authService,
    keyRetentionConfig: {
      retainKeysForGenerations: MAX_SKIPPED_GENERATIONS,
      retainKeysForEpochs: MAX_PAST_EPOCHS,
      maximumForwardRatchetSteps: MAX_GENERATION_JUMP,
    },
    lifetimeConfig: {
      maximumTotalLifetime: BigInt(MAX_GROUP_LEAF_SPAN_S),
      validateLifetimeOnReceive: true,
    },
    keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
    paddingConfig: { kind: 'alwaysPad', paddingLength: 0 },
  };
}
