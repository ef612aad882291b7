/**
 * One further connection of an open link (P2P-STR): a certificate of its own, one data channel, and descriptions that
 * the link's session carries, whole and authenticated; no signal of a broker reaches it. What it carries is for the
 * session to put in order.
 *
 * Invariants: both fingerprints are those of the descriptions; `stripe-open` comes at most once, `link-closed` exactly
 * once and last. A path that stays away for STRIPE_LOST_MS ends it: the link has a way of its own to a new one.
 *
 *   offer():       certificate → channel → offer, gathered → told … accept(answer) → ┐
 *   answer(offer): certificate → answer, gathered → told                          →  ┴ ICE, DTLS → open
 */
import { LINK_OPEN_TIMEOUT_MS, STRIPE_LOST_MS } from '../limits.ts';
import type { LinkCloseReason, LinkId, TransportEvent } from '../ports/transport.ts';
import { type BytePipe, type ByteChannelEvents, isReliable } from './byte-channel.ts';
import { areEqual, isOwnCertificate, isRemoteCertificatePinned, readFingerprint } from './fingerprint.ts';
import { untilGathered } from './gathering.ts';
import { readLinkStats, type TrafficStats } from './link-stats.ts';
import { isDataOnly } from './signal-payloads.ts';

export interface StripeLinkOptions {
  readonly linkId: LinkId;
  configuration(): Promise<RTCConfiguration>;
  emit(event: TransportEvent): void;
  openPipe(channel: RTCDataChannel, events: ByteChannelEvents): BytePipe;
}

export class StripeLink {
  readonly #options: StripeLinkOptions;
  #connection: RTCPeerConnection | undefined;
  #channel: BytePipe | undefined;
  #localFingerprint: Uint8Array | undefined;
  #remoteFingerprint: Uint8Array | undefined;
  #phase: 'connecting' | 'open' | 'closed' = 'connecting';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #steps: Promise<void> = Promise.resolve();

  constructor(options: StripeLinkOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.close('timeout'), LINK_OPEN_TIMEOUT_MS);
  }

  /** Makes an offer, told as `stripe-description`. */
  offer(): void {
    this.#step(async () => {
      const { connection, certificate } = await this.#connect();
      this.#use(connection.createDataChannel('stripe', { ordered: true }));
      await this.#tell(connection, certificate, await connection.createOffer());
    });
  }

  /** Answers an offer that the session authenticated. */
  answer(sdp: string): void {
    this.#step(async () => {
      this.#pinRemote(sdp);
      const { connection, certificate } = await this.#connect();
      connection.ondatachannel = ({ channel }) => this.#acceptChannel(channel);
      await connection.setRemoteDescription({ type: 'offer', sdp });
      await this.#tell(connection, certificate, await connection.createAnswer());
    });
  }

  /** Takes the answer to our offer; a second one ends it. */
  accept(sdp: string): void {
    this.#step(async () => {
      if (this.#connection?.signalingState !== 'have-local-offer') throw new RefusedError();
      this.#pinRemote(sdp);
      await this.#connection.setRemoteDescription({ type: 'answer', sdp });
    });
  }

  /** Sends one message. One that cannot be taken ends it: there would be a gap. */
  send(bytes: Uint8Array): void {
    if (this.#phase !== 'open') return;
    try {
      this.#channel?.send(bytes);
    } catch {
      this.close('closed-locally');
    }
  }

  /** What went over it; null while it is not open. */
  async stats(): Promise<TrafficStats | null> {
    if (this.#phase !== 'open' || this.#connection === undefined) return null;
    const { bytesSent, bytesReceived } = readLinkStats(await this.#connection.getStats());
    return { bytesSent, bytesReceived };
  }

  /** Ends it. Idempotent. */
  close(reason: LinkCloseReason): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    clearTimeout(this.#timer);
    this.#channel?.close(() => undefined);
    this.#connection?.close();
    this.#options.emit({ type: 'link-closed', linkId: this.#options.linkId, reason });
  }

  async #connect(): Promise<{ connection: RTCPeerConnection; certificate: RTCCertificate }> {
    const algorithm: EcKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' };
    const [certificate, configuration] = await Promise.all([
      RTCPeerConnection.generateCertificate(algorithm),
      this.#options.configuration(),
    ]);
    if (this.#phase === 'closed') throw new RefusedError();
    const connection = new RTCPeerConnection({ ...configuration, certificates: [certificate] });
    this.#connection = connection;
    connection.oniceconnectionstatechange = () => this.#followPath(connection.iceConnectionState);
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === 'failed') this.close('ice-failed');
    };
    return { connection, certificate };
  }

  async #tell(
    connection: RTCPeerConnection,
    certificate: RTCCertificate,
    description: RTCSessionDescriptionInit,
  ): Promise<void> {
    const gathered = untilGathered(connection);
    await connection.setLocalDescription(description);
    await gathered;
    const sdp = connection.localDescription?.sdp ?? '';
    const fingerprint = isDataOnly(sdp) ? readFingerprint(sdp) : null;
    if (fingerprint === null || !isOwnCertificate(certificate, fingerprint)) throw new RefusedError();
    this.#localFingerprint = fingerprint;
    if (this.#phase === 'closed') return;
    this.#options.emit({ type: 'stripe-description', linkId: this.#options.linkId, sdp });
  }

  #pinRemote(sdp: string): void {
    const fingerprint = isDataOnly(sdp) ? readFingerprint(sdp) : null;
    if (fingerprint === null) throw new RefusedError();
    if (this.#localFingerprint && areEqual(this.#localFingerprint, fingerprint)) throw new RefusedError();
    this.#remoteFingerprint = fingerprint;
  }

  #acceptChannel(channel: RTCDataChannel): void {
    if (this.#channel || !isReliable(channel)) return this.close('refused-description');
    this.#use(channel);
  }

  #use(channel: RTCDataChannel): void {
    const { linkId, emit } = this.#options;
    this.#channel = this.#options.openPipe(channel, {
      onOpen: () => void this.#opened(),
      onMessage: bytes => emit({ type: 'link-message', linkId, bytes }),
      onDrained: (takenBytes, isEmpty) => emit({ type: 'link-drained', linkId, takenBytes, isEmpty }),
      onViolation: () => this.close('closed-locally'),
      onClose: () => this.close('closed-remotely'),
    });
  }

  async #opened(): Promise<void> {
    const [remote, connection] = [this.#remoteFingerprint, this.#connection];
    const isPinned = connection && remote && (await isRemoteCertificatePinned(connection, remote));
    if (this.#phase !== 'connecting') return;
    if (!isPinned) return this.close('refused-description');
    this.#phase = 'open';
    clearTimeout(this.#timer);
    this.#options.emit({ type: 'stripe-open', linkId: this.#options.linkId });
    this.#channel?.release();
  }

  #followPath(state: RTCIceConnectionState): void {
    if (state === 'failed') return this.close('ice-failed');
    if (this.#phase !== 'open') return;
    clearTimeout(this.#timer);
    if (state === 'disconnected') this.#timer = setTimeout(() => this.close('ice-failed'), STRIPE_LOST_MS);
  }

  /** What the browser refuses, and what breaks the rules, ends it. */
  #step(run: () => Promise<void>): void {
    this.#steps = this.#steps.then(run).catch(() => this.close('refused-description'));
  }
}

/** A description that must not be used. Never leaves this file. */
class RefusedError extends Error {}
