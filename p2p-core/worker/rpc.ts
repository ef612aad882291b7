/**
 * Requests of the page → EnkApi, one response each, in whatever order they finish. What leaves on failure is a code
 * and a constant text.
 */
import { P2pError, toP2pError } from '../errors.ts';
import type { EnkApi } from './api.ts';
import type { EnkMethod, RequestMessage, WorkerToPage } from './messages.ts';
import { isEnkMethod, parseParams } from './params.ts';

/** Runs one request and says what to answer. Never rejects. */
export async function respond(api: EnkApi, request: RequestMessage): Promise<WorkerToPage> {
  const { id } = request;
  try {
    return { kind: 'response', id, ok: true, result: await call(api, request) };
  } catch (error) {
    const { code, message } = toP2pError(error);
    return { kind: 'response', id, ok: false, code, message };
  }
}

async function call(api: EnkApi, { method, params }: RequestMessage): Promise<unknown> {
  if (!isEnkMethod(method)) throw new P2pError('bad-request');
  // The schema of each method is the type of its parameters; TypeScript cannot relate the two unions.
  const run = api[method] as (this: EnkApi, params: unknown) => Promise<unknown>;
  return run.call(api, parseParams<EnkMethod>(method, params));
}
