import type { ProfileView, VaultView } from '@enk/context';
import { expect } from '@esm-bundle/chai';
import { EnkServices } from './enk-services.ts';
import { WorkerDouble } from './test/worker-double.ts';

const LOCK = { idleMs: 60_000, hiddenMs: null, onSleep: true };
const COMMON = { methods: [], prfInput: new Uint8Array(32), lastExportAtMs: null };
const VAULT: VaultView = { ...COMMON, canLock: true, lock: LOCK };
const LOCKED: ProfileView = { ...COMMON, kind: 'locked', retryAtMs: null };
const OPEN = {
  kind: 'open',
  displayName: 'Ana',
  peerId: 'p',
  identityKey: new Uint8Array(32),
} as unknown as ProfileView;

describe('services of a vault that locks', () => {
  let worker: WorkerDouble;
  let services: EnkServices;

  beforeEach(() => {
    worker = new WorkerDouble();
    const network = { brokerUrl: 'ws://localhost/', iceServers: [], relayOnly: false };
    services = new EnkServices({ profile: 'test', network, start: () => Promise.resolve(worker.client) });
  });
  afterEach(() => services.close());

  const methods = (): readonly string[] => worker.requests.map(({ method }) => method);

  it('asks a locked profile for nothing, and reads it once it is unlocked', async () => {
    worker.answers.set('open', () => worker.emit({ type: 'profile', profile: LOCKED }));
    const opened = services.open();
    await services.vault.unlock({ kind: 'passcode', text: '123456' });
    expect(methods()).to.deep.equal(['open', 'unlock']);
    worker.emit({ type: 'profile', profile: OPEN });
    await opened;
    expect(methods()).to.deep.equal(['open', 'unlock', 'getPrivacy', 'listInvites', 'getFileSettings']);
    expect(services.privacy.snapshot).to.not.equal(null);
  });

  it('a lock takes contacts, conversations, invites and settings out of the page', async () => {
    await services.open();
    worker.emit({ type: 'profile', profile: OPEN });
    worker.emit({ type: 'vault', vault: VAULT });
    const contact = { id: 'c' } as never;
    worker.emit({ type: 'contacts', contacts: [contact] });
    worker.emit({ type: 'invites', invites: [{ id: 'i' } as never] });
    const before = services.conversations.conversation('c' as never);
    worker.emit({ type: 'profile', profile: LOCKED });
    expect(services.contacts.snapshot).to.deep.equal({
      isLoaded: false,
      contacts: [],
      consentRequests: [],
      alerts: [],
    });
    expect(services.invites.snapshot).to.deep.equal([]);
    expect(services.privacy.snapshot).to.equal(null);
    expect(services.vault.snapshot).to.equal(null);
    expect(services.conversations.conversation('c' as never)).to.not.equal(before);
  });

  it('tells the worker of touches, seldom, while the vault can lock, and never what was touched', async () => {
    await services.open();
    const touch = (): boolean => window.dispatchEvent(new KeyboardEvent('keydown', { key: 'x' }));
    const told = (): readonly unknown[] => worker.requests.filter(({ method }) => method === 'noteActivity');
    touch();
    expect(told()).to.have.length(0);
    worker.emit({ type: 'vault', vault: VAULT });
    for (let i = 0; i < 5; i++) touch();
    await services.vault.lock(); // a round trip behind them
    expect(told()).to.deep.equal([{ method: 'noteActivity', params: undefined }]);
    worker.emit({ type: 'vault', vault: { ...VAULT, canLock: false } });
    touch();
    await services.vault.lock();
    expect(told()).to.have.length(1);
  });

  it('ends waiting for an unlock when it is closed', async () => {
    worker.answers.set('open', () => worker.emit({ type: 'profile', profile: LOCKED }));
    const opened = services.open().catch((error: unknown) => (error as { code: string }).code);
    await services.vault.unlock({ kind: 'passcode', text: '123456' });
    await services.close();
    expect(await opened).to.equal('aborted');
  });
});
