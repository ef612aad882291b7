/**
 * Rooms at one of the operator's SFUs: made when a call asks, with tokens for its members, and ended when the tokens
 * are over. The broker learns that somebody has a large call, and the room's random name; the SFU learns no id.
 */
import { isLoopback } from './client-address.ts';
import { askRooms } from './janus-admin.ts';
import { mintSfuTokens, roomSecret, type SfuTokens } from './sfu-tokens.ts';

export interface SfuOptions {
  /** `wss://sfu.example.org/`, …: tried in this order, so that the next one serves when one is away. */
  readonly urls: readonly string[];
  /** Where the broker reaches them, in the same order; by default at `urls`. */
  readonly apiUrls?: readonly string[];
  /** Janus' `token_auth_secret`. */
  readonly secret: string;
  /** The VideoRoom plugin's `admin_key`: who has it makes rooms. */
  readonly adminKey: string;
  /** Calls of so many people go by the SFU (2: all); by default those that are too large for a mesh. */
  readonly fromMembers?: number;
}

/** What a client is given: an address, a room, and what opens both. */
export interface SfuPlace extends SfuTokens {
  readonly url: string;
  readonly ttlSeconds: number;
}

/** Why there is no place: no SFU answers, or this node, client or address has as many rooms as it may. */
export type SfuRefusal = 'away' | 'too-many-rooms';

export interface SfuAnswer {
  readonly place: SfuPlace | null;
  readonly reason?: SfuRefusal;
}

/** Who asks for a room. */
export interface RoomAsker {
  readonly id: string;
  readonly address: string;
}

export interface SfuLimits {
  readonly sfuTtlSeconds: number;
  readonly sfuAnswerMs: number;
  readonly sfuRooms: number;
  readonly sfuRoomsPerClient: number;
  readonly sfuRoomsPerAddress: number;
  readonly sfuSweepMs: number;
}

interface Room {
  /** Who asked for it first. */
  readonly asker: RoomAsker;
  readonly apiUrl: string;
  readonly url: string;
  expiresAtSeconds: number;
}

const ROOM_EXISTS = 427;
const NO_SUCH_ROOM = 426;
/** A room as a call needs it: nobody finds it, only sealed frames, nothing is written down. */
const ROOM_RULES = {
  is_private: true,
  require_e2ee: true,
  signed_tokens: true,
  audiocodec: 'opus',
  videocodec: 'vp8',
  record: false,
  lock_record: true,
  opus_fec: true,
  audiolevel_ext: false,
} as const;

export function isSfuRoom(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{21}[AQgw]$/.test(value);
}

export class SfuRooms {
  readonly #options: SfuOptions;
  readonly #limits: SfuLimits;
  readonly #rooms = new Map<string, Room>();
  readonly #timer: NodeJS.Timeout;
  readonly #nowSeconds: () => number;

  constructor(
    options: SfuOptions,
    limits: SfuLimits,
    nowSeconds = (): number => Math.floor(Date.now() / 1_000),
  ) {
    this.#options = options;
    this.#limits = limits;
    this.#nowSeconds = nowSeconds;
    this.#timer = setInterval(() => void this.sweep(), limits.sfuSweepMs);
    this.#timer.unref();
  }

  get fromMembers(): number | null {
    return this.#options.fromMembers ?? null;
  }

  /** Makes the room unless it is there. */
  async place(room: string, asker: RoomAsker): Promise<SfuAnswer> {
    if (!this.#rooms.has(room) && this.#isFull(asker)) return { place: null, reason: 'too-many-rooms' };
    for (const [apiUrl, url] of this.#candidates(room)) {
      const expiresAtSeconds = this.#nowSeconds() + this.#limits.sfuTtlSeconds;
      if (!(await this.#make(apiUrl, room))) continue;
      const first = this.#rooms.get(room)?.asker ?? asker;
      this.#rooms.set(room, { asker: first, apiUrl, url, expiresAtSeconds });
      const tokens = mintSfuTokens(this.#options.secret, room, expiresAtSeconds);
      return { place: { url, ...tokens, ttlSeconds: this.#limits.sfuTtlSeconds } };
    }
    return { place: null, reason: 'away' };
  }

  /**
   * Ends the rooms whose tokens are over and that nobody is in. Somebody in such a room has tokens of another node, or
   * stays on: it counts until it is empty.
   */
  async sweep(): Promise<void> {
    const nowSeconds = this.#nowSeconds();
    for (const [room, { apiUrl, expiresAtSeconds }] of this.#rooms) {
      if (expiresAtSeconds > nowSeconds) continue;
      const isOver = !(await this.#isInUse(apiUrl, room)) && (await this.#end(apiUrl, room));
      // Asked for again meanwhile: it goes on.
      if (isOver && this.#rooms.get(room)?.expiresAtSeconds === expiresAtSeconds) this.#rooms.delete(room);
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #isFull({ id, address }: RoomAsker): boolean {
    const rooms = [...this.#rooms.values()];
    const { sfuRooms, sfuRoomsPerClient, sfuRoomsPerAddress } = this.#limits;
    const ofAddress = rooms.filter(({ asker }) => asker.address === address).length;
    return (
      rooms.length >= sfuRooms ||
      rooms.filter(({ asker }) => asker.id === id).length >= sfuRoomsPerClient ||
      (ofAddress >= sfuRoomsPerAddress && !isLoopback(address))
    );
  }

  async #isInUse(apiUrl: string, room: string): Promise<boolean> {
    const answer = await this.#ask(apiUrl, room, { request: 'listparticipants', room });
    const participants = answer?.['participants'];
    return Array.isArray(participants) && participants.length > 0;
  }

  /** False when the SFU says that it is still there. */
  async #end(apiUrl: string, room: string): Promise<boolean> {
    const request = { request: 'destroy', room, secret: roomSecret(this.#options.secret, room) };
    const answer = await this.#ask(apiUrl, room, request);
    if (answer === null) return true; // an SFU that is away has lost its rooms
    return [undefined, NO_SUCH_ROOM].includes(answer['error_code'] as undefined);
  }

  /** Where the room was comes first: its members are there. */
  #candidates(room: string): readonly (readonly [apiUrl: string, url: string])[] {
    const { urls, apiUrls = urls } = this.#options;
    const all = urls.map((url, index) => [apiUrls[index] ?? url, url] as const);
    const last = this.#rooms.get(room)?.url;
    return all.toSorted((a, b) => Number(b[1] === last) - Number(a[1] === last));
  }

  async #make(apiUrl: string, room: string): Promise<boolean> {
    const { secret, adminKey } = this.#options;
    const answer = await this.#ask(apiUrl, room, {
      request: 'create',
      room,
      admin_key: adminKey,
      secret: roomSecret(secret, room),
      publishers: 64,
      ...ROOM_RULES,
    });
    const code = answer?.['error_code'];
    return answer !== null && (code === undefined || code === ROOM_EXISTS);
  }

  /** Null when this SFU does not answer. */
  async #ask(apiUrl: string, room: string, body: object): Promise<Readonly<Record<string, unknown>> | null> {
    const { apiToken } = mintSfuTokens(this.#options.secret, room, this.#nowSeconds() + 60);
    const errand = { url: apiUrl, apiToken, timeoutMs: this.#limits.sfuAnswerMs };
    const answers = await askRooms(errand, [body]).catch(() => []);
    return answers[0] ?? null;
  }
}
