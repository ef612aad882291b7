/**
 * The life of the connection with one contact, pure: transition(state, event) → { state, effects }. It decides
 * when to dial, when to wait and when to stop; it knows no keys, no links' bytes and no other contact.
 * ContactConnection runs the effects. DESIGN.md §6, P2P-SES-01 … P2P-SES-08.
 *
 *            online                 dial opens                  handshake ends
 *   Idle ───────────▶ Connecting ─────────────▶ Handshaking ──────────────────▶ Ready ◀─────┐
 *    ▲ ▲               ▲  │ fails                │ fails  ▲                       │ │ path   │ path
 *    │ │ offline    due│  ▼                      ▼        │ incoming              │ ▼ lost   │ back
 *    │ └──────────── Waiting ◀───────────────────┴────────┘                       │ Disconnected
 *    │                    ▲                                                       │ │
 *    │                    └───────────────── link closed ─────────────────────────┴─┘
 *    │ blocked, closed              two immediate failures running, or cut off
 *    └──────────── any state              any ─────▶ Stopped ── asked, message, incoming Ready ──▶ …
 *
 * In the whitepaper's words: Idle = Idle, Waiting = SignalingRegistered, Connecting = WebRTCConnecting,
 * Handshaking = DataChannelOpen and CryptoHandshaking.
 */
import {
  IMMEDIATE_FAILURE_MS,
  MAX_IMMEDIATE_FAILURES,
  PATH_LOST_REDIAL_MS,
  PATH_LOST_TIMEOUT_MS,
} from '../limits.ts';
import type { LinkId } from '../ports/transport.ts';
import { redialDelayMs } from './backoff.ts';

/** Why a dial, a handshake or a session ended, as far as dialling cares. */
export type LinkFailure =
  /** The broker says that nobody is at this address. */
  | 'peer-unavailable'
  /** No path, a timeout, a closed tab: nobody's fault. */
  | 'unreachable'
  /** An identity that is not the contact's. */
  | 'someone-else'
  /** Wrong on the wire, found by us or told by the peer; in the handshake or soon after Ready it leads to `stopped`. */
  | 'peer-fault'
  | 'profile-mismatch'
  /** An older, or newer, version of the same profile. */
  | 'peer-outdated'
  | 'self-outdated'
  | 'invite-invalid'
  /** We closed it ourselves, or another session of the contact took over. */
  | 'local';

/** `peer-outdated`, `self-outdated`: who must update before the two can talk. */
export type StopCode =
  'protocol-error' | 'profile-mismatch' | 'peer-outdated' | 'self-outdated' | 'invite-invalid';

/** Dialling again would not change it. */
const FINAL: readonly LinkFailure[] = [
  'profile-mismatch',
  'peer-outdated',
  'self-outdated',
  'invite-invalid',
] satisfies StopCode[];

const isFinal = (failure: LinkFailure): failure is StopCode & LinkFailure => FINAL.includes(failure);

export type WaitReason = 'peer-unavailable' | 'unreachable' | 'someone-else';

/** Carried along: how often dialling failed in a row, and how often by the peer's fault. */
interface Tally {
  readonly attempt: number;
  readonly faults: number;
}

export type ConnectionState =
  | ({ readonly kind: 'idle' } & Tally)
  | ({ readonly kind: 'waiting'; readonly reason: WaitReason; readonly nextAttemptAtMs: number } & Tally)
  | ({ readonly kind: 'connecting' } & Tally)
  | ({ readonly kind: 'handshaking'; readonly by: 'us' | 'peer' } & Tally)
  | ({ readonly kind: 'ready'; readonly linkId: LinkId; readonly sinceMs: number } & Tally)
  | ({
      readonly kind: 'disconnected';
      readonly linkId: LinkId;
      /** Of Ready. */
      readonly sinceMs: number;
      readonly lostAtMs: number;
    } & Tally)
  | ({ readonly kind: 'stopped'; readonly code: StopCode } & Tally);

export type ConnectionEvent =
  /** Registered at the broker. */
  | { readonly type: 'online' }
  | { readonly type: 'offline' }
  /** Network change or wake-up. */
  | { readonly type: 'wake' }
  /** The person asks, or sends a message. */
  | { readonly type: 'wanted' }
  /** The timer that was set. */
  | { readonly type: 'due' }
  | { readonly type: 'dial-opened' }
  /** Our dial, or an incoming handshake that stood in for it, ended before Ready. */
  | { readonly type: 'attempt-failed'; readonly failure: LinkFailure }
  /** A link from this contact's address is in its handshake. */
  | { readonly type: 'incoming' }
  /** A session of this contact carries the conversation from now on. */
  | { readonly type: 'ready'; readonly linkId: LinkId }
  | { readonly type: 'path'; readonly connected: boolean }
  /** The session that carried the conversation is over, and no other is Ready. */
  | { readonly type: 'session-ended'; readonly failure: LinkFailure }
  /** Too many of its sessions ended by its fault. */
  | { readonly type: 'cut-off' }
  /** Blocked or removed, or the profile closes. */
  | { readonly type: 'halt' };

export type ConnectionEffect =
  | { readonly type: 'dial' }
  | { readonly type: 'set-timer'; readonly atMs: number }
  | { readonly type: 'cancel-timer' }
  /** The path did not come back in time. */
  | { readonly type: 'close-link'; readonly linkId: LinkId };

/** Facts that every decision may need. */
export interface ConnectionEnvironment {
  readonly nowMs: number;
  readonly isOnline: boolean;
  /** Uniform in [0, 1). */
  readonly random: number;
}

export interface Transition {
  readonly state: ConnectionState;
  readonly effects: readonly ConnectionEffect[];
}

export const INITIAL_CONNECTION: ConnectionState = { kind: 'idle', attempt: 0, faults: 0 };

/** The next state and what to do about it. Events that mean nothing in a state change nothing. */
export function transition(
  state: ConnectionState,
  event: ConnectionEvent,
  environment: ConnectionEnvironment,
): Transition {
  switch (event.type) {
    case 'online':
      return state.kind === 'idle' || state.kind === 'waiting' ? dial(state, environment) : stay(state);
    case 'offline':
      return state.kind === 'waiting' ? idle(state) : stay(state);
    case 'wake':
      return wake(state, environment);
    case 'wanted':
      return wanted(state, environment);
    case 'due':
      return due(state, environment);
    case 'dial-opened':
      return state.kind === 'connecting' ? { state: handshaking(state, 'us'), effects: [] } : stay(state);
    case 'attempt-failed':
      return attemptFailed(state, event.failure, environment);
    case 'incoming':
      return incoming(state);
    case 'ready':
      return ready(state, event.linkId, environment);
    case 'path':
      return path(state, event.connected, environment);
    case 'session-ended':
      return sessionEnded(state, event.failure, environment);
    case 'cut-off':
      return stop(state, 'protocol-error');
    case 'halt':
      return idle({ attempt: 0, faults: 0 });
  }
}

function stay(state: ConnectionState): Transition {
  return { state, effects: [] };
}

function idle({ attempt, faults }: Tally): Transition {
  return { state: { kind: 'idle', attempt, faults }, effects: [{ type: 'cancel-timer' }] };
}

function handshaking({ attempt, faults }: Tally, by: 'us' | 'peer'): ConnectionState {
  return { kind: 'handshaking', by, attempt, faults };
}

function dial({ attempt, faults }: Tally, { isOnline }: ConnectionEnvironment): Transition {
  if (!isOnline) return idle({ attempt, faults });
  return {
    state: { kind: 'connecting', attempt, faults },
    effects: [{ type: 'cancel-timer' }, { type: 'dial' }],
  };
}

function wanted(state: ConnectionState, environment: ConnectionEnvironment): Transition {
  const isDialable = state.kind === 'waiting' || state.kind === 'stopped' || state.kind === 'idle';
  return isDialable ? dial({ attempt: 0, faults: 0 }, environment) : stay(state);
}

function wake(state: ConnectionState, environment: ConnectionEnvironment): Transition {
  if (state.kind === 'waiting') return dial({ ...state, attempt: 0 }, environment);
  return state.kind === 'disconnected' ? dialBeside(state, environment) : stay(state);
}

function due(state: ConnectionState, environment: ConnectionEnvironment): Transition {
  if (state.kind === 'waiting') return dial(state, environment);
  if (state.kind !== 'disconnected') return stay(state);
  const lostMs = Math.abs(environment.nowMs - state.lostAtMs);
  if (lostMs < PATH_LOST_TIMEOUT_MS) return dialBeside(state, environment);
  return { state, effects: [{ type: 'close-link', linkId: state.linkId }] };
}

/** The peer may not know the session any more. It stays until another one is Ready, or its time is over. */
function dialBeside(
  state: ConnectionState & { kind: 'disconnected' },
  { isOnline }: ConnectionEnvironment,
): Transition {
  const end: ConnectionEffect = { type: 'set-timer', atMs: state.lostAtMs + PATH_LOST_TIMEOUT_MS };
  return { state, effects: isOnline ? [end, { type: 'dial' }] : [end] };
}

function incoming(state: ConnectionState): Transition {
  if (state.kind !== 'waiting' && state.kind !== 'idle') return stay(state);
  return { state: handshaking(state, 'peer'), effects: [{ type: 'cancel-timer' }] };
}

function attemptFailed(
  state: ConnectionState,
  failure: LinkFailure,
  environment: ConnectionEnvironment,
): Transition {
  if (state.kind !== 'connecting' && state.kind !== 'handshaking') return stay(state);
  return afterFailure(state, failure, environment);
}

function afterFailure(tally: Tally, failure: LinkFailure, environment: ConnectionEnvironment): Transition {
  if (isFinal(failure)) return stop(tally, failure);
  const faults = failure === 'peer-fault' ? tally.faults + 1 : tally.faults;
  if (faults >= MAX_IMMEDIATE_FAILURES) return stop(tally, 'protocol-error');
  if (!environment.isOnline) return idle({ attempt: tally.attempt, faults });
  const nextAttemptAtMs = environment.nowMs + redialDelayMs(tally.attempt, environment.random);
  const reason = failure === 'peer-unavailable' || failure === 'someone-else' ? failure : 'unreachable';
  return {
    state: { kind: 'waiting', reason, nextAttemptAtMs, attempt: tally.attempt + 1, faults },
    effects: [{ type: 'set-timer', atMs: nextAttemptAtMs }],
  };
}

function stop(tally: Tally, code: StopCode): Transition {
  return {
    state: { kind: 'stopped', code, attempt: 0, faults: tally.faults },
    effects: [{ type: 'cancel-timer' }],
  };
}

function ready(state: ConnectionState, linkId: LinkId, { nowMs }: ConnectionEnvironment): Transition {
  const next: ConnectionState = { kind: 'ready', linkId, sinceMs: nowMs, attempt: 0, faults: state.faults };
  return { state: next, effects: [{ type: 'cancel-timer' }] };
}

function path(state: ConnectionState, connected: boolean, { nowMs }: ConnectionEnvironment): Transition {
  if (state.kind === 'ready' && !connected) {
    const effects = [{ type: 'set-timer', atMs: nowMs + PATH_LOST_REDIAL_MS }] as const;
    return { state: { ...state, kind: 'disconnected', lostAtMs: nowMs }, effects };
  }
  if (state.kind === 'disconnected' && connected) {
    const { lostAtMs: _, ...session } = state;
    return { state: { ...session, kind: 'ready' }, effects: [{ type: 'cancel-timer' }] };
  }
  return stay(state);
}

function sessionEnded(
  state: ConnectionState,
  failure: LinkFailure,
  environment: ConnectionEnvironment,
): Transition {
  if (state.kind !== 'ready' && state.kind !== 'disconnected') return stay(state);
  const isImmediate = environment.nowMs - state.sinceMs < IMMEDIATE_FAILURE_MS;
  const faults = isImmediate ? state.faults : 0;
  const counted = isImmediate || failure !== 'peer-fault' ? failure : 'unreachable';
  return afterFailure({ attempt: 0, faults }, counted, environment);
}
