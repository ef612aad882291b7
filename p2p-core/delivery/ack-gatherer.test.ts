/** When what is stored is acknowledged, and by how many frames. */
import { expect } from '@esm-bundle/chai';
import { ACK_GATHER_MS, MAX_UNACKNOWLEDGED_MESSAGES } from '../limits.ts';
import { decodePdu } from '../pdu/codec.ts';
import { TestClock } from '../test/support/test-clock.ts';
import { AckGatherer } from './ack-gatherer.ts';
import type { DeliverySession } from './outflow.ts';

const [first, second] = ['A'.repeat(22), 'B'.repeat(21) + 'A'];

/** Remembers what was acknowledged through it. */
class Session implements DeliverySession {
  readonly acks: [incarnation: string, seq: number][] = [];
  readonly hasRoom = true;
  readonly isFlushed = true;
  isOver = false;

  async send(bytes: Uint8Array): Promise<void> {
    if (this.isOver) throw new Error('the session is over');
    const decoded = decodePdu(bytes);
    if (decoded.kind !== 'pdu' || decoded.pdu.type !== 'ack') throw new Error('no acknowledgement');
    this.acks.push([decoded.pdu.incarnation, decoded.pdu.seq]);
  }

  fail(): void {
    this.isOver = true;
  }
}

describe('AckGatherer', () => {
  let clock: TestClock;
  let acks: AckGatherer;
  let session: Session;

  beforeEach(() => {
    clock = new TestClock();
    clock.freeze();
    acks = new AckGatherer(clock);
    session = new Session();
  });

  const add = (seq: number, incarnation = first, to = session): void =>
    acks.add(to, [{ incarnation, seq }], 1);

  it('P2P-DEL-15: what is stored within ACK_GATHER_MS is acknowledged by one frame, of the newest', () => {
    for (const seq of [1, 2, 3]) add(seq);
    expect(session.acks).to.deep.equal([]);
    clock.advance(ACK_GATHER_MS);
    expect(session.acks).to.deep.equal([[first, 3]]);
    add(4);
    clock.advance(ACK_GATHER_MS);
    expect(session.acks).to.deep.equal([
      [first, 3],
      [first, 4],
    ]);
  });

  it('P2P-DEL-15: each incarnation, and each session, gets its own', () => {
    const other = new Session();
    add(1);
    add(7, second);
    add(2, first, other);
    clock.advance(ACK_GATHER_MS);
    expect(session.acks).to.deep.equal([
      [first, 1],
      [second, 7],
    ]);
    expect(other.acks).to.deep.equal([[first, 2]]);
  });

  it('P2P-DEL-15: half a window is acknowledged at once', () => {
    for (let seq = 1; seq < MAX_UNACKNOWLEDGED_MESSAGES; seq++) add(seq);
    expect(session.acks).to.deep.equal([]);
    add(MAX_UNACKNOWLEDGED_MESSAGES);
    expect(session.acks).to.deep.equal([[first, MAX_UNACKNOWLEDGED_MESSAGES]]);
  });

  it('P2P-DEL-15: a session that is over takes none, and holds up no other', () => {
    const over = new Session();
    over.isOver = true;
    add(1, first, over);
    add(1);
    clock.advance(ACK_GATHER_MS);
    expect([over.acks, session.acks]).to.deep.equal([[], [[first, 1]]]);
  });
});
