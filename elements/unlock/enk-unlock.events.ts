/** The vault was locked, erased or opened: whether this element has something to ask. Composed; carries no secret. */
export class EnkLockChangedEvent extends Event {
  static readonly type = 'enk-lock-changed';
  constructor(
    readonly isLocked: boolean,
    /** Nothing is left to open. */
    readonly isErased: boolean,
  ) {
    super(EnkLockChangedEvent.type, { bubbles: true, composed: true });
  }
}

declare global {
  interface HTMLElementEventMap {
    'enk-lock-changed': EnkLockChangedEvent;
  }
}
