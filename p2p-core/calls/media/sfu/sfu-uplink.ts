/**
 * Our one connection to an SFU: four sections that send (media-slots.ts), sealed like those to a member. The SFU's
 * certificate is whatever it says: it could read nothing anyway. P2P-CAL-31, P2P-CAL-33.
 */
import { readMediaDescription } from '../../media-description.ts';
import { kindOf, MEDIA_SLOTS, type MediaSlot } from '../../media-slots.ts';
import type { SendingLink } from '../call-transport.ts';
import {
  linkName,
  makeCertificate,
  openHeldConnection,
  preferProfileCodecs,
  sealSender,
} from '../sealed-sections.ts';
import { limitSender } from '../send-limits.ts';
import { JanusGone, type JanusHandle } from './janus-client.ts';

export interface SfuUplinkOptions {
  readonly worker: Worker;
  readonly handle: JanusHandle;
  readonly configuration: RTCConfiguration;
  onState(state: RTCPeerConnectionState): void;
}

export class SfuUplink implements SendingLink {
  readonly id = linkName('sfu');
  readonly connection: RTCPeerConnection;
  readonly #transceivers = new Map<MediaSlot, RTCRtpTransceiver>();
  readonly #tracks = new Map<MediaSlot, MediaStreamTrack>();
  readonly #handle: JanusHandle;
  /** As many as share the bounds of a mesh. */
  #others = 1;
  /** Of our camera, as the member shows it that shows it largest. */
  #rows = Infinity;
  #isClosed = false;

  private constructor({ worker, handle, configuration, onState }: SfuUplinkOptions, own: RTCCertificate) {
    this.#handle = handle;
    this.connection = openHeldConnection(configuration, own);
    this.connection.onconnectionstatechange = () => onState(this.connection.connectionState);
    this.connection.onicecandidate = ({ candidate }) => handle.trickle(candidate);
    for (const slot of MEDIA_SLOTS) {
      const transceiver = this.connection.addTransceiver(kindOf(slot), { direction: 'sendonly' });
      sealSender(transceiver.sender, worker, this.id, slot);
      preferProfileCodecs(transceiver, slot);
      this.#transceivers.set(slot, transceiver);
    }
  }

  static async make(options: SfuUplinkOptions): Promise<SfuUplink> {
    return new SfuUplink(options, await makeCertificate());
  }

  /** Offers the four sections. Rejects when the SFU refuses, or answers something else. */
  async publish(): Promise<void> {
    const { connection } = this;
    await connection.setLocalDescription();
    const { jsep } = await this.#handle.request({ request: 'publish' }, connection.localDescription);
    if (jsep?.type !== 'answer' || readMediaDescription(jsep.sdp) === null) throw new JanusGone();
    await connection.setRemoteDescription(jsep);
  }

  sender(slot: MediaSlot): RTCRtpSender | null {
    return this.#transceivers.get(slot)?.sender ?? null;
  }

  wanted(slot: MediaSlot): MediaStreamTrack | null {
    return this.#tracks.get(slot) ?? null;
  }

  /** All four sections send from the beginning: a track comes and goes without negotiation. */
  async setTrack(slot: MediaSlot, track: MediaStreamTrack | null): Promise<void> {
    if (track === null) this.#tracks.delete(slot);
    else this.#tracks.set(slot, track);
    const sender = this.sender(slot);
    if (sender === null || this.#isClosed) return;
    await sender.replaceTrack(track);
    if (track !== null) await limitSender(sender, slot, { others: this.#others, rows: this.#rows });
  }

  /** We encode once, and each of so many gets all of them: twice what a mesh of that size would send. */
  async setMembers(members: number, rows: number): Promise<void> {
    this.#others = Math.max(1, Math.ceil(members / 2));
    this.#rows = rows;
    for (const slot of this.#tracks.keys()) {
      const sender = this.sender(slot);
      if (sender !== null && !this.#isClosed) await limitSender(sender, slot, { others: this.#others, rows });
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.connection.close();
    this.#handle.detach();
  }
}
