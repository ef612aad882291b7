/** The profile is open and services answer. Composed; carries nothing. */
export class EnkReadyEvent extends Event {
  static readonly type = 'enk-ready';
  constructor() {
    super(EnkReadyEvent.type, { bubbles: true, composed: true });
  }
}

/** The profile could not be opened. Composed; carries a code, never content, names or addresses. */
export class EnkErrorEvent extends Event {
  static readonly type = 'enk-error';
  constructor(readonly code: string) {
    super(EnkErrorEvent.type, { bubbles: true, composed: true });
  }
}

declare global {
  interface HTMLElementEventMap {
    'enk-ready': EnkReadyEvent;
    'enk-error': EnkErrorEvent;
  }
}
