/**
 * Which secrets a group's state holds, which of them the next epoch still needs, and which past epochs
 * stay readable (SPEC.md CC-GRP: retention).
 *
 * Successive states share buffers. So nothing is wiped here: `secretsGone` names the buffers that the
 * old state holds and the new one does not, and the caller wipes them once the new state is stored.
 */
import type { ClientState, GenerationSecret, Node, SecretTree, SecretTreeNode } from 'ts-mls';
import type { EpochReceiverData } from 'ts-mls/epochReceiverData.js';
import { constantTimeEqual } from '../bytes/equal.ts';
import { claimedIdentity } from './credential.ts';
import { MAX_PAST_EPOCHS } from './group-limits.ts';

const EMPTY = new Uint8Array(0);
const NO_RATCHET: GenerationSecret = { secret: EMPTY, generation: 0, unusedGenerations: {} };
const NO_RATCHETS: SecretTreeNode = { application: NO_RATCHET, handshake: NO_RATCHET };

/** Every secret buffer of a state. */
export function secretsOf(client: ClientState): Set<Uint8Array> {
  const { senderDataSecret, exporterSecret, confirmationKey, initSecret, epochAuthenticator } =
    client.keySchedule;
  const { externalSecret, membershipKey, resumptionPsk } = client.keySchedule;
  const secrets = new Set([
    senderDataSecret,
    exporterSecret,
    confirmationKey,
    initSecret,
    epochAuthenticator,
  ]);
  for (const secret of [externalSecret, membershipKey, resumptionPsk]) secrets.add(secret);
  secrets.add(client.signaturePrivateKey);
  for (const key of Object.values(client.privatePath.privateKeys)) secrets.add(key);
  addRatchets(secrets, client.secretTree);
  for (const epoch of client.historicalReceiverData.values()) {
    secrets.add(epoch.senderDataSecret).add(epoch.resumptionPsk);
    addRatchets(secrets, epoch.secretTree);
  }
  for (const secret of secrets) if (secret.length === 0) secrets.delete(secret);
  return secrets;
}

/** Secrets that `before` holds and `after` does not, neither do they share memory. */
export function secretsGone(before: ClientState, after: ClientState): Uint8Array[] {
  const kept = secretsOf(after);
  return [...secretsOf(before)].filter(secret => !kept.has(secret));
}

function addRatchets(secrets: Set<Uint8Array>, tree: SecretTree): void {
  for (const { application, handshake } of tree) {
    for (const ratchet of [application, handshake]) {
      secrets.add(ratchet.secret);
      for (const secret of Object.values(ratchet.unusedGenerations)) secrets.add(secret);
    }
  }
}

/**
 * A new epoch without what this profile never uses: secrets of external joins, public messages and
 * resumption, ratchets of inner nodes and blank leaves, private keys of nodes that are blank now, and
 * past epochs (see `withPastEpochs`).
 */
export function trimEpoch(client: ClientState): ClientState {
  const { ratchetTree, privatePath } = client;
  const privateKeys = Object.fromEntries(
    Object.entries(privatePath.privateKeys).filter(([index]) => ratchetTree[Number(index)] !== undefined),
  );
  return {
    ...client,
    keySchedule: {
      ...client.keySchedule,
      externalSecret: EMPTY,
      membershipKey: EMPTY,
      resumptionPsk: EMPTY,
    },
    privatePath: { ...privatePath, privateKeys },
    secretTree: client.secretTree.map((node, index) =>
      index % 2 === 0 && ratchetTree[index] !== undefined ? node : NO_RATCHETS,
    ),
    historicalReceiverData: new Map(),
  };
}

/**
 * `next` with the past epochs of `previous`, and `previous` itself as the newest of at most four. Whoever
 * left in between is struck out of all of them: nothing that a removed member sends opens any more.
 */
export function withPastEpochs(next: ClientState, previous: ClientState): ClientState {
  const past = [...previous.historicalReceiverData].sort(([a], [b]) => (a < b ? -1 : 1));
  const all = [...past, [previous.groupContext.epoch, toReceiverData(previous)] as const];
  const gone = (index: number): boolean =>
    !isSameMember(previous.ratchetTree[index], next.ratchetTree[index]);
  const kept = all.slice(-MAX_PAST_EPOCHS).map(([epoch, data]) => [epoch, strike(data, gone)] as const);
  return { ...next, historicalReceiverData: new Map(kept) };
}

function isSameMember(before: Node | undefined, after: Node | undefined): boolean {
  if (before?.nodeType !== 'leaf' || after?.nodeType !== 'leaf') return false;
  const [a, b] = [claimedIdentity(before.leaf.credential), claimedIdentity(after.leaf.credential)];
  return a !== null && b !== null && constantTimeEqual(a, b);
}

function strike(data: EpochReceiverData, gone: (index: number) => boolean): EpochReceiverData {
  return {
    ...data,
    ratchetTree: data.ratchetTree.map((node, index) => (gone(index) ? undefined : node)),
    secretTree: data.secretTree.map((node, index) => (gone(index) ? NO_RATCHETS : node)),
  };
}

/** Without the past epochs before `oldest`. */
export function withoutEpochsBefore(client: ClientState, oldest: bigint): ClientState {
  const kept = [...client.historicalReceiverData].filter(([epoch]) => epoch >= oldest);
  return { ...client, historicalReceiverData: new Map(kept) };
}

/** What opens late application messages of others: nothing that could send, propose or commit. */
function toReceiverData(client: ClientState): EpochReceiverData {
  const own = 2 * client.privatePath.leafIndex;
  return {
    resumptionPsk: EMPTY,
    senderDataSecret: client.keySchedule.senderDataSecret,
    groupContext: client.groupContext,
    ratchetTree: client.ratchetTree.map((node, index) => (index % 2 === 0 ? node : undefined)),
    secretTree: client.secretTree.map((node, index) =>
      index % 2 === 0 && index !== own
        ? { application: node.application, handshake: NO_RATCHET }
        : NO_RATCHETS,
    ),
  };
}
