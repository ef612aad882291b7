/** Locking and unlocking an EnkCore, alone and in the middle of a conversation. */
import { expect } from '@esm-bundle/chai';
import { AUTO_LOCK_DEFAULT_MS, SLEEP_CHECK_MS, SLEEP_GAP_MS } from '../../limits.ts';
import type { LockSettings, NewUnlockMethod, UnlockAttempt } from '../../worker/api.ts';
import { Peer, befriend } from '../support/peer.ts';
import { TestNetwork } from '../support/test-network.ts';

const PASSCODE = { kind: 'passcode', text: '135790' } as const satisfies UnlockAttempt;
const MINUTE_MS = 60_000;

describe('the lock of a profile', function () {
  this.timeout(120_000); // each try is an Argon2id in JavaScript: seconds, on a machine that does other things
  let ana: Peer;
  let ben: Peer;

  beforeEach(async function () {
    this.timeout(60_000);
    const network = new TestNetwork();
    [ana, ben] = await Promise.all([Peer.start(network, 'Ana'), Peer.start(network, 'Ben')]);
    await befriend(ana, ben);
  });
  afterEach(async () => {
    await Promise.all([ana.close(), ben.close()]);
  });

  const setPasscode = (method: NewUnlockMethod = PASSCODE): Promise<void> =>
    ana.core.addUnlockMethod({ current: null, method });
  const setLock = (lock: Partial<LockSettings>): Promise<void> =>
    ana.core.setLockSettings({ lock: { idleMs: null, hiddenMs: null, onSleep: false, ...lock } });
  const untilLocked = (): Promise<unknown> => ana.until('locked', () => ana.profile.kind === 'locked');
  const codeOf = (request: Promise<unknown>): Promise<string> =>
    request.then(
      () => 'done',
      (error: unknown) => (error as { code: string }).code,
    );

  it('P2P-VLT-08: locking ends sessions and requests; unlocking goes on with everything', async () => {
    const idBefore = ana.contact.id;
    await ana.send('before');
    await ben.untilReceived(1);
    await setPasscode();
    await ana.core.lock();
    expect(ana.profile.kind).to.equal('locked');
    await ben.until('Ana is gone', () => ben.contact.connection.kind !== 'ready');
    expect(await codeOf(ana.core.listMessages({ contactId: idBefore, limit: 10 }))).to.equal('not-open');
    expect(await codeOf(ana.core.getPrivacy())).to.equal('not-open');
    expect((await ana.core.getDiagnostics()).peerId).to.equal(null);
    await ben.send('while you were locked');
    await ana.core.unlock({ attempt: PASSCODE });
    expect(ana.profile.kind).to.equal('open');
    await ana.untilReady();
    expect(await ana.untilReceived(1)).to.deep.equal(['while you were locked']);
    expect(await ana.texts(true)).to.deep.equal(['before']);
  });

  it('P2P-VLT-08: a locked profile starts locked, says how it opens, and counts wrong tries', async () => {
    await setPasscode();
    const recovery: NewUnlockMethod = { kind: 'recovery-key', text: await ana.core.proposeRecoveryKey() };
    await ana.core.addUnlockMethod({ current: PASSCODE, method: recovery });
    await ana.core.close();
    await ana.boot();
    if (ana.profile.kind !== 'locked') throw new RangeError(ana.profile.kind);
    expect(ana.profile.methods.map(({ kind }) => kind)).to.deep.equal(['passcode', 'recovery-key']);
    expect(ana.profile.retryAtMs).to.equal(null);
    const wrong: UnlockAttempt = { kind: 'passcode', text: '000000' };
    ana.clock.freeze(); // a slow machine takes longer for four tries than they cost
    for (let i = 0; i < 4; i++)
      expect(await codeOf(ana.core.unlock({ attempt: wrong }))).to.equal('unlock-failed');
    expect(ana.profile.kind === 'locked' && ana.profile.retryAtMs).to.be.greaterThan(ana.clock.nowMs());
    expect(await codeOf(ana.core.unlock({ attempt: PASSCODE }))).to.equal('unlock-throttled');
    ana.clock.advance(MINUTE_MS);
    await ana.core.unlock({ attempt: recovery });
    expect(ana.profile.kind).to.equal('open');
  });

  it('P2P-VLT-08: a device that opens by itself has nothing to lock', async () => {
    expect(await codeOf(ana.core.lock())).to.equal('nothing-locks');
    await setPasscode();
    await ana.core.addUnlockMethod({ current: PASSCODE, method: { kind: 'device' } });
    expect(await codeOf(ana.core.lock())).to.equal('nothing-locks');
    ana.clock.advance(AUTO_LOCK_DEFAULT_MS * 2);
    expect(ana.profile.kind).to.equal('open');
  });

  it('P2P-VLT-09: locks after a time without a touch, and not while somebody is there', async () => {
    await setPasscode();
    await setLock({ idleMs: 10 * MINUTE_MS });
    ana.clock.advance(9 * MINUTE_MS);
    await ana.core.noteActivity();
    ana.clock.advance(9 * MINUTE_MS);
    expect(ana.profile.kind).to.equal('open');
    ana.clock.advance(2 * MINUTE_MS);
    await untilLocked();
  });

  it('P2P-VLT-09: locks some time after the page went out of sight, unless it is touched again', async () => {
    await setPasscode();
    await setLock({ hiddenMs: MINUTE_MS });
    await ana.core.noteHidden();
    await ana.core.noteActivity();
    ana.clock.advance(2 * MINUTE_MS);
    expect(ana.profile.kind).to.equal('open');
    await ana.core.noteHidden();
    ana.clock.advance(2 * MINUTE_MS);
    await untilLocked();
  });

  it('P2P-VLT-09: locks when the machine slept; by default too', async () => {
    await setPasscode();
    ana.clock.advance(SLEEP_CHECK_MS);
    expect(ana.profile.kind).to.equal('open');
    ana.clock.advance(SLEEP_GAP_MS + SLEEP_CHECK_MS);
    await untilLocked();
  });

  it('P2P-VLT-09: the settings outlive a restart', async () => {
    await setPasscode();
    await setLock({ idleMs: 3 * MINUTE_MS });
    await ana.core.lock();
    await ana.core.unlock({ attempt: PASSCODE });
    const told = ana.events.filter(event => event.type === 'vault').at(-1);
    expect(told?.vault.lock).to.deep.equal({ idleMs: 3 * MINUTE_MS, hiddenMs: null, onSleep: false });
    expect(told?.vault.canLock).to.equal(true);
  });

  it('P2P-VLT-07: erasing ends the profile, open or locked, and what comes after is a first start', async () => {
    const peerId = ana.profile.kind === 'open' ? ana.profile.peerId : '';
    await setPasscode();
    await ana.core.lock();
    await ana.core.eraseEverything();
    expect(ana.profile.kind).to.equal('erased');
    expect(await codeOf(ana.core.unlock({ attempt: PASSCODE }))).to.equal('not-open');
    await ana.core.close();
    await ana.boot();
    expect(ana.profile.kind).to.equal('needs-name');
    expect(ana.profile.kind === 'needs-name' && ana.profile.peerId).to.not.equal(peerId);
    await ben.core.eraseEverything();
    expect(ben.profile.kind).to.equal('erased');
  });
});
