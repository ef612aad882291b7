import { expect } from '@esm-bundle/chai';
import { P2pError } from '../errors.ts';
import { startVerifiedWorker } from './start-verified-worker.ts';

const SOURCE = `postMessage('ran'); onmessage = ({data}) => postMessage(data);`;

async function integrityOf(source: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-384', new TextEncoder().encode(source));
  return `sha384-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof P2pError) return error.code;
    throw error;
  }
  return 'none';
}

describe('P2P-WRK-01: startVerifiedWorker', () => {
  const urls: string[] = [];
  const serve = (source: string): string => {
    const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    urls.push(url);
    return url;
  };
  after(() => urls.forEach(url => URL.revokeObjectURL(url)));

  it('runs a worker whose bytes match', async () => {
    const worker = await startVerifiedWorker({ url: serve(SOURCE), integrity: await integrityOf(SOURCE) });
    const first = await new Promise<MessageEvent>(resolve => (worker.onmessage = resolve));
    worker.terminate();
    expect(first.data).to.equal('ran');
  });

  it('does not run a worker with one changed byte, and says that it was changed', async () => {
    const changed = SOURCE.replace('ran', 'ran!');
    const started = startVerifiedWorker({ url: serve(changed), integrity: await integrityOf(SOURCE) });
    expect(await codeOf(started)).to.equal('worker-unverified');
  });

  for (const integrity of ['', 'sha384-', 'nonsense']) {
    it(`does not run a worker for the hash "${integrity}"`, async () => {
      expect(await codeOf(startVerifiedWorker({ url: serve(SOURCE), integrity }))).to.equal(
        'worker-unverified',
      );
    });
  }

  it('does not take a weaker hash', async () => {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(SOURCE));
    const integrity = `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
    expect(await codeOf(startVerifiedWorker({ url: serve(SOURCE), integrity }))).to.equal(
      'worker-unverified',
    );
  });

  it('tells a worker that cannot be had from one that was changed', async () => {
    const started = startVerifiedWorker({ url: '/no-such-worker.js', integrity: await integrityOf(SOURCE) });
    expect(await codeOf(started)).to.equal('worker-unavailable');
  });

  it('stops when asked to', async () => {
    const integrity = await integrityOf(SOURCE);
    const started = startVerifiedWorker({ url: serve(SOURCE), integrity, signal: AbortSignal.abort() });
    expect(await codeOf(started)).to.equal('aborted');
  });
});
