import { expect } from '@esm-bundle/chai';
import {
  CHUNK_BUFFER_HIGH_WATER_BYTES,
  CHUNK_BYTES,
  MAX_CHUNKS_IN_FLIGHT,
  MAX_MESSAGE_TEXT_BYTES,
  MAX_PDU_BYTES,
} from '../../limits.ts';
import { encodePdu } from '../../pdu/codec.ts';
import { Peer, befriend } from '../support/peer.ts';
import { type SessionSide, connectSessions } from '../support/session-pair.ts';
import { TestNetwork, type TestTransport } from '../support/test-network.ts';

const FILE = 'test-file';
const INCARNATION = 'AAAAAAAAAAAAAAAAAAAAAA';
/** A chunk's frame is longer than this, every other frame here is shorter. */
const SHORTEST_CHUNK_FRAME_BYTES = CHUNK_BYTES;

function message(seq: number, text: string): Uint8Array {
  return encodePdu({ type: 'message', incarnation: INCARNATION, seq, text, sentAt: 1 });
}

function patterned(sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 7 + (index >> 8)) % 251);
}

/** What one side put on the wire so far. */
class WireCount {
  chunks = 0;
  #onChunk: () => void = () => undefined;

  constructor(network: TestNetwork, from: TestTransport) {
    network.filter = record => {
      if (record.from !== from.peerId) return true;
      if (record.bytes.length > SHORTEST_CHUNK_FRAME_BYTES) this.chunks += 1;
      this.#onChunk();
      return true;
    };
  }

  untilChunks(chunks: number): Promise<void> {
    return new Promise(resolve => {
      this.#onChunk = () => {
        if (this.chunks >= chunks) resolve();
      };
      this.#onChunk();
    });
  }
}

describe('scenario: large PDUs', function () {
  this.timeout(120_000); // up to 1,100 frames of 16 KiB through the whole cascade, both ways of the channel
  let network: TestNetwork;
  let files: Uint8Array[];
  let onFile: () => void;

  beforeEach(() => {
    network = new TestNetwork();
    network.isRecording = false;
    files = [];
    onFile = () => undefined;
  });

  function receivingFiles(): {
    expected: ReadonlyMap<string, { maxBytes: number; accept(bytes: Uint8Array): Promise<void> }>;
  } {
    const accept = async (bytes: Uint8Array): Promise<void> => {
      files.push(bytes);
      onFile();
    };
    return { expected: new Map([[FILE, { maxBytes: MAX_PDU_BYTES, accept }]]) };
  }

  const connect = (): Promise<[SessionSide, SessionSide]> => connectSessions(network, [{}, receivingFiles()]);
  const untilFile = (): Promise<void> =>
    new Promise(resolve => {
      onFile = resolve;
      if (files.length > 0) resolve();
    });

  it('P2P-CHK-01: while 16 MiB pass, no chat line waits for more than the frame that is being sealed', async () => {
    const [alice, bob] = await connect();
    const count = new WireCount(network, alice.transport);
    const bytes = patterned(MAX_PDU_BYTES);
    const waits: number[] = [];
    const lines: Promise<void>[] = [];
    await alice.session.sendLarge({
      of: FILE,
      bytes,
      onProgress: sentBytes => {
        if (sentBytes % (64 * CHUNK_BYTES) !== 0) return;
        const before = count.chunks;
        const line = alice.session.send(message(lines.length + 1, 'a line'), 'chat');
        lines.push(line.then(() => void waits.push(count.chunks - before)));
      },
    });
    await Promise.all([...lines, untilFile()]);
    expect(waits).to.have.length(16);
    expect(Math.max(...waits), 'chunks that left before a line').to.be.at.most(1);
    expect(files[0]).to.deep.equal(bytes);
    await bob.untilReceived(16);
    expect(bob.budget.peakBytes).to.equal(MAX_PDU_BYTES);
    expect(bob.budget.usedBytes).to.equal(0);
    alice.session.close('local');
  });

  it('P2P-CHK-02: a channel that does not drain holds back chunks, and nothing else; its caller waits', async () => {
    const [alice, bob] = await connect();
    const count = new WireCount(network, alice.transport);
    const bytes = patterned(2 ** 20);
    let release: (() => void) | null = null;
    let isSent = false;
    let onHeld = (): void => undefined;
    const untilHeld = new Promise<void>(resolve => {
      onHeld = resolve;
    });
    const sending = alice.session.sendLarge({
      of: FILE,
      bytes,
      onProgress: () => {
        release ??= bob.transport.hold();
        onHeld();
      },
    });
    void sending.then(() => (isSent = true));
    await untilHeld;
    while (alice.link.hasChunkRoom) await alice.session.send(message(1, 'x'.repeat(10_000)), 'chat');
    const atStop = count.chunks;
    for (let turn = 0; turn < 5; turn++) await alice.session.sendPdu({ type: 'typing', isTyping: true });
    expect(count.chunks, 'chunks after the mark').to.equal(atStop);
    expect(atStop * CHUNK_BYTES).to.be.at.most(CHUNK_BUFFER_HIGH_WATER_BYTES + CHUNK_BYTES);
    expect(isSent).to.equal(false);
    (release as (() => void) | null)?.();
    await sending;
    await untilFile();
    expect(files[0]).to.deep.equal(bytes);
    alice.session.close('local');
  });

  it('P2P-CHK-02: a receiver that works nothing off gets a window of chunks and no more', async () => {
    const [alice, bob] = await connect();
    const count = new WireCount(network, alice.transport);
    let goOn = (): void => undefined;
    bob.beforePdu = () =>
      new Promise(resolve => {
        goOn = resolve;
      });
    const bytes = patterned(4 * 2 ** 20);
    const sending = alice.session.sendLarge({
      of: FILE,
      bytes,
      onProgress: sentBytes => {
        if (sentBytes === CHUNK_BYTES) void alice.session.sendPdu({ type: 'typing', isTyping: true });
      },
    });
    await bob.untilHeld;
    await count.untilChunks(MAX_CHUNKS_IN_FLIGHT);
    // Each of these leaves the queue a turn for a chunk.
    for (let turn = 0; turn < 5; turn++) await alice.session.sendPdu({ type: 'typing', isTyping: true });
    expect(count.chunks).to.equal(MAX_CHUNKS_IN_FLIGHT);
    bob.beforePdu = async () => undefined;
    goOn();
    await sending;
    await untilFile();
    expect(files[0]).to.deep.equal(bytes);
    expect(bob.link.stage).to.equal('ready');
    alice.session.close('local');
  });

  it('P2P-CHK-01: typing and an acknowledgement overtake a message of 64 KiB', async () => {
    const [alice, bob] = await connect();
    const text = 'é'.repeat(MAX_MESSAGE_TEXT_BYTES / 2);
    const large = alice.session.send(message(1, text), 'chat');
    const next = alice.session.send(message(2, 'after it'), 'chat');
    await alice.session.sendPdu({ type: 'typing', isTyping: true });
    await alice.session.send(encodePdu({ type: 'ack', incarnation: INCARNATION, seq: 1 }), 'control');
    await Promise.all([large, next]);
    await bob.untilReceived(4);
    expect(bob.received.map(({ type }) => type)).to.deep.equal(['typing', 'ack', 'message', 'message']);
    expect(bob.received.flatMap(pdu => (pdu.type === 'message' ? [pdu.text] : []))).to.deep.equal([
      text,
      'after it',
    ]);
    alice.session.close('local');
  });

  it('P2P-CHK-03: no frame of a message is longer than a chunk, and all of one size look alike', async () => {
    const [alice, bob] = await connect();
    const lengths: number[][] = [];
    for (const [index, size] of [33_000, 60_000].entries()) {
      const seen: number[] = [];
      network.filter = ({ from, bytes }) => {
        if (from === alice.transport.peerId) seen.push(bytes.length);
        return true;
      };
      await alice.session.send(message(index + 1, 'x'.repeat(size)), 'chat');
      await bob.untilReceived(index + 1);
      lengths.push(seen.filter(length => length > SHORTEST_CHUNK_FRAME_BYTES));
    }
    expect(lengths[0]).to.have.length(4);
    expect(lengths[0]).to.have.length(lengths[1]?.length ?? 0);
    expect(Math.max(...lengths.flat())).to.be.below(CHUNK_BYTES + 400);
    alice.session.close('local');
  });

  it('P2P-CHK-05: a session that ends in mid-transfer hands nothing on, and gives its memory back', async () => {
    const [alice, bob] = await connect();
    const sending = alice.session
      .sendLarge({
        of: FILE,
        bytes: patterned(4 * 2 ** 20), // more than one window, or all of it may have left before the news
        onProgress: sentBytes => {
          if (sentBytes > 2 ** 19) network.cutAll();
        },
      })
      .catch((error: unknown) => error);
    expect(await sending).to.have.property('code', 'aborted');
    await new Promise<void>(resolve => {
      if (bob.link.signal.aborted) resolve();
      bob.link.signal.addEventListener('abort', () => resolve());
    });
    await bob.ended;
    expect(bob.budget.peakBytes).to.equal(4 * 2 ** 20);
    expect(bob.budget.usedBytes).to.equal(0);
    expect(files).to.deep.equal([]);
  });

  it('P2P-CHK-05: a link cut between the chunks of a message loses and doubles nothing', async () => {
    network.isRecording = true;
    const [alice, bob] = [await Peer.start(network, 'Alice'), await Peer.start(network, 'Bob')];
    await befriend(alice, bob);
    const texts = ['before', 'x'.repeat(MAX_MESSAGE_TEXT_BYTES), 'after'];
    let chunks = 0;
    network.filter = ({ from, bytes }) => {
      const isChunk = from === alice.transport.peerId && bytes.length > SHORTEST_CHUNK_FRAME_BYTES;
      if (isChunk && ++chunks === 3) queueMicrotask(() => network.cutAll());
      return true;
    };
    for (const text of texts) await alice.send(text);
    expect(await bob.untilReceived(3)).to.deep.equal(texts);
    await alice.untilDelivered();
    expect(chunks, 'sent again from the first').to.be.greaterThan(4);
    await Promise.all([alice.close(), bob.close()]);
  });
});
