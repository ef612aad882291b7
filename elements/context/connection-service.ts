import { createContext } from '@lit/context';
import type { Observable } from './observable.ts';
import type { NetworkSettings, SignalingState } from './views.ts';

/** The way to the broker. Links to contacts are part of each ContactView. */
export interface ConnectionService extends Observable<SignalingState> {
  /** The settings that are in force. */
  readonly network: NetworkSettings;
  /** Whether they are the person's own choice rather than the host page's. */
  readonly isNetworkRemembered: boolean;
  /** The host page's settings: in force unless the person chose others. */
  setNetwork(network: NetworkSettings): Promise<void>;
  /** The person's choice, kept on this device; null goes back to the host page's settings. */
  rememberNetwork(network: NetworkSettings | null): Promise<void>;
}

export const connectionServiceContext = createContext<ConnectionService>(
  Symbol.for('enk.connection-service.v1'),
);
