import { expect } from '@esm-bundle/chai';
import { ICE_RESTART_MIN_INTERVAL_MS, SEALED_SIGNAL_BUCKET } from '../limits.ts';
import { type PduBody, decodePdu, encodePdu } from '../pdu/codec.ts';
import type { RestartDescription } from '../ports/transport.ts';
import { TestClock } from '../test/support/test-clock.ts';
import { RestartExchange, type SignalRoute, isRestartPdu } from './restart-exchange.ts';
import { SignalSeal } from './signal-seal.ts';

/** One side: what it asked of its transport, and what left by either way. */
class Side {
  readonly offers: number[] = [];
  readonly applied: RestartDescription[] = [];
  readonly inSession: PduBody[] = [];
  readonly toBroker: Uint8Array[] = [];
  readonly clock = new TestClock();
  readonly exchange: RestartExchange;
  route: SignalRoute = 'broker';
  #wake: () => void = () => undefined;

  constructor(role: 'A' | 'B', seal: SignalSeal) {
    this.clock.freeze();
    this.exchange = new RestartExchange({
      role,
      seal,
      clock: this.clock,
      makeOffer: offer => this.offers.push(offer),
      apply: restart => this.applied.push(restart),
      signal: bytes => {
        this.toBroker.push(bytes);
        this.#wake();
      },
      sendPdu: async body => void this.inSession.push(body),
      route: () => this.route,
    });
  }

  start(): void {
    this.clock.advance(ICE_RESTART_MIN_INTERVAL_MS);
    this.exchange.start();
  }

  /** Waits until so many sealed signals have left. */
  async sealed(count: number): Promise<Uint8Array> {
    while (this.toBroker.length < count) await new Promise<void>(resolve => (this.#wake = resolve));
    return this.toBroker[count - 1] as Uint8Array;
  }

  made(kind: 'offer' | 'answer', offer: number): void {
    this.exchange.made({ kind, offer, sdp: `v=0 ${kind} ${offer}` });
  }
}

function accept(to: Side, body: PduBody | undefined): boolean {
  const decoded = body && decodePdu(encodePdu(body));
  if (decoded?.kind !== 'pdu' || !isRestartPdu(decoded.pdu)) throw new Error('no restart PDU');
  return to.exchange.accept(decoded.pdu);
}

describe('RestartExchange', () => {
  let a: Side;
  let b: Side;
  let seals: [SignalSeal, SignalSeal];

  beforeEach(async () => {
    const exporter = crypto.getRandomValues(new Uint8Array(32));
    seals = [await SignalSeal.derive(exporter, 'A'), await SignalSeal.derive(exporter, 'B')];
    [a, b] = [new Side('A', seals[0]), new Side('B', seals[1])];
  });

  it('P2P-SES-28: through the broker, sealed: offer, answer, and nothing in the session', async () => {
    a.start();
    expect(a.offers).to.deep.equal([1]);
    a.made('offer', 1);
    await b.exchange.acceptSealed(await a.sealed(1));
    expect(b.applied).to.deep.equal([{ kind: 'offer', offer: 1, sdp: 'v=0 offer 1' }]);
    b.made('answer', 1);
    await a.exchange.acceptSealed(await b.sealed(1));
    expect(a.applied).to.deep.equal([{ kind: 'answer', offer: 1, sdp: 'v=0 answer 1' }]);
    expect([...a.inSession, ...b.inSession]).to.deep.equal([]);
  });

  it('P2P-SES-29: B asks, and A alone makes offers, so that two never meet', async () => {
    b.start();
    await a.exchange.acceptSealed(await b.sealed(1));
    expect([a.offers, b.offers]).to.deep.equal([[1], []]);
    expect(accept(b, { type: 'ice-restart-request', number: 1 }), 'B hears no requests').to.equal(false);
    expect(accept(a, { type: 'ice-restart-offer', number: 9, sdp: 'v=0' }), 'A hears no offers').to.equal(
      false,
    );
    expect(accept(b, { type: 'ice-restart-answer', number: 1, offer: 1, sdp: 'v=0' })).to.equal(false);
  });

  it('P2P-SES-29: a copy by the other way, a replay and what is older mean nothing', async () => {
    a.route = 'both';
    a.start();
    a.made('offer', 1);
    const sealed = await a.sealed(1);
    expect(accept(b, a.inSession[0])).to.equal(true);
    await b.exchange.acceptSealed(sealed);
    await b.exchange.acceptSealed(sealed);
    expect(accept(b, a.inSession[0])).to.equal(true);
    expect(b.applied).to.have.length(1);
  });

  it('P2P-SES-29: an answer counts for the latest offer only', async () => {
    a.start();
    a.made('offer', 1);
    await b.exchange.acceptSealed(await a.sealed(1));
    a.start();
    a.made('offer', 1); // made late, when the second was asked for: void
    a.made('offer', 2);
    b.made('answer', 1);
    await a.exchange.acceptSealed(await b.sealed(1));
    expect(a.applied).to.deep.equal([]);
    await b.exchange.acceptSealed(await a.sealed(2));
    b.made('answer', 2);
    await a.exchange.acceptSealed(await b.sealed(2));
    expect(a.applied.map(({ offer }) => offer)).to.deep.equal([2]);
    expect(a.toBroker).to.have.length(2);
  });

  it('P2P-SES-28: whoever asked through the broker is answered there too', async () => {
    [a.route, b.route] = ['session', 'broker'];
    b.start();
    await a.exchange.acceptSealed(await b.sealed(1));
    a.made('offer', 1);
    await b.exchange.acceptSealed(await a.sealed(1));
    expect(a.inSession).to.have.length(1);
    expect(b.applied).to.have.length(1);
  });

  it('P2P-SES-28: what the broker makes, or another session, changes nothing', async () => {
    const other = await SignalSeal.derive(crypto.getRandomValues(new Uint8Array(32)), 'A');
    const pdu = encodePdu({ type: 'ice-restart-offer', number: 1, sdp: 'v=0' });
    const clear = Uint8Array.of(0, 0, 0, 1, ...pdu);
    for (const bytes of [clear, pdu, new Uint8Array(64), await other.seal(1, pdu)]) {
      await b.exchange.acceptSealed(bytes);
    }
    // Sealed by the peer, but a number within that is not the one outside, or no restart PDU at all.
    await b.exchange.acceptSealed(await seals[0].seal(2, pdu));
    await b.exchange.acceptSealed(await seals[0].seal(3, encodePdu({ type: 'typing', isTyping: true })));
    expect(b.applied).to.deep.equal([]);
  });

  it('P2P-SES-29: a flood of forged signals costs a bounded number of tries', async () => {
    const sealed = await seals[0].seal(1, encodePdu({ type: 'ice-restart-offer', number: 1, sdp: 'v=0' }));
    const forged = sealed.map((byte, index) => (index === 10 ? byte ^ 1 : byte));
    for (let i = 0; i < SEALED_SIGNAL_BUCKET.capacity; i++) await b.exchange.acceptSealed(forged);
    await b.exchange.acceptSealed(sealed);
    expect(b.applied, 'no try is left').to.deep.equal([]);
    b.clock.advance(1_000);
    await b.exchange.acceptSealed(sealed);
    expect(b.applied).to.have.length(1);
  });

  it('P2P-SES-27: no restart follows another at once, whoever asks', async () => {
    a.start();
    a.exchange.start();
    accept(a, { type: 'ice-restart-request', number: 1 });
    expect(a.offers).to.deep.equal([1]);
    a.clock.advance(ICE_RESTART_MIN_INTERVAL_MS);
    accept(a, { type: 'ice-restart-request', number: 2 });
    expect(a.offers).to.deep.equal([1, 2]);
  });
});
