/**
 * What a broker node needs beyond its own sockets: who owns an id, how a frame reaches a peer that is not here, and
 * what becomes of frames for a peer that is nowhere. One node keeps it in memory (memory-bus.ts); several share it
 * in Redis (redis-bus.ts). The bus carries frames and ids, and reads neither.
 */

/** An id was claimed; `serial` names this claim among all others. */
export interface Claimed {
  readonly kind: 'claimed';
  readonly serial: string;
  /** Frames that waited for this id, in order. */
  readonly queued: readonly string[];
}

export type Claim = Claimed | { readonly kind: 'taken' };

/** A relayed frame for a peer that is not on this node. */
export interface OutgoingFrame {
  readonly src: string;
  readonly dst: string;
  readonly text: string;
  /** False for a LEAVE: nobody who is absent needs it. */
  readonly mayWait: boolean;
}

/** The node's side: the bus calls it. */
export interface BusListener {
  /** Sends to a socket of this node. False when `id` is not here any more. */
  deliver(id: string, text: string): boolean;
  /** The claim `serial` of `id` went to another socket of the same owner: close the older one. */
  supersede(id: string, serial: string): void;
  /** Does the socket that holds `id` here still answer? When not, it is cut and released. */
  probe(id: string): Promise<boolean>;
  /** Nobody came for the frames from `src` to `absent`. */
  expire(src: string, absent: string): void;
}

export interface Bus {
  /** Called once, before anything else. Resolves when the bus works. */
  open(listener: BusListener): Promise<void>;
  /** Atomic over all nodes. The same token takes an id over; another token gets `taken`. Throws when the bus is down. */
  claim(id: string, tokenHash: string): Promise<Claim>;
  /** Asks whoever holds `id` whether its socket is alive; a dead holder is released. */
  isHolderAlive(id: string): Promise<boolean>;
  /** Gives up a claim, if it still is the one of `serial`. */
  release(id: string, serial: string): void;
  /** Never throws: a frame that cannot go anywhere ends in an EXPIRE for its sender. */
  forward(frame: OutgoingFrame): void;
  /** False while the bus cannot claim ids: the node is not ready. */
  readonly isUp: boolean;
  /** Releases what is left and disconnects. Idempotent. */
  close(): Promise<void>;
}
