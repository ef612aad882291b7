import { enkSignalEngine } from '@enk/crypto-core';
import { expect } from '@esm-bundle/chai';
import { EnkCore } from '../../worker/enk-core.ts';
import type {
  EnkMethod,
  EnkParams,
  RequestMessage,
  WorkerPost,
  WorkerToPage,
} from '../../worker/messages.ts';
import { PortTransport } from '../../worker/port-transport.ts';
import { PostQueue } from '../../worker/post-queue.ts';
import { respond } from '../../worker/rpc.ts';
import { NETWORK, Peer } from '../support/peer.ts';
import { findSecrets } from '../support/scan.ts';
import { collectSecrets } from '../support/secret-watch.ts';
import { TestClock } from '../support/test-clock.ts';
import { TestNetwork } from '../support/test-network.ts';
import type { TestTransport } from '../support/test-network.ts';

/** A worker's inside and the page's end of its port, with everything that is posted across. */
class PostedWorker {
  readonly posts: WorkerPost[] = [];
  readonly core: EnkCore;
  readonly #page: TestTransport;
  readonly #queue: PostQueue;
  #id = 0;

  constructor(network: TestNetwork) {
    this.#page = network.createTransport();
    this.#queue = new PostQueue((message, transfer) => this.#receive(structuredClone(message, { transfer })));
    const transport = new PortTransport(this.#queue);
    this.#page.subscribe(event => transport.deliver(event));
    this.core = new EnkCore({
      transport,
      clock: new TestClock(),
      signalEngine: enkSignalEngine,
      locks: navigator.locks,
      emit: event => this.#queue.add({ kind: 'event', event }),
    });
  }

  async ask<M extends EnkMethod>(method: M, params: EnkParams<M>): Promise<unknown> {
    const request = { kind: 'request', id: this.#id++, method, params } as RequestMessage;
    const answer = await respond(this.core, request);
    this.#queue.add(answer);
    if (answer.kind !== 'response' || !answer.ok) throw new RangeError(`${method} was refused`);
    return answer.result;
  }

  /** The page. */
  #receive(post: WorkerPost): void {
    this.posts.push(post);
    const messages: readonly WorkerToPage[] = post.kind === 'batch' ? post.messages : [post];
    for (const message of messages) {
      if (message.kind === 'transport-command') this.#page.execute(message.command);
    }
  }
}

/** Every text and byte string that a message holds; throws for a key. */
function bytesOf(value: unknown): Uint8Array[] {
  if (value instanceof CryptoKey) throw new RangeError('a key was posted');
  if (value instanceof Uint8Array) return [value];
  if (typeof value === 'string') return [new TextEncoder().encode(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [new TextEncoder().encode(key), ...bytesOf(item)]);
}

describe('scenario: no secrets to the page', function () {
  this.timeout(60_000);

  it('P2P-API-04: of all that a worker posts in a conversation nothing is a key, in any spelling', async () => {
    const network = new TestNetwork();
    const worker = new PostedWorker(network);
    const profile = `test-${crypto.randomUUID()}`;
    const bob = await Peer.start(network, 'Bob');
    const secrets = await collectSecrets(async () => {
      await worker.ask('open', { profile, network: NETWORK });
      await worker.ask('setDisplayName', { displayName: 'Alice' });
      const { token } = (await worker.ask('createInvite', {})) as { token: string };
      await bob.core.acceptInvite({ token, name: '' });
      await bob.untilReady();
      for (const text of ['one', 'two', 'three']) await bob.send(text);
      await bob.untilDelivered();
      await worker.ask('getDiagnostics', undefined);
    });
    await bob.close();
    await worker.core.close();

    const hay = worker.posts.flatMap(bytesOf);
    expect(worker.posts.length).to.be.greaterThan(20);
    expect(hay.some(bytes => bytes.length > 1_000)).to.equal(true);
    expect(secrets.length).to.be.greaterThan(50);
    expect(findSecrets(hay, secrets)).to.deep.equal([]);
    // The scan sees what it looks for.
    const [secret] = secrets;
    const spelled = btoa(String.fromCharCode(...(secret ?? [])));
    expect(findSecrets([...hay, new TextEncoder().encode(`x${spelled}`)], secrets)).to.deep.include(secret);
  });
});
