/**
 * Which of two Ready sessions of the same identity stays, pure. Only one side decides, or both could close the
 * other's choice: the side with the lexicographically larger peer id. It keeps the link it dialled itself when
 * the two handshakes overlapped, else the newer one (the older may be a page that is gone). The other side
 * follows. P2P-SES-21.
 */

/** What the rule looks at. Times in ms since the epoch, by this device. */
export interface CompetingSession {
  /** When its channel opened. */
  readonly startedAtMs: number;
  readonly readyAtMs: number;
  /** True when this side dialled it. */
  readonly isOurs: boolean;
}

/** True when this side decides which session stays. */
export function isDecider(localPeerId: string, remotePeerId: string): boolean {
  return localPeerId > remotePeerId;
}

/** For the decider: which one stays, `older` (Ready before) or `newer`. */
export function sessionToKeep(older: CompetingSession, newer: CompetingSession): 'older' | 'newer' {
  const isOverlapping = newer.startedAtMs <= older.readyAtMs;
  return isOverlapping && older.isOurs && !newer.isOurs ? 'older' : 'newer';
}
