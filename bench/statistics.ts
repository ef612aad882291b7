/** Quantiles, and the rows that every benchmark reports. */

/** One row. */
export interface BenchCase {
  readonly name: string;
  readonly unit: string;
  /** What the machine does when others leave it alone: on a shared one the steadier figure. */
  readonly p10: number;
  readonly p50: number;
  readonly p95: number;
}

/** The value below which a share `q` of `values` lies, to two decimals; 0 for none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0);
}

/** To two decimals. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The row of many measurements. */
export function toCase(name: string, unit: string, values: readonly number[]): BenchCase {
  return { name, unit, p10: quantile(values, 0.1), p50: quantile(values, 0.5), p95: quantile(values, 0.95) };
}

/** The row of one figure that does not vary. */
export function fixedCase(name: string, unit: string, value: number): BenchCase {
  return { name, unit, p10: round(value), p50: round(value), p95: round(value) };
}
