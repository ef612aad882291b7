/**
 * What every media connection of a call has in common, whoever is at the other end: frames are held back until their
 * transform is there, transforms are there before any description, and only codecs of the profile are offered.
 * P2P-CAL-05, P2P-CAL-06.
 */
import type { MediaPeerId } from '../../ports/call-media.ts';
import { MEDIA_CODECS } from '../media-description.ts';
import { kindOf, type MediaSlot, slotIndex } from '../media-slots.ts';
import type { TransformOptions } from '../media-worker/messages.ts';

/** What Chromium calls the switch that holds frames back until a transform is attached; others ignore it. */
interface HoldingConfiguration extends RTCConfiguration {
  readonly encodedInsertableStreams: true;
}

let nextLink = 1;

/**
 * Names a connection, new each time: what is known of the transforms of one that is over is never taken for another's.
 */
export function linkName(of: string): string {
  return `${of}#${nextLink++}`;
}

/** A fresh certificate for one connection. */
export function makeCertificate(): Promise<RTCCertificate> {
  return RTCPeerConnection.generateCertificate({ name: 'ECDSA', namedCurve: 'P-256' } as EcKeyGenParams);
}

/** A connection without sections, which holds its frames back. */
export function openHeldConnection(
  configuration: RTCConfiguration,
  certificate: RTCCertificate,
): RTCPeerConnection {
  const holding: HoldingConfiguration = {
    ...configuration,
    certificates: [certificate],
    bundlePolicy: 'max-bundle',
    rtcpMuxPolicy: 'require',
    encodedInsertableStreams: true,
  };
  return new RTCPeerConnection(holding);
}

/** Everything that this sender sends is sealed as `slot`; `link` names its connection among those that send. */
export function sealSender(sender: RTCRtpSender, worker: Worker, link: string, slot: MediaSlot): void {
  sender.transform = new RTCRtpScriptTransform(worker, {
    id: transformId(link, slot, 'seal'),
    direction: 'seal',
    slot: slotIndex(slot),
  } satisfies TransformOptions);
}

/** Whatever comes is opened as this member's `slot`, or dropped. */
export function openReceiver(
  receiver: RTCRtpReceiver,
  worker: Worker,
  { link, peer }: { readonly link: string; readonly peer: MediaPeerId },
  slot: MediaSlot,
): void {
  receiver.transform = new RTCRtpScriptTransform(worker, {
    id: transformId(link, slot, 'open'),
    direction: 'open',
    slot: slotIndex(slot),
    peer,
  } satisfies TransformOptions);
}

/** Before any description. */
export function preferProfileCodecs(transceiver: RTCRtpTransceiver, slot: MediaSlot): void {
  const codecs = RTCRtpReceiver.getCapabilities(kindOf(slot))?.codecs ?? [];
  transceiver.setCodecPreferences(
    codecs.filter(({ mimeType }) => MEDIA_CODECS.has(mimeType.split('/')[1]?.toLowerCase() ?? '')),
  );
}

/** Names one transform within a call. */
export function transformId(link: string, slot: MediaSlot, direction: 'seal' | 'open'): string {
  return `${link}/${slot}/${direction}`;
}
