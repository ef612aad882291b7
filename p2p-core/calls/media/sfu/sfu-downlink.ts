/**
 * What an SFU forwards of one member: four sections, each with a transform that opens frames of this member in this
 * slot and drops everything else, whatever the SFU puts there. P2P-CAL-32, P2P-CAL-33.
 */
import type { MediaPeerId } from '../../../ports/call-media.ts';
import { readMediaDescription } from '../../media-description.ts';
import { MEDIA_SLOTS, type MediaSlot, slotIndex } from '../../media-slots.ts';
import {
  linkName,
  makeCertificate,
  openHeldConnection,
  openReceiver,
  preferProfileCodecs,
} from '../sealed-sections.ts';
import { JanusGone, type JanusHandle } from './janus-client.ts';

export interface SfuDownlinkOptions {
  readonly peer: MediaPeerId;
  readonly worker: Worker;
  readonly handle: JanusHandle;
  readonly configuration: RTCConfiguration;
  onState(state: RTCPeerConnectionState): void;
}

export interface SfuFeed {
  readonly room: string;
  readonly roomToken: string;
  readonly feed: string;
}

export class SfuDownlink {
  readonly connection: RTCPeerConnection;
  readonly #options: SfuDownlinkOptions;
  #isClosed = false;

  private constructor(options: SfuDownlinkOptions, own: RTCCertificate) {
    this.#options = options;
    this.connection = openHeldConnection(options.configuration, own);
    this.connection.onconnectionstatechange = () => options.onState(this.connection.connectionState);
    this.connection.onicecandidate = ({ candidate }) => options.handle.trickle(candidate);
  }

  static async make(options: SfuDownlinkOptions): Promise<SfuDownlink> {
    return new SfuDownlink(options, await makeCertificate());
  }

  /** Asks for the member's four sections in their order. Rejects when the SFU refuses, or describes something else. */
  async subscribe({ room, roomToken, feed }: SfuFeed): Promise<void> {
    const { handle, peer, worker } = this.#options;
    const streams = MEDIA_SLOTS.map(slot => ({ feed, mid: String(slotIndex(slot)) }));
    const join = { request: 'join', ptype: 'subscriber', room, token: roomToken, streams };
    const { jsep } = await handle.request(join);
    if (jsep?.type !== 'offer' || readMediaDescription(jsep.sdp) === null) throw new JanusGone();
    const { connection } = this;
    await connection.setRemoteDescription(jsep);
    const link = linkName(peer);
    const offered = connection.getTransceivers();
    for (const slot of MEDIA_SLOTS) {
      const transceiver = offered[slotIndex(slot)];
      if (transceiver === undefined) throw new JanusGone();
      openReceiver(transceiver.receiver, worker, { link, peer }, slot); // before our answer, so before a frame can come
      preferProfileCodecs(transceiver, slot);
      transceiver.direction = 'recvonly';
    }
    await connection.setLocalDescription();
    await handle.request({ request: 'start' }, connection.localDescription);
  }

  track(slot: MediaSlot): MediaStreamTrack | null {
    return this.connection.getTransceivers()[slotIndex(slot)]?.receiver.track ?? null;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.connection.close();
    this.#options.handle.detach();
  }
}
