/** What the long form of a test is: ENK_LONG=1, and how its figures are written down. */

/** True with ENK_LONG=1: minutes instead of seconds. */
export const isLong = Boolean(process.env['ENK_LONG']);

/** Times to recover as one line a kind: median, 95th percentile (the largest below 20 values), number. */
export function describeRecoveries(recoveriesMs: ReadonlyMap<string, readonly number[]>): string {
  const rows = [...recoveriesMs].map(([kind, values]) => {
    const sorted = [...values].sort((a, b) => a - b);
    const at = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return `  ${kind}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, n ${sorted.length} (${sorted.join(', ')})`;
  });
  return `time to recover\n${rows.join('\n')}`;
}
