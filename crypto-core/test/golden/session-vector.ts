/**
 * A recorded conversation after a recorded handshake: what each side sealed and opened, in the order in which it
 * happened, with every frame and, of control frames too, the body inside.
 */
import { decodeBase64Url } from '../../bytes/base64url.ts';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { decodeUtf8, utf8 } from '../../bytes/utf8.ts';
import { paddingBucket } from '../../cascade/padding.ts';
import type { OpenResult, PairSession } from '../../cascade/pair-session.ts';
import type { Role } from '../../handshake/handshake.fixture.ts';
import type { HandshakeJson, RecordedHandshake } from './handshake-vector.ts';
import type { SeededPlatform } from './seeded-platform.ts';

type Content = 'pdu' | 'bulk' | 'control';

/** One frame. `padded` is the length of the plaintext that the MLS layer sealed. */
export interface FrameJson {
  readonly content: Content;
  readonly body: string;
  readonly padded: number;
  readonly bytes: string;
}

/** `seal`: `from` seals one body. `open`: `to` opens the oldest frame on its way. Both may cause control frames. */
export type EventJson =
  | {
      readonly op: 'seal';
      readonly from: Role;
      readonly atMs: number;
      readonly frames: readonly FrameJson[];
    }
  | { readonly op: 'open'; readonly to: Role; readonly atMs: number; readonly frames: readonly FrameJson[] };

export interface SessionJson {
  readonly handshake: HandshakeJson;
  readonly events: readonly EventJson[];
  /** What each session says of itself in the end. */
  readonly stats: { readonly a: StatsJson; readonly b: StatsJson };
}

interface StatsJson {
  readonly framesSent: number;
  readonly framesReceived: number;
  readonly kemGeneration: number;
  readonly aesGeneration: number;
}

interface FrameRecord {
  content: Content;
  body: Uint8Array | null;
  readonly bytes: Uint8Array;
}

interface EventRecord {
  readonly op: 'seal' | 'open';
  readonly role: Role;
  readonly atMs: number;
  readonly frames: FrameRecord[];
}

const NOTHING = new Uint8Array(0);

/** Drives both sessions of a handshake and records what happens. */
export class RecordedSession {
  readonly #platform: SeededPlatform;
  readonly #handshake: RecordedHandshake;
  readonly #events: EventRecord[] = [];
  readonly #inFlight: Record<Role, FrameRecord[]> = { A: [], B: [] };
  /** Of the running step. */
  #emitted: FrameRecord[] = [];

  constructor(platform: SeededPlatform, handshake: RecordedHandshake) {
    this.#platform = platform;
    this.#handshake = handshake;
    const attach = (role: Role, to: Role): void =>
      this.session(role).attach({
        nowMs: () => platform.nowMs,
        emit: frame => {
          const record = { content: 'control' as const, body: null, bytes: frame.slice() };
          this.#emitted.push(record);
          this.#inFlight[to].push(record);
        },
      });
    attach('A', 'B');
    attach('B', 'A');
  }

  session(role: Role): PairSession {
    return this.#handshake[role === 'A' ? 'a' : 'b'].session;
  }

  /** Seals a PDU. */
  async seal(from: Role, body: Uint8Array | string): Promise<void> {
    const bytes = typeof body === 'string' ? utf8(body) : body;
    await this.#step('seal', from, () => this.session(from).seal(bytes));
    this.#noteContent('pdu', bytes);
  }

  /** Seals a bulk chunk. */
  async sealBulk(from: Role, chunk: Uint8Array): Promise<void> {
    await this.#step('seal', from, () => this.session(from).sealBulk(chunk));
    this.#noteContent('bulk', chunk);
  }

  /** `to` opens the oldest frame on its way, which must open to what was sealed. */
  async open(to: Role): Promise<void> {
    const frame = this.#inFlight[to].shift();
    if (frame === undefined) throw new Error('nothing is on its way');
    const results: OpenResult[] = [];
    await this.#step('open', to, async () => {
      const texts = await recordJson(async () => void results.push(await this.session(to).open(frame.bytes)));
      if (results[0]?.kind === 'control') frame.body = utf8(texts.at(-1) ?? '');
    });
    const [result] = results;
    const body = result !== undefined && 'bytes' in result ? result.bytes : frame.body;
    if (result?.kind !== frame.content || encodeHex(body ?? NOTHING) !== encodeHex(frame.body ?? NOTHING)) {
      throw new Error(`${to} opened something else`);
    }
  }

  /** Everything on its way arrives, one frame a side in turn. */
  async settle(): Promise<void> {
    while (this.#inFlight.A.length + this.#inFlight.B.length > 0) {
      for (const role of ['B', 'A'] as const) if (this.#inFlight[role].length > 0) await this.open(role);
    }
  }

  /** Lets time pass. */
  wait(ms: number): void {
    this.#platform.nowMs += ms;
  }

  async toJson(): Promise<SessionJson> {
    await this.#noteRekeys();
    const { json, log } = this.#handshake;
    const events = this.#events.map(({ op, role, atMs, frames }): EventJson => {
      const common = { atMs: atMs - json.nowMs, frames: frames.map(frameJson) };
      return op === 'seal' ? { op, from: role, ...common } : { op, to: role, ...common };
    });
    return {
      handshake: { ...json, secrets: log.toJson() },
      events,
      stats: { a: statsJson(this.session('A')), b: statsJson(this.session('B')) },
    };
  }

  async #step(op: 'seal' | 'open', role: Role, action: () => Promise<void>): Promise<void> {
    this.#emitted = [];
    await action();
    this.#events.push({ op, role, atMs: this.#platform.nowMs, frames: this.#emitted });
  }

  #noteContent(content: Content, body: Uint8Array): void {
    const [first] = this.#emitted;
    if (first === undefined) throw new Error('no frame');
    first.content = content;
    first.body = body.slice();
  }

  /** The shared secrets of all KEM rekeys, found by their PDUs. */
  async #noteRekeys(): Promise<void> {
    const offers = new Map<number, Uint8Array>();
    const frames = this.#events.flatMap(event => event.frames);
    for (const { content, body } of frames) {
      if (content !== 'control' || body === null) continue;
      const pdu = JSON.parse(decodeUtf8(body)) as { gen: number; ek?: string; ct?: string };
      if (pdu.ek !== undefined) offers.set(pdu.gen, decodeBase64Url(pdu.ek));
      const ek = offers.get(pdu.gen);
      if (pdu.ct !== undefined && ek !== undefined) {
        await this.#handshake.log.addMlKem(ek, decodeBase64Url(pdu.ct));
      }
    }
  }
}

/** The texts that were parsed as JSON meanwhile: a session does not hand out its control PDUs. */
async function recordJson(action: () => Promise<void>): Promise<readonly string[]> {
  const { parse } = JSON;
  const texts: string[] = [];
  JSON.parse = (text: string, ...rest) => {
    texts.push(text);
    return parse(text, ...rest) as unknown;
  };
  try {
    await action();
  } finally {
    JSON.parse = parse;
  }
  return texts;
}

function frameJson({ content, body, bytes }: FrameRecord): FrameJson {
  if (body === null) throw new Error('a control frame was not opened');
  const size = content === 'bulk' ? body.length : paddingBucket(body.length);
  return { content, body: encodeHex(body), padded: 5 + size, bytes: encodeHex(bytes) };
}

function statsJson(session: PairSession): StatsJson {
  const { framesSent, framesReceived, kemGeneration, generation } = session.stats;
  return { framesSent, framesReceived, kemGeneration, aesGeneration: generation };
}

/** Bytes that are told apart at a glance: `first`, `first` + 1, … */
export function countingBytes(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (first + index) & 0xff);
}

/** A frame of a file's bytes again. */
export function frameBytes(frame: FrameJson): Uint8Array {
  return decodeHex(frame.bytes);
}
