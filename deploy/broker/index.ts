export { InsecureBrokerAddressError, startBroker } from './broker.ts';
export type { Broker, BrokerOptions } from './broker.ts';
export { DEFAULT_LIMITS } from './limits.ts';
export type { BrokerLimits } from './limits.ts';
