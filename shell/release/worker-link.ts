/** A page's way to its service worker: registering the script that a signed release names, and asking it. */
import type { WorkerReply, WorkerRequest } from '../service-worker/messages.ts';

interface PolicyFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string };
}

const SCRIPT_NAME = /^service-worker\.[0-9a-f]{16}\.js$/;
/** A worker that has to start on a busy machine, and look into its store. */
const REPLY_TIMEOUT_MS = 60_000;

let policy: { createScriptURL(url: string): string } | undefined;

/** Trusted Types: nothing else can become this site's service worker. Throws a TypeError for another name. */
function trustedUrl(path: string, base: string): string {
  if (!SCRIPT_NAME.test(path)) throw new TypeError('unexpected service worker');
  const url = new URL(path, base).href;
  const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };
  if (!trustedTypes) return url;
  policy ??= trustedTypes.createPolicy('enk-service-worker', {
    createScriptURL(asked) {
      if (SCRIPT_NAME.test(asked.slice(base.length)) && asked.startsWith(base)) return asked;
      throw new TypeError('unexpected service worker');
    },
  });
  return policy.createScriptURL(url);
}

/** Registers the script; browsers must look past their caches when they look for another one. */
export function registerWorker(
  container: ServiceWorkerContainer,
  path: string,
  base: string,
): Promise<ServiceWorkerRegistration> {
  return container.register(trustedUrl(path, base), { scope: base, updateViaCache: 'none' });
}

/** Asks a worker and waits for its answer. Rejects when none comes. */
export function askWorker(worker: ServiceWorker, request: WorkerRequest): Promise<WorkerReply> {
  const { port1, port2 } = new MessageChannel();
  return new Promise<WorkerReply>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error('The service worker does not answer.')),
      REPLY_TIMEOUT_MS,
    );
    port1.onmessage = ({ data }: MessageEvent<WorkerReply>) => {
      clearTimeout(timer);
      port1.close();
      resolve(data);
    };
    worker.postMessage(request, [port2]);
  });
}

/** Resolves when the worker is in one of the states; rejects when it becomes redundant before. */
export function untilState(worker: ServiceWorker, states: readonly ServiceWorkerState[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (states.includes(worker.state)) resolve();
      else if (worker.state === 'redundant') reject(new Error('The service worker was not installed.'));
      else return;
      worker.removeEventListener('statechange', look);
    };
    worker.addEventListener('statechange', look);
    look();
  });
}
