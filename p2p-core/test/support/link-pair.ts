/** Two real links in one page, with a broker between them that a test can be. */
import type { LinkId, PeerId, TransportEvent } from '../../ports/transport.ts';
import type { OutgoingSignalType } from '../../transport/peer-signaling.ts';
import { ByteChannel } from '../../transport/byte-channel.ts';
import { SessionLink, type SessionLinkOptions } from '../../transport/session-link.ts';
import { readAnswer, readCandidate, readOffer } from '../../transport/signal-payloads.ts';

type Tamper = (type: OutgoingSignalType, payload: string) => string;

/** Two real links in this page; what they signal goes through `tamper` as a broker would see it. */
export class LinkPair {
  readonly events = { A: [] as TransportEvent[], B: [] as TransportEvent[] };
  readonly signals: { type: OutgoingSignalType; payload: unknown }[] = [];
  readonly a = this.#makeLink('A');
  readonly b = this.#makeLink('B');
  #wake: (() => void)[] = [];

  constructor(
    private readonly tamper: Tamper = (_, payload) => payload,
    private readonly openPipe: Partial<Record<'A' | 'B', SessionLinkOptions['openPipe']>> = {},
  ) {}

  #makeLink(role: 'A' | 'B'): SessionLink {
    const [local, remote] = role === 'A' ? ['alice', 'bob'] : ['bob', 'alice'];
    return new SessionLink({
      linkId: `link-${role}` as LinkId,
      connectionId: 'dc_1',
      role,
      localPeerId: local as PeerId,
      remotePeerId: remote as PeerId,
      configuration: async () => ({ iceServers: [] }),
      isSignalingUp: () => true,
      sendSignal: (_to, type, payload) => this.deliver(role, type, payload),
      openPipe: (channel, events) =>
        this.openPipe[role]?.(channel, events) ?? new ByteChannel(channel, events),
      emit: event => {
        this.events[role].push(event);
        for (const wake of this.#wake.splice(0)) wake();
      },
    });
  }

  deliver(from: 'A' | 'B', type: OutgoingSignalType, sent: object): void {
    const payload: unknown = JSON.parse(this.tamper(type, JSON.stringify(sent)));
    this.signals.push({ type, payload });
    const to = from === 'A' ? this.b : this.a;
    if (type === 'OFFER') to.answer(readOffer(payload)?.sdp ?? '');
    if (type === 'ANSWER') to.acceptAnswer(readAnswer(payload)?.sdp ?? '');
    const read = type === 'CANDIDATE' ? readCandidate(payload) : null;
    if (read) to.acceptCandidate(read.candidate);
  }

  /** The first event of this kind at this side, that fits; waits for it. */
  async until<T extends TransportEvent['type']>(
    side: 'A' | 'B',
    type: T,
    fits: (event: TransportEvent & { type: T }) => boolean = () => true,
  ): Promise<TransportEvent & { type: T }> {
    for (;;) {
      const ofType = this.events[side].filter(event => event.type === type);
      const found = (ofType as (TransportEvent & { type: T })[]).find(fits);
      if (found) return found;
      await new Promise<void>(resolve => this.#wake.push(resolve));
    }
  }

  async opened(): Promise<this> {
    this.a.dial();
    await Promise.all([this.until('A', 'link-open'), this.until('B', 'link-open')]);
    return this;
  }

  typesAt(side: 'A' | 'B'): string[] {
    return this.events[side].map(event => event.type);
  }

  close(): void {
    this.a.close('closed-locally');
    this.b.close('closed-locally');
  }
}

/** Another SHA-256 fingerprint of the right form. */
export const swapFingerprint = (payload: string): string =>
  payload.replace(/sha-256 [0-9A-F]{2}/, found => `sha-256 ${found.endsWith('00') ? '11' : '00'}`);
