/** Importing this module defines `<enk-provider>`. */
import './enk-provider.define.ts';

export { EnkProvider } from './enk-provider.ts';
export { EnkErrorEvent, EnkReadyEvent } from './enk-provider.events.ts';
export { ProvidedServices, type ServiceSet } from './provided-services.ts';
export { parseNetworkAttributes, type NetworkAttributes } from './network-settings.ts';
