export { InsecureBrokerAddressError, startBroker } from './broker.ts';
export type { Broker, BrokerOptions } from './broker.ts';
export { DEFAULT_LIMITS } from './limits.ts';
export type { BrokerLimits } from './limits.ts';
export { jsonLog } from './log.ts';
export type { Log } from './log.ts';
export type { SfuOptions } from './sfu-rooms.ts';
export { signToken } from './signed-tokens.ts';
export type { TurnCredentials, TurnOptions } from './turn-credentials.ts';
