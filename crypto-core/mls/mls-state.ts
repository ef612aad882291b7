/**
 * State of a pair's MLS group, and what a layer setup derives from it.
 *
 * The state is data in memory, replaced after each message. It shares buffers with its successor:
 * a superseded state must not be used once `consumed` was wiped (ts-mls would encrypt under zeros).
 */
import { mlsExporter } from 'ts-mls';
import type { ClientState } from 'ts-mls';
import { wipe } from '../bytes/wipe.ts';
import { loadMlsSuite } from './suite.ts';

/** One side of a two-leaf group at epoch 1; the creator is leaf 0, the joiner leaf 1. */
export interface MlsState {
  readonly client: ClientState;
  readonly peerLeafIndex: 0 | 1;
}

/** MLS-Exporter (RFC 9420 §8.5): `length` bytes that both members derive. The caller wipes them. */
export async function exportMlsSecret(
  state: MlsState,
  label: string,
  context: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  const suite = await loadMlsSuite();
  return mlsExporter(state.client.keySchedule.exporterSecret, label, context, length, suite);
}

/** The epoch authenticator (RFC 9420 §8.7), 64 bytes: equal on both sides, not secret from them. */
export function mlsEpochAuthenticator(state: MlsState): Uint8Array {
  return state.client.keySchedule.epochAuthenticator.slice();
}

/**
 * Wipes what only setup and later commits need: the pair's group never commits again, and an
 * exporter secret that stays would give away the handshake's MLS input. After it, exports are
 * meaningless; messages go on.
 */
export function wipeMlsSetupSecrets(state: MlsState): void {
  const { exporterSecret, initSecret, resumptionPsk, externalSecret, membershipKey, confirmationKey } =
    state.client.keySchedule;
  wipe(exporterSecret, initSecret, resumptionPsk, externalSecret, membershipKey, confirmationKey);
  wipe(...Object.values(state.client.privatePath.privateKeys));
}

/** Wipes every secret of the state when its session ends. */
export function wipeMlsState(state: MlsState): void {
  wipeMlsSetupSecrets(state);
  const { senderDataSecret, epochAuthenticator } = state.client.keySchedule;
  wipe(senderDataSecret, epochAuthenticator, state.client.signaturePrivateKey);
  wipeSecretTree(state.client);
}

/**
 * Wipes an epoch that a Commit ended: its init secret, with what the Commit said, would give the next epoch. Not the
 * keys that the epochs share: HPKE and signature keys.
 */
export function wipeEndedEpoch(client: ClientState): void {
  wipe(...Object.values(client.keySchedule));
  wipeSecretTree(client);
}

function wipeSecretTree(client: ClientState): void {
  for (const node of client.secretTree) {
    wipe(node.application.secret, node.handshake.secret);
    wipe(...Object.values(node.application.unusedGenerations));
    wipe(...Object.values(node.handshake.unusedGenerations));
  }
}
