import type { ProfileSnapshot } from '@enk/context';
import { expect } from '@esm-bundle/chai';
import { EnkServices } from './enk-services.ts';
import { WorkerDouble } from './test/worker-double.ts';
import type { WorkerClient } from './worker-connection.ts';

function servicesOver(start: () => Promise<WorkerClient>): EnkServices {
  const network = { brokerUrl: 'ws://localhost/', iceServers: [], relayOnly: false };
  return new EnkServices({ profile: 'test', network, start });
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return 'resolved';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

describe('services over the worker', () => {
  it('opens the named profile and shows what the worker tells', async () => {
    const worker = new WorkerDouble();
    const services = servicesOver(() => Promise.resolve(worker.client));
    await services.open();
    expect(worker.requests[0]?.method).to.equal('open');
    let rings = 0;
    services.profile.subscribe(() => rings++);
    worker.emit({ type: 'profile', profile: { kind: 'waiting-for-other-tab' } });
    expect(services.profile.snapshot.kind).to.equal('waiting-for-other-tab');
    expect(rings).to.equal(1);
  });

  for (const [code, shown] of [
    ['worker-unverified', 'worker-unverified'],
    ['network-refused', 'network-refused'],
    ['something-new', 'worker-unavailable'],
  ] as const) {
    it(`shows a start that failed with ${code} and rejects every request with it`, async () => {
      const services = servicesOver(() => Promise.reject({ code }));
      expect(await codeOf(services.open())).to.equal(code);
      expect(services.profile.snapshot).to.deep.equal({ kind: 'failed', code: shown } as ProfileSnapshot);
      expect(await codeOf(services.profile.setDisplayName('x'))).to.equal(code);
    });
  }

  it('keeps the reason that the worker gave when opening fails afterwards', async () => {
    const worker = new WorkerDouble();
    const services = servicesOver(() => Promise.resolve(worker.client));
    worker.answers.set('open', () => {
      worker.emit({ type: 'profile', profile: { kind: 'failed', code: 'storage-newer' } });
      return Promise.reject({ code: 'internal' });
    });
    await codeOf(services.open());
    expect(services.profile.snapshot).to.deep.equal({ kind: 'failed', code: 'storage-newer' });
  });

  it('says so when the worker dies later', async () => {
    const worker = new WorkerDouble();
    const services = servicesOver(() => Promise.resolve(worker.client));
    await services.open();
    const changed = new Promise<void>(resolve => services.profile.subscribe(resolve));
    worker.stop({ code: 'worker-stopped' });
    await changed;
    expect(services.profile.snapshot).to.deep.equal({ kind: 'failed', code: 'worker-stopped' });
  });

  it('closes a client that was still starting', async () => {
    const worker = new WorkerDouble();
    let started!: (client: WorkerClient) => void;
    const services = servicesOver(() => new Promise(resolve => (started = resolve)));
    const closed = services.close();
    started(worker.client);
    await closed;
    expect(worker.isClosed).to.equal(true);
  });
});
