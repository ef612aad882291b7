import { expect } from '@esm-bundle/chai';
import type { ChannelState, LinkId, TransportEvent } from '../ports/transport.ts';
import type { FromChannelsWorker, ToChannelsWorker } from '../test/support/channels-worker.ts';
import { LinkPair } from '../test/support/link-pair.ts';
import { MovedChannel } from '../transport/moved-channel.ts';

const linkId = 'link-B' as LinkId;

/** A real worker that has the channel of B, and what it says. */
class OtherThread {
  readonly said: FromChannelsWorker[] = [];
  readonly #worker = new Worker(new URL('../test/support/channels-worker.ts', import.meta.url), {
    type: 'module',
  });
  #moved: MovedChannel | undefined;
  #wake: (() => void)[] = [];

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<FromChannelsWorker>) => {
      this.said.push(data);
      if (data.kind === 'state') this.#moved?.tell(data.state);
      for (const wake of this.#wake.splice(0)) wake();
    };
  }

  move(channel: RTCDataChannel, events: ConstructorParameters<typeof MovedChannel>[0]): MovedChannel {
    this.#post({ kind: 'channel', linkId, channel }, [channel]);
    return (this.#moved = new MovedChannel(events));
  }

  tell(event: TransportEvent): void {
    this.#post({ kind: 'event', event });
  }

  send(bytes: Uint8Array, to = linkId): void {
    this.#post({ kind: 'send', linkId: to, bytes });
  }

  async until<T>(find: (said: readonly FromChannelsWorker[]) => T | undefined): Promise<T> {
    for (;;) {
      const found = find(this.said);
      if (found !== undefined) return found;
      await new Promise<void>(resolve => this.#wake.push(resolve));
    }
  }

  untilState(state: ChannelState): Promise<FromChannelsWorker> {
    return this.until(said => said.find(message => message.kind === 'state' && message.state === state));
  }

  /** The first bytes of each message that was delivered. */
  get delivered(): number[] {
    return this.said.flatMap(message =>
      message.kind === 'event' && message.event.type === 'link-message' ? [message.event.bytes[0] ?? -1] : [],
    );
  }

  end(): void {
    this.#worker.terminate();
  }

  #post(message: ToChannelsWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

describe('P2P-LNK-17: a channel that the worker has', () => {
  let pair: LinkPair;
  let thread: OtherThread;

  beforeEach(async () => {
    thread = new OtherThread();
    pair = await new LinkPair(undefined, { B: (channel, events) => thread.move(channel, events) }).opened();
  });
  afterEach(() => {
    pair.close();
    thread.end();
  });

  async function openInWorker(): Promise<void> {
    thread.tell(await pair.until('B', 'link-open'));
  }

  it('delivers nothing before the worker knows that the link is open, and all of it in order then', async () => {
    for (const value of [1, 2, 3]) pair.a.send(new Uint8Array([value]));
    await pair.until('A', 'link-drained', ({ isEmpty }) => isEmpty);
    thread.send(new Uint8Array([9])); // Its report comes after all that was delivered before.
    await thread.until(said => said.find(({ kind }) => kind === 'sent'));
    expect(thread.delivered).to.deep.equal([]);
    await openInWorker();
    await thread.until(() => thread.delivered[2]);
    expect(thread.delivered).to.deep.equal([1, 2, 3]);
    expect(pair.typesAt('B')).not.to.include('link-message');
  });

  it('sends from there, and tells there what its queue has been rid of', async () => {
    await openInWorker();
    thread.send(new Uint8Array(70_000).fill(7));
    const { bytes } = await pair.until('A', 'link-message');
    expect([bytes.length, bytes[0]]).to.deep.equal([70_000, 7]);
    const drained = await thread.until(said =>
      said.find(
        message => message.kind === 'event' && message.event.type === 'link-drained' && message.event.isEmpty,
      ),
    );
    expect(drained).to.deep.include({
      event: { type: 'link-drained', linkId, takenBytes: 70_000, isEmpty: true },
    });
  });

  it('leaves what is of a link that the page has to the page', async () => {
    thread.send(new Uint8Array([1]), 'another' as LinkId);
    const sent = await thread.until(said => said.find(({ kind }) => kind === 'sent'));
    expect(sent).to.deep.equal({ kind: 'sent', isOurs: false });
  });

  it('says that it is over when the other side closes, and the link ends', async () => {
    await openInWorker();
    pair.a.close('closed-locally');
    await thread.untilState('closed');
    expect(await pair.until('B', 'link-closed')).to.deep.include({ reason: 'closed-remotely' });
  });

  it('lets what was sent before leave when the page closes the link', async () => {
    await openInWorker();
    thread.send(new Uint8Array(200_000).fill(5));
    await thread.until(said => said.find(({ kind }) => kind === 'sent'));
    pair.b.close('closed-locally');
    thread.tell(await pair.until('B', 'link-closed'));
    expect((await pair.until('A', 'link-message')).bytes.length).to.equal(200_000);
    await pair.until('A', 'link-closed');
    await thread.untilState('closed');
  });

  it('delivers nothing after the link was told as closed', async () => {
    await openInWorker();
    thread.tell({ type: 'link-closed', linkId, reason: 'closed-locally' });
    pair.a.send(new Uint8Array([1]));
    await thread.untilState('closed');
    expect(thread.delivered).to.deep.equal([]);
  });

  it('ends the link at a message that is too long to send', async () => {
    await openInWorker();
    thread.send(new Uint8Array(2 ** 26));
    await thread.untilState('failed');
    expect(await pair.until('B', 'link-closed')).to.deep.include({ reason: 'closed-locally' });
  });
});
