/**
 * DTLS certificate fingerprints (RFC 8122 §5, RFC 8827 §5.1). Both are part of the handshake's transcript, so a
 * broker that swaps one is found out there; here they are read strictly, so that what is pinned is what DTLS uses.
 */
import { readSdpLines } from './sdp-lines.ts';

export const FINGERPRINT_BYTES = 32;

/** Wider than the attribute itself: what only looks like one must be one. */
const FINGERPRINT_LINE = /^a=fingerprint/i;
const SHA_256 = /^a=fingerprint:sha-256 ((?:[0-9a-f]{2}:){31}[0-9a-f]{2})$/i;

/**
 * The one SHA-256 fingerprint of a description, 32 bytes; null unless there is exactly one distinct one and every
 * line is plain. A line with another hash is refused too: with two lines the browser accepts either certificate, and
 * we would pin one.
 */
export function readFingerprint(sdp: string): Uint8Array | null {
  const found = new Set<string>();
  for (const line of readSdpLines(sdp) ?? []) {
    if (!FINGERPRINT_LINE.test(line)) continue;
    const hex = SHA_256.exec(line)?.[1];
    if (hex === undefined) return null;
    found.add(hex.toLowerCase());
  }
  const [only] = found;
  return found.size === 1 && only !== undefined ? fromColonHex(only) : null;
}

/**
 * Whether the certificate that DTLS really used is the pinned one. True where the browser does not tell
 * (`getRemoteCertificates` is missing in Firefox): there the browser's own check against the SDP stands alone.
 */
export async function isRemoteCertificatePinned(
  connection: RTCPeerConnection,
  pinned: Uint8Array,
): Promise<boolean> {
  const certificates = connection.sctp?.transport.getRemoteCertificates?.();
  const certificate = certificates?.[0];
  if (certificate === undefined) return true;
  const digest = await crypto.subtle.digest('SHA-256', certificate);
  return areEqual(new Uint8Array(digest), pinned);
}

/** Whether our own description carries the certificate that we made for it. True where the browser does not tell. */
export function isOwnCertificate(certificate: RTCCertificate, fingerprint: Uint8Array): boolean {
  const told = certificate
    .getFingerprints?.()
    .find(({ algorithm }) => algorithm?.toLowerCase() === 'sha-256');
  if (told?.value === undefined) return true;
  return areEqual(fromColonHex(told.value), fingerprint);
}

/** Equality of public values; not constant-time, fingerprints are no secrets. */
export function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function fromColonHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.split(':'), pair => Number.parseInt(pair, 16));
}
