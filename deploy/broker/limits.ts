/**
 * Every limit of the broker, with its unit and its reason. A PeerJS client sends a handful of frames of 1–3 KB for
 * one connection, and a HEARTBEAT every 5 s; all of this leaves it room by a factor of ten or more.
 */
export interface BrokerLimits {
  /** One frame. An SDP for a data channel is about 1 KB, one with media 8 KB. Larger: the socket closes with 1009. */
  readonly frameBytes: number;
  /** Token bucket of one socket: frames a second, and how many at once. Beyond: the socket closes with 4008. */
  readonly framesPerSecond: number;
  readonly framesBurst: number;
  /** What waits for one absent peer: an offer and its candidates from several dialers. */
  readonly queueFrames: number;
  readonly queueBytes: number;
  /** Absent peers that may have a queue at once; with `queueBytes` the memory bound (64 MiB). */
  readonly queues: number;
  /** A receiver that does not read: beyond this many bytes its socket is cut. */
  readonly sendBufferBytes: number;
  /** Sockets in the realm; upstream's default. */
  readonly clients: number;
  /** Frames for an absent peer expire after this long; upstream's default, which clients are written for. */
  readonly expireMs: number;
  /** How often expired queues are looked for. */
  readonly sweepMs: number;
  /** A socket that sent nothing for this long is closed: 18 missed heartbeats. */
  readonly aliveMs: number;
  /** How often silent sockets are looked for. */
  readonly aliveCheckMs: number;
  /** Another token claims an id: how long its holder has to answer a ping before it counts as dead. */
  readonly probeMs: number;
}

export const DEFAULT_LIMITS: BrokerLimits = {
  frameBytes: 65_536,
  framesPerSecond: 50,
  framesBurst: 200,
  queueFrames: 64,
  queueBytes: 262_144,
  queues: 256,
  sendBufferBytes: 1_048_576,
  clients: 5_000,
  expireMs: 5_000,
  sweepMs: 1_000,
  aliveMs: 90_000,
  aliveCheckMs: 300,
  probeMs: 2_000,
};

/** PeerJS's rule for ids, with a length that keeps them cheap to store. */
const PEER_ID = /^[A-Za-z0-9]+(?:[ _-][A-Za-z0-9]+)*$/;

export function isPeerId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 128 && PEER_ID.test(value);
}
