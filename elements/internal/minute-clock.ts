import type { ReactiveController, ReactiveControllerHost } from 'lit';

const MINUTE_MS = 60_000;

/** Renders the host once a minute while it is connected, so that "5 min" stays true. */
export class MinuteClock implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.#timer = setInterval(() => this.#host.requestUpdate(), MINUTE_MS);
  }

  hostDisconnected(): void {
    clearInterval(this.#timer);
  }
}
