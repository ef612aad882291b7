import { failureCode, type ServiceFailure } from '@enk/context';

/** What every intent rejects with. `code` is one of p2p-core's. Never content, names or keys. */
export class ServiceError extends Error implements ServiceFailure {
  override readonly name = 'ServiceError';
  constructor(
    readonly code: string,
    options?: { readonly cause?: unknown },
  ) {
    super('The request could not be carried out.', options);
  }
}

/** Narrows anything thrown below the services; what has no code becomes `internal`. */
export function toServiceError(error: unknown): ServiceError {
  return error instanceof ServiceError ? error : new ServiceError(failureCode(error), { cause: error });
}
