/** Why a message of a group was refused. Inside the package it is thrown; the boundary returns it. */
import { CryptoCoreError } from '../errors.ts';

/**
 * What the caller may do about a refusal:
 * - `malformed`, `refused`: count it; nothing can be made of it.
 * - `other-group`: it belongs elsewhere.
 * - `future-epoch`: keep it until the Commits before it came.
 * - `missing-proposal`: keep this Commit until the proposals that it names came.
 * - `past-epoch`: of an epoch that is no longer kept, or a Commit or Proposal that came too late.
 * - `own-message`: it is the Commit of ours that waits, come back. No acknowledgement: anybody can send it back.
 *   Our other messages are `refused` when they come back, for their keys are gone.
 * - `state-behind`: signed by us, with a key that this state has not used: it is an older one, restored. Stop
 *   sending, or keys are used twice; leave, and join anew.
 * - `not-allowed`: genuine, but the policy or the profile forbids it.
 */
export type GroupRefusalReason =
  | 'malformed'
  | 'refused'
  | 'other-group'
  | 'future-epoch'
  | 'missing-proposal'
  | 'past-epoch'
  | 'own-message'
  | 'state-behind'
  | 'not-allowed';

/** A `protocol-error` with a reason that stays on this side. */
export class GroupRefusal extends CryptoCoreError {
  constructor(
    readonly reason: GroupRefusalReason,
    options?: { readonly cause?: unknown },
  ) {
    super('protocol-error', options);
  }
}

/** Throws a refusal. */
export function refuse(reason: GroupRefusalReason): never {
  throw new GroupRefusal(reason);
}

/** Runs `action`; whatever else it throws becomes a `refused`, a caller's mistake stays one. */
export async function asRefusal<T>(action: () => Promise<T> | T): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof GroupRefusal) throw cause;
    if (cause instanceof CryptoCoreError && cause.code !== 'protocol-error') throw cause;
    throw new GroupRefusal('refused', { cause });
  }
}
