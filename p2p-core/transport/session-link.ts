/**
 * One link: one RTCPeerConnection with a certificate of its own and one data channel. The broker only introduces:
 * it sees one offer, one answer and candidates. Both fingerprints are pinned from the first description of each
 * side, and no second description is ever taken from the broker.
 *
 * Not responsible for: who the other side is (the handshake), retries and when to restart ICE (the session layer).
 * Invariants: `link-open` comes at most once and after both fingerprints were checked; `link-closed` comes exactly
 * once and last. JSEP: RFC 9429; fingerprints: RFC 8122 §5.
 *
 *   dial():    certificate → channel → offer → OFFER … ANSWER → pin → ┐
 *   answer():  pin → certificate → remote offer → answer → ANSWER  →  ┴ ICE, DTLS → channel open → check → link-open
 */
import { LINK_OPEN_TIMEOUT_MS, MAX_CANDIDATES_PER_LINK } from '../limits.ts';
import type {
  LinkCloseReason,
  LinkId,
  PeerId,
  RestartDescription,
  TransportEvent,
} from '../ports/transport.ts';
import { type BytePipe, type ByteChannelEvents, isReliable } from './byte-channel.ts';
import { areEqual, isOwnCertificate, isRemoteCertificatePinned, readFingerprint } from './fingerprint.ts';
import { IceRestart } from './ice-restart.ts';
import { type LinkStats, readLinkStats } from './link-stats.ts';
import type { OutgoingSignalType } from './peer-signaling.ts';
import { answerPayload, candidatePayload, offerPayload, sealedSignalPayload } from './signal-payloads.ts';

export interface SessionLinkOptions {
  readonly linkId: LinkId;
  readonly connectionId: string;
  readonly role: 'A' | 'B';
  readonly localPeerId: PeerId;
  readonly remotePeerId: PeerId;
  /** ICE servers and policy for a new connection. */
  configuration(): Promise<RTCConfiguration>;
  sendSignal(to: PeerId, type: OutgoingSignalType, payload: object): void;
  /** Whether the broker can be reached: tells a timeout from a lost broker. */
  isSignalingUp(): boolean;
  emit(event: TransportEvent): void;
  openPipe(channel: RTCDataChannel, events: ByteChannelEvents): BytePipe;
}

/** How long queued messages may still leave after a close. */
const LINGER_MS = 1_000;

export class SessionLink {
  #connection: RTCPeerConnection | undefined;
  #channel: BytePipe | undefined;
  #certificates: RTCCertificate[] = [];
  #localFingerprint: Uint8Array | undefined;
  #remoteFingerprint: Uint8Array | undefined;
  /** Remote candidates until the remote description is set, then null. */
  #early: RTCIceCandidateInit[] | null = [];
  #candidateCount = 0;
  #phase: 'connecting' | 'open' | 'closed' = 'connecting';
  #hasPath = true;
  /** From the moment when the link is open. */
  #restart: IceRestart | undefined;
  #remotePeerId: PeerId;
  readonly #timer: ReturnType<typeof setTimeout>;
  /** Negotiation steps run one after another, so that an answer never meets a half-set offer. */
  #steps: Promise<void> = Promise.resolve();

  constructor(readonly options: SessionLinkOptions) {
    this.#remotePeerId = options.remotePeerId;
    const expire = (): void => this.close(options.isSignalingUp() ? 'timeout' : 'signaling-lost');
    this.#timer = setTimeout(expire, LINK_OPEN_TIMEOUT_MS);
  }

  get isOpen(): boolean {
    return this.#phase === 'open';
  }

  /** Where the broker finds the other end now. */
  get remotePeerId(): PeerId {
    return this.#remotePeerId;
  }

  /** The session on this open link says that the other end has another address. */
  move(remotePeerId: PeerId): void {
    if (this.#phase === 'open') this.#remotePeerId = remotePeerId;
  }

  /** Makes an offer and sends it. */
  dial(): void {
    this.#negotiate(async () => {
      const { connectionId } = this.options;
      const { connection, certificate } = await this.#connect();
      this.#use(connection.createDataChannel(connectionId, { ordered: true }));
      const offer = await connection.createOffer();
      this.#pinLocal(certificate, offer.sdp);
      // Sent before it is set: candidates are gathered only afterwards, and so never overtake it.
      this.#sendSignal('OFFER', offerPayload(connectionId, offer.sdp ?? ''));
      await connection.setLocalDescription(offer);
    });
  }

  /** Answers an offer that the offer policy let through. */
  answer(sdp: string): void {
    this.#negotiate(async () => {
      this.#pinRemote(sdp);
      const { connection, certificate } = await this.#connect();
      connection.ondatachannel = ({ channel }) => this.#acceptChannel(channel);
      await connection.setRemoteDescription({ type: 'offer', sdp });
      await this.#addEarlyCandidates(connection);
      const answer = await connection.createAnswer();
      this.#pinLocal(certificate, answer.sdp);
      this.#sendSignal('ANSWER', answerPayload(this.options.connectionId, answer.sdp ?? ''));
      await connection.setLocalDescription(answer);
    });
  }

  /** Takes the answer to our offer; any later one is ignored, whoever sent it. */
  acceptAnswer(sdp: string): void {
    this.#negotiate(async () => {
      const connection = this.#connection;
      if (connection?.signalingState !== 'have-local-offer' || this.#remoteFingerprint !== undefined) return;
      this.#pinRemote(sdp);
      await connection.setRemoteDescription({ type: 'answer', sdp });
      await this.#addEarlyCandidates(connection);
    });
  }

  /** Passes sealed bytes to the other end of an open link through the broker. */
  signal(bytes: Uint8Array): void {
    if (this.#phase !== 'open') return;
    this.#sendSignal('CANDIDATE', sealedSignalPayload(this.options.connectionId, bytes));
  }

  /** Adds a remote candidate, or keeps it until the remote description is set. */
  acceptCandidate(candidate: RTCIceCandidateInit): void {
    if (this.#phase === 'closed' || ++this.#candidateCount > MAX_CANDIDATES_PER_LINK) return;
    if (this.#early !== null) this.#early.push(candidate);
    else if (this.#connection) void addCandidate(this.#connection, candidate);
  }

  /** Sends one message. A link that cannot take it is closed: a gap would break the frame counters anyway. */
  send(bytes: Uint8Array): void {
    if (this.#phase !== 'open') return;
    try {
      this.#channel?.send(bytes);
    } catch {
      this.close('closed-locally');
    }
  }

  /** Makes a restart offer, told as `link-restart`; nothing before the link is open. */
  restartIce(offer: number): void {
    if (this.#phase === 'open') this.#restart?.start(offer);
  }

  /** Takes a restart description that the session on this link authenticated. */
  applyRestart(restart: RestartDescription): void {
    if (this.#phase === 'open') this.#restart?.apply(restart);
  }

  /** Path and bytes of now; null while there is no connection. */
  async stats(): Promise<LinkStats | null> {
    const connection = this.#connection;
    if (!connection || this.#phase === 'closed') return null;
    const read = readLinkStats(await connection.getStats());
    const { linkId } = this.options;
    return { linkId, iceState: connection.iceConnectionState, stripes: 0, ...read };
  }

  /** Takes refreshed ICE servers; what the browser refuses leaves the old ones in place. */
  reconfigure(configuration: RTCConfiguration): void {
    if (this.#phase === 'closed' || !this.#connection) return;
    this.#connection.setConfiguration({ ...configuration, certificates: this.#certificates });
  }

  /** Ends the link. Idempotent. Messages that were sent before still leave where it `lingers`. */
  close(reason: LinkCloseReason, lingers = reason === 'closed-locally'): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    clearTimeout(this.#timer);
    const connection = this.#connection;
    if (connection) {
      detach(connection);
      const linger = setTimeout(() => connection.close(), LINGER_MS);
      const end = (): void => {
        clearTimeout(linger);
        connection.close();
      };
      if (this.#channel && lingers) this.#channel.close(end);
      else end();
    }
    this.options.emit({ type: 'link-closed', linkId: this.options.linkId, reason });
  }

  async #connect(): Promise<{ connection: RTCPeerConnection; certificate: RTCCertificate }> {
    const algorithm: EcKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' };
    const [certificate, configuration] = await Promise.all([
      RTCPeerConnection.generateCertificate(algorithm),
      this.options.configuration(),
    ]);
    if (this.#phase === 'closed') throw new RefusedError();
    this.#certificates = [certificate];
    const connection = new RTCPeerConnection({ ...configuration, certificates: this.#certificates });
    this.#connection = connection;
    connection.onicecandidate = ({ candidate }) => this.#sendCandidate(candidate);
    connection.oniceconnectionstatechange = () => this.#followPath(connection.iceConnectionState);
    connection.onconnectionstatechange = () => this.#followState(connection);
    return { connection, certificate };
  }

  #sendSignal(type: OutgoingSignalType, payload: object): void {
    this.options.sendSignal(this.#remotePeerId, type, payload);
  }

  #sendCandidate(candidate: RTCIceCandidate | null): void {
    if (!candidate?.candidate || this.#phase !== 'connecting') return;
    this.#sendSignal('CANDIDATE', candidatePayload(this.options.connectionId, candidate));
  }

  /** A failed state is ICE's, which an open link survives, or that of DTLS alone, which ends it. */
  #followState(connection: RTCPeerConnection): void {
    if (connection.connectionState !== 'failed') return;
    const isDtlsOver = connection.sctp?.transport.state === 'failed';
    if (this.#phase === 'connecting' || isDtlsOver) this.close('ice-failed');
  }

  #followPath(state: RTCIceConnectionState): void {
    if (state === 'failed' && this.#phase === 'connecting') return this.close('ice-failed');
    const hasPath = state === 'connected' || state === 'completed';
    const isLost = state === 'disconnected' || state === 'failed';
    if (this.#phase !== 'open' || hasPath === this.#hasPath || (!hasPath && !isLost)) return;
    this.#hasPath = hasPath;
    this.options.emit({ type: 'link-path', linkId: this.options.linkId, connected: hasPath });
  }

  /** Exactly one channel, and a reliable one; a second would be a way around the session. */
  #acceptChannel(channel: RTCDataChannel): void {
    if (this.#channel || !isReliable(channel)) return this.close('refused-description');
    this.#use(channel);
  }

  #use(channel: RTCDataChannel): void {
    const { linkId, emit } = this.options;
    this.#channel = this.options.openPipe(channel, {
      onOpen: () => void this.#opened(),
      onMessage: bytes => emit({ type: 'link-message', linkId, bytes }),
      onDrained: (takenBytes, isEmpty) => emit({ type: 'link-drained', linkId, takenBytes, isEmpty }),
      onViolation: () => this.close('closed-locally'),
      onClose: () => this.close('closed-remotely'),
    });
  }

  async #opened(): Promise<void> {
    const [local, remote, connection] = [this.#localFingerprint, this.#remoteFingerprint, this.#connection];
    const isPinned = connection && remote && (await isRemoteCertificatePinned(connection, remote));
    if (this.#phase !== 'connecting') return;
    if (!isPinned || !local) return this.close('refused-description');
    this.#phase = 'open';
    clearTimeout(this.#timer);
    const { linkId, role, localPeerId, remotePeerId, emit } = this.options;
    const fingerprints = { localFingerprint: local, remoteFingerprint: remote };
    this.#restart = new IceRestart({
      connection,
      role,
      ...fingerprints,
      onDescription: restart => this.#phase === 'open' && emit({ type: 'link-restart', linkId, restart }),
      onViolation: () => this.close('refused-description'),
    });
    emit({ type: 'link-open', link: { linkId, role, localPeerId, remotePeerId, ...fingerprints } });
    this.#channel?.release();
  }

  #pinLocal(certificate: RTCCertificate, sdp: string | undefined): void {
    const fingerprint = readFingerprint(sdp ?? '');
    if (fingerprint === null || !isOwnCertificate(certificate, fingerprint)) throw new RefusedError();
    this.#localFingerprint = fingerprint;
  }

  /** Our own fingerprint on the far side is our own offer, reflected. */
  #pinRemote(sdp: string): void {
    const fingerprint = readFingerprint(sdp);
    if (fingerprint === null) throw new RefusedError();
    if (this.#localFingerprint && areEqual(this.#localFingerprint, fingerprint)) throw new RefusedError();
    this.#remoteFingerprint = fingerprint;
  }

  async #addEarlyCandidates(connection: RTCPeerConnection): Promise<void> {
    const early = this.#early ?? [];
    this.#early = null;
    await Promise.all(early.map(candidate => addCandidate(connection, candidate)));
  }

  /** What the browser refuses is refused: a description that it cannot take ends the link. */
  #negotiate(steps: () => Promise<void>): void {
    this.#steps = this.#steps.then(steps).catch(() => this.close('refused-description'));
  }
}

/** A description that must not be used. Never leaves this file. */
class RefusedError extends Error {}

/** A candidate that the browser cannot use (an address family it lacks, garbage) costs one path, not the link. */
function addCandidate(connection: RTCPeerConnection, candidate: RTCIceCandidateInit): Promise<void> {
  return connection.addIceCandidate(candidate).catch(() => undefined);
}

function detach(connection: RTCPeerConnection): void {
  connection.onicecandidate = null;
  connection.oniceconnectionstatechange = null;
  connection.onconnectionstatechange = null;
  connection.ondatachannel = null;
}
