/** The media connections of a page, as the browser itself counts them: recorded from before the page's first script. */
import type { Page } from 'puppeteer-core';

/** One direction of one track. */
export interface TrackCount {
  readonly direction: 'in' | 'out';
  readonly kind: string;
  readonly mid: string;
  readonly state: string;
  readonly packets: number;
  /** Of video: as received and decoded, or as encoded and sent. */
  readonly frames: readonly number[];
  readonly keyFrames: number;
  readonly size: string;
}

/** For `Product.person(name, recordConnections)`. */
export async function recordConnections(page: Page): Promise<void> {
  await page.evaluateOnNewDocument(`{
    const Native = RTCPeerConnection;
    globalThis.__connections = [];
    globalThis.RTCPeerConnection = class extends Native {
      constructor(...options) {
        super(...options);
        globalThis.__connections.push(this);
      }
    };
  }`);
}

/** Of every connection with media that is not closed, and of those that are. */
export async function readCounts(page: Page): Promise<readonly TrackCount[]> {
  return (await page.evaluate(`(async () => {
    const counts = [];
    for (const connection of globalThis.__connections ?? []) {
      const state = connection.connectionState;
      for (const report of (await connection.getStats()).values()) {
        const isIn = report.type === 'inbound-rtp';
        if (!isIn && report.type !== 'outbound-rtp') continue;
        const { kind, mid } = report;
        counts.push({
          direction: isIn ? 'in' : 'out',
          kind,
          mid,
          state,
          packets: isIn ? report.packetsReceived : report.packetsSent,
          frames: isIn ? [report.framesReceived ?? 0, report.framesDecoded ?? 0] : [report.framesEncoded ?? 0, report.framesSent ?? 0],
          keyFrames: (isIn ? report.keyFramesDecoded : report.keyFramesEncoded) ?? 0,
          size: report.frameWidth ? report.frameWidth + '×' + report.frameHeight : '',
        });
      }
    }
    return counts;
  })()`)) as readonly TrackCount[];
}

/** Frames of video that this page has decoded in all. */
export async function framesDecoded(page: Page): Promise<number> {
  const counts = await readCounts(page);
  return counts.reduce((sum, { direction, frames }) => sum + (direction === 'in' ? (frames[1] ?? 0) : 0), 0);
}

/** A line for each track that carries something, for the message of a failed wait. */
export async function describeCounts(page: Page): Promise<string> {
  const lines = (await readCounts(page))
    .filter(({ packets, kind }) => packets > 0 || kind === 'video')
    .map(
      ({ direction, kind, mid, state, packets, frames, keyFrames, size }) =>
        `${state} ${direction} ${kind} ${mid}: ${packets} packets, frames ${frames.join('/')}, ${keyFrames} key ${size}`,
    );
  return lines.join('\n');
}
