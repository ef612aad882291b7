/**
 * Whether a Ready session has a path to a peer that answers, pure: transition(state, event) → { state, effects }. ICE
 * tells of a lost path within some 5 s; a page that hangs, or one that is gone behind a relay, only silence tells.
 * PathKeeper runs the effects. P2P-SES-25 … P2P-SES-27.
 *
 *            silent for LIVENESS_IDLE_MS, wake-up, new network (and restart)
 *   Alive ───────────────────────────────────────────────▶ Probing
 *     ▲ ◀──────────────── anything heard ────────────────── │
 *     │                                                     │ nothing for LIVENESS_PROBE_MS, or ICE says so
 *     │  ICE is up again: Probing; it was up: anything heard ▼
 *     └──────────────────────────────────────────────────  Lost ⟲ restart each ICE_RESTART_RETRY_MS,
 *                                                                   and at once on wake-up and registration
 */
import { ICE_RESTART_RETRY_MS, LIVENESS_IDLE_MS, LIVENESS_PROBE_MS } from '../limits.ts';

export type PathState =
  | { readonly kind: 'alive'; readonly heardAtMs: number }
  | { readonly kind: 'probing' }
  | { readonly kind: 'lost'; readonly isIceUp: boolean };

export type PathEvent =
  /** The session was just made, or a frame of the peer opened, or the peer's SCTP took bytes off our queue. */
  | { readonly type: 'heard' }
  /** What ICE says. */
  | { readonly type: 'ice'; readonly isUp: boolean }
  /** The timer that was set. */
  | { readonly type: 'due' }
  /** The page was asleep, or may have been. */
  | { readonly type: 'wake' }
  | { readonly type: 'new-network' }
  /** Registered at the broker again: what was sent through it before may be lost. */
  | { readonly type: 'registered' };

export type PathEffect =
  | { readonly type: 'ping' }
  | { readonly type: 'restart' }
  | { readonly type: 'set-timer'; readonly delayMs: number }
  | { readonly type: 'report'; readonly isConnected: boolean };

export interface PathTransition {
  readonly state: PathState;
  readonly effects: readonly PathEffect[];
}

const PING: PathEffect = { type: 'ping' };
const RESTART: PathEffect = { type: 'restart' };

/** The state of a session that was made at `nowMs`, and its first timer. */
export function startPath(nowMs: number): PathTransition {
  return alive(nowMs);
}

/** The next state and what to do about it. */
export function transitionPath(state: PathState, event: PathEvent, nowMs: number): PathTransition {
  switch (state.kind) {
    case 'alive':
      return whenAlive(state, event, nowMs);
    case 'probing':
      return whenProbing(state, event, nowMs);
    case 'lost':
      return whenLost(state, event, nowMs);
  }
}

function whenAlive(state: PathState & { kind: 'alive' }, event: PathEvent, nowMs: number): PathTransition {
  switch (event.type) {
    case 'heard':
      return { state: { kind: 'alive', heardAtMs: nowMs }, effects: [] };
    case 'ice':
      return event.isUp ? stay(state) : lost(false);
    case 'due': {
      // A clock that was set back would make the wait longer, and must not.
      const silentMs = Math.max(0, nowMs - state.heardAtMs);
      if (silentMs >= LIVENESS_IDLE_MS) return probe();
      return { state, effects: [timer(LIVENESS_IDLE_MS - silentMs)] };
    }
    case 'wake':
      return probe();
    case 'new-network':
      return probe(RESTART);
    case 'registered':
      return stay(state);
  }
}

function whenProbing(state: PathState, event: PathEvent, nowMs: number): PathTransition {
  switch (event.type) {
    case 'heard':
      return alive(nowMs);
    case 'ice':
      return event.isUp ? stay(state) : lost(false);
    case 'due':
      return lost(true);
    case 'new-network':
      return probe(RESTART);
    case 'wake':
    case 'registered':
      return stay(state);
  }
}

function whenLost(state: PathState & { kind: 'lost' }, event: PathEvent, nowMs: number): PathTransition {
  switch (event.type) {
    case 'heard': {
      if (!state.isIceUp) return stay(state); // it was on its way when the path went
      const { state: next, effects } = alive(nowMs);
      return { state: next, effects: [{ type: 'report', isConnected: true }, ...effects] };
    }
    case 'ice':
      return event.isUp && !state.isIceUp
        ? probe({ type: 'report', isConnected: true })
        : { state: { kind: 'lost', isIceUp: event.isUp }, effects: [] };
    case 'due':
    case 'wake':
    case 'new-network':
    case 'registered':
      return { state, effects: [...(state.isIceUp ? [PING] : []), RESTART, timer(ICE_RESTART_RETRY_MS)] };
  }
}

function stay(state: PathState): PathTransition {
  return { state, effects: [] };
}

function alive(nowMs: number): PathTransition {
  return { state: { kind: 'alive', heardAtMs: nowMs }, effects: [timer(LIVENESS_IDLE_MS)] };
}

function probe(...also: readonly PathEffect[]): PathTransition {
  return { state: { kind: 'probing' }, effects: [...also, PING, timer(LIVENESS_PROBE_MS)] };
}

function lost(isIceUp: boolean): PathTransition {
  const effects = [{ type: 'report', isConnected: false }, RESTART, timer(ICE_RESTART_RETRY_MS)] as const;
  return { state: { kind: 'lost', isIceUp }, effects };
}

function timer(delayMs: number): PathEffect {
  return { type: 'set-timer', delayMs };
}
