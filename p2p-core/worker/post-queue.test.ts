import { expect } from '@esm-bundle/chai';
import type { LinkId } from '../ports/transport.ts';
import type { WorkerPost, WorkerToPage } from './messages.ts';
import { PortTransport } from './port-transport.ts';
import { PostQueue } from './post-queue.ts';

const linkId = 'link' as LinkId;
const response = (id: number): WorkerToPage => ({ kind: 'response', id, ok: true, result: undefined });

function record(): { readonly posts: [WorkerPost, Transferable[]][]; readonly queue: PostQueue } {
  const posts: [WorkerPost, Transferable[]][] = [];
  return { posts, queue: new PostQueue((message, transfer) => posts.push([message, transfer])) };
}

describe('what the worker posts', () => {
  it('P2P-WRK-03: the messages of one turn go together, in order, with all that moves', async () => {
    const { posts, queue } = record();
    const [first, second] = [new ArrayBuffer(1), new ArrayBuffer(2)];
    queue.add(response(1), [first]);
    queue.add(response(2));
    queue.add(response(3), [second]);
    expect(posts).to.deep.equal([]);
    await Promise.resolve();
    expect(posts).to.deep.equal([
      [{ kind: 'batch', messages: [response(1), response(2), response(3)] }, [first, second]],
    ]);
  });

  it('P2P-WRK-03: a single message goes as it is, and a later turn’s goes by itself', async () => {
    const { posts, queue } = record();
    queue.add(response(1));
    await Promise.resolve();
    queue.add(response(2));
    await Promise.resolve();
    expect(posts.map(([message]) => message)).to.deep.equal([response(1), response(2)]);
  });

  it('P2P-WRK-03: a frame moves to the page; one that shares its memory is copied', async () => {
    const { posts, queue } = record();
    const transport = new PortTransport(queue);
    const [whole, shared] = [Uint8Array.of(1, 2, 3), Uint8Array.of(9, 4, 5, 9).subarray(1, 3)];
    transport.execute({ type: 'send', linkId, bytes: whole });
    transport.execute({ type: 'send', linkId, bytes: shared });
    transport.execute({ type: 'close', linkId });
    await Promise.resolve();
    const [[message, transfer] = []] = posts;
    expect(message).to.deep.equal({
      kind: 'batch',
      messages: [
        { kind: 'transport-command', command: { type: 'send', linkId, bytes: whole } },
        { kind: 'transport-command', command: { type: 'send', linkId, bytes: shared } },
        { kind: 'transport-command', command: { type: 'close', linkId } },
      ],
    });
    expect(transfer?.[0]).to.equal(whole.buffer);
    expect((transfer?.[1] as ArrayBuffer).byteLength).to.equal(shared.length);
    expect(transfer?.length).to.equal(2);
  });
});
