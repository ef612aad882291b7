/**
 * The worker's end of the wire, for tests of the services: answers requests as the test says and emits events. It
 * stands where `EnkClient` stands; no crypto is imitated.
 */
import type { EnkEvent, EnkMethod } from '@enk/p2p-core';
import type { WorkerClient } from '../worker-connection.ts';

export type Answer = (params: never) => unknown;

export class WorkerDouble {
  readonly requests: { readonly method: EnkMethod; readonly params: unknown }[] = [];
  readonly answers = new Map<EnkMethod, Answer>([
    ['open', () => undefined],
    ['close', () => undefined],
    ['getPrivacy', () => ({ sendTyping: false, sendReadReceipts: false })],
    ['listInvites', () => []],
    ['getFileSettings', () => ({ isFast: false })],
  ]);
  isClosed = false;
  stop!: (reason: unknown) => void;
  readonly #listeners = new Set<(event: EnkEvent) => void>();

  readonly client = {
    stopped: new Promise<unknown>(resolve => (this.stop = resolve)),
    request: async (method: EnkMethod, params?: unknown): Promise<unknown> => {
      this.requests.push({ method, params });
      return this.answers.get(method)?.(params as never);
    },
    subscribe: (listener: (event: EnkEvent) => void): (() => void) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    },
    close: (): void => {
      this.isClosed = true;
    },
  } as unknown as WorkerClient;

  emit(event: EnkEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
