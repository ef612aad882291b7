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
  /** Sockets of this node: at about 10 KB each, 200 MB. */
  readonly clients: number;
  /** Frames for an absent peer expire after this long; upstream's default, which clients are written for. */
  readonly expireMs: number;
  /** How often expired queues are looked for. */
  readonly sweepMs: number;
  /** A socket that sent nothing for this long is closed: 18 missed heartbeats. */
  readonly aliveMs: number;
  /** How often silent sockets are looked for. */
  readonly aliveCheckMs: number;
  /** Sockets from one address outside loopback; a household or an office behind one NAT has tens. */
  readonly clientsPerAddress: number;
  /** Several nodes: a claim lives so long without its node; taken again three times in it. */
  readonly leaseMs: number;
  /** Draining: sockets that are closed at once, and the pause before the next, so that clients do not come as one. */
  readonly drainSlice: number;
  readonly drainPauseMs: number;
  /** How long TURN credentials are good; clients refresh at 80 %. */
  readonly turnTtlSeconds: number;
  /** How long the tokens of a room at the SFU are good; calls ask again at 80 %. */
  readonly sfuTtlSeconds: number;
  /** An SFU that does not answer in this time is away. */
  readonly sfuAnswerMs: number;
  /** Rooms at once that this node made. */
  readonly sfuRooms: number;
  /** Of them, those that one client asked for first: it has one call at a time, and a room lives until its tokens end. */
  readonly sfuRoomsPerClient: number;
  /** Of them, those of one address outside loopback, whatever its clients call themselves. */
  readonly sfuRoomsPerAddress: number;
  /** How often rooms whose tokens are over are ended. */
  readonly sfuSweepMs: number;
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
  clients: 20_000,
  expireMs: 5_000,
  sweepMs: 1_000,
  aliveMs: 90_000,
  aliveCheckMs: 300,
  clientsPerAddress: 256,
  leaseMs: 30_000,
  drainSlice: 200,
  drainPauseMs: 50,
  turnTtlSeconds: 3_600,
  sfuTtlSeconds: 3_600,
  sfuAnswerMs: 2_000,
  sfuRooms: 2_000,
  sfuRoomsPerClient: 8,
  sfuRoomsPerAddress: 64,
  sfuSweepMs: 60_000,
  probeMs: 2_000,
};

/** PeerJS's rule for ids, with a length that keeps them cheap to store. */
const PEER_ID = /^[A-Za-z0-9]+(?:[ _-][A-Za-z0-9]+)*$/;

export function isPeerId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 128 && PEER_ID.test(value);
}
