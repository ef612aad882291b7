/** Puts the transfers of a conversation between its messages, by time. Pure. */
import type { PreviewItem, TransferView } from '@enk/context';
import { daysBetween } from '@enk/internal';
import type { MessageRow } from './message-rows.ts';

export interface TransferRow {
  readonly kind: 'transfer';
  readonly key: string;
  readonly transfer: TransferView;
}

/**
 * `transfers` oldest first. `hasOlder`, `hasNewer`: more messages lie before or behind the rows; transfers from there
 * come with them.
 */
export function withTransfers(
  rows: readonly MessageRow[],
  transfers: readonly TransferView[],
  { hasOlder, hasNewer }: { readonly hasOlder: boolean; readonly hasNewer: boolean },
): readonly (MessageRow | TransferRow)[] {
  const times = rows.flatMap(row => (row.kind === 'message' ? [row.message.sentAtMs] : []));
  const [first, last] = [times[0] ?? Number.NEGATIVE_INFINITY, times.at(-1) ?? Number.POSITIVE_INFINITY];
  const shown = transfers.filter(
    ({ createdAtMs }) => (!hasOlder || createdAtMs >= first) && (!hasNewer || createdAtMs <= last),
  );
  const merged: (MessageRow | TransferRow)[] = [];
  let next = 0;
  let lastMs: number | null = null;
  const take = (beforeMs: number): void => {
    for (; next < shown.length && (shown[next] as TransferView).createdAtMs < beforeMs; next++) {
      const transfer = shown[next] as TransferView;
      const { createdAtMs: atMs } = transfer;
      const isNewDay = lastMs === null ? merged.length === 0 : daysBetween(lastMs, atMs) !== 0;
      if (isNewDay) merged.push({ kind: 'day', key: `day-${transfer.id}`, atMs });
      merged.push({ kind: 'transfer', key: transfer.id, transfer });
      lastMs = atMs;
    }
  };
  rows.forEach((row, index) => {
    if (row.kind === 'day') {
      take(row.atMs);
      if (lastMs !== null && daysBetween(lastMs, row.atMs) === 0) return; // the transfers have shown it
    }
    if (row.kind === 'message') {
      const isBehindMarker = rows[index - 1]?.kind !== 'message';
      if (!isBehindMarker) take(row.message.sentAtMs);
      lastMs = row.message.sentAtMs;
    }
    merged.push(row);
  });
  take(Number.POSITIVE_INFINITY);
  return merged;
}

/** What of a conversation can be looked at, oldest first: files that are here. A folder is looked at among the files. */
export function previewItems(transfers: readonly TransferView[]): readonly PreviewItem[] {
  return transfers.flatMap(
    ({ fileId, isMine, state, fileCount, name, claimedName, sizeBytes, caption, createdAtMs }) => {
      const isHere = fileId !== null && fileCount === null && (isMine || state === 'done');
      if (!isHere) return [];
      const claim = isMine ? {} : { claimedName };
      return [{ id: fileId, name, sizeBytes, caption, createdAtMs, ...claim }];
    },
  );
}
