/**
 * The one shape in which services show state: an immutable snapshot and a bell that rings when it was replaced.
 * Elements render the snapshot and never keep a copy that could disagree with it.
 */
export interface Observable<T> {
  /** The current state; a new object whenever anything in it changed. */
  readonly snapshot: T;
  /** Calls `listener` after every replacement of the snapshot. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
}
