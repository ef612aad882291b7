/**
 * What the loader leaves in the page: whoever starts a worker asks here for its bytes, so that they too come from the
 * mirror that works (p2p-core/worker/start-verified-worker.ts). The asker verifies them once more.
 */
const sourceKey = Symbol.for('@enk/loader');

export interface PublishedSource {
  readonly release: string;
  /** Bytes of a file of the release by its name; rejects when no mirror has them unaltered. */
  readonly fetch: (file: string) => Promise<ArrayBuffer>;
}

type SourceGlobal = typeof globalThis & { [sourceKey]?: PublishedSource };

export function publishedSource(): PublishedSource | undefined {
  return (globalThis as SourceGlobal)[sourceKey];
}

export function publishSource(source: PublishedSource): void {
  (globalThis as SourceGlobal)[sourceKey] = source;
}
