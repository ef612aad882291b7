/**
 * What the person must hear about although no contact and no conversation can show it. Kept while the profile is
 * open; at most one alert for each contact and one for invites, so that an attacker cannot fill the screen.
 */
import type { Clock } from '../ports/clock.ts';
import type { AlertView, ContactId } from '../worker/api.ts';

export class Alerts {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #alerts = new Map<ContactId | null, AlertView>();

  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** Oldest first. */
  get all(): readonly AlertView[] {
    return [...this.#alerts.values()];
  }

  /** Someone altered a connection of this contact, or of an unused invite (null). */
  connectionAltered(contactId: ContactId | null): void {
    const atMs = this.#clock.nowMs();
    this.#alerts.set(contactId, { id: crypto.randomUUID(), kind: 'connection-altered', contactId, atMs });
    this.#onChange();
  }

  /** Nothing happens when it is gone already. */
  dismiss(id: string): void {
    const [contactId] = [...this.#alerts].find(([, alert]) => alert.id === id) ?? [];
    if (contactId !== undefined && this.#alerts.delete(contactId)) this.#onChange();
  }
}
