/** Two real stripes in one page; the test is the session between them. */
import { expect } from '@esm-bundle/chai';
import type { LinkId, TransportEvent } from '../ports/transport.ts';
import { swapFingerprint } from '../test/support/link-pair.ts';
import { ByteChannel } from './byte-channel.ts';
import { StripeLink } from './stripe-link.ts';

class StripePair {
  readonly events = { a: [] as TransportEvent[], b: [] as TransportEvent[] };
  readonly a = this.#make('a');
  readonly b = this.#make('b');
  #wake: (() => void)[] = [];

  #make(side: 'a' | 'b'): StripeLink {
    return new StripeLink({
      linkId: `link-${side}/1` as LinkId,
      configuration: async () => ({ iceServers: [] }),
      openPipe: (channel, events) => new ByteChannel(channel, events),
      emit: event => {
        this.events[side].push(event);
        for (const wake of this.#wake.splice(0)) wake();
      },
    });
  }

  async until<T extends TransportEvent['type']>(
    side: 'a' | 'b',
    type: T,
    count = 1,
  ): Promise<(TransportEvent & { type: T })[]> {
    for (;;) {
      const found = this.events[side].filter(event => event.type === type);
      if (found.length >= count) return found as (TransportEvent & { type: T })[];
      await new Promise<void>(resolve => this.#wake.push(resolve));
    }
  }

  /** The descriptions, each as the other side gets it. */
  async connect(tamper: (sdp: string) => string = sdp => sdp): Promise<void> {
    this.a.offer();
    const [offer] = await this.until('a', 'stripe-description');
    this.b.answer(offer?.sdp ?? '');
    const [answer] = await this.until('b', 'stripe-description');
    this.a.accept(tamper(answer?.sdp ?? ''));
  }

  close(): void {
    this.a.close('closed-locally');
    this.b.close('closed-locally');
  }
}

describe('StripeLink', function () {
  this.timeout(60_000);
  let pair: StripePair;

  beforeEach(() => {
    pair = new StripePair();
  });
  afterEach(() => pair.close());

  it('P2P-STR-03: two whole descriptions make a connection, and messages pass both ways, in order', async () => {
    await pair.connect();
    await Promise.all([pair.until('a', 'stripe-open'), pair.until('b', 'stripe-open')]);
    for (const value of [1, 2, 3]) pair.a.send(Uint8Array.of(value));
    pair.b.send(Uint8Array.of(9));
    const atB = await pair.until('b', 'link-message', 3);
    expect(atB.map(({ bytes }) => bytes[0])).to.deep.equal([1, 2, 3]);
    expect((await pair.until('a', 'link-message')).map(({ bytes }) => bytes[0])).to.deep.equal([9]);
    pair.a.close('closed-locally');
    expect((await pair.until('b', 'link-closed'))[0]?.reason).to.equal('closed-remotely');
  });

  it('P2P-STR-03: an answer with another certificate opens nothing', async () => {
    await pair.connect(swapFingerprint);
    await pair.until('a', 'link-closed');
    expect(pair.events.a.map(({ type }) => type)).not.to.include('stripe-open');
  });

  for (const [what, change] of [
    ['two fingerprints', (sdp: string) => `${sdp}${/a=fingerprint.*\r\n/.exec(swapFingerprint(sdp))?.[0]}`],
    ['no fingerprint', (sdp: string) => sdp.replaceAll(/a=fingerprint.*\r\n/g, '')],
    ['a section for media', (sdp: string) => `${sdp}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n`],
  ] as const) {
    it(`P2P-STR-03: an offer with ${what} is refused before the browser sees it`, async () => {
      pair.a.offer();
      const [offer] = await pair.until('a', 'stripe-description');
      pair.b.answer(change(offer?.sdp ?? ''));
      expect((await pair.until('b', 'link-closed'))[0]?.reason).to.equal('refused-description');
      expect(pair.events.b.map(({ type }) => type)).not.to.include('stripe-description');
    });
  }

  it('P2P-STR-03: our own offer, reflected, is refused', async () => {
    pair.a.offer();
    const [offer] = await pair.until('a', 'stripe-description');
    pair.a.accept(offer?.sdp ?? '');
    expect((await pair.until('a', 'link-closed'))[0]?.reason).to.equal('refused-description');
  });
});
