/**
 * The sockets of this node: registering, relaying, watching that they live. It sees ids and timing; payloads pass
 * through unread, and nothing of them is logged or kept. Who owns an id, and peers of other nodes: bus.ts.
 *
 * An id belongs to the token that claimed it first, for as long as its socket answers. The same token takes it over
 * at once (a reconnect, while the old socket still lingers); another token only when the holder is dead.
 */
import { createHash } from 'node:crypto';
import { type RawData, WebSocket } from 'ws';
import type { Bus, BusListener, Claim } from './bus.ts';
import {
  HEARTBEAT,
  ID_TAKEN,
  OPEN,
  UNAVAILABLE,
  errorFrame,
  parseClientFrame,
  relayedFrame,
  sfuOfferFrame,
  sfuPlaceFrame,
  turnFrame,
} from './frames.ts';
import { type BrokerLimits, isPeerId } from './limits.ts';
import type { Counters } from './metrics.ts';
import { isSfuRoom, type SfuRooms } from './sfu-rooms.ts';
import { TokenBucket } from './token-bucket.ts';
import type { TurnCredentials } from './turn-credentials.ts';

interface Client {
  readonly id: string;
  /** As the network shows it. */
  readonly address: string;
  readonly serial: string;
  readonly socket: WebSocket;
  readonly bucket: TokenBucket;
  lastSeenMs: number;
  isMakingRoom: boolean;
}

export interface RealmParts {
  readonly limits: BrokerLimits;
  readonly bus: Bus;
  readonly counters: Counters;
  /** Absent: there is no relay to give credentials for. */
  readonly mintTurnCredentials?: () => TurnCredentials;
  /** Absent: there is no SFU. */
  readonly sfu?: SfuRooms;
}

/** Close codes (RFC 6455 §7.4): 1012 is "service restart", 4008 ours for a flood. */
const CLOSE_RESTART = 1012;
const CLOSE_FLOOD = 4008;

export class Realm implements BusListener {
  readonly #clients = new Map<string, Client>();
  /** Claims that were superseded before their socket was in the map. */
  readonly #superseded = new Set<string>();
  readonly #probes = new Map<string, Promise<boolean>>();
  readonly #timer: NodeJS.Timeout;
  #registering = 0;
  #isDraining = false;

  constructor(private readonly parts: RealmParts) {
    this.#timer = setInterval(() => this.#dropSilent(), parts.limits.aliveCheckMs);
  }

  get ids(): readonly string[] {
    return [...this.#clients.keys()];
  }

  get size(): number {
    return this.#clients.size;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Claims `id` for a socket whose token was given; refuses with a frame and a close. */
  async register(
    socket: WebSocket,
    { id, token, address }: { readonly id: string; readonly token: string; readonly address: string },
  ): Promise<void> {
    if (this.#isDraining) return socket.close(CLOSE_RESTART);
    if (!this.#clients.has(id) && this.#clients.size + this.#registering >= this.parts.limits.clients) {
      this.parts.counters.refused.limit += 1;
      return refuse(socket, errorFrame('Server has reached its concurrent user limit'));
    }
    socket.pause(); // What it sends meanwhile waits: a frame must not arrive before its sender is known.
    this.#registering += 1;
    try {
      const claim = await this.#claim(id, hashToken(token));
      if (claim.kind === 'taken') {
        this.parts.counters.refused.taken += 1;
        refuse(socket, ID_TAKEN);
      } else this.#admit(socket, { id, address }, claim);
    } catch {
      this.parts.counters.refused.unavailable += 1; // The bus is away; the client tries again.
      refuse(socket, UNAVAILABLE);
    } finally {
      this.#registering -= 1;
      if (this.#registering === 0) this.#superseded.clear();
      socket.resume();
    }
  }

  deliver(id: string, text: string): boolean {
    const client = this.#clients.get(id);
    if (client?.socket.readyState !== WebSocket.OPEN) return false;
    this.#send(client, text);
    return true;
  }

  supersede(id: string, serial: string): void {
    const client = this.#clients.get(id);
    if (client?.serial === serial) {
      this.#clients.delete(id);
      client.socket.close();
    } else if (this.#registering > 0) this.#superseded.add(serial);
  }

  /** One question at a time: many who claim an id at once share its answer. */
  probe(id: string): Promise<boolean> {
    const running = this.#probes.get(id);
    if (running) return running;
    const probe = this.#probe(id).finally(() => this.#probes.delete(id));
    this.#probes.set(id, probe);
    return probe;
  }

  expire(src: string, absent: string): void {
    const sender = this.#clients.get(src);
    if (!sender) return;
    this.parts.counters.expired += 1;
    this.#send(sender, relayedFrame('EXPIRE', absent, src));
  }

  /** Refuses newcomers and closes everybody in slices with 1012, which asks them to come back. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    const clients = [...this.#clients.values()];
    for (let i = 0; i < clients.length; i += this.parts.limits.drainSlice) {
      for (const client of clients.slice(i, i + this.parts.limits.drainSlice)) {
        this.#forget(client);
        client.socket.close(CLOSE_RESTART);
      }
      await new Promise(resolve => setTimeout(resolve, this.parts.limits.drainPauseMs));
    }
  }

  /** Stops the timers and cuts every socket. */
  close(): void {
    this.#isDraining = true;
    clearInterval(this.#timer);
    for (const client of this.#clients.values()) client.socket.terminate();
    this.#clients.clear();
  }

  async #probe(id: string): Promise<boolean> {
    const client = this.#clients.get(id);
    if (client && (await answersPing(client.socket, this.parts.limits.probeMs))) return true;
    if (client) {
      client.socket.terminate();
      this.#forget(client);
    }
    return false;
  }

  async #claim(id: string, tokenHash: string): Promise<Claim> {
    const claim = await this.parts.bus.claim(id, tokenHash);
    if (claim.kind === 'claimed' || (await this.parts.bus.isHolderAlive(id))) return claim;
    return this.parts.bus.claim(id, tokenHash); // Someone else may have claimed it meanwhile.
  }

  #admit(
    socket: WebSocket,
    { id, address }: { readonly id: string; readonly address: string },
    { serial, queued }: Claim & { readonly kind: 'claimed' },
  ): void {
    if (socket.readyState !== WebSocket.OPEN || this.#superseded.delete(serial) || this.#isDraining) {
      this.parts.bus.release(id, serial);
      return socket.close(this.#isDraining ? CLOSE_RESTART : undefined);
    }
    const previous = this.#clients.get(id);
    const nowMs = Date.now();
    const bucket = new TokenBucket(this.parts.limits.framesPerSecond, this.parts.limits.framesBurst, nowMs);
    const client: Client = { id, address, serial, socket, bucket, lastSeenMs: nowMs, isMakingRoom: false };
    this.#clients.set(id, client);
    previous?.socket.close();
    socket.on('message', data => this.#receive(client, data));
    socket.on('close', () => this.#forget(client));
    this.parts.counters.registered += 1;
    this.#send(client, OPEN);
    for (const frame of queued) this.#send(client, frame);
  }

  #receive(client: Client, data: RawData): void {
    const nowMs = Date.now();
    client.lastSeenMs = nowMs;
    this.parts.counters.received += 1;
    if (!client.bucket.take(nowMs)) {
      this.parts.counters.refused.flood += 1;
      return client.socket.close(CLOSE_FLOOD, 'Too many frames');
    }
    const text = data.toString();
    if (text === HEARTBEAT) return; // Most of what ever arrives.
    const frame = parseClientFrame(text);
    if (frame === null || frame.type === 'HEARTBEAT') return;
    if (frame.type === 'TURN') return this.#giveTurnCredentials(client);
    if (frame.type === 'SFU') return void this.#answerSfu(client, frame.payload);
    if (frame.dst === undefined) {
      if (frame.type === 'LEAVE') this.#forget(client); // Leaves the realm; its socket stays.
      return;
    }
    if (this.#clients.get(client.id) !== client || !isPeerId(frame.dst)) return;
    this.#relay(
      client,
      frame.dst,
      frame.type !== 'LEAVE',
      relayedFrame(frame.type, client.id, frame.dst, frame.payload),
    );
  }

  #giveTurnCredentials(client: Client): void {
    const credentials = this.parts.mintTurnCredentials?.() ?? null;
    if (credentials !== null) this.parts.counters.turnCredentials += 1;
    this.#send(client, turnFrame(credentials));
  }

  /** Without a room: whether there is an SFU. With one: makes it, one at a time for each client. */
  async #answerSfu(client: Client, payload: unknown): Promise<void> {
    const { sfu, counters } = this.parts;
    const room = (payload as { readonly room?: unknown } | null | undefined)?.room;
    if (room === undefined || sfu === undefined) {
      return this.#send(client, sfuOfferFrame(sfu === undefined ? null : { fromMembers: sfu.fromMembers }));
    }
    if (!isSfuRoom(room) || client.isMakingRoom) return;
    client.isMakingRoom = true;
    const answer = await sfu.place(room, client);
    client.isMakingRoom = false;
    if (answer.place !== null) counters.sfuPlaces += 1;
    if (answer.reason === 'too-many-rooms') counters.refused.rooms += 1;
    this.#send(client, sfuPlaceFrame(room, answer));
  }

  #relay(sender: Client, dst: string, mayWait: boolean, text: string): void {
    this.parts.counters.relayed += 1;
    const receiver = this.#clients.get(dst);
    if (receiver === undefined) return this.parts.bus.forward({ src: sender.id, dst, text, mayWait });
    if (receiver.socket.readyState === WebSocket.OPEN) return this.#send(receiver, text);
    this.#forget(receiver);
    this.#send(sender, relayedFrame('LEAVE', receiver.id, sender.id));
  }

  #send(client: Client, text: string): void {
    if (client.socket.readyState !== WebSocket.OPEN) return;
    if (client.socket.bufferedAmount > this.parts.limits.sendBufferBytes) {
      this.parts.counters.refused.slow += 1;
      return client.socket.terminate();
    }
    client.socket.send(text);
  }

  #forget(client: Client): void {
    if (this.#clients.get(client.id) !== client) return;
    this.#clients.delete(client.id);
    this.parts.bus.release(client.id, client.serial);
  }

  #dropSilent(): void {
    const nowMs = Date.now();
    for (const client of this.#clients.values()) {
      if (nowMs - client.lastSeenMs < this.parts.limits.aliveMs) continue;
      client.socket.close();
      this.#forget(client);
    }
  }
}

/** SHA-256 of a token, hex: what a bus may keep and compare. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
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
