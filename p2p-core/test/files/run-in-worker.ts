import { expect } from '@esm-bundle/chai';

/** Runs a scenario by name in a worker of its own; fails as it does. */
export async function runInWorker(scenario: string): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  try {
    const failure = await new Promise<string | null>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<string | null>) => resolve(data);
      worker.onerror = event => reject(new Error(event.message || 'the worker did not start'));
      worker.postMessage(scenario);
    });
    expect(failure).to.equal(null);
  } finally {
    worker.terminate();
  }
}
