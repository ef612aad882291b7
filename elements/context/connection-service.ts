import { createContext } from '@lit/context';
import type { Observable } from './observable.ts';
import type { DiagnosticsView, NetworkSettings, SignalingState } from './views.ts';

/** The way to the broker. Links to contacts are part of each ContactView. */
export interface ConnectionService extends Observable<SignalingState> {
  /** The settings that are in force. */
  readonly network: NetworkSettings;
  setNetwork(network: NetworkSettings): Promise<void>;
  getDiagnostics(): Promise<DiagnosticsView>;
}

export const connectionServiceContext = createContext<ConnectionService>(
  Symbol.for('enk.connection-service.v1'),
);
