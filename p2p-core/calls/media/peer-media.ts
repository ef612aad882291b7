/**
 * The media connection with one member of a call: one RTCPeerConnection with four sections (media-slots.ts), each with
 * a transform from its first moment. Perfect negotiation (W3C WebRTC §10.7) for everything after the first description.
 *
 * Invariants: no track is on a sender before its transform reported that it runs and has a key; a description with
 * another certificate than the first is refused before the browser sees it. P2P-CAL-05 … P2P-CAL-12.
 */
import { CALL_ICE_RESTART_MS } from '../../limits.ts';
import type { MediaPeerId, MediaSignal, MediaState } from '../../ports/call-media.ts';
import { areEqual, isOwnCertificate } from '../../transport/fingerprint.ts';
import { isAcceptableSignal, readMediaDescription, withoutUnlistedCodecs } from '../media-description.ts';
import { kindOf, MEDIA_SLOTS, type MediaSlot, slotIndex } from '../media-slots.ts';
import type { SendingLink } from './call-transport.ts';
import {
  linkName,
  makeCertificate,
  openHeldConnection,
  openReceiver,
  preferProfileCodecs,
  sealSender,
} from './sealed-sections.ts';
import { limitSender } from './send-limits.ts';

export interface PeerMediaOptions {
  readonly peer: MediaPeerId;
  readonly isOfferer: boolean;
  readonly isPolite: boolean;
  /** For the transforms; absent only in tests of what happens without one. */
  readonly worker: Worker | null;
  configuration(): Promise<RTCConfiguration>;
  send(signal: MediaSignal): void;
  onState(state: MediaState): void;
  /** A description was refused: the connection is closed. */
  onRefused(): void;
}

export class PeerMedia implements SendingLink {
  readonly options: PeerMediaOptions;
  readonly id: string;
  readonly #tracks = new Map<MediaSlot, MediaStreamTrack>();
  readonly #transceivers = new Map<MediaSlot, RTCRtpTransceiver>();
  readonly #early: RTCIceCandidateInit[] = [];
  #connection: RTCPeerConnection | null = null;
  #certificate: RTCCertificate | null = null;
  #pinned: Uint8Array | null = null;
  #isMakingOffer = false;
  #isIgnoringOffer = false;
  #isClosed = false;
  /** Members that get our tracks, this one among them. */
  #others = 1;
  /** Of our camera, as this member shows it. */
  #rows = Infinity;
  #restartTimer: ReturnType<typeof setTimeout> | undefined;
  /** What comes from outside is worked off one after another. */
  #steps: Promise<void> = Promise.resolve();

  constructor(options: PeerMediaOptions) {
    this.options = options;
    this.id = linkName(options.peer);
    void this.#step(() => this.#connect());
  }

  get connection(): RTCPeerConnection | null {
    return this.#connection;
  }

  /** The other side's track of a slot; null before the first description. */
  remoteTrack(slot: MediaSlot): MediaStreamTrack | null {
    return this.#transceivers.get(slot)?.receiver.track ?? null;
  }

  wanted(slot: MediaSlot): MediaStreamTrack | null {
    return this.#tracks.get(slot) ?? null;
  }

  sender(slot: MediaSlot): RTCRtpSender | null {
    return this.#transceivers.get(slot)?.sender ?? null;
  }

  /** Takes what the other side sent through the session. */
  accept(signal: MediaSignal): void {
    void this.#step(() => this.#accept(signal));
  }

  /**
   * Sends this track in its slot, or nothing. The caller has made sure that the slot's transform runs. Screens begin
   * and end by renegotiation, microphone and camera without.
   */
  setTrack(slot: MediaSlot, track: MediaStreamTrack | null): Promise<void> {
    if (track === null) this.#tracks.delete(slot);
    else this.#tracks.set(slot, track);
    return this.#step(() => this.#apply(slot));
  }

  /** So many members get our tracks now: what each one gets follows. */
  setOthers(others: number): void {
    if (others === this.#others) return;
    this.#others = others;
    this.#limit();
  }

  /** So many rows of our camera are shown there. */
  setRows(rows: number): void {
    if (rows === this.#rows) return;
    this.#rows = rows;
    this.#limit();
  }

  #limit(): void {
    void this.#step(async () => {
      for (const slot of this.#tracks.keys()) {
        const sender = this.sender(slot);
        if (sender !== null) await limitSender(sender, slot, { others: this.#others, rows: this.#rows });
      }
    });
  }

  /** New paths: after a change of network, or when the old one is lost. */
  restartIce(): void {
    if (!this.#isClosed) this.#connection?.restartIce();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#restartTimer);
    this.#connection?.close();
    this.#tracks.clear();
  }

  /** A step that fails for a reason of the browser's leaves the connection as it is: ICE and time decide then. */
  #step(run: () => Promise<void>): Promise<void> {
    this.#steps = this.#steps.then(async () => {
      if (!this.#isClosed) await run();
    });
    this.#steps = this.#steps.catch(() => {
      if (!this.#isClosed) this.options.onState('failed');
    });
    return this.#steps;
  }

  async #connect(): Promise<void> {
    const [certificate, configuration] = await Promise.all([makeCertificate(), this.options.configuration()]);
    if (this.#isClosed) return;
    this.#certificate = certificate;
    const connection = openHeldConnection(configuration, certificate);
    this.#connection = connection;
    connection.onicecandidate = ({ candidate }) => this.#tellCandidate(candidate);
    connection.onconnectionstatechange = () => this.#onState(connection.connectionState);
    connection.onnegotiationneeded = () => {
      // Before the first description only the offerer has sections to speak of.
      if (this.options.isOfferer || this.#pinned !== null) void this.#step(() => this.#offer());
    };
    if (!this.options.isOfferer) return;
    for (const slot of MEDIA_SLOTS) {
      this.#adopt(slot, connection.addTransceiver(kindOf(slot), { direction: directionOf(slot, false) }));
    }
  }

  /** Before any description: the transforms, and the codecs of the profile. */
  #adopt(slot: MediaSlot, transceiver: RTCRtpTransceiver): void {
    this.#transceivers.set(slot, transceiver);
    const { worker, peer } = this.options;
    if (worker !== null) {
      sealSender(transceiver.sender, worker, this.id, slot);
      openReceiver(transceiver.receiver, worker, { link: this.id, peer }, slot);
    }
    preferProfileCodecs(transceiver, slot);
  }

  async #offer(): Promise<void> {
    const connection = this.#connection;
    if (connection === null || connection.signalingState !== 'stable') return; // the browser asks again
    this.#isMakingOffer = true;
    try {
      await connection.setLocalDescription();
      this.#tellDescription();
    } finally {
      this.#isMakingOffer = false;
    }
  }

  async #accept(signal: MediaSignal): Promise<void> {
    const connection = this.#connection;
    if (connection === null) return;
    if (!isAcceptableSignal(signal)) return this.#refuse();
    if (signal.kind === 'candidate') return this.#acceptCandidate(connection, signal);
    if (!this.#isPinned(signal.sdp)) return this.#refuse();
    const isCollision = this.#isMakingOffer || connection.signalingState !== 'stable';
    this.#isIgnoringOffer = signal.kind === 'offer' && isCollision && !this.options.isPolite;
    const isStray = signal.kind === 'answer' && connection.signalingState !== 'have-local-offer';
    if (this.#isIgnoringOffer || isStray) return;
    await connection.setRemoteDescription({ type: signal.kind, sdp: signal.sdp });
    await this.#adoptOffered(connection);
    for (const candidate of this.#early.splice(0)) await addCandidate(connection, candidate);
    if (signal.kind === 'answer') return;
    await connection.setLocalDescription();
    this.#tellDescription();
  }

  /** The offer's sections are ours, too: transforms before our answer, so before a frame can leave. */
  async #adoptOffered(connection: RTCPeerConnection): Promise<void> {
    const offered = connection.getTransceivers();
    for (const slot of MEDIA_SLOTS) {
      const transceiver = offered[slotIndex(slot)];
      if (transceiver === undefined || this.#transceivers.has(slot)) continue;
      this.#adopt(slot, transceiver);
      await this.#apply(slot);
    }
  }

  /** An offer under another certificate than this connection's: of one that the other side made anew. */
  isOfAnother(signal: MediaSignal): boolean {
    if (signal.kind !== 'offer' || this.#pinned === null) return false;
    const fingerprint = readMediaDescription(signal.sdp);
    return fingerprint !== null && !areEqual(this.#pinned, fingerprint);
  }

  /** The first description's certificate is the only one; ours on the far side is an echo. */
  #isPinned(sdp: string): boolean {
    const fingerprint = readMediaDescription(sdp);
    if (fingerprint === null) return false;
    if (this.#certificate !== null && isEcho(this.#certificate, fingerprint)) return false;
    this.#pinned ??= fingerprint;
    return areEqual(this.#pinned, fingerprint);
  }

  async #acceptCandidate(
    connection: RTCPeerConnection,
    { candidate, section, ufrag }: Extract<MediaSignal, { kind: 'candidate' }>,
  ): Promise<void> {
    const init = { candidate, sdpMLineIndex: section, usernameFragment: ufrag };
    if (connection.remoteDescription === null) this.#early.push(init);
    else if (!this.#isIgnoringOffer) await addCandidate(connection, init);
  }

  async #apply(slot: MediaSlot): Promise<void> {
    const transceiver = this.#transceivers.get(slot);
    if (transceiver === undefined) return;
    const track = this.#tracks.get(slot) ?? null;
    await transceiver.sender.replaceTrack(track);
    const direction = directionOf(slot, track !== null);
    if (transceiver.direction !== direction) transceiver.direction = direction;
    if (track !== null)
      await limitSender(transceiver.sender, slot, { others: this.#others, rows: this.#rows });
  }

  #tellDescription(): void {
    const description = this.#connection?.localDescription;
    if (!description || (description.type !== 'offer' && description.type !== 'answer')) return;
    const sdp = withoutUnlistedCodecs(description.sdp);
    const own = readMediaDescription(sdp);
    // A browser that describes something else than a call must not: nothing was sent yet.
    if (own === null || this.#certificate === null || !isOwnCertificate(this.#certificate, own)) {
      return this.#refuse();
    }
    this.options.send({ kind: description.type, sdp });
  }

  #tellCandidate(candidate: RTCIceCandidate | null): void {
    if (candidate === null || this.#isClosed) return;
    this.options.send({
      kind: 'candidate',
      candidate: candidate.candidate,
      section: candidate.sdpMLineIndex ?? 0,
      ufrag: candidate.usernameFragment,
    });
  }

  #onState(state: RTCPeerConnectionState): void {
    clearTimeout(this.#restartTimer);
    if (this.#isClosed) return;
    if (state === 'connected') return void this.#connected();
    if (state === 'new' || state === 'connecting') return this.options.onState('connecting');
    this.options.onState('lost');
    if (state === 'failed') return this.restartIce();
    this.#restartTimer = setTimeout(() => this.restartIce(), CALL_ICE_RESTART_MS);
  }

  /** DTLS used the pinned certificate, as far as the browser tells. */
  async #connected(): Promise<void> {
    const transport = this.sender('microphone')?.transport;
    const certificate = transport?.getRemoteCertificates?.()[0];
    if (certificate !== undefined && this.#pinned !== null) {
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', certificate));
      if (!areEqual(digest, this.#pinned)) return this.#refuse();
    }
    if (!this.#isClosed) this.options.onState('connected');
  }

  #refuse(): void {
    this.close();
    this.options.onRefused();
  }
}

/** Microphone and camera are always there, with or without a track: switching them on needs no negotiation. */
function directionOf(slot: MediaSlot, isSending: boolean): RTCRtpTransceiverDirection {
  const isScreen = slot === 'screen' || slot === 'screen-audio';
  return isScreen && !isSending ? 'recvonly' : 'sendrecv';
}

function isEcho(certificate: RTCCertificate, fingerprint: Uint8Array): boolean {
  return certificate.getFingerprints !== undefined && isOwnCertificate(certificate, fingerprint);
}

/** A candidate that the browser cannot use changes nothing: others may do. */
async function addCandidate(connection: RTCPeerConnection, candidate: RTCIceCandidateInit): Promise<void> {
  await connection.addIceCandidate(candidate).catch(() => undefined);
}
