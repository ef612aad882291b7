/**
 * One stay in a room of an SFU: a session, the uplink, and a downlink for each member who is followed and publishes.
 * When the session or the uplink ends, the stay is over, and a new one is made (sfu-transport.ts). P2P-CAL-31.
 *
 * Members are found by their tags. Anybody in the room can take any tag: whoever is not the member cannot make a frame
 * that its downlink opens.
 */
import { CALL_ICE_RESTART_MS, SFU_RETRY_MAX_MS } from '../../../limits.ts';
import type { MediaPeerId, SfuRoom } from '../../../ports/call-media.ts';
import { JanusClient, type JanusHandle } from './janus-client.ts';
import type { JanusFeed, JanusPluginData } from './janus-messages.ts';
import { SfuDownlink } from './sfu-downlink.ts';
import { SfuUplink } from './sfu-uplink.ts';

export interface SfuStayOptions {
  readonly worker: Worker;
  readonly ownTag: string;
  /** With the tokens of now. */
  room(): SfuRoom;
  configuration(): Promise<RTCConfiguration>;
  /** The uplink carries media. */
  onUp(): void;
  /** The member's downlink came, went or changed its state. */
  onMember(peer: MediaPeerId): void;
}

interface Following {
  readonly peer: MediaPeerId;
  feed: string | null;
  downlink: SfuDownlink | null;
  retry: ReturnType<typeof setTimeout> | undefined;
}

export class SfuStay {
  readonly #options: SfuStayOptions;
  /** By tag. */
  readonly #following = new Map<string, Following>();
  readonly #feeds = new Map<string, string>();
  #client: JanusClient | null = null;
  #uplink: SfuUplink | null = null;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;
  #tellOver!: () => void;
  /** Resolves when the stay is over, for whatever reason. */
  readonly over = new Promise<void>(resolve => (this.#tellOver = resolve));

  constructor(options: SfuStayOptions) {
    this.#options = options;
  }

  get uplink(): SfuUplink | null {
    return this.#uplink;
  }

  downlinkOf(tag: string): SfuDownlink | null {
    return this.#following.get(tag)?.downlink ?? null;
  }

  /** Joins the room and publishes. Rejects when that fails; the stay is over then. */
  async enter(): Promise<void> {
    try {
      await this.#enter();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whatever comes under this tag is shown as this member's, if its keys open it. */
  follow(tag: string, peer: MediaPeerId): void {
    if (this.#isOver || this.#following.has(tag)) return;
    this.#following.set(tag, { peer, feed: null, downlink: null, retry: undefined });
    this.#update(tag);
  }

  unfollow(tag: string): void {
    const following = this.#following.get(tag);
    this.#following.delete(tag);
    if (following !== undefined) drop(following);
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#patience);
    for (const following of this.#following.values()) drop(following);
    this.#following.clear();
    this.#uplink?.close();
    this.#client?.close();
    this.#tellOver();
  }

  async #enter(): Promise<void> {
    const { worker, ownTag, room, configuration } = this.#options;
    const { url } = room();
    const over = (): void => this.close();
    const client = await JanusClient.open({ url, token: () => room().apiToken, onGone: over });
    if (this.#isOver) return client.close();
    this.#client = client;
    const handle = await client.attach({ onEvent: data => this.#heard(data), onHangup: over });
    const name = { room: room().room, token: room().roomToken, display: ownTag };
    const { data } = await handle.request({ request: 'join', ptype: 'publisher', ...name });
    const rtc = await configuration();
    const onState = (state: RTCPeerConnectionState): void => this.#onUplink(state);
    const uplink = await SfuUplink.make({ worker, handle, configuration: rtc, onState });
    if (this.#isOver) return uplink.close();
    this.#uplink = uplink;
    await uplink.publish();
    this.#heard(data);
  }

  #onUplink(state: RTCPeerConnectionState): void {
    clearTimeout(this.#patience);
    if (this.#isOver) return;
    if (state === 'connected') return this.#options.onUp();
    if (state === 'failed' || state === 'closed') return this.close();
    if (state === 'disconnected') this.#patience = setTimeout(() => this.close(), CALL_ICE_RESTART_MS);
  }

  #heard({ feeds, goneFeed, isDestroyed }: JanusPluginData): void {
    if (isDestroyed) return this.close();
    for (const feed of feeds) this.#arrived(feed);
    for (const [tag, feed] of this.#feeds) {
      if (feed !== goneFeed) continue;
      this.#feeds.delete(tag);
      this.#update(tag);
    }
  }

  /** Who joins again is a new feed, while the old one may linger. Tags that nobody follows yet are kept in bounds. */
  #arrived({ id, tag }: JanusFeed): void {
    if (this.#feeds.size >= 64 && !this.#feeds.has(tag)) return;
    this.#feeds.set(tag, id);
    this.#update(tag);
  }

  /** Subscribes to what a followed tag publishes now. */
  #update(tag: string): void {
    const following = this.#following.get(tag);
    const feed = this.#feeds.get(tag) ?? null;
    if (following === undefined || following.feed === feed || this.#isOver) return;
    drop(following);
    following.feed = feed;
    this.#options.onMember(following.peer);
    if (feed !== null) void this.#subscribe(following, feed);
  }

  async #subscribe(following: Following, feed: string): Promise<void> {
    const isWanted = (): boolean => !this.#isOver && following.feed === feed;
    let handle: JanusHandle | null = null;
    const failed = (): void => {
      if (!isWanted()) return;
      drop(following);
      following.feed = feed; // still what we want
      this.#options.onMember(following.peer);
      following.retry = setTimeout(() => void this.#subscribe(following, feed), SFU_RETRY_MAX_MS);
    };
    try {
      const { peer } = following;
      const { worker, configuration, room, onMember } = this.#options;
      handle = (await this.#client?.attach({ onHangup: failed })) ?? null;
      if (handle === null || !isWanted()) return handle?.detach();
      const onState = (state: RTCPeerConnectionState): void => {
        if (state === 'failed') failed();
        else if (isWanted()) onMember(peer);
      };
      const rtc = await configuration();
      const downlink = await SfuDownlink.make({ peer, worker, handle, configuration: rtc, onState });
      if (!isWanted()) return downlink.close();
      following.downlink = downlink;
      await downlink.subscribe({ room: room().room, roomToken: room().roomToken, feed });
      onMember(peer);
    } catch {
      handle?.detach();
      failed(); // refused, or gone: then the stay is over, too
    }
  }
}

function drop(following: Following): void {
  clearTimeout(following.retry);
  following.downlink?.close();
  following.downlink = null;
  following.feed = null;
}
