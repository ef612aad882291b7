/** Runs a scenario of test/files in a dedicated worker, where synchronous handles exist; fails as it fails. */
import { expect } from '@esm-bundle/chai';

export async function runInWorker(scenario: string): Promise<void> {
  const worker = new Worker(new URL('../files/worker.ts', import.meta.url), { type: 'module' });
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
