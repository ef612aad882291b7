/**
 * One epoch of a saved group:
 *
 *     epoch = context ‖ lp(confirmation tag) ‖ lp(key schedule) ‖ lp(secret tree) ‖ lp(ratchet tree)
 *             ‖ lp(private path) ‖ lp(signature key) ‖ lp(pending proposals) ‖ u8 count ‖ past…
 *     pending proposals = u32 count ‖ (lp(reference) ‖ sender leaf u32 ‖ lp(proposal))…
 *     past  = context ‖ lp(sender data secret) ‖ lp(secret tree) ‖ lp(leaves), oldest first
 *     context = lp(group id) ‖ epoch u64 ‖ lp(tree hash) ‖ lp(confirmed transcript hash)
 *
 * Inner structures are in the encoding of ts-mls; not so pending proposals, of whose sender its encoding
 * loses leaf 0. A restored epoch gets the closed configuration.
 */
import { bytesToBase64 } from 'ts-mls';
import type { ClientState, GroupContext, UnappliedProposals } from 'ts-mls';
import type { Decoder, Encoder } from 'ts-mls';
import type { BufferEncoder } from 'ts-mls/codec/tlsEncoder.js';
import { encode } from 'ts-mls/codec/tlsEncoder.js';
import type { EpochReceiverData } from 'ts-mls/epochReceiverData.js';
import { decodeKeySchedule, keyScheduleEncoder } from 'ts-mls/keySchedule.js';
import { decodePrivateKeyPath, privateKeyPathEncoder } from 'ts-mls/privateKeyPath.js';
import { decodeProposal, encodeProposal } from 'ts-mls/proposal.js';
import { decodeRatchetTree, ratchetTreeEncoder } from 'ts-mls/ratchetTree.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { decodeSecretTree, secretTreeEncoder } from 'ts-mls/secretTree.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import { base64ToBytes } from 'ts-mls/util/byteArray.js';
import { concat, joinAndWipe, lp, lpAndWipe } from '../bytes/concat.ts';
import { constantTimeEqual } from '../bytes/equal.ts';
import { u32, u64 } from '../bytes/integers.ts';
import { CryptoCoreError } from '../errors.ts';
import { ByteReader } from './byte-reader.ts';
import { GROUP_ID_BYTES, MAX_PAST_EPOCHS, MAX_PENDING_PROPOSALS, MAX_TREE_NODES } from './group-limits.ts';
import { CLOSED_CONFIG } from './group-policy.ts';
import { loadMlsSuite, MLS_SUITE } from './suite.ts';
import { isWellFormedTree } from './tree-check.ts';

/** Bytes of one epoch; they are secret. */
export function encodeEpoch(client: ClientState): Uint8Array {
  const past = [...client.historicalReceiverData.values()];
  return joinAndWipe(
    encodeContext(client.groupContext),
    lp(client.confirmationTag),
    pack(keyScheduleEncoder, client.keySchedule),
    pack(secretTreeEncoder, client.secretTree),
    pack(ratchetTreeEncoder, client.ratchetTree),
    pack(privateKeyPathEncoder, client.privatePath),
    lp(client.signaturePrivateKey),
    lp(encodeProposals(client.unappliedProposals)),
    new Uint8Array([past.length]),
    ...past.map(encodePast),
  );
}

/** The epoch that was saved. Throws, with whatever the library throws, for anything else. */
export async function decodeEpoch(bytes: Uint8Array): Promise<ClientState> {
  const reader = new ByteReader(bytes);
  const client: ClientState = {
    groupContext: decodeContext(reader),
    confirmationTag: reader.lp(),
    keySchedule: unpack(decodeKeySchedule, reader),
    secretTree: unpack(decodeSecretTree, reader),
    ratchetTree: unpack(decodeRatchetTree, reader),
    privatePath: unpack(decodePrivateKeyPath, reader),
    signaturePrivateKey: reader.lp(),
    unappliedProposals: decodeProposals(reader.lp()),
    historicalReceiverData: decodePastEpochs(reader),
    groupActiveState: { kind: 'active' },
    clientConfig: CLOSED_CONFIG,
  };
  reader.end();
  await assertWhole(client);
  return client;
}

/** The tree is the one of the context, and the secret tree fits it. */
async function assertWhole(client: ClientState): Promise<void> {
  const { groupContext, ratchetTree, secretTree } = client;
  if (!isWellFormedTree(ratchetTree, MAX_TREE_NODES) || secretTree.length !== ratchetTree.length) fail();
  const suite = await loadMlsSuite();
  if (!constantTimeEqual(await treeHashRoot(ratchetTree, suite.hash), groupContext.treeHash)) fail();
}

function encodeContext({ groupId, epoch, treeHash, confirmedTranscriptHash }: GroupContext): Uint8Array {
  return concat(lp(groupId), u64(Number(epoch)), lp(treeHash), lp(confirmedTranscriptHash));
}

function decodeContext(reader: ByteReader): GroupContext {
  const groupId = reader.lp();
  if (groupId.length !== GROUP_ID_BYTES) return fail();
  return {
    version: 'mls10',
    cipherSuite: MLS_SUITE,
    groupId,
    epoch: BigInt(reader.u64()),
    treeHash: reader.lp(),
    confirmedTranscriptHash: reader.lp(),
    extensions: [],
  };
}

function encodeProposals(proposals: UnappliedProposals): Uint8Array {
  const items = Object.entries(proposals).map(([reference, { proposal, senderLeafIndex }]) => {
    if (senderLeafIndex === undefined) throw new CryptoCoreError('internal');
    return concat(lp(base64ToBytes(reference)), u32(senderLeafIndex), lp(encodeProposal(proposal)));
  });
  return concat(u32(items.length), ...items);
}

function decodeProposals(bytes: Uint8Array): UnappliedProposals {
  const reader = new ByteReader(bytes);
  const count = reader.u32();
  if (count > MAX_PENDING_PROPOSALS) return fail();
  const proposals: UnappliedProposals = {};
  for (let i = 0; i < count; i++) {
    const reference = bytesToBase64(reader.lp());
    const senderLeafIndex = reader.u32();
    proposals[reference] = { proposal: unpack(decodeProposal, reader), senderLeafIndex };
  }
  reader.end();
  return proposals;
}

function encodePast(past: EpochReceiverData): Uint8Array {
  return joinAndWipe(
    encodeContext(past.groupContext),
    lp(past.senderDataSecret),
    pack(secretTreeEncoder, past.secretTree),
    pack(ratchetTreeEncoder, past.ratchetTree),
  );
}

function decodePastEpochs(reader: ByteReader): Map<bigint, EpochReceiverData> {
  const count = reader.u8();
  if (count > MAX_PAST_EPOCHS) return fail();
  const epochs = new Map<bigint, EpochReceiverData>();
  for (let i = 0; i < count; i++) {
    const past: EpochReceiverData = {
      groupContext: decodeContext(reader),
      senderDataSecret: reader.lp(),
      secretTree: unpack(decodeSecretTree, reader),
      ratchetTree: unpack(decodeLeaves, reader),
      resumptionPsk: new Uint8Array(0),
    };
    if (!isWellFormedTree(past.ratchetTree, MAX_TREE_NODES)) return fail();
    epochs.set(past.groupContext.epoch, past);
  }
  return epochs.size === count ? epochs : fail();
}

const decodeLeaves: Decoder<RatchetTree> = (bytes, offset) => decodeRatchetTree(bytes, offset);

function pack<T>(encoder: BufferEncoder<T>, value: T): Uint8Array {
  const encoded: ReturnType<Encoder<T>> = encode(encoder)(value);
  return lpAndWipe(encoded);
}

function unpack<T>(decoder: Decoder<T>, reader: ByteReader): T {
  const bytes = reader.lp();
  const decoded = decoder(bytes, 0);
  if (decoded === undefined || decoded[1] !== bytes.length) return fail();
  return decoded[0];
}

function fail(): never {
  throw new CryptoCoreError('invalid-argument');
}
