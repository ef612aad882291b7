import { createContext } from '@lit/context';
import type { Observable } from './observable.ts';
import type { DiagnosticsView, LinkStats, TransportStats } from './views.ts';

/** One connection, and how fast it is now. */
export interface LinkTraffic {
  readonly stats: LinkStats;
  /** Bytes a second since the reading before; null in the first one. */
  readonly sentPerSecond: number | null;
  readonly receivedPerSecond: number | null;
}

/** What the browser says about the page's storage; null where it says nothing. */
export interface StorageState {
  readonly isPersisted: boolean | null;
  readonly usageBytes: number | null;
  readonly quotaBytes: number | null;
}

/** Everything of one moment. No key, no secret, no name, no text, no IP address. */
export interface DiagnosticsReading {
  readonly takenAtMs: number;
  readonly core: DiagnosticsView;
  readonly links: readonly LinkTraffic[];
  readonly relay: TransportStats['relay'];
  readonly storage: StorageState;
}

export type DiagnosticsSnapshot =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly reading: DiagnosticsReading }
  | { readonly kind: 'failed'; readonly code: string };

/** The state of every connection, read about once a second while anybody is subscribed, and never otherwise. */
export interface DiagnosticsService extends Observable<DiagnosticsSnapshot> {
  /** Reads now. Resolves when the snapshot says what came of it; never rejects. */
  refresh(): Promise<void>;
}

export const diagnosticsServiceContext = createContext<DiagnosticsService>(
  Symbol.for('enk.diagnostics-service.v1'),
);
