/** What comes from each member, as streams for media elements, and how well it comes. */
import type { CallQuality, ContactId, MemberMedia } from '@enk/context';
import type { CallMediaView, MediaSlot, MediaStats, PeerMediaView } from '@enk/p2p-core';

const VOICE: readonly MediaSlot[] = ['microphone', 'camera'];
const SCREEN: readonly MediaSlot[] = ['screen', 'screen-audio'];

export class RemoteMedia {
  readonly #members = new Map<ContactId, MemberMedia>();
  readonly #lastStats = new Map<string, MediaStats>();

  get members(): readonly MemberMedia[] {
    return [...this.#members.values()];
  }

  /** Streams keep their identity: a media element that plays one goes on. */
  follow(view: CallMediaView | null): void {
    const peers = new Map((view?.peers ?? []).map(peer => [peer.peer as string as ContactId, peer]));
    for (const id of [...this.#members.keys()]) if (!peers.has(id)) this.#members.delete(id);
    for (const [contactId, peer] of peers) {
      const known = this.#members.get(contactId) ?? {
        contactId,
        stream: new MediaStream(),
        screen: new MediaStream(),
        quality: 'unknown' as const,
        path: null,
        level: 0,
      };
      this.#members.set(contactId, known);
      fill(known.stream, peer, VOICE);
      fill(known.screen, peer, SCREEN);
    }
  }

  /** Takes new statistics; true when something that is shown changed. */
  take(stats: readonly MediaStats[]): boolean {
    let isChanged = false;
    for (const now of stats) {
      const contactId = now.peer as string as ContactId;
      const member = this.#members.get(contactId);
      const before = this.#lastStats.get(contactId);
      this.#lastStats.set(contactId, now);
      if (member === undefined || before === undefined) continue;
      const next = {
        ...member,
        quality: qualityOf(before, now),
        path: now.path,
        level: levelOf(before, now),
      };
      isChanged ||=
        next.quality !== member.quality || next.path !== member.path || next.level !== member.level;
      this.#members.set(contactId, next);
    }
    return isChanged;
  }

  clear(): void {
    this.#members.clear();
    this.#lastStats.clear();
  }
}

/** The tracks change when the way to a member does (another topology, an SFU that was joined again). */
function fill(stream: MediaStream, { tracks }: PeerMediaView, slots: readonly MediaSlot[]): void {
  const wanted = slots.flatMap(slot => tracks.get(slot) ?? []);
  for (const track of stream.getTracks()) if (!wanted.includes(track)) stream.removeTrack(track);
  for (const track of wanted) stream.addTrack(track); // one that is there stays as it is
}

/** Loss since the last look, and the round trip: what a person hears as drop-outs and as delay. */
export function qualityOf(before: MediaStats, now: MediaStats): CallQuality {
  const received = now.packetsReceived - before.packetsReceived;
  const lost = Math.max(0, now.packetsLost - before.packetsLost);
  if (received + lost === 0) return now.packetsReceived === 0 ? 'unknown' : 'poor';
  const share = lost / (received + lost);
  const roundTripMs = now.roundTripMs ?? 0;
  if (share > 0.08 || roundTripMs > 500) return 'poor';
  return share > 0.02 || roundTripMs > 250 ? 'fair' : 'good';
}

function levelOf(before: MediaStats, now: MediaStats): number {
  const energy = now.audioEnergy - before.audioEnergy;
  return Math.round(Math.min(1, Math.sqrt(Math.max(0, energy)) * 3) * 10) / 10;
}
