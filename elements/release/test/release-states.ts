/** States of the release for tests, screenshots and accessibility checks; and a service that shows them. */
import {
  releaseServiceContext,
  type ReleaseService,
  type ReleaseSnapshot,
  type ReleaseStanding,
  type ReleaseView,
} from '@enk/context';
import { ContextProvider } from '@lit/context';

const hash = (character: string): string => `sha384-${character.repeat(64)}`;

export const RUNNING: ReleaseView = {
  version: '1.0.0',
  seq: 7,
  hash: hash('a'),
  expires: '2099-03-01T00:00:00Z',
  changes: ['First release'],
  signers: ['Ana Lindqvist', 'Ben Okafor'],
  threshold: 2,
  keyCount: 3,
  fileCount: 76,
  importMap: hash('b'),
};

export const OFFER: ReleaseView = {
  ...RUNNING,
  version: '1.1.0',
  seq: 8,
  hash: hash('c'),
  changes: [
    'Search finds words in every script',
    'Calls ring on a locked screen',
    'Two defects of the file list are mended',
  ],
};

type Pinned = Extract<ReleaseSnapshot, { kind: 'pinned' }>;

export const PINNED: Pinned = {
  kind: 'pinned',
  running: RUNNING,
  sources: [
    { url: 'https://mirror.example/enk/', files: 3 },
    { url: 'https://files.example/', files: 55 },
  ],
  offer: null,
  progress: null,
  check: { atMs: Date.UTC(2026, 10, 22, 10, 3), outcome: 'current', refusals: [] },
  alarm: null,
  isReloadNeeded: false,
};

export const RELEASE_STATES = {
  'release-pinned': PINNED,
  'release-offer': { ...PINNED, offer: OFFER },
  'release-refused-update': {
    ...PINNED,
    check: {
      atMs: PINNED.check?.atMs ?? 0,
      outcome: 'rolled-back',
      refusals: [{ url: 'https://files.example/', reason: 'rolled-back' }],
    },
    progress: { done: 12, total: 58 },
  },
  'release-development': { kind: 'development' },
  'release-unpinned': { kind: 'unpinned', reason: 'unsupported', running: RUNNING },
  'release-alarm': { ...PINNED, alarm: { kind: 'worker-changed', atMs: 0 } },
  'release-refused': { kind: 'refused', reason: 'under-signed' },
} as const satisfies Record<string, ReleaseSnapshot>;

export class TestReleaseService implements ReleaseService {
  readonly calls: string[] = [];
  /** Rejects the next acceptance with this code. */
  refusal: string | null = null;
  #snapshot: ReleaseSnapshot;
  readonly #listeners = new Set<() => void>();

  constructor(snapshot: ReleaseSnapshot) {
    this.#snapshot = snapshot;
  }

  get snapshot(): ReleaseSnapshot {
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  replace(snapshot: ReleaseSnapshot): void {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) listener();
  }

  check(): Promise<void> {
    this.calls.push('check');
    return Promise.resolve();
  }

  accept(accepted: string): Promise<void> {
    this.calls.push(`accept ${accepted}`);
    const { refusal } = this;
    return refusal === null
      ? Promise.resolve()
      : Promise.reject(Object.assign(new Error(), { code: refusal }));
  }

  /** What `recognize` answers. */
  standing: ReleaseStanding['kind'] = 'same';

  recognize(): Promise<ReleaseStanding> {
    return Promise.resolve({ kind: this.standing, words: ['babab', 'dabad'] });
  }

  dismissAlarm(): Promise<void> {
    this.calls.push('dismissAlarm');
    return Promise.resolve();
  }
}

/** An element that offers `service` to what is inside. */
export function releaseHost(service: ReleaseService): HTMLElement {
  const host = document.createElement('div');
  new ContextProvider(host, { context: releaseServiceContext, initialValue: service });
  return host;
}
