/** The service interfaces of @enk/context, implemented over @enk/p2p-core's worker. */
export { EnkServices, type EnkServicesOptions } from './enk-services.ts';
export { ServiceError, toServiceError } from './service-error.ts';
export { Store } from './store.ts';
export type { WorkerClient } from './worker-connection.ts';
