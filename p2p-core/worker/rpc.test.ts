import { expect } from '@esm-bundle/chai';
import { NETWORK, Peer } from '../test/support/peer.ts';
import { TestNetwork } from '../test/support/test-network.ts';
import type { RequestMessage, WorkerPost, WorkerToPage } from './messages.ts';
import { respond } from './rpc.ts';

const request = (id: number, method: string, params?: unknown): RequestMessage =>
  ({ kind: 'request', id, method, params }) as unknown as RequestMessage;

describe('worker requests', () => {
  it('P2P-API-01: unknown methods and wrong parameters are refused before anything runs', async () => {
    const { core } = Peer.create(new TestNetwork(), 'rpc-test');
    for (const [method, params] of [
      ['constructor', undefined],
      ['#open', undefined],
      ['telepathy', {}],
      ['sendMessage', { contactId: 'x' }],
      ['sendMessage', { contactId: 5, text: 'x' }],
      ['listMessages', { contactId: 'x', limit: -1 }],
      ['open', { profile: 'x' }],
      ['close', { really: true }],
    ] as const) {
      const response = await respond(core, request(7, method, params));
      expect(response, method).to.include({ kind: 'response', id: 7, ok: false, code: 'bad-request' });
    }
  });

  it('P2P-API-01: an error crosses as code and constant text, and nothing else', async () => {
    const { core } = Peer.create(new TestNetwork(), 'rpc-test');
    const response = await respond(core, request(1, 'previewInvite', { token: 'secret' }));
    expect(response).to.deep.equal({
      kind: 'response',
      id: 1,
      ok: false,
      code: 'not-open',
      message: 'The profile is not open.',
    });
  });

  it('P2P-API-02: plain addresses that are not loopback are refused', async () => {
    const { core } = Peer.create(new TestNetwork(), 'rpc-test');
    const network = { ...NETWORK, brokerUrl: 'ws://broker.example/' };
    const response = await respond(core, request(1, 'open', { profile: 'rpc-test', network }));
    expect(response).to.include({ ok: false, code: 'network-refused' });
  });

  it('P2P-API-03: the real worker answers, registers through the page, and reports the profile', async () => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    const messages: WorkerToPage[] = [];
    const until = (find: (message: WorkerToPage) => boolean): Promise<WorkerToPage> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = messages.find(find);
          if (found !== undefined) resolve(found);
        };
        worker.addEventListener('message', ({ data }: MessageEvent<WorkerPost>) => {
          messages.push(...(data.kind === 'batch' ? data.messages : [data]));
          look();
        });
        worker.addEventListener('error', event => reject(new Error(event.message)));
        look();
      });
    const profile = `worker-${crypto.randomUUID()}`;
    const answered = until(message => message.kind === 'response');
    const registering = until(
      message => message.kind === 'transport-command' && message.command.type === 'register',
    );
    const named = until(
      message =>
        message.kind === 'event' &&
        message.event.type === 'profile' &&
        message.event.profile.kind === 'needs-name',
    );
    worker.postMessage(request(1, 'open', { profile, network: NETWORK }));
    expect(await answered).to.include({ kind: 'response', id: 1, ok: true });
    await Promise.all([registering, named]);
    worker.terminate();
  });
});
