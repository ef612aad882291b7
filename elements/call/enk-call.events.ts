/** A call began, ended, or is shown no more. Composed; carries no name, text or key. */
export class EnkCallChangedEvent extends Event {
  static readonly type = 'enk-call-changed';
  constructor(readonly phase: 'none' | 'calling' | 'incoming' | 'connecting' | 'active' | 'ended') {
    super(EnkCallChangedEvent.type, { bubbles: true, composed: true });
  }
}

declare global {
  interface HTMLElementEventMap {
    'enk-call-changed': EnkCallChangedEvent;
  }
}
