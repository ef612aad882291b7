/**
 * Keeps the path of one Ready session: asks when the other is silent, and seeks a new path when this one is lost, while
 * the ratchets stay as they are. Runs the effects of path-machine.ts. P2P-SES-05, P2P-SES-25 … P2P-SES-29.
 */
import type { PduBody } from '../pdu/codec.ts';
import type { Clock } from '../ports/clock.ts';
import type { RestartDescription } from '../ports/transport.ts';
import {
  type PathEffect,
  type PathEvent,
  type PathState,
  startPath,
  transitionPath,
} from './path-machine.ts';
import { RestartExchange, type RestartPdu, type SignalRoute } from './restart-exchange.ts';
import type { SignalSeal } from './signal-seal.ts';

export interface PathKeeperOptions {
  readonly role: 'A' | 'B';
  readonly seal: SignalSeal;
  readonly clock: Clock;
  /** Cursors went both ways: PDUs may. */
  isSynced(): boolean;
  sendPdu(body: PduBody): Promise<void>;
  makeOffer(offer: number): void;
  apply(restart: RestartDescription): void;
  signal(bytes: Uint8Array): void;
  /** The path was lost, or is there again. */
  onPath(isConnected: boolean): void;
}

export class PathKeeper {
  readonly #options: PathKeeperOptions;
  readonly #restart: RestartExchange;
  #state: PathState;
  #pings = 0;
  /** False once the peer said that it does not know pings: then only ICE tells. */
  #isAnswering = true;
  #isClosed = false;
  #cancelTimer: () => void = () => undefined;

  constructor(options: PathKeeperOptions) {
    this.#options = options;
    this.#restart = new RestartExchange({ ...options, route: () => this.#route() });
    const { state, effects } = startPath(options.clock.nowMs());
    this.#state = state;
    effects.forEach(effect => this.#run(effect));
  }

  /** False while the path is lost. */
  get isConnected(): boolean {
    return this.#state.kind !== 'lost';
  }

  tell(event: PathEvent): void {
    if (this.#isClosed) return;
    const { state, effects } = transitionPath(this.#state, event, this.#options.clock.nowMs());
    this.#state = state;
    effects.forEach(effect => this.#run(effect));
  }

  /** The peer knows no such PDU. */
  pingUnknown(): void {
    this.#isAnswering = false;
    this.tell({ type: 'heard' });
  }

  made(restart: RestartDescription): void {
    if (!this.#isClosed) this.#restart.made(restart);
  }

  /** False: the peer's role does not send this. */
  accept(pdu: RestartPdu): boolean {
    return this.#restart.accept(pdu);
  }

  async acceptSealed(bytes: Uint8Array): Promise<void> {
    if (!this.#isClosed) await this.#restart.acceptSealed(bytes);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
  }

  #run(effect: PathEffect): void {
    switch (effect.type) {
      case 'ping':
        return this.#ping();
      case 'restart':
        return this.#restart.start();
      case 'set-timer':
        this.#cancelTimer();
        this.#cancelTimer = this.#options.clock.setTimer(effect.delayMs, () => this.tell({ type: 'due' }));
        return;
      case 'report':
        return this.#options.onPath(effect.isConnected);
    }
  }

  /** Before the cursors nothing may be asked: the peer owes us its own anyway. */
  #ping(): void {
    const { isSynced, sendPdu } = this.#options;
    if (!this.#isAnswering) return queueMicrotask(() => this.tell({ type: 'heard' }));
    if (!isSynced()) return;
    sendPdu({ type: 'ping', number: ++this.#pings }).catch(() => undefined); // the session is over
  }

  /** In doubt both: one of them may pass, and the second copy means nothing. */
  #route(): SignalRoute {
    if (this.#state.kind === 'lost' || !this.#options.isSynced()) return 'broker';
    return this.#state.kind === 'alive' ? 'session' : 'both';
  }
}
