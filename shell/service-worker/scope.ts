/** The part of ServiceWorkerGlobalScope that is used: TypeScript's library of workers clashes with that of pages. */

export interface WorkerEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}

export interface RequestEvent extends WorkerEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

export interface ClientMessageEvent extends WorkerEvent {
  readonly data: unknown;
  readonly ports: readonly MessagePort[];
}

export interface WorkerClients {
  claim(): Promise<void>;
  matchAll(options: {
    includeUncontrolled: boolean;
  }): Promise<readonly { postMessage(message: unknown): void }[]>;
}

export interface WorkerScope {
  readonly registration: ServiceWorkerRegistration;
  readonly clients: WorkerClients;
  readonly location: { readonly href: string };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: WorkerEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: RequestEvent) => void): void;
  addEventListener(type: 'message', listener: (event: ClientMessageEvent) => void): void;
}

export const scope = globalThis as unknown as WorkerScope;
