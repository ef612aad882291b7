/**
 * One change of the database as it is written: a sealed record put, a name deleted, or all names between two.
 *
 *     change:  u8 kind ‖ u8 store ‖ bytes ‖ bytes       put: name, sealed   delete: first, last (both included)
 *     bytes:   u32 length ‖ that many bytes
 */
import { type NameRange, type RecordName, STORE_NAMES, type StoreName } from '../record-name.ts';

export type SealedChange =
  | {
      readonly kind: 'put';
      readonly store: StoreName;
      readonly name: RecordName;
      readonly sealed: Uint8Array<ArrayBuffer>;
    }
  | { readonly kind: 'delete'; readonly store: StoreName; readonly at: NameRange };

const KINDS = ['put', 'delete'] as const;

const parts = (change: SealedChange): readonly [Uint8Array, Uint8Array] =>
  change.kind === 'put' ? [change.name, change.sealed] : [change.at.first, change.at.last];

/** The changes behind `offset` bytes that are the caller's. */
export function encodeChanges(changes: readonly SealedChange[], offset: number): Uint8Array<ArrayBuffer> {
  const lengths = changes.map(change => {
    const [one, other] = parts(change);
    return 2 + 4 + one.length + 4 + other.length;
  });
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, offset));
  const view = new DataView(bytes.buffer);
  let at = offset;
  for (const change of changes) {
    bytes[at++] = KINDS.indexOf(change.kind);
    bytes[at++] = STORE_NAMES.indexOf(change.store);
    for (const part of parts(change)) {
      view.setUint32(at, part.length);
      bytes.set(part, at + 4);
      at += 4 + part.length;
    }
  }
  return bytes;
}

/** Reverses `encodeChanges`. Throws RangeError on anything else; the caller has checked a digest. */
export function decodeChanges(bytes: Uint8Array, offset: number): SealedChange[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const changes: SealedChange[] = [];
  let at = offset;
  const take = (): Uint8Array<ArrayBuffer> => {
    const end = at + 4 + view.getUint32(at);
    if (end > bytes.length) throw new RangeError('journal entry');
    const part = bytes.slice(at + 4, end);
    at = end;
    return part;
  };
  while (at < bytes.length) {
    const [kind, store] = [KINDS[view.getUint8(at)], STORE_NAMES[view.getUint8(at + 1)]];
    if (kind === undefined || store === undefined) throw new RangeError('journal entry');
    at += 2;
    const [one, other] = [take(), take()];
    const [first, last] = [one as RecordName, other as RecordName];
    changes.push(
      kind === 'put' ? { kind, store, name: first, sealed: other } : { kind, store, at: { first, last } },
    );
  }
  return changes;
}
