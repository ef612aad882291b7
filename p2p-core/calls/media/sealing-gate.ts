/**
 * Which of a call's transforms run, and whether they seal: a track goes on a sender only through here. What the media
 * worker says is not taken on trust alone: bytes on the wire are compared with bytes that were sealed. P2P-CAL-05,
 * P2P-CAL-06.
 */
import { MAX_QUIET_MEDIA_CHECKS, MEDIA_UNSEALED_SLACK_BYTES } from '../../limits.ts';
import type { MediaWorkerEvent, TransformCounts } from '../media-worker/messages.ts';

/** Why a sender was muted. */
export type GateTrouble =
  /** The media worker died, or does not answer. */
  | 'worker-stopped'
  /** One transform's stream broke. */
  | 'transform-failed'
  /** More bytes left than were sealed. */
  | 'unsealed-bytes'
  /** The keys are gone. */
  | 'keyless';

export class SealingGate {
  readonly #attached = new Set<string>();
  readonly #muted = new Map<string, GateTrouble>();
  #epoch: number | null = null;
  #dead: GateTrouble | null = null;
  #quietChecks = 0;

  /** The MLS epoch whose keys seal our frames; null: none. */
  get epoch(): number | null {
    return this.#dead === null ? this.#epoch : null;
  }

  /** What took media away from all senders, if anything. */
  get trouble(): GateTrouble | null {
    return this.#dead ?? [...this.#muted.values()][0] ?? null;
  }

  /** Whether this transform's sender may have a track. */
  mayCarry(transform: string): boolean {
    return this.epoch !== null && this.#attached.has(transform) && !this.#muted.has(transform);
  }

  heard(event: MediaWorkerEvent): void {
    this.#quietChecks = 0;
    if (event.kind === 'attached') this.#attached.add(event.transform);
    if (event.kind === 'failed') this.mute(event.transform, 'transform-failed');
    if (event.kind === 'sealing') this.#epoch = event.epoch;
    if (event.kind === 'keyless') this.stop('keyless');
  }

  /** For good: whoever broke once is not trusted again in this call. */
  mute(transform: string, trouble: GateTrouble): void {
    if (!this.#muted.has(transform)) this.#muted.set(transform, trouble);
  }

  stop(trouble: GateTrouble): void {
    this.#dead ??= trouble;
  }

  /** One look: the worker is asked at each, and one that never answers is dead. */
  checkSilence(): void {
    this.#quietChecks += 1;
    if (this.#quietChecks > MAX_QUIET_MEDIA_CHECKS) this.stop('worker-stopped');
  }

  /**
   * Compares what left a sender with what its transform passed. `sentBytes` was read before `counts`; without counts
   * nothing may have left.
   */
  compare(transform: string, sentBytes: number, counts: TransformCounts | undefined): void {
    const sealed = counts?.passedBytes ?? 0;
    // Payload descriptors of VP8 take a few bytes a packet, retransmissions come on top.
    if (sentBytes > sealed * 1.5 + MEDIA_UNSEALED_SLACK_BYTES) this.mute(transform, 'unsealed-bytes');
  }
}

/** Payload bytes that a sender has put on the wire so far. */
export async function sentPayloadBytes(sender: RTCRtpSender): Promise<number> {
  let bytes = 0;
  for (const report of (await sender.getStats()).values() as Iterable<Record<string, unknown>>) {
    if (report['type'] === 'outbound-rtp') bytes += Number(report['bytesSent'] ?? 0);
  }
  return bytes;
}
