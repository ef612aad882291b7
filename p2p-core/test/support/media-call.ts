/**
 * Members of a call in one page: real media workers, real connections, a real MLS group; only the sessions between
 * them are function calls.
 */
import { generateIdentitySecrets, type IdentityKeys, importIdentity } from '@enk/crypto-core';
import { CallKeys } from '../../calls/call-keys.ts';
import { CallMedia, type PeerMediaView } from '../../calls/media/call-media.ts';
import { CallGroup } from '../../groups/call-group.ts';
import type { CallId, CallMediaEvent, MediaPeerId } from '../../ports/call-media.ts';

export const CALL = 'AAAAAAAAAAAAAAAAAAAAAA' as CallId;
const CALL_BYTES = new Uint8Array(16);
export const PATIENCE_MS = 60_000;

/** `break`: see test/calls/broken-media-worker.ts. */
export function startMediaWorker(broken = ''): Promise<Worker> {
  const url = new URL(`../calls/broken-media-worker.ts#${broken}`, import.meta.url);
  return Promise.resolve(new Worker(url, { type: 'module' }));
}

export class MediaMember {
  readonly media: CallMedia;
  readonly events: CallMediaEvent[] = [];
  keys: CallKeys | null = null;
  #port: MessagePort | null = null;
  group: CallGroup | null = null;
  groupId = new Uint8Array(0);
  worker: Worker | null = null;
  /** The member's media address for the others. */
  readonly id: MediaPeerId;
  readonly others = new Map<MediaPeerId, MediaMember>();

  private constructor(
    name: string,
    readonly identity: IdentityKeys,
    readonly broken: string,
  ) {
    this.id = name as MediaPeerId;
    this.media = new CallMedia({
      configuration: async () => ({ iceServers: [] }),
      startWorker: async () => (this.worker = await startMediaWorker(broken)),
      giveKeyPort: (_call, port) => {
        this.#port = port;
        this.keys?.attach(port);
      },
    });
    this.media.subscribe(event => {
      this.events.push(event);
      if (event.type !== 'media-signal') return;
      const { signal } = event;
      this.others.get(event.peer)?.media.execute({ type: 'media-signal', call: CALL, peer: this.id, signal });
    });
    this.media.execute({ type: 'media-open', call: CALL });
  }

  static async create(name: string, broken = ''): Promise<MediaMember> {
    return new MediaMember(name, await importIdentity(await generateIdentitySecrets()), broken);
  }

  /** `call`: 16 bytes that every key depends on. */
  enter(group: CallGroup, groupId: Uint8Array<ArrayBuffer>, call: Uint8Array = CALL_BYTES): void {
    this.group = group;
    this.groupId = groupId;
    this.keys = new CallKeys(call, group, message => {
      for (const other of this.others.values()) void other.receive(message);
    });
    if (this.#port !== null) this.keys.attach(this.#port);
  }

  /** A member's group message or Commit. */
  async receive(message: Uint8Array): Promise<void> {
    for (const news of (await this.group?.receive(message)) ?? []) {
      if (news.kind === 'epoch') this.keys?.enterEpoch(news.removesMembers);
      if (news.kind === 'message') this.keys?.heard(news.sender.leafIndex, news.epoch, news.bytes);
    }
  }

  /** Whose leaf each other member has, told to the media worker. */
  mapLeaves(): void {
    for (const [peer, { group }] of this.others) if (group !== null) this.keys?.setLeaf(peer, group.ownLeaf);
  }

  view(peer: MediaPeerId): PeerMediaView | undefined {
    return this.media.view?.peers.find(view => view.peer === peer);
  }

  close(): void {
    this.keys?.close();
    this.media.close();
  }
}

export const OPEN_RULES = { isAllowed: () => true, isGone: () => false, nowMs: () => Date.now() };

/** The first member founds the group, the others join in turn; media connect as newcomers offer. */
export async function connectMembers(members: readonly MediaMember[]): Promise<void> {
  const [founder, ...newcomers] = members as [MediaMember, ...MediaMember[]];
  const groupId = crypto.getRandomValues(new Uint8Array(32));
  founder.enter(await CallGroup.found({ identity: founder.identity, groupId }, OPEN_RULES), groupId);
  const present = [founder];
  for (const newcomer of newcomers) {
    await addMember(founder, newcomer, present, groupId);
    present.push(newcomer);
  }
}

export async function addMember(
  founder: MediaMember,
  newcomer: MediaMember,
  present: readonly MediaMember[],
  groupId: Uint8Array<ArrayBuffer>,
  call?: Uint8Array,
): Promise<void> {
  const keyPackage = await CallGroup.keyPackage(newcomer.identity, Date.now());
  const { commit, welcome } = await (founder.group as CallGroup).add(keyPackage.publicBytes);
  const inviterKey = founder.identity.identityKey;
  const group = await CallGroup.join({ keyPackage, welcome, groupId, inviterKey }, OPEN_RULES);
  newcomer.enter(group, groupId, call);
  for (const member of present) {
    member.others.set(newcomer.id, newcomer);
    newcomer.others.set(member.id, member);
  }
  for (const member of [...present, newcomer]) member.mapLeaves();
  for (const member of present) if (member !== founder) await member.receive(commit);
  founder.keys?.enterEpoch(false);
  newcomer.keys?.enterEpoch(false);
  for (const member of present) {
    connect(member, newcomer.id, false);
    connect(newcomer, member.id, true);
  }
}

/** What a member calls itself at an SFU; in a call it follows from group and identity. */
export function tagOf(peer: MediaPeerId): string {
  return peer.padEnd(22, '0');
}

function connect(from: MediaMember, peer: MediaPeerId, isNewcomer: boolean): void {
  from.media.execute({
    type: 'media-connect',
    call: CALL,
    peer,
    isOfferer: isNewcomer,
    isPolite: isNewcomer,
    tag: tagOf(peer),
  });
}

/** A picture that changes with every frame: `column` (0 … 7) is white, the others black. */
export function movingPicture(): { readonly track: MediaStreamTrack; stop(): void } {
  const canvas = document.createElement('canvas');
  canvas.width = 320;
  canvas.height = 180;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  let turn = 0;
  const draw = (): void => {
    turn = (turn + 1) % 8;
    context.fillStyle = 'black';
    context.fillRect(0, 0, 320, 180);
    context.fillStyle = 'white';
    context.fillRect(turn * 40, 0, 40, 180);
  };
  draw();
  const timer = setInterval(draw, 50);
  const [track] = canvas.captureStream(20).getVideoTracks() as [MediaStreamTrack];
  return {
    track,
    stop: () => {
      clearInterval(timer);
      track.stop();
    },
  };
}

/** Asks again and again until `read` gives something. */
export async function until<T>(what: string, read: () => Promise<T | null> | T | null): Promise<T> {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await read();
    if (found !== null) return found;
    if (performance.now() > endMs) throw new Error(`never: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

export async function framesDecoded(member: MediaMember, peer: MediaPeerId): Promise<number> {
  const stats = await member.media.stats();
  return stats.find(stat => stat.peer === peer)?.framesDecoded ?? 0;
}

/** Resolves as soon as so many more frames are decoded. */
export async function untilDecoded(member: MediaMember, peer: MediaPeerId, more: number): Promise<void> {
  const before = await framesDecoded(member, peer);
  await until(`${more} more frames of ${peer}`, async () =>
    (await framesDecoded(member, peer)) >= before + more ? true : null,
  );
}
