/**
 * The profile's KID (RFC 9605 §5.2 leaves the layout to the application):
 *
 *     KID = epoch mod 2^16 (u16) ‖ leaf (u16) ‖ track slot (u8)
 *
 * 40 bits, so that a header takes 5 to 11 bytes. The KID only finds the key; whose key it is follows from
 * where the key came from.
 */
import { CryptoCoreError } from '../errors.ts';

/** Tracks that one member sends at a time: microphone, camera and screen, each with its simulcast layers. */
export const TRACK_SLOTS = 16;

/** Leaves that fit into a KID. */
export const SFRAME_LEAVES_MAX = 0x1_0000;

const EPOCH_MASK = 0xffffn;
const KID_LIMIT = 1n << 40n;

/** Who sends which track in which epoch. */
export interface TrackAddress {
  /** MLS epoch; as decoded, modulo 2^16. */
  readonly epoch: bigint;
  /** MLS leaf index, below 2^16. */
  readonly leaf: number;
  /** 0 … 15. */
  readonly slot: number;
}

/** The KID of a track. Throws `invalid-argument` for a leaf or slot outside its range. */
export function encodeKid({ epoch, leaf, slot }: TrackAddress): bigint {
  if (epoch < 0n || !isLeaf(leaf) || !isSlot(slot)) {
    throw new CryptoCoreError('invalid-argument');
  }
  return ((epoch & EPOCH_MASK) << 24n) | (BigInt(leaf) << 8n) | BigInt(slot);
}

/** The track that a KID names; null when no sender of the profile makes such a KID. */
export function decodeKid(kid: bigint): TrackAddress | null {
  const slot = Number(kid & 0xffn);
  if (kid >= KID_LIMIT || slot >= TRACK_SLOTS) return null;
  return { epoch: kid >> 24n, leaf: Number((kid >> 8n) & 0xffffn), slot };
}

/** Whether a KID's epoch is this one, as far as 16 bits tell. */
export function isSameEpoch(address: TrackAddress, epoch: bigint): boolean {
  return address.epoch === (epoch & EPOCH_MASK);
}

/** Whether `leaf` fits into a KID. */
export function isLeaf(leaf: number): boolean {
  return isBelow(leaf, SFRAME_LEAVES_MAX);
}

/** Whether `slot` is one of a member's track slots. */
export function isSlot(slot: number): boolean {
  return isBelow(slot, TRACK_SLOTS);
}

function isBelow(value: number, limit: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < limit;
}
