/** The bus of a single node: claims and waiting frames in memory, lost with the process. */
import { AbsentQueues } from './absent-queues.ts';
import type { Bus, BusListener, Claim, OutgoingFrame } from './bus.ts';
import type { BrokerLimits } from './limits.ts';

interface Holder {
  readonly tokenHash: string;
  readonly serial: string;
}

export class MemoryBus implements Bus {
  readonly isUp = true;
  readonly #holders = new Map<string, Holder>();
  readonly #queues: AbsentQueues;
  #listener: BusListener | undefined;
  #timer: NodeJS.Timeout | undefined;
  #serial = 0;

  constructor(private readonly limits: BrokerLimits) {
    this.#queues = new AbsentQueues(limits);
  }

  async open(listener: BusListener): Promise<void> {
    this.#listener = listener;
    this.#timer = setInterval(() => {
      this.#queues.expire(Date.now(), (src, absent) => listener.expire(src, absent));
    }, this.limits.sweepMs);
  }

  async claim(id: string, tokenHash: string): Promise<Claim> {
    const holder = this.#holders.get(id);
    if (holder && holder.tokenHash !== tokenHash) return { kind: 'taken' };
    const serial = String(++this.#serial);
    this.#holders.set(id, { tokenHash, serial });
    if (holder) this.#listener?.supersede(id, holder.serial);
    return { kind: 'claimed', serial, queued: this.#queues.take(id) };
  }

  async isHolderAlive(id: string): Promise<boolean> {
    return (await this.#listener?.probe(id)) ?? false;
  }

  release(id: string, serial: string): void {
    if (this.#holders.get(id)?.serial === serial) this.#holders.delete(id);
  }

  forward({ src, dst, text, mayWait }: OutgoingFrame): void {
    if (mayWait && !this.#queues.add(src, dst, text, Date.now())) this.#listener?.expire(src, dst);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#holders.clear();
  }
}
