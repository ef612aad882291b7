import { expect } from '@esm-bundle/chai';
import { type FrameKind, type FrameSource, type SendLane, SendQueue, singleFrame } from './send-queue.ts';

/** A sink that notes what it gets, and takes a turn for each. */
class NotingSink {
  readonly sent: string[] = [];
  hasChunkRoom = true;
  failsAt = '';

  async seal(_: FrameKind, content: Uint8Array): Promise<void> {
    const text = new TextDecoder().decode(content);
    await Promise.resolve();
    if (text === this.failsAt) throw new RangeError(text);
    this.sent.push(text);
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function frames(name: string, count: number): FrameSource {
  let index = 0;
  return {
    get nextKind() {
      return index < count ? 'chunk' : null;
    },
    take: () => bytes(`${name}${index++}`),
  };
}

describe('the send queue', () => {
  let sink: NotingSink;
  let queue: SendQueue;
  const pdu = (lane: SendLane, text: string): Promise<void> => queue.send(lane, singleFrame(bytes(text)));

  beforeEach(() => {
    sink = new NotingSink();
    queue = new SendQueue(sink);
  });

  it('P2P-CHK-01: the next frame is the most urgent lane’s, also between the chunks of a PDU', async () => {
    const large = queue.send('bulk', frames('bulk', 4));
    const message = queue.send('chat', frames('message', 3));
    await pdu('control', 'ack');
    expect(sink.sent, 'the one that was being sealed went first').to.deep.equal(['bulk0', 'ack']);
    await message;
    await large;
    expect(sink.sent.slice(2)).to.deep.equal(['message0', 'message1', 'message2', 'bulk1', 'bulk2', 'bulk3']);
  });

  it('P2P-CHK-01: messages keep their order, however large they are', async () => {
    await Promise.all([pdu('chat', 'm1'), queue.send('chat', frames('m2.', 2)), pdu('chat', 'm3')]);
    expect(sink.sent).to.deep.equal(['m1', 'm2.0', 'm2.1', 'm3']);
  });

  it('P2P-CHK-01: large PDUs take turns', async () => {
    await Promise.all([queue.send('bulk', frames('a', 3)), queue.send('bulk', frames('b', 2))]);
    expect(sink.sent).to.deep.equal(['a0', 'b0', 'a1', 'b1', 'a2']);
  });

  it('P2P-CHK-02: without room in the channel chunks wait, and everything else leaves', async () => {
    sink.hasChunkRoom = false;
    let isDone = false;
    const large = queue.send('bulk', frames('bulk', 2)).then(() => (isDone = true));
    const message = queue.send('chat', frames('message', 1));
    const next = pdu('chat', 'next');
    await pdu('control', 'ack');
    expect(sink.sent).to.deep.equal(['ack']);
    expect(isDone).to.equal(false);
    sink.hasChunkRoom = true;
    queue.wake();
    await Promise.all([large, message, next]);
    expect(sink.sent).to.deep.equal(['ack', 'message0', 'next', 'bulk0', 'bulk1']);
  });

  it('P2P-CHK-02: an abort keeps what is left from leaving, and rejects', async () => {
    const abort = new AbortController();
    const large = queue.send('bulk', frames('bulk', 100), abort.signal).catch((error: unknown) => error);
    await pdu('control', 'ack');
    abort.abort();
    expect(await large).to.have.property('code', 'aborted');
    await pdu('bulk', 'after');
    expect(sink.sent).to.deep.equal(['bulk0', 'ack', 'after']);
    expect(queue.size).to.equal(0);
  });

  it('P2P-CHK-02: a frame that fails fails its caller alone; a closed queue rejects everybody', async () => {
    sink.failsAt = 'bad';
    const outcomes = await Promise.allSettled([pdu('chat', 'bad'), pdu('chat', 'good')]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'fulfilled']);
    sink.hasChunkRoom = false;
    const waiting = queue.send('bulk', frames('bulk', 1)).catch((error: unknown) => error);
    queue.close();
    expect(await waiting).to.have.property('code', 'aborted');
    expect(await pdu('control', 'late').catch((error: unknown) => error)).to.have.property('code', 'aborted');
  });
});
