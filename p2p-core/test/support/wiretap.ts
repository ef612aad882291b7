/** A far end without keys that records every frame as it came off the wire: what an SFU or an attacker would hold. */
import { readMediaDescription } from '../../calls/media-description.ts';
import type { MediaPeerId, MediaSignal } from '../../ports/call-media.ts';
import { CALL, type MediaMember, until } from './media-call.ts';

/** The wiretap's media address. */
export const TAP = 'tap' as MediaPeerId;

export interface WireFrame {
  readonly slot: number;
  /** What the receiving browser takes it for. */
  readonly type?: 'key' | 'delta' | 'empty';
  readonly bytes: Uint8Array;
}

export class Wiretap {
  readonly frames: WireFrame[] = [];
  readonly connection = new RTCPeerConnection();
  readonly #worker = new Worker(new URL('../calls/recording-worker.ts', import.meta.url), { type: 'module' });
  readonly #send: (signal: MediaSignal) => void;
  readonly #early: RTCIceCandidateInit[] = [];
  #steps: Promise<void> = Promise.resolve();

  /** Answers whatever is offered. `send` reaches the other end. */
  constructor(send: (signal: MediaSignal) => void) {
    this.#send = send;
    this.#worker.onmessage = ({ data }: MessageEvent<WireFrame>) => this.frames.push(data);
    this.connection.onicecandidate = ({ candidate }) => {
      if (candidate === null) return;
      const { candidate: text, sdpMLineIndex, usernameFragment } = candidate;
      send({ kind: 'candidate', candidate: text, section: sdpMLineIndex ?? 0, ufrag: usernameFragment });
    };
  }

  accept(signal: MediaSignal): void {
    this.#steps = this.#steps.then(() => this.#accept(signal));
  }

  async #accept(signal: MediaSignal): Promise<void> {
    const { connection } = this;
    if (signal.kind === 'candidate') {
      const init = { candidate: signal.candidate, sdpMLineIndex: signal.section };
      if (connection.remoteDescription === null) this.#early.push(init);
      else await connection.addIceCandidate(init);
      return;
    }
    if (signal.kind !== 'offer') return;
    await connection.setRemoteDescription({ type: 'offer', sdp: signal.sdp });
    connection.getTransceivers().forEach(({ receiver }, slot) => {
      receiver.transform ??= new RTCRtpScriptTransform(this.#worker, { slot });
    });
    await connection.setLocalDescription();
    for (const candidate of this.#early.splice(0)) await connection.addIceCandidate(candidate);
    const sdp = connection.localDescription?.sdp ?? '';
    if (readMediaDescription(sdp) === null) throw new Error('the wiretap makes another description');
    this.#send({ kind: 'answer', sdp });
  }

  untilConnected(): Promise<true> {
    return until('the wiretap is connected', () =>
      this.connection.connectionState === 'connected' ? true : null,
    );
  }

  untilFrames(count: number): Promise<true> {
    return until(`${count} frames on the wire`, () => (this.frames.length >= count ? true : null));
  }

  close(): void {
    this.connection.close();
    this.#worker.terminate();
  }
}

/** What this member of a call sends goes to a wiretap, too. */
export async function tapMember(member: MediaMember): Promise<Wiretap> {
  const tap = new Wiretap(signal =>
    member.media.execute({ type: 'media-signal', call: CALL, peer: TAP, signal }),
  );
  member.media.subscribe(event => {
    if (event.type === 'media-signal' && event.peer === TAP) tap.accept(event.signal);
  });
  const place = { peer: TAP, isOfferer: true, isPolite: false, tag: 'tap' };
  member.media.execute({ type: 'media-connect', call: CALL, ...place });
  await tap.untilConnected();
  return tap;
}

/** A key frame of VP8 in clear has this start code behind its first three bytes (RFC 6386 §9.1). */
export function hasVp8StartCode(bytes: Uint8Array): boolean {
  return bytes[3] === 0x9d && bytes[4] === 0x01 && bytes[5] === 0x2a;
}

/** So many frames came out of the camera since this was asked: a sender that sends had time to. */
export async function untilCaptured(sender: RTCRtpSender, count: number): Promise<void> {
  const read = async (): Promise<number> => {
    for (const report of (await sender.getStats()).values() as Iterable<Record<string, unknown>>) {
      if (report['type'] === 'media-source') return Number(report['frames'] ?? 0);
    }
    return 0;
  };
  const before = await read();
  await until(`${count} frames of the source`, async () => ((await read()) >= before + count ? true : null));
}
