import { expect } from '@esm-bundle/chai';
import { P2pError } from '../errors.ts';
import type { LinkId, TransportCommand, TransportEvent } from '../ports/transport.ts';
import { EnkClient } from './enk-client.ts';

/** A worker that answers by the name of the method; it stands for the wire, not for any product code. */
const SOURCE = `
  onmessage = ({data}) => {
    if (data.kind === 'transport-event') {
      return postMessage({kind: 'transport-command', command: {type: 'send', linkId: data.event.linkId, bytes: data.event.bytes}});
    }
    const {id, method, params} = data;
    const answer = message => postMessage({kind: 'response', id, ...message});
    if (method === 'listInvites') answer({ok: true, result: ['one']});
    if (method === 'renameContact') answer({ok: true, result: params.name});
    if (method === 'createInvite') answer({ok: false, code: 'too-many-invites', message: 'x'});
    if (method === 'getPrivacy') answer({ok: false, code: 'of-a-later-build', message: 'x'});
    if (method === 'getDiagnostics') setTimeout(() => { throw new Error('dies') });
    if (method === 'setDisplayName') postMessage({kind: 'event', event: {type: 'signaling', state: {kind: 'idle'}}});
    if (method === 'reconnect') {
      const event = {type: 'signaling', state: {kind: 'idle'}};
      const messages = [{kind: 'event', event}, {kind: 'response', id, ok: true, result: 'last'}, {kind: 'event', event}];
      postMessage({kind: 'batch', messages});
    }
    if (method === 'close') answer({ok: true, result: undefined});
  };`;

class RecordingTransport {
  readonly commands: TransportCommand[] = [];
  isClosed = false;
  listener: ((event: TransportEvent) => void) | undefined;
  onCommand: (() => void) | undefined;
  execute(command: TransportCommand): void {
    this.commands.push(command);
    this.onCommand?.();
  }
  subscribe(listener: (event: TransportEvent) => void): () => void {
    this.listener = listener;
    return () => (this.listener = undefined);
  }
  close(): void {
    this.isClosed = true;
  }
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => 'none',
    (reason: unknown) => reason,
  );
  return error instanceof P2pError ? error.code : String(error);
}

describe('P2P-WRK-02: EnkClient', () => {
  let client: EnkClient;
  let transport: RecordingTransport;

  beforeEach(async () => {
    const url = URL.createObjectURL(new Blob([SOURCE], { type: 'text/javascript' }));
    transport = new RecordingTransport();
    client = await EnkClient.start({ worker: new Worker(url), transport });
    URL.revokeObjectURL(url);
  });
  afterEach(() => client.close());

  it('gives each request its own answer', async () => {
    const contactId = 'c' as never;
    const [invites, name] = await Promise.all([
      client.request('listInvites'),
      client.request('renameContact', { contactId, name: 'Ada' }),
    ]);
    expect(invites).to.deep.equal(['one']);
    expect(name).to.equal('Ada');
  });

  it('rejects with the worker’s code', async () => {
    expect(await codeOf(client.request('createInvite', {}))).to.equal('too-many-invites');
  });

  it('reads a code that it does not know as internal', async () => {
    expect(await codeOf(client.request('getPrivacy'))).to.equal('internal');
  });

  it('rejects parameters that cannot be cloned', async () => {
    const displayName = (() => 'x') as never;
    expect(await codeOf(client.request('setDisplayName', { displayName }))).to.equal('bad-request');
  });

  it('P2P-WRK-03: reads the messages of a batch in their order', async () => {
    const seen: string[] = [];
    const contactId = 'c' as never;
    client.subscribe(event => seen.push(event.type));
    expect(await client.request('reconnect', { contactId })).to.equal('last');
    expect(seen).to.deep.equal(['signaling', 'signaling']);
  });

  it('reports the worker’s events until unsubscribed', async () => {
    const seen: string[] = [];
    const first = new Promise<void>(resolve => {
      const unsubscribe = client.subscribe(event => {
        seen.push(event.type);
        unsubscribe();
        resolve();
      });
    });
    void client.request('setDisplayName', { displayName: 'a' }).catch(() => undefined);
    void client.request('setDisplayName', { displayName: 'b' }).catch(() => undefined);
    await first;
    await client.request('listInvites');
    expect(seen).to.deep.equal(['signaling']);
  });

  it('carries transport events to the worker and its commands back', async () => {
    const executed = new Promise<void>(resolve => (transport.onCommand = resolve));
    transport.listener?.({ type: 'link-message', linkId: 'l' as LinkId, bytes: Uint8Array.of(1, 2) });
    await executed;
    expect(transport.commands).to.deep.equal([{ type: 'send', linkId: 'l', bytes: Uint8Array.of(1, 2) }]);
  });

  it('rejects what is pending when the worker dies, says so, and ends the connections', async () => {
    const pending = client.request('revokeInvite', { id: 'never answered' });
    void client.request('getDiagnostics').catch(() => undefined);
    expect(await codeOf(pending)).to.equal('worker-stopped');
    expect((await client.stopped).code).to.equal('worker-stopped');
    expect(await codeOf(client.request('listInvites'))).to.equal('worker-stopped');
    expect(transport.isClosed).to.equal(true);
  });

  it('ends everything on close and refuses further requests', async () => {
    const pending = client.request('revokeInvite', { id: 'never answered' });
    await Promise.all([client.close(), codeOf(pending)]);
    expect(await codeOf(client.request('listInvites'))).to.equal('aborted');
    expect(transport.isClosed).to.equal(true);
  });
});
