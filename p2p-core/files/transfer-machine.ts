/**
 * The durable state of one transfer, pure. What runs in a session (sending.ts, receiving.ts) starts over with each.
 *
 *                   ┌────────────── resume (out) ─────────────┐
 *                   ▼                                         │
 *   offered ──accept──▶ running ──pause──▶ paused ──resume (in)──▶ running
 *      │ refuse            │ finish (out: also from offered)
 *      ▼                   ▼                        offered, running, paused ──cancel──▶ cancelled
 *   refused              done                                                ──fail────▶ failed
 *
 * Out: `offered` again after a pause, for the other side is asked anew; it has said yes and answers at once.
 */
export type TransferState = 'offered' | 'running' | 'paused' | 'done' | 'refused' | 'cancelled' | 'failed';
export type TransferEvent = 'accept' | 'refuse' | 'pause' | 'resume' | 'cancel' | 'fail' | 'finish';
export type Direction = 'out' | 'in';

const OPEN: ReadonlySet<TransferState> = new Set(['offered', 'running', 'paused']);

/** Not over: it is offered again on each session, and counts against the limits. */
export function isOpen(state: TransferState): boolean {
  return OPEN.has(state);
}

/** The next state, or null: the event means nothing there. */
export function nextState(
  direction: Direction,
  state: TransferState,
  event: TransferEvent,
): TransferState | null {
  if (!isOpen(state)) return null;
  switch (event) {
    case 'cancel':
      return 'cancelled';
    case 'fail':
      return 'failed';
    case 'accept':
      return state === 'paused' ? null : 'running';
    case 'refuse':
      return state === 'offered' ? 'refused' : null;
    case 'pause':
      return state === 'running' || direction === 'out' ? 'paused' : null;
    case 'resume':
      if (state !== 'paused') return null;
      return direction === 'out' ? 'offered' : 'running';
    case 'finish':
      return state === 'running' || (direction === 'out' && state === 'offered') ? 'done' : null;
  }
}
