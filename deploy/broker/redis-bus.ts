/**
 * The bus of several nodes, over one Redis. Claims are atomic (redis-scripts.ts); frames go from node to node by
 * publish/subscribe, one channel a node; a node that died is known by nobody listening on its channel, and its ids
 * are free at once, without waiting for their leases.
 *
 * When Redis is away: sockets stay, frames between peers of one node still pass, nothing can be claimed (`isUp` is
 * false, so the load balancer sends nobody); leases are taken again when it is back.
 */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Bus, BusListener, Claim, OutgoingFrame } from './bus.ts';
import type { BrokerLimits } from './limits.ts';
import * as scripts from './redis-scripts.ts';

interface Held {
  readonly tokenHash: string;
  readonly serial: string;
}

/** Frames that this node's peers sent to someone who is absent. */
interface Waiting {
  readonly batch: string;
  readonly senders: Set<string>;
  readonly sinceMs: number;
}

interface Delivery {
  readonly id: string;
  readonly src: string;
  readonly text: string;
}

type Script = (...args: readonly string[]) => Promise<unknown>;

/** A frame may overtake the answer to the claim that it is for: so long it is tried once more. */
const CLAIM_LATENCY_MS = 200;

export class RedisBus implements Bus {
  readonly node = randomUUID();
  readonly #commands: Redis;
  readonly #subscriber: Redis;
  readonly #held = new Map<string, Held>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #probes = new Map<string, (isAlive: boolean) => void>();
  #listener: BusListener | undefined;
  #timers: readonly NodeJS.Timeout[] = [];
  #isSubscribed = false;

  /** `url`: `redis://…` or `rediss://…`. */
  constructor(
    url: string,
    private readonly limits: BrokerLimits,
    private readonly onError: (error: Error) => void = () => undefined,
  ) {
    const retryStrategy = (attempt: number): number => Math.min(50 * 2 ** attempt, 2_000);
    // Without an offline queue: who wants to register while Redis is away is told at once and comes back.
    this.#commands = new Redis(url, {
      retryStrategy,
      enableOfflineQueue: false,
      lazyConnect: true,
      maxRetriesPerRequest: 0,
    });
    this.#subscriber = new Redis(url, { retryStrategy, lazyConnect: true, maxRetriesPerRequest: null });
    for (const client of [this.#commands, this.#subscriber]) client.on('error', this.onError);
    for (const [name, script] of Object.entries(scripts.SCRIPTS)) this.#commands.defineCommand(name, script);
  }

  get isUp(): boolean {
    return this.#isSubscribed && this.#commands.status === 'ready' && this.#subscriber.status === 'ready';
  }

  async open(listener: BusListener): Promise<void> {
    this.#listener = listener;
    await Promise.all([this.#commands.connect(), this.#subscriber.connect()]);
    this.#subscriber.on('message', (_channel: string, text: string) => this.#receive(text));
    await this.#subscriber.subscribe(scripts.nodeChannel(this.node));
    this.#isSubscribed = true;
    this.#commands.on('ready', () => void this.#renewAll());
    this.#timers = [
      setInterval(() => void this.#renewAll(), this.limits.leaseMs / 3),
      setInterval(() => void this.#expireWaiting(), this.limits.sweepMs),
    ];
  }

  async claim(id: string, tokenHash: string): Promise<Claim> {
    const keys = [scripts.presenceKey(id), scripts.queueKey(id), scripts.batchKey(id), scripts.SERIAL_KEY];
    const args = [this.node, tokenHash, String(this.limits.leaseMs), id];
    const answer = (await this.#run('enkClaim', keys, args)) as readonly string[];
    const [kind, serial = '', ...queued] = answer;
    if (kind !== 'claimed') return { kind: 'taken' };
    this.#held.set(id, { tokenHash, serial });
    return { kind: 'claimed', serial, queued };
  }

  async isHolderAlive(id: string): Promise<boolean> {
    const node = (await this.#commands.get(scripts.presenceKey(id)))?.split('|')[0];
    if (node === undefined) return false;
    const nonce = randomUUID();
    const answer = new Promise<boolean>(resolve => {
      const timer = setTimeout(() => resolve(false), 2 * this.limits.probeMs);
      this.#probes.set(nonce, isAlive => {
        clearTimeout(timer);
        resolve(isAlive);
      });
    });
    const listeners = await this.#publish(node, `probe ${nonce} ${this.node} ${id}`);
    const isAlive = listeners > 0 && (await answer);
    this.#probes.delete(nonce);
    return isAlive;
  }

  release(id: string, serial: string): void {
    if (this.#held.get(id)?.serial === serial) this.#held.delete(id);
    this.#run('enkRelease', [scripts.presenceKey(id)], [this.node, serial]).catch(this.onError);
  }

  forward(frame: OutgoingFrame): void {
    this.#forward(frame).catch(error => {
      this.onError(error as Error);
      if (frame.mayWait) this.#listener?.expire(frame.src, frame.dst);
    });
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const released = [...this.#held].map(([id, { serial }]) =>
      this.#run('enkRelease', [scripts.presenceKey(id)], [this.node, serial]),
    );
    this.#held.clear();
    await Promise.allSettled(released);
    this.#isSubscribed = false;
    this.#subscriber.disconnect();
    this.#commands.disconnect();
  }

  async #forward({ src, dst, text, mayWait }: OutgoingFrame): Promise<void> {
    const { queueFrames, queueBytes, queues, expireMs, sweepMs } = this.limits;
    const isFull = this.#waiting.size >= queues && !this.#waiting.has(dst);
    const delivery: Delivery = { id: dst, src, text };
    const keys = [scripts.presenceKey(dst), scripts.queueKey(dst), scripts.batchKey(dst), scripts.SERIAL_KEY];
    const keepMs = expireMs + 3 * sweepMs; // Longer than until its senders are told.
    const bounds = [queueFrames, queueBytes, keepMs].map(String);
    const args = [JSON.stringify(delivery), text, mayWait && !isFull ? '1' : '0', ...bounds];
    const outcome = (await this.#run('enkForward', keys, args)) as string;
    if (outcome === 'sent') return;
    if (outcome !== 'dropped') return this.#wait(src, dst, outcome);
    if (mayWait) this.#listener?.expire(src, dst);
  }

  #wait(src: string, dst: string, batch: string): void {
    const waiting = this.#waiting.get(dst);
    if (waiting?.batch === batch) waiting.senders.add(src);
    else this.#waiting.set(dst, { batch, senders: new Set([src]), sinceMs: Date.now() });
  }

  async #expireWaiting(): Promise<void> {
    for (const [dst, { batch, senders, sinceMs }] of this.#waiting) {
      if (Date.now() - sinceMs < this.limits.expireMs) continue;
      this.#waiting.delete(dst);
      // When Redis cannot say, the senders are told: a dial that fails is tried again.
      const isLost = await this.#run('enkExpire', [scripts.batchKey(dst)], [batch]).catch(() => 1);
      if (isLost === 1) for (const src of senders) this.#listener?.expire(src, dst);
    }
  }

  /** Takes every lease again; an id that somebody else holds meanwhile is no longer ours. */
  async #renewAll(): Promise<void> {
    if (!this.isUp) return;
    for (const [id, { tokenHash, serial }] of [...this.#held]) {
      const args = [this.node, tokenHash, serial, String(this.limits.leaseMs)];
      const renewed = await this.#run('enkRenew', [scripts.presenceKey(id)], args).catch(() => 1);
      if (renewed === 0 && this.#held.get(id)?.serial === serial) this.#supersede(id, serial);
    }
  }

  #receive(message: string): void {
    const [, word, serial = '', rest = ''] = scripts.MESSAGE.exec(message) ?? [];
    if (word === 'deliver') this.#deliver(serial, JSON.parse(rest) as Delivery);
    else if (word === 'supersede') this.#supersede(rest, serial);
    else if (word === 'alive' || word === 'dead') this.#probes.get(serial)?.(word === 'alive');
    else if (word === 'probe') this.#answerProbe(serial, rest).catch(this.onError);
  }

  #deliver(serial: string, delivery: Delivery): void {
    const { id, src, text } = delivery;
    if (this.#listener?.deliver(id, text)) return;
    setTimeout(() => {
      if (this.#listener?.deliver(id, text)) return;
      // Its socket closed while the frame was on its way: give the id up, then let the frame wait.
      this.release(id, serial);
      this.forward({ src, dst: id, text, mayWait: true });
    }, CLAIM_LATENCY_MS);
  }

  async #answerProbe(nonce: string, question: string): Promise<void> {
    const space = question.indexOf(' ');
    const isAlive = (await this.#listener?.probe(question.slice(space + 1))) ?? false;
    await this.#publish(question.slice(0, space), `${isAlive ? 'alive' : 'dead'} ${nonce}`);
  }

  #supersede(id: string, serial: string): void {
    if (this.#held.get(id)?.serial === serial) this.#held.delete(id);
    this.#listener?.supersede(id, serial);
  }

  #publish(node: string, message: string): Promise<number> {
    return this.#commands.publish(scripts.nodeChannel(node), message);
  }

  #run(
    name: keyof typeof scripts.SCRIPTS,
    keys: readonly string[],
    args: readonly string[],
  ): Promise<unknown> {
    return (this.#commands as unknown as Record<string, Script>)[name]?.(
      ...keys,
      ...args,
    ) as Promise<unknown>;
  }
}
