/** Two and three members in one page, with real media workers, connections and MLS. */
import { expect } from '@esm-bundle/chai';
import { MEDIA_UNSEALED_SLACK_BYTES } from '../../limits.ts';
import type { MediaWorkerEvent, TransformCounts } from '../media-worker/messages.ts';
import { sentPayloadBytes } from './sealing-gate.ts';
import {
  CALL,
  connectMembers,
  framesDecoded,
  MediaMember,
  movingPicture,
  until,
  untilDecoded,
} from '../../test/support/media-call.ts';

describe('CallMedia', function () {
  this.timeout(120_000);
  const members: MediaMember[] = [];
  let picture: ReturnType<typeof movingPicture>;

  beforeEach(() => {
    picture = movingPicture();
  });

  afterEach(() => {
    picture.stop();
    for (const member of members.splice(0)) member.close();
  });

  async function call(...names: readonly string[]): Promise<readonly MediaMember[]> {
    for (const name of names) members.push(await MediaMember.create(name));
    await connectMembers(members);
    return members;
  }

  it('P2P-CAL-01: what each sends decodes at the other, sealed', async () => {
    const [a, b] = (await call('a', 'b')) as [MediaMember, MediaMember];
    await Promise.all([a.media.setTrack('camera', picture.track), b.media.setTrack('camera', picture.track)]);
    await Promise.all([untilDecoded(a, b.id, 10), untilDecoded(b, a.id, 10)]);
    expect(a.media.view?.trouble).to.equal(null);
    expect(a.media.view?.epoch).to.equal(1);
  });

  it('P2P-CAL-12: a screen comes by renegotiation of either side, and goes', async () => {
    const [a, b] = (await call('a', 'b')) as [MediaMember, MediaMember];
    await b.media.setTrack('screen', picture.track);
    await untilDecoded(a, b.id, 5);
    await a.media.setTrack('screen', picture.track);
    await untilDecoded(b, a.id, 5);
    await b.media.setTrack('screen', null);
    await until('muted', () => (a.view(b.id)?.tracks.get('screen')?.muted === true ? true : null));
    await untilDecoded(b, a.id, 5);
  });

  it('P2P-CAL-04: three in a mesh; who is removed decodes nothing from then on', async () => {
    const [a, b, c] = (await call('a', 'b', 'c')) as [MediaMember, MediaMember, MediaMember];
    await a.media.setTrack('camera', picture.track);
    await Promise.all([untilDecoded(b, a.id, 5), untilDecoded(c, a.id, 5)]);
    const commit = (await a.group?.remove([c.group?.ownLeaf ?? 0])) ?? new Uint8Array();
    a.keys?.enterEpoch(true);
    await b.receive(commit);
    await untilDecoded(b, a.id, 5);
    const before = await framesDecoded(c, a.id); // the connection is still there: only the keys are not
    await untilDecoded(b, a.id, 20);
    expect(await framesDecoded(c, a.id)).to.equal(before);
  });

  it('P2P-CAL-06: a member who goes while bytes are compared raises no alarm', async () => {
    const [a, b, c] = (await call('a', 'b', 'c')) as [MediaMember, MediaMember, MediaMember];
    await a.media.setTrack('camera', picture.track);
    await untilDecoded(c, a.id, 5);
    await until('more than the slack', async () => {
      const sent = await sentPayloadBytes(a.media.unsafeTestingSender(c.id, 'camera'));
      return sent > MEDIA_UNSEALED_SLACK_BYTES ? true : null;
    });
    forgetWith(a, c.id);
    const sender = a.media.unsafeTestingSender(c.id, 'camera');
    const getStats = sender.getStats.bind(sender);
    let wasCompared = false;
    sender.getStats = async () => {
      const stats = await getStats();
      a.media.execute({ type: 'media-disconnect', call: CALL, peer: c.id });
      wasCompared = true;
      return stats;
    };
    await until('bytes were compared', () => (wasCompared ? true : null));
    await untilDecoded(b, a.id, 20);
    expect(a.media.view?.trouble).to.equal(null);
  });

  /** Counts of a member's transforms end with its connection, as in browsers that end their streams then. */
  function forgetWith({ worker, media }: MediaMember, peer: string): void {
    const heard = worker?.onmessage?.bind(worker);
    if (!worker || !heard) throw new Error('no worker');
    worker.onmessage = ({ data }: MessageEvent<MediaWorkerEvent>) => {
      const isThere = media.view?.peers.some(view => view.peer === peer) === true;
      const isKept = ({ id }: TransformCounts): boolean => isThere || !id.startsWith(`${peer}#`);
      const told = data.kind === 'counts' ? { ...data, transforms: data.transforms.filter(isKept) } : data;
      heard(new MessageEvent('message', { data: told }));
    };
  }

  it('P2P-CAL-38: a camera arrives as large as it is shown, at each member by itself', async () => {
    const [a, b, c] = (await call('a', 'b', 'c')) as [MediaMember, MediaMember, MediaMember];
    const shows = (member: MediaMember, rows: number): void =>
      a.media.execute({ type: 'media-picture', call: CALL, peer: member.id, rows });
    const untilRows = (member: MediaMember, rows: number): Promise<true> =>
      until(`${rows} rows`, async () => {
        const [stats] = (await member.media.stats()).filter(({ peer }) => peer === a.id);
        return stats?.frameHeight === rows ? true : null;
      });
    await a.media.setTrack('camera', picture.track);
    shows(b, 90);
    await Promise.all([untilRows(b, 90), untilRows(c, 180)]);
    shows(b, 720);
    shows(c, 90);
    await Promise.all([untilRows(b, 180), untilRows(c, 90)]);
  });

  it('P2P-CAL-35: an SFU that nobody reaches is left for a new mesh, whoever comes back to it first', async () => {
    const room = { url: 'wss://127.0.0.1:9/', room: CALL, apiToken: 'a', roomToken: 'r' };
    for (const first of [0, 1] as const) {
      const [a, b] = (await call('a', 'b')) as [MediaMember, MediaMember];
      await a.media.setTrack('camera', picture.track);
      await untilDecoded(b, a.id, 5);
      const take = (member: MediaMember, sfu: typeof room | null): void =>
        member.media.execute({ type: 'media-topology', call: CALL, sfu, ownTag: member.id });
      for (const member of [a, b]) take(member, room);
      const [early, late] = first === 0 ? [a, b] : [b, a];
      const answers = (): number =>
        [a, b]
          .flatMap(({ events }) => events)
          .filter(e => e.type === 'media-signal' && e.signal.kind === 'answer').length;
      const before = answers();
      take(early, null);
      take(late, null);
      const isBack = (): boolean => answers() > before && b.view(a.id)?.state === 'connected';
      await until('a new connection', () => (isBack() ? true : null));
      await untilDecoded(b, a.id, 5);
      expect([a.media.view?.trouble, b.media.view?.trouble]).to.deep.equal([null, null]);
      for (const member of members.splice(0)) member.close();
    }
  });

  it('P2P-CAL-11: a later description with another certificate, or with our own, ends the media of the call', async () => {
    for (const forge of ['another', 'our own'] as const) {
      const [a, b] = (await call('a', 'b')) as [MediaMember, MediaMember];
      await until('connected', () => (a.view(b.id)?.state === 'connected' ? true : null));
      const sdpOf = (member: MediaMember): string => {
        for (const event of member.events) {
          if (event.type === 'media-signal' && event.signal.kind !== 'candidate') return event.signal.sdp;
        }
        throw new Error('no description');
      };
      const print = /a=fingerprint:sha-256 \S+/g;
      const [ours] = sdpOf(a).match(print) ?? [''];
      const other = forge === 'our own' ? ours : `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`;
      const sdp = sdpOf(b).replaceAll(print, other);
      a.media.execute({ type: 'media-signal', call: CALL, peer: b.id, signal: { kind: 'offer', sdp } });
      await until('refused', () => (a.media.view?.trouble === 'media-description-refused' ? true : null));
      expect(a.events.at(-1)).to.include({ type: 'media-failed', code: 'media-description-refused' });
      expect(a.media.view?.peers).to.deep.equal([]);
      for (const member of members.splice(0)) member.close();
    }
  });
});
