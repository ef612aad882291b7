/**
 * The realm: who is registered under which id, and the relaying between them. Knows sockets and frames, nothing of
 * HTTP. It sees ids and timing; payloads pass through unread, and nothing of them is logged or kept.
 *
 * An id belongs to the token that claimed it first, for as long as its socket answers. The same token takes it over
 * at once (a reconnect, while the old socket still lingers); another token only when the holder is dead.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type RawData, WebSocket } from 'ws';
import { AbsentQueues } from './absent-queues.ts';
import { ID_TAKEN, OPEN, errorFrame, parseClientFrame, relayedFrame } from './frames.ts';
import { type BrokerLimits, isPeerId } from './limits.ts';
import { TokenBucket } from './token-bucket.ts';

interface Client {
  readonly id: string;
  readonly tokenHash: Buffer;
  readonly socket: WebSocket;
  readonly bucket: TokenBucket;
  lastSeenMs: number;
}

export class Realm {
  readonly #clients = new Map<string, Client>();
  readonly #queues: AbsentQueues;
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(private readonly limits: BrokerLimits) {
    this.#queues = new AbsentQueues(limits);
    this.#timers = [
      setInterval(() => this.#expireQueues(), limits.sweepMs),
      setInterval(() => this.#dropSilent(), limits.aliveCheckMs),
    ];
  }

  get ids(): readonly string[] {
    return [...this.#clients.keys()];
  }

  /** Claims `id` for a socket whose token was given; refuses with a frame and a close. */
  async register(socket: WebSocket, id: string, token: string): Promise<void> {
    const tokenHash = createHash('sha256').update(token).digest();
    if (!(await this.#isClaimable(id, tokenHash))) return refuse(socket, ID_TAKEN);
    if (socket.readyState !== WebSocket.OPEN) return;
    const previous = this.#clients.get(id);
    if (!previous && this.#clients.size >= this.limits.clients) {
      return refuse(socket, errorFrame('Server has reached its concurrent user limit'));
    }
    const nowMs = Date.now();
    const bucket = new TokenBucket(this.limits.framesPerSecond, this.limits.framesBurst, nowMs);
    const client: Client = { id, tokenHash, socket, bucket, lastSeenMs: nowMs };
    this.#clients.set(id, client);
    previous?.socket.close();
    socket.on('message', data => this.#receive(client, data));
    socket.on('close', () => this.#forget(client));
    this.#send(client, OPEN);
    for (const frame of this.#queues.take(id)) this.#send(client, frame);
  }

  /** Stops the timers and cuts every socket. */
  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const client of this.#clients.values()) client.socket.terminate();
    this.#clients.clear();
  }

  async #isClaimable(id: string, tokenHash: Buffer): Promise<boolean> {
    const isHeldByAnother = (): Client | null => {
      const holder = this.#clients.get(id);
      return holder && !timingSafeEqual(holder.tokenHash, tokenHash) ? holder : null;
    };
    const holder = isHeldByAnother();
    if (holder === null) return true;
    if (await answersPing(holder.socket, this.limits.probeMs)) return false;
    holder.socket.terminate();
    this.#forget(holder);
    return isHeldByAnother() === null; // Someone else may have claimed it meanwhile.
  }

  #receive(client: Client, data: RawData): void {
    const nowMs = Date.now();
    client.lastSeenMs = nowMs;
    if (!client.bucket.take(nowMs)) return client.socket.close(4008, 'Too many frames');
    const frame = parseClientFrame(data.toString());
    if (frame === null || frame.type === 'HEARTBEAT') return;
    if (frame.dst === undefined) {
      if (frame.type === 'LEAVE') this.#forget(client); // Leaves the realm; its socket stays.
      return;
    }
    if (this.#clients.get(client.id) !== client || !isPeerId(frame.dst)) return;
    const text = relayedFrame(frame.type, client.id, frame.dst, frame.payload);
    const receiver = this.#clients.get(frame.dst);
    if (receiver) this.#relay(client, receiver, text);
    else if (frame.type !== 'LEAVE' && !this.#queues.add(client.id, frame.dst, text, nowMs)) {
      this.#send(client, relayedFrame('EXPIRE', frame.dst, client.id));
    }
  }

  #relay(sender: Client, receiver: Client, text: string): void {
    if (receiver.socket.readyState === WebSocket.OPEN) return this.#send(receiver, text);
    this.#forget(receiver);
    this.#send(sender, relayedFrame('LEAVE', receiver.id, sender.id));
  }

  #send(client: Client, text: string): void {
    if (client.socket.readyState !== WebSocket.OPEN) return;
    if (client.socket.bufferedAmount > this.limits.sendBufferBytes) return client.socket.terminate();
    client.socket.send(text);
  }

  #forget(client: Client): void {
    if (this.#clients.get(client.id) === client) this.#clients.delete(client.id);
  }

  #expireQueues(): void {
    this.#queues.expire(Date.now(), (src, absent) => {
      const sender = this.#clients.get(src);
      if (sender) this.#send(sender, relayedFrame('EXPIRE', absent, src));
    });
  }

  #dropSilent(): void {
    const nowMs = Date.now();
    for (const client of this.#clients.values()) {
      if (nowMs - client.lastSeenMs < this.limits.aliveMs) continue;
      client.socket.close();
      this.#forget(client);
    }
  }
}

/** Tells why and closes, without a status code, as PeerJS's own server does. */
export function refuse(socket: WebSocket, frame: string): void {
  socket.send(frame);
  socket.close();
}

function answersPing(socket: WebSocket, timeoutMs: number): Promise<boolean> {
  if (socket.readyState !== WebSocket.OPEN) return Promise.resolve(false);
  return new Promise(resolve => {
    const settle = (isAlive: boolean) => () => {
      clearTimeout(timer);
      socket.off('pong', onPong).off('close', onClose);
      resolve(isAlive);
    };
    const onPong = settle(true);
    const onClose = settle(false);
    const timer = setTimeout(onClose, timeoutMs);
    socket.once('pong', onPong).once('close', onClose).ping();
  });
}
