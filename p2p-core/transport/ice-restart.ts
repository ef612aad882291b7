/**
 * Restarts the ICE of one open link (RFC 8445 §9, RFC 9429 §4.1.19): the same DTLS association, so the same session,
 * over a new path. Only the side that made the first offer makes restart offers; so two offers never meet.
 *
 * Not responsible for: who made a description (the session authenticates it, and only for this link), nor when to
 * restart. Invariants: a description with another fingerprint than the pinned one, or with anything but the one data
 * section, never reaches the browser; an answer counts for the latest offer only. What the browser cannot use leaves
 * the link as it is.
 *
 *   start(n): offer n → gathered → told … apply(answer n)          apply(offer n): → answer → gathered → told
 */
import type { RestartDescription } from '../ports/transport.ts';
import { areEqual, readFingerprint } from './fingerprint.ts';
import { untilGathered } from './gathering.ts';
import { isDataOnly } from './signal-payloads.ts';

export interface IceRestartOptions {
  readonly connection: RTCPeerConnection;
  readonly role: 'A' | 'B';
  /** Pinned when the link opened, 32 bytes each. */
  readonly localFingerprint: Uint8Array;
  readonly remoteFingerprint: Uint8Array;
  /** A description of ours, with the candidates that were found in time. */
  onDescription(restart: RestartDescription): void;
  /** The other side broke the rules. */
  onViolation(): void;
}

export class IceRestart {
  /** The latest offer that has no answer yet. */
  #pendingOffer: number | null = null;
  /** One after the other: an answer must not meet a half-set offer. */
  #steps: Promise<void> = Promise.resolve();

  constructor(private readonly options: IceRestartOptions) {}

  /** Makes an offer with new credentials. One that waits for its answer is given up. */
  start(offer: number): void {
    const { connection, role } = this.options;
    if (role !== 'A') return;
    this.#step(async () => {
      this.#pendingOffer = offer;
      const description = await connection.createOffer({ iceRestart: true });
      await this.#tell('offer', offer, description);
    });
  }

  /** Takes a description that the session on this link authenticated. */
  apply({ kind, offer, sdp }: RestartDescription): void {
    const { connection, role } = this.options;
    if ((kind === 'offer') !== (role === 'B') || !this.#isPinned(sdp, this.options.remoteFingerprint)) {
      return this.options.onViolation();
    }
    this.#step(async () => {
      if (kind === 'answer') {
        if (this.#pendingOffer !== offer || connection.signalingState !== 'have-local-offer') return;
        this.#pendingOffer = null;
        return connection.setRemoteDescription({ type: 'answer', sdp });
      }
      await connection.setRemoteDescription({ type: 'offer', sdp });
      await this.#tell('answer', offer, await connection.createAnswer());
    });
  }

  /** Sets our description and tells it with its candidates: nothing of a restart trickles. */
  async #tell(
    kind: RestartDescription['kind'],
    offer: number,
    description: RTCSessionDescriptionInit,
  ): Promise<void> {
    const { connection, localFingerprint, onDescription } = this.options;
    const gathered = untilGathered(connection);
    await connection.setLocalDescription(description);
    await gathered;
    const sdp = connection.localDescription?.sdp ?? '';
    if (this.#isPinned(sdp, localFingerprint)) onDescription({ kind, offer, sdp });
  }

  #isPinned(sdp: string, pinned: Uint8Array): boolean {
    const fingerprint = isDataOnly(sdp) ? readFingerprint(sdp) : null;
    return fingerprint !== null && areEqual(fingerprint, pinned);
  }

  /** A step that the browser refuses is void: the path is lost or not as it was before, and there is a next try. */
  #step(run: () => Promise<void>): void {
    this.#steps = this.#steps.then(run).catch(() => undefined);
  }
}
