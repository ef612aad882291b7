/**
 * Saved groups and key packages: bytes for the vault, never for the wire. They are secrets.
 *
 *     group       "ENKG" ‖ version u8 = 1 ‖ lp(suite name) ‖ kind u8 (0 stable, 1 pendingCommit) ‖ current
 *                 kind 1: ‖ lp(staged epoch) ‖ lp(commit) ‖ u8 (0, or 1 ‖ lp(welcome))
 *     current     lp(epoch) ‖ u32 count ‖ (lp(reference) ‖ lp(private key))…            proposed updates
 *     key package "ENKK" ‖ version u8 = 1 ‖ lp(suite name) ‖ lp(public bytes) ‖ lp(init) ‖ lp(hpke) ‖ lp(sign)
 *
 * The suite stands there by name: the library's number is private and may change. What an epoch holds is
 * in group-epoch-codec.ts. One encoding per state; trailing bytes and other versions are refused.
 */
import type { ClientState } from 'ts-mls';
import { concat, joinAndWipe, lp, lpAndWipe } from '../bytes/concat.ts';
import { constantTimeEqual } from '../bytes/equal.ts';
import { u32 } from '../bytes/integers.ts';
import { decodeUtf8, utf8 } from '../bytes/utf8.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import { ByteReader } from './byte-reader.ts';
import { claimedIdentity } from './credential.ts';
import { decodeKeyPackage } from './decode.ts';
import { assertGroupState } from './group-check.ts';
import type { GroupKeyPackage } from './group-create.ts';
import { decodeEpoch, encodeEpoch } from './group-epoch-codec.ts';
import { MAX_GROUP_STATE_BYTES, MAX_PENDING_PROPOSALS } from './group-limits.ts';
import { assertLive } from './group-live.ts';
import type { MlsGroup, ProposedUpdate, StableGroup } from './group-state.ts';
import { MLS_SUITE } from './suite.ts';

const GROUP_MAGIC = utf8('ENKG');
const KEY_PACKAGE_MAGIC = utf8('ENKK');
const VERSION = 1;
const STABLE = 0;
const PENDING_COMMIT = 1;

/**
 * Bytes of a group, at most 8 MiB. The caller seals them in the vault and wipes them. Throws `invalid-argument`
 * for a superseded state.
 */
export function encodeMlsGroup(group: MlsGroup): Uint8Array {
  assertLive(group);
  const header = concat(GROUP_MAGIC, new Uint8Array([VERSION]), lp(utf8(MLS_SUITE)));
  if (group.kind === 'stable') return joinAndWipe(header, new Uint8Array([STABLE]), encodeStable(group));
  const { parent, staged, commit, welcome } = group;
  return joinAndWipe(
    header,
    new Uint8Array([PENDING_COMMIT]),
    encodeStable(parent),
    lpAndWipe(encodeEpoch(staged)),
    lp(commit),
    welcome === null ? new Uint8Array([0]) : concat(new Uint8Array([1]), lp(welcome)),
  );
}

/**
 * The group that was saved. Throws `invalid-argument` for anything that `encodeMlsGroup` did not make.
 * `bytes` stays the caller's; the result shares no memory with it.
 */
export async function decodeMlsGroup(bytes: Uint8Array): Promise<MlsGroup> {
  if (bytes.length > MAX_GROUP_STATE_BYTES) throw new CryptoCoreError('invalid-argument');
  return onCopy(bytes, async copy => {
    const reader = openHeader(copy, GROUP_MAGIC);
    const kind = reader.u8();
    const current = await decodeStable(reader);
    const group = kind === STABLE ? current : await decodePending(reader, kind, current);
    reader.end();
    const encoded = encodeMlsGroup(group);
    const isCanonical = constantTimeEqual(encoded, copy);
    wipe(encoded);
    return isCanonical ? group : fail();
  });
}

/** Bytes of an unused key package. The caller seals them in the vault and wipes them. */
export function encodeGroupKeyPackage(keyPackage: GroupKeyPackage): Uint8Array {
  const { initPrivateKey, hpkePrivateKey, signaturePrivateKey } = keyPackage.privatePackage;
  return joinAndWipe(
    KEY_PACKAGE_MAGIC.slice(),
    new Uint8Array([VERSION]),
    lp(utf8(MLS_SUITE)),
    lp(keyPackage.publicBytes),
    lp(initPrivateKey),
    lp(hpkePrivateKey),
    lp(signaturePrivateKey),
  );
}

/** The key package that was saved. Throws `invalid-argument` for anything else. */
export async function decodeGroupKeyPackage(bytes: Uint8Array): Promise<GroupKeyPackage> {
  if (bytes.length > MAX_GROUP_STATE_BYTES) throw new CryptoCoreError('invalid-argument');
  return onCopy(bytes, copy => {
    const reader = openHeader(copy, KEY_PACKAGE_MAGIC);
    const publicBytes = reader.lp();
    const [initPrivateKey, hpkePrivateKey, signaturePrivateKey] = [reader.lp(), reader.lp(), reader.lp()];
    reader.end();
    const publicPackage = decodeKeyPackage(publicBytes);
    const identityKey = claimedIdentity(publicPackage.leafNode.credential) ?? fail();
    const privatePackage = { initPrivateKey, hpkePrivateKey, signaturePrivateKey };
    return { publicBytes, identityKey, publicPackage, privatePackage };
  });
}

function encodeStable({ client, proposedUpdates }: StableGroup): Uint8Array {
  const updates = proposedUpdates.map(({ reference, hpkePrivateKey }) =>
    joinAndWipe(lp(utf8(reference)), lp(hpkePrivateKey)),
  );
  return joinAndWipe(lpAndWipe(encodeEpoch(client)), u32(updates.length), ...updates);
}

async function decodeStable(reader: ByteReader): Promise<StableGroup> {
  const client = await readEpoch(reader);
  const count = reader.u32();
  if (count > MAX_PENDING_PROPOSALS) return fail();
  const proposedUpdates: ProposedUpdate[] = [];
  for (let i = 0; i < count; i++) {
    proposedUpdates.push({ reference: decodeUtf8(reader.lp()), hpkePrivateKey: reader.lp() });
  }
  return { kind: 'stable', client, proposedUpdates };
}

async function readEpoch(reader: ByteReader): Promise<ClientState> {
  const encoded = reader.lp();
  try {
    const client = await decodeEpoch(encoded);
    assertGroupState(client);
    return client;
  } finally {
    wipe(encoded);
  }
}

async function decodePending(reader: ByteReader, kind: number, parent: StableGroup): Promise<MlsGroup> {
  if (kind !== PENDING_COMMIT) return fail();
  const staged = await readEpoch(reader);
  const { groupId, epoch } = parent.client.groupContext;
  if (!constantTimeEqual(staged.groupContext.groupId, groupId)) return fail();
  if (staged.groupContext.epoch !== epoch + 1n || staged.historicalReceiverData.size !== 0) return fail();
  const commit = reader.lp();
  const welcome = reader.u8() === 1 ? reader.lp() : null;
  return { kind: 'pendingCommit', parent, staged, commit, welcome };
}

function openHeader(bytes: Uint8Array, magic: Uint8Array): ByteReader {
  const reader = new ByteReader(bytes);
  if (!constantTimeEqual(reader.take(magic.length), magic) || reader.u8() !== VERSION) return fail();
  if (decodeUtf8(reader.lp()) !== MLS_SUITE) return fail();
  return reader;
}

/** Runs `action` on a copy of saved bytes, which is wiped; a reader's results are copies of their own. */
async function onCopy<T>(bytes: Uint8Array, action: (copy: Uint8Array) => Promise<T> | T): Promise<T> {
  const copy = bytes.slice();
  try {
    return await action(copy);
  } catch (cause) {
    if (cause instanceof CryptoCoreError && cause.code === 'invalid-argument') throw cause;
    throw new CryptoCoreError('invalid-argument', { cause });
  } finally {
    wipe(copy);
  }
}

function fail(): never {
  throw new CryptoCoreError('invalid-argument');
}
