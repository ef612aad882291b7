/** What a hostile contact does, over and over, until it is told to stop: with valid keys, as fast as it can. */
import { pairPsk } from '@enk/crypto-core';
import { encodeChunk } from '../p2p-core/delivery/chunk.ts';
import { MAX_PDU_BYTES } from '../p2p-core/limits.ts';
import { encodePdu } from '../p2p-core/pdu/codec.ts';
import { systemClock } from '../p2p-core/ports/clock.ts';
import { type RawLink, RawPeer } from '../p2p-core/test/support/raw-peer.ts';
import type { TestNetwork } from '../p2p-core/test/support/test-network.ts';

const INCARNATION = 'AAAAAAAAAAAAAAAAAAAAAA';
const BURST = 64;

/** What one attacker did until it was stopped. */
export interface AttackCount {
  readonly sessions: number;
  readonly refused: number;
  readonly frames: number;
}

type Act = (link: RawLink, count: () => void) => Promise<void>;

async function burst(link: RawLink, count: () => void, make: (index: number) => Uint8Array): Promise<void> {
  for (let index = 0; index < BURST; index++) {
    await link.seal(make(index));
    count();
  }
  await nextTask(); // sealing alone never lets the news of the link's end in
}

function nextTask(): Promise<void> {
  return new Promise(resolve => systemClock.nextTask?.(resolve));
}

const typing = encodePdu({ type: 'typing', isTyping: true });

/** What is done with one session. Returns when nothing is left to do but to wait for its end. */
const ACTS = {
  garbage: async (link, count) => {
    for (let index = 0; index < BURST; index++) {
      link.sendRaw(crypto.getRandomValues(new Uint8Array(1_000)));
      count();
    }
  },
  'flood of signals': async (link, count) => {
    for (;;) await burst(link, count, () => typing);
  },
  'flood of messages': async (link, count) => {
    const head = { type: 'message', incarnation: INCARNATION, sentAt: 1, text: 'x'.repeat(1_000) } as const;
    for (let first = 1; ; first += BURST)
      await burst(link, count, index => encodePdu({ ...head, seq: first + index }));
  },
  'flood of offers': async (link, count) => {
    for (let first = 1; ; first += BURST) {
      const head = { type: 'chunks-offer', of: 'anything', sizeBytes: MAX_PDU_BYTES } as const;
      await burst(link, count, index => encodePdu({ ...head, transfer: first + index }));
    }
  },
  'open and drop': async (link, count) => {
    count();
    link.close();
  },
  'stalled reassembly': async (link, count) => {
    const sizeBytes = 190_000;
    await link.seal(encodePdu({ type: 'chunks-offer', transfer: 1, of: 'message', sizeBytes }));
    for (let index = 0; index < 11; index++) {
      await link.sealBulk(encodeChunk(1, index, new Uint8Array(sizeBytes)));
      count();
    }
  },
  replay: async (link, count) => {
    await link.seal(typing);
    for (let index = 0; index < BURST; index++) {
      if (link.lastSent !== null) link.sendRaw(link.lastSent);
      count();
    }
  },
} satisfies Record<string, Act>;

export type AttackName = keyof typeof ACTS;
export const ATTACKS = Object.keys(ACTS) as AttackName[];

/** One hostile contact: begins with an invite, comes back with its pair secret. */
export class Attacker {
  readonly #network: TestNetwork;
  readonly #name: string;
  #isStopped = false;
  #link: RawLink | null = null;
  #count = { sessions: 0, refused: 0, frames: 0 };

  constructor(network: TestNetwork, name: string) {
    this.#network = network;
    this.#name = name;
  }

  async run(attack: AttackName, victim: string, token: string): Promise<AttackCount> {
    const peer = await RawPeer.start(this.#network, this.#name);
    let link = await peer.connectByInvite(token);
    while (!this.#isStopped) {
      this.#count.sessions += 1;
      await this.#use(link, ACTS[attack]);
      const secret = pairPsk(link.outcome.result.pairSecret);
      const next = await this.#comeBack(() => peer.connect(victim, [secret]));
      if (next === null) break;
      link = next;
    }
    return this.#count;
  }

  async #use(link: RawLink, act: Act): Promise<void> {
    this.#link = link;
    if (this.#isStopped) link.close();
    let isOver = false;
    const ended = link.closed.then(() => {
      isOver = true;
    });
    await Promise.race([link.greet(), ended]);
    const count = (): void => {
      this.#count.frames += 1;
      if (isOver) throw new RangeError('the link is closed');
    };
    const acted = act(link, count).catch(() => undefined); // the session ended under it
    await ended;
    await acted;
  }

  /** Dials until it is let in again; null when stopped meanwhile. */
  async #comeBack(connect: () => Promise<RawLink>): Promise<RawLink | null> {
    while (!this.#isStopped) {
      const link = await connect().catch(() => null);
      if (link !== null) return link;
      this.#count.refused += 1;
    }
    return null;
  }

  stop(): void {
    this.#isStopped = true;
    this.#link?.close();
  }
}
