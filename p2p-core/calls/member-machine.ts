/**
 * One other member of a call, from the first ring to the end. Pure. P2P-CAL-15, P2P-CAL-16.
 *
 *   we ring ──▶ calling ──ringing──▶ ringing ──accepted──┐
 *                  └────────────accepted─────────────────┤
 *   they ring ─▶ incoming ──we accept────────────────────┼─▶ joining ──media──▶ present ⇄ lost
 *   already in the call ─────────────────────────────────┘
 *   any ──decline, hang-up, time, failure──▶ gone
 */
import { CALL_LOST_MS, CALL_RING_GRACE_MS, CALL_RING_MS, CALL_SETUP_MS } from '../limits.ts';
import type { MediaState } from '../ports/call-media.ts';
import type { CallEndReason } from './call-view.ts';

export type HangupReason = 'ended' | 'cancelled' | 'no-answer' | 'failed' | 'removed' | 'unknown';

export type MemberState =
  | { readonly kind: 'calling' | 'ringing' | 'incoming' | 'joining' | 'present' | 'lost' }
  | { readonly kind: 'gone'; readonly reason: CallEndReason };

export type MemberEvent =
  | { readonly type: 'rings-there' | 'accepted' | 'we-accept' }
  | { readonly type: 'declined'; readonly reason: 'declined' | 'busy' | 'unavailable' }
  | { readonly type: 'hung-up'; readonly reason: HangupReason }
  /** We end it, or the group does. `tell`: what the other side is told; null: nothing. */
  | { readonly type: 'end'; readonly reason: CallEndReason; readonly tell: HangupReason | null }
  | { readonly type: 'media'; readonly state: MediaState }
  | { readonly type: 'due' };

export type MemberEffect =
  | { readonly type: 'tell'; readonly reason: HangupReason }
  /** Replaces the timer; null stops it. */
  | { readonly type: 'timer'; readonly delayMs: number | null };

export interface MemberStep {
  readonly state: MemberState;
  readonly effects: readonly MemberEffect[];
}

const TIMERS: Readonly<Record<Exclude<MemberState['kind'], 'gone'>, number | null>> = {
  calling: CALL_RING_MS,
  ringing: CALL_RING_MS,
  incoming: CALL_RING_MS + CALL_RING_GRACE_MS,
  joining: CALL_SETUP_MS,
  present: null,
  lost: CALL_LOST_MS,
};

/** The first state of a member, with its timer. */
export function enterMember(kind: 'calling' | 'incoming' | 'joining'): MemberStep {
  return to({ kind });
}

export function transitionMember(state: MemberState, event: MemberEvent): MemberStep {
  if (state.kind === 'gone') return { state, effects: [] };
  switch (event.type) {
    case 'rings-there':
      // The time that it may ring runs on.
      return state.kind === 'calling' ? { state: { kind: 'ringing' }, effects: [] } : { state, effects: [] };
    case 'accepted':
      return isRinging(state) ? to({ kind: 'joining' }) : { state, effects: [] };
    case 'we-accept':
      return state.kind === 'incoming' ? to({ kind: 'joining' }) : { state, effects: [] };
    case 'declined':
      return isRinging(state) ? gone(event.reason) : { state, effects: [] };
    case 'hung-up':
      return gone(reasonOfHangup(state, event.reason));
    case 'end':
      return gone(event.reason, event.tell);
    case 'media':
      return afterMedia(state, event.state);
    case 'due':
      return afterTime(state);
  }
}

function afterMedia(state: MemberState, media: MediaState): MemberStep {
  const isMember = state.kind === 'joining' || state.kind === 'present' || state.kind === 'lost';
  if (!isMember) return { state, effects: [] };
  if (media === 'connected')
    return state.kind === 'present' ? { state, effects: [] } : to({ kind: 'present' });
  if (media === 'failed') return gone('failed', 'failed');
  return media === 'lost' && state.kind === 'present' ? to({ kind: 'lost' }) : { state, effects: [] };
}

function afterTime(state: MemberState): MemberStep {
  switch (state.kind) {
    case 'calling':
    case 'ringing':
      return gone('no-answer', 'no-answer');
    case 'incoming':
      return gone('missed');
    case 'joining':
      return gone('failed', 'failed');
    case 'lost':
      return gone('lost', 'failed');
    case 'present':
    case 'gone':
      return { state, effects: [] };
  }
}

function reasonOfHangup(state: MemberState, reason: HangupReason): CallEndReason {
  if (state.kind === 'incoming') return 'missed';
  if (reason === 'removed') return 'removed';
  if (reason === 'failed') return 'failed';
  return reason === 'unknown' ? 'lost' : 'hung-up-by-other';
}

function isRinging(state: MemberState): boolean {
  return state.kind === 'calling' || state.kind === 'ringing';
}

function to(state: Exclude<MemberState, { kind: 'gone' }>): MemberStep {
  return { state, effects: [{ type: 'timer', delayMs: TIMERS[state.kind] }] };
}

function gone(reason: CallEndReason, tell: HangupReason | null = null): MemberStep {
  const effects: MemberEffect[] = [{ type: 'timer', delayMs: null }];
  if (tell !== null) effects.push({ type: 'tell', reason: tell });
  return { state: { kind: 'gone', reason }, effects };
}
