/** What a media connection sends and gets, from getStats. Numbers for people; no address. */
import type { MediaPeerId } from '../../ports/call-media.ts';

/** How media go: from device to device, by a TURN relay of either side, or by an SFU. */
export type MediaPath = 'direct' | 'relay' | 'sfu';

export interface MediaStats {
  readonly peer: MediaPeerId;
  /** Null while there is no pair of addresses that works. */
  readonly path: MediaPath | null;
  /** Round trip of the path in ms; null before it was measured. */
  readonly roundTripMs: number | null;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  /** Of all incoming video. */
  readonly framesDecoded: number;
  /** Energy of all incoming audio since the beginning (WebRTC stats: squared level × seconds). */
  readonly audioEnergy: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Of the camera as it arrives; null: no picture. */
  readonly frameHeight: number | null;
  readonly framesPerSecond: number | null;
}

type Report = Readonly<Record<string, unknown>>;

const numberOf = (report: Report, key: string): number => {
  const value = report[key];
  return typeof value === 'number' ? value : 0;
};

export function readMediaStats(
  { peer, isBySfu }: { readonly peer: MediaPeerId; readonly isBySfu: boolean },
  stats: { values(): Iterable<unknown> },
): MediaStats {
  const reports = [...stats.values()] as readonly Report[];
  const inbound = reports.filter(({ type }) => type === 'inbound-rtp');
  const outbound = reports.filter(({ type }) => type === 'outbound-rtp');
  const pair = reports.find(({ type, nominated, state }) => {
    return type === 'candidate-pair' && nominated === true && state === 'succeeded';
  });
  const video = inbound.filter(({ kind }) => kind === 'video');
  const sum = (of: readonly Report[], key: string): number =>
    of.reduce((total, report) => total + numberOf(report, key), 0);
  const roundTripS = pair === undefined ? null : pair['currentRoundTripTime'];
  const picture = video.find(report => numberOf(report, 'frameHeight') > 0);
  return {
    peer,
    path: pair === undefined ? null : isBySfu ? 'sfu' : pathOf(pair, reports),
    roundTripMs: typeof roundTripS === 'number' ? roundTripS * 1_000 : null,
    packetsReceived: sum(inbound, 'packetsReceived'),
    packetsLost: sum(inbound, 'packetsLost'),
    framesDecoded: sum(video, 'framesDecoded'),
    audioEnergy: sum(inbound, 'totalAudioEnergy'),
    bytesReceived: sum(inbound, 'bytesReceived'),
    bytesSent: sum(outbound, 'bytesSent'),
    frameHeight: picture === undefined ? null : numberOf(picture, 'frameHeight'),
    framesPerSecond: picture === undefined ? null : numberOf(picture, 'framesPerSecond'),
  };
}

function pathOf({ localCandidateId, remoteCandidateId }: Report, reports: readonly Report[]): MediaPath {
  const ends = reports.filter(({ id }) => id === localCandidateId || id === remoteCandidateId);
  return ends.some(({ candidateType }) => candidateType === 'relay') ? 'relay' : 'direct';
}
