/**
 * Runs in the pages of calls-sfu.e2e.ts: one member of a call with the product's media, keys and group. The sessions
 * between members are the test's; what a member does with an SFU is its own, so that a hostile one can be played.
 */
import { generateIdentitySecrets, importIdentity, type IdentityKeys } from '@enk/crypto-core';
import { CallKeys } from '../../../p2p-core/calls/call-keys.ts';
import { CallMedia } from '../../../p2p-core/calls/media/call-media.ts';
import { MediaKeys } from '../../../p2p-core/calls/media-worker/media-keys.ts';
import { CallGroup } from '../../../p2p-core/groups/call-group.ts';
import type { CallId, MediaPeerId, SfuRoom } from '../../../p2p-core/ports/call-media.ts';
import { decodeBase64Url, encodeBase64Url } from '../../../p2p-core/storage/base64url.ts';

const CALL = 'AAAAAAAAAAAAAAAAAAAAAA' as CallId;
const CAMERA = 1;
const RULES = { isAllowed: () => true, isGone: () => false, nowMs: () => Date.now() };

let identity: IdentityKeys;
let group: CallGroup;
let keys: CallKeys;
let pending: Awaited<ReturnType<typeof CallGroup.keyPackage>>;
let takeMediaPort: (port: MessagePort) => void;
const mediaPort = new Promise<MessagePort>(resolve => (takeMediaPort = resolve));
let auditor: MediaKeys | null = null;
const encoded: Uint8Array[] = [];
const say = (message: Uint8Array): void => {
  void (window as unknown as { say(text: string): Promise<void> }).say(encodeBase64Url(message));
};

const media = new CallMedia({
  configuration: async () => ({ iceServers: [] }),
  startWorker: async () => new Worker('/worker.js', { type: 'module' }),
  giveKeyPort: (_call, port) => takeMediaPort(port),
});
media.execute({ type: 'media-open', call: CALL });

const channel = new BroadcastChannel('encoder-output');
channel.onmessage = ({ data }: MessageEvent<{ slot: number; bytes: Uint8Array }>) => {
  if (data.slot === CAMERA) encoded.push(data.bytes);
};

function enter(entered: CallGroup): void {
  group = entered;
  keys = new CallKeys(new Uint8Array(16), group, say);
}

/** A picture that changes with every frame. */
function movingPicture(): MediaStreamTrack {
  const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  let turn = 0;
  setInterval(() => {
    turn = (turn + 1) % 8;
    context.fillStyle = 'black';
    context.fillRect(0, 0, 320, 180);
    context.fillStyle = 'white';
    context.fillRect(turn * 40, 0, 40, 180);
  }, 100);
  return canvas.captureStream(10).getVideoTracks()[0] as MediaStreamTrack;
}

const harness = {
  async found(groupId: string): Promise<void> {
    identity = await importIdentity(await generateIdentitySecrets());
    enter(await CallGroup.found({ identity, groupId: decodeBase64Url(groupId) }, RULES));
  },
  identity: () => encodeBase64Url(identity.identityKey),
  async keyPackage(): Promise<string> {
    identity = await importIdentity(await generateIdentitySecrets());
    pending = await CallGroup.keyPackage(identity, Date.now());
    return encodeBase64Url(pending.publicBytes);
  },
  async add(keyPackage: string): Promise<{ commit: string; welcome: string }> {
    const { commit, welcome } = await group.add(decodeBase64Url(keyPackage));
    return { commit: encodeBase64Url(commit), welcome: encodeBase64Url(welcome) };
  },
  async join(groupId: string, welcome: string, inviter: string): Promise<void> {
    const input = {
      keyPackage: pending,
      welcome: decodeBase64Url(welcome),
      groupId: decodeBase64Url(groupId),
    };
    enter(await CallGroup.join({ ...input, inviterKey: decodeBase64Url(inviter) }, RULES));
  },
  /** A Commit or a join nonce of another member. */
  async receive(message: string): Promise<void> {
    for (const news of await group.receive(decodeBase64Url(message))) {
      if (news.kind === 'epoch') keys.enterEpoch(news.removesMembers);
      if (news.kind === 'message') keys.heard(news.sender.leafIndex, news.epoch, news.bytes);
    }
  },
  async remove(leaf: number): Promise<string> {
    return encodeBase64Url(await group.remove([leaf]));
  },
  /** The present epoch is the call's; whose leaves these are. */
  prepare(leaves: readonly (readonly [peer: string, leaf: number])[]): void {
    for (const [peer, leaf] of leaves) keys.setLeaf(peer as MediaPeerId, leaf);
    keys.enterEpoch(false);
  },
  /** Keys to the media worker, whose join nonce goes to the others: they are prepared by then. */
  async begin(): Promise<void> {
    keys.attach(await mediaPort);
  },
  enterEpoch: (removesMembers: boolean) => keys.enterEpoch(removesMembers),
  epochSealed: () => media.view?.epoch ?? null,
  /** Instead of `begin`: holds the call's keys without being in the room, and opens what the test took off the SFU. */
  audit(): void {
    const { port1, port2 } = new MessageChannel();
    auditor = new MediaKeys(port1, {
      onSealing: () => undefined,
      onAnnounced: () => undefined,
      onKeyless: () => undefined,
    });
    keys.attach(port2);
  },
  async open(peer: string, frames: readonly string[]): Promise<(string | null)[]> {
    const opened: (string | null)[] = [];
    for (const frame of frames) {
      const clear = await auditor?.open(peer, CAMERA, decodeBase64Url(frame));
      opened.push(clear ? encodeBase64Url(clear) : null);
    }
    return opened;
  },
  enterRoom(sfu: SfuRoom, ownTag: string, others: readonly (readonly [peer: string, tag: string])[]): void {
    media.execute({ type: 'media-topology', call: CALL, sfu, ownTag });
    for (const [peer, tag] of others) {
      const place = { peer: peer as MediaPeerId, isOfferer: false, isPolite: false, tag };
      media.execute({ type: 'media-connect', call: CALL, ...place });
    }
  },
  send: () => media.setTrack('camera', movingPicture()),
  stateOf: (peer: string) => media.view?.peers.find(view => view.peer === peer)?.state ?? null,
  trouble: () => media.view?.trouble ?? null,
  async decoded(peer: string): Promise<number> {
    const stats = await media.stats();
    return stats.find(stat => stat.peer === peer)?.framesDecoded ?? 0;
  },
  /** Packets that came of a member, whether or not anything of them was decoded. */
  async received(peer: string): Promise<number> {
    const stats = await media.stats();
    return stats.find(stat => stat.peer === peer)?.packetsReceived ?? 0;
  },
  /** What the camera's encoder gave, in order. */
  encoded: () => encoded.map(encodeBase64Url),
};

export type SfuHarness = typeof harness;
Object.assign(window, { harness });
