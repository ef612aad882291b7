import type { DiagnosticsSnapshot, LinkTraffic } from '@enk/context';
import type { LinkStats, TransportStats } from '@enk/p2p-core';
import { expect } from '@esm-bundle/chai';
import { type DiagnosticsPlatform, READING_INTERVAL_MS, WorkerDiagnosticsService } from './diagnostics.ts';
import { WorkerDouble } from './test/worker-double.ts';
import { type WorkerClient, WorkerConnection } from './worker-connection.ts';

/** A clock of the test's own, the page's connections, and how often the worker was asked. */
class Bench {
  readonly worker = new WorkerDouble();
  nowMs = 10_000;
  timers: (() => void)[] = [];
  links: Partial<LinkStats>[] = [];
  readonly service: WorkerDiagnosticsService;

  constructor() {
    this.worker.answers.set('getDiagnostics', () => ({ contacts: [] }));
    const transportStats = async (): Promise<TransportStats> => ({
      links: this.links as LinkStats[],
      relay: { expiresAtMs: 99 },
    });
    const client: WorkerClient = Object.assign(this.worker.client, { transportStats });
    const platform: DiagnosticsPlatform = {
      nowMs: () => this.nowMs,
      setTimer: (delayMs, callback) => {
        expect(delayMs).to.equal(READING_INTERVAL_MS);
        this.timers.push(callback);
        return () => (this.timers = this.timers.filter(timer => timer !== callback));
      },
      storage: async () => ({ isPersisted: false, usageBytes: 1, quotaBytes: 2 }),
    };
    this.service = new WorkerDiagnosticsService(new WorkerConnection(async () => client), platform);
  }

  get asked(): number {
    return this.worker.requests.filter(({ method }) => method === 'getDiagnostics').length;
  }

  /** The next snapshot. */
  next(): Promise<DiagnosticsSnapshot> {
    return new Promise(resolve => {
      const release = this.service.subscribe(() => {
        release();
        resolve(this.service.snapshot);
      });
    });
  }

  async traffic(): Promise<LinkTraffic | undefined> {
    await this.service.refresh();
    const { snapshot } = this.service;
    return snapshot.kind === 'ready' ? snapshot.reading.links[0] : undefined;
  }
}

const linkOf = (bytesSent: number, bytesReceived: number): Partial<LinkStats> => ({
  linkId: 'l' as LinkStats['linkId'],
  bytesSent,
  bytesReceived,
});

describe('diagnostics over the worker', () => {
  it('reads at once and then once a second, only while somebody watches', async () => {
    const bench = new Bench();
    expect(bench.asked).to.equal(0);
    const releases = [bench.service.subscribe(() => undefined), bench.service.subscribe(() => undefined)];
    await bench.next();
    while (bench.timers.length === 0) await new Promise(resolve => setTimeout(resolve));
    expect([bench.asked, bench.timers.length]).to.deep.equal([1, 1]);
    const second = bench.next();
    bench.timers[0]?.();
    await second;
    expect(bench.asked).to.equal(2);
    for (const release of releases) release();
    releases[0]?.();
    expect(bench.timers.length).to.equal(0);
    expect(bench.asked).to.equal(2);
  });

  it('computes the throughput from two readings, and none from the first', async () => {
    const bench = new Bench();
    bench.links = [linkOf(1_000, 5_000)];
    expect(await bench.traffic()).to.include({ sentPerSecond: null, receivedPerSecond: null });
    bench.nowMs += 2_000;
    bench.links = [linkOf(1_500, 9_000)];
    expect(await bench.traffic()).to.include({ sentPerSecond: 250, receivedPerSecond: 2_000 });
    bench.nowMs += 1_000;
    bench.links = [{ ...linkOf(7, 7), linkId: 'another' as LinkStats['linkId'] }];
    expect(await bench.traffic()).to.include({ sentPerSecond: null, receivedPerSecond: null });
  });

  it('joins worker, connections and storage, and says so when they cannot be had', async () => {
    const bench = new Bench();
    bench.links = [linkOf(1, 2)];
    await bench.service.refresh();
    const { snapshot } = bench.service;
    if (snapshot.kind !== 'ready') return expect.fail(snapshot.kind);
    expect(snapshot.reading).to.deep.include({ takenAtMs: 10_000, relay: { expiresAtMs: 99 } });
    expect(snapshot.reading.storage).to.deep.equal({ isPersisted: false, usageBytes: 1, quotaBytes: 2 });
    bench.worker.answers.set('getDiagnostics', () => Promise.reject({ code: 'worker-stopped' }));
    await bench.service.refresh();
    expect(bench.service.snapshot).to.deep.equal({ kind: 'failed', code: 'worker-stopped' });
  });
});
