import { expect } from '@esm-bundle/chai';
import {
  IMMEDIATE_FAILURE_MS,
  PATH_LOST_REDIAL_MS,
  PATH_LOST_TIMEOUT_MS,
  REDIAL_BASE_MS,
  REDIAL_MAX_MS,
} from '../limits.ts';
import type { LinkId } from '../ports/transport.ts';
import {
  type ConnectionEvent,
  type ConnectionState,
  INITIAL_CONNECTION,
  type LinkFailure,
  type Transition,
  transition,
} from './connection-machine.ts';

const linkId = 'l1' as LinkId;

function run(
  events: readonly ConnectionEvent[],
  { nowMs = 0, isOnline = true, from = INITIAL_CONNECTION as ConnectionState } = {},
): Transition {
  let result: Transition = { state: from, effects: [] };
  for (const event of events) {
    result = transition(result.state, event, { nowMs, isOnline, random: 0 });
  }
  return result;
}

const online = { type: 'online' } as const;
const opened = { type: 'dial-opened' } as const;
const ready = { type: 'ready', linkId } as const;
const failed = (failure: LinkFailure) => ({ type: 'attempt-failed', failure }) as const;
const ended = (failure: LinkFailure) => ({ type: 'session-ended', failure }) as const;

describe('connection machine', () => {
  it('P2P-SES-02: dials when it is online, and not before', () => {
    expect(run([{ type: 'wanted' }], { isOnline: false }).state.kind).to.equal('idle');
    const { state, effects } = run([online]);
    expect(state.kind).to.equal('connecting');
    expect(effects).to.deep.include({ type: 'dial' });
  });

  it('P2P-SES-01: goes Connecting, Handshaking, Ready', () => {
    expect(run([online, opened]).state.kind).to.equal('handshaking');
    expect(run([online, opened, ready]).state.kind).to.equal('ready');
  });

  it('P2P-SES-06: waits longer after every failure, up to a limit, and starts over after Ready', () => {
    const waits: number[] = [];
    let state: ConnectionState = INITIAL_CONNECTION;
    for (let index = 0; index < 12; index++) {
      const result = run([online, failed('peer-unavailable')], { from: state });
      state = result.state;
      if (state.kind === 'waiting') waits.push(state.nextAttemptAtMs);
    }
    expect(waits.slice(0, 3)).to.deep.equal([REDIAL_BASE_MS, 2 * REDIAL_BASE_MS, 4 * REDIAL_BASE_MS]);
    expect(waits.at(-1)).to.equal(REDIAL_MAX_MS);
    const after = run([{ type: 'due' }, opened, ready, ended('unreachable')], { from: state }).state;
    expect(after).to.include({ kind: 'waiting', nextAttemptAtMs: REDIAL_BASE_MS });
  });

  it('P2P-SES-03: wake and want dial at once', () => {
    for (const type of ['wake', 'wanted'] as const) {
      const { effects } = run([online, failed('peer-unavailable'), { type }]);
      expect(effects).to.deep.include({ type: 'dial' });
    }
  });

  it('P2P-SES-05: a lost path keeps the session, and closes it when it stays lost', () => {
    const lost = run([online, opened, ready, { type: 'path', connected: false }], { nowMs: 5 });
    expect(lost.state.kind).to.equal('disconnected');
    expect(lost.effects).to.deep.equal([{ type: 'set-timer', atMs: 5 + PATH_LOST_REDIAL_MS }]);
    const back = run([{ type: 'path', connected: true }], { from: lost.state });
    expect(back.state.kind).to.equal('ready');
    const closing = run([{ type: 'due' }], { from: lost.state, nowMs: 5 + PATH_LOST_TIMEOUT_MS });
    expect(closing.effects).to.deep.equal([{ type: 'close-link', linkId }]);
  });

  it('P2P-SES-05: beside a session without a path another is dialled, at once on wake-up', () => {
    const lost = run([online, opened, ready, { type: 'path', connected: false }], { nowMs: 5 }).state;
    for (const type of ['due', 'wake'] as const) {
      const { state, effects } = run([{ type }], { from: lost, nowMs: 5 + PATH_LOST_REDIAL_MS });
      expect(state).to.equal(lost);
      expect(effects).to.deep.equal([
        { type: 'set-timer', atMs: 5 + PATH_LOST_TIMEOUT_MS },
        { type: 'dial' },
      ]);
      expect(run([failed('unreachable')], { from: state }).state).to.equal(lost);
    }
  });

  it('P2P-SES-08: two immediate failures by the peer’s fault stop it, until the person asks', () => {
    const once = run([online, opened, failed('peer-fault')]).state;
    expect(once.kind).to.equal('waiting');
    const twice = run([{ type: 'due' }, opened, failed('peer-fault')], { from: once }).state;
    expect(twice).to.include({ kind: 'stopped', code: 'protocol-error' });
    for (const type of ['wake', 'online', 'due'] as const) {
      expect(run([{ type }], { from: twice }).state.kind).to.equal('stopped');
    }
    expect(run([{ type: 'wanted' }], { from: twice }).state.kind).to.equal('connecting');
  });

  it('P2P-SES-08: a session that dies at once counts, one that lasted does not', () => {
    const start = run([online, opened, failed('peer-fault'), { type: 'due' }, opened, ready]).state;
    expect(run([ended('peer-fault')], { from: start }).state.kind).to.equal('stopped');
    const lasted = run([ended('peer-fault')], { from: start, nowMs: IMMEDIATE_FAILURE_MS });
    expect(lasted.state).to.include({ kind: 'waiting', faults: 0 });
  });

  it('P2P-SES-08: paths, absence and strangers never stop it', () => {
    let state = run([online]).state;
    for (const failure of ['unreachable', 'peer-unavailable', 'someone-else', 'local'] as const) {
      for (let index = 0; index < 5; index++)
        state = run([failed(failure), { type: 'due' }], { from: state }).state;
    }
    expect(state.kind).to.equal('connecting');
  });

  it('P2P-SES-08: another profile and a dead invite stop it at once', () => {
    for (const code of ['profile-mismatch', 'peer-outdated', 'self-outdated', 'invite-invalid'] as const) {
      expect(run([online, opened, failed(code)]).state).to.include({ kind: 'stopped', code });
    }
  });

  it('P2P-SES-04: an incoming handshake stands in for a dial, and Ready by it counts in every state', () => {
    const waiting = run([online, failed('peer-unavailable')]).state;
    expect(run([{ type: 'incoming' }], { from: waiting }).state).to.include({
      kind: 'handshaking',
      by: 'peer',
    });
    const stopped = run([online, opened, failed('profile-mismatch')]).state;
    expect(run([ready], { from: stopped }).state.kind).to.equal('ready');
    expect(run([online, ready]).state.kind).to.equal('ready');
  });

  it('P2P-SES-07: an ended session is dialled anew when online, and waits for the broker when not', () => {
    expect(run([online, opened, ready, ended('unreachable')]).state.kind).to.equal('waiting');
    const offline = run([ended('unreachable')], {
      from: run([online, opened, ready]).state,
      isOnline: false,
    });
    expect(offline.state.kind).to.equal('idle');
  });

  it('P2P-SES-07: losing the broker does not touch a Ready session', () => {
    expect(run([online, opened, ready, { type: 'offline' }]).state.kind).to.equal('ready');
  });
});
