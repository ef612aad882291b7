/**
 * DiagnosticsService: what the worker knows of the sessions and what the page knows of the connections under them,
 * joined by the name of the link. Reads only while somebody looks.
 */
import {
  type DiagnosticsService,
  type DiagnosticsSnapshot,
  failureCode,
  type LinkTraffic,
  type StorageState,
} from '@enk/context';
import type { LinkStats } from '@enk/p2p-core';
import { readStorage } from './storage-state.ts';
import { Store } from './store.ts';
import type { WorkerConnection } from './worker-connection.ts';

/** What the service needs of the browser; tests bring their own. */
export interface DiagnosticsPlatform {
  nowMs(): number;
  /** Returns the way to cancel. */
  setTimer(delayMs: number, callback: () => void): () => void;
  storage(): Promise<StorageState>;
}

/** Between two readings: fast enough to see a change happen, slow enough to cost nothing. */
export const READING_INTERVAL_MS = 1_000;

interface Counters {
  readonly atMs: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export class WorkerDiagnosticsService extends Store<DiagnosticsSnapshot> implements DiagnosticsService {
  readonly #worker: WorkerConnection;
  readonly #platform: DiagnosticsPlatform;
  #counters: ReadonlyMap<string, Counters> = new Map();
  #watchers = 0;
  #cancelTimer: () => void = () => undefined;
  #running: Promise<void> | null = null;

  constructor(worker: WorkerConnection, platform: DiagnosticsPlatform = browserPlatform) {
    super({ kind: 'loading' });
    this.#worker = worker;
    this.#platform = platform;
  }

  override subscribe(listener: () => void): () => void {
    const release = super.subscribe(listener);
    if (this.#watchers++ === 0) void this.#keepReading();
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      release();
      if (--this.#watchers === 0) this.#cancelTimer();
    };
  }

  /** One reading at a time: who asks during one gets that. */
  refresh(): Promise<void> {
    this.#running ??= this.#read().finally(() => (this.#running = null));
    return this.#running;
  }

  async #keepReading(): Promise<void> {
    this.#cancelTimer();
    await this.refresh();
    this.#cancelTimer();
    if (this.#watchers === 0) return;
    this.#cancelTimer = this.#platform.setTimer(READING_INTERVAL_MS, () => void this.#keepReading());
  }

  async #read(): Promise<void> {
    try {
      const [core, transport, storage] = await Promise.all([
        this.#worker.request('getDiagnostics'),
        this.#worker.transportStats(),
        this.#platform.storage(),
      ]);
      const takenAtMs = this.#platform.nowMs();
      const links = transport.links.map(stats => this.#traffic(stats, takenAtMs));
      this.#counters = new Map(
        transport.links.map(({ linkId, bytesSent, bytesReceived }) => [
          linkId,
          { atMs: takenAtMs, bytesSent, bytesReceived },
        ]),
      );
      this.replace({ kind: 'ready', reading: { takenAtMs, core, links, relay: transport.relay, storage } });
    } catch (error) {
      this.replace({ kind: 'failed', code: failureCode(error) });
    }
  }

  #traffic(stats: LinkStats, nowMs: number): LinkTraffic {
    const before = this.#counters.get(stats.linkId);
    const seconds = before === undefined ? 0 : (nowMs - before.atMs) / 1_000;
    if (before === undefined || seconds <= 0) return { stats, sentPerSecond: null, receivedPerSecond: null };
    const rate = (now: number, then: number): number => Math.max(0, now - then) / seconds;
    return {
      stats,
      sentPerSecond: rate(stats.bytesSent, before.bytesSent),
      receivedPerSecond: rate(stats.bytesReceived, before.bytesReceived),
    };
  }
}

const browserPlatform: DiagnosticsPlatform = {
  nowMs: () => Date.now(),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  storage: readStorage,
};
