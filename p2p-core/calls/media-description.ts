/**
 * What a description of a call's media may say. It came through the session, so its author is authenticated; it may
 * still be hostile. P2P-CAL-10, P2P-CAL-11.
 */
import { MAX_CALL_SDP_CHARS, MAX_CANDIDATES_PER_LINK, MAX_CANDIDATE_CHARS } from '../limits.ts';
import type { MediaSignal } from '../ports/call-media.ts';
import { readFingerprint } from '../transport/fingerprint.ts';
import { readSdpLines } from '../transport/sdp-lines.ts';
import { kindOf, MEDIA_SLOTS } from './media-slots.ts';

/** VP8 and Opus need no clear byte in a frame; `rtx` repeats packets that are sealed already. */
export const MEDIA_CODECS: ReadonlySet<string> = new Set(['opus', 'vp8', 'rtx']);

const SECTIONS = MEDIA_SLOTS.map(slot => kindOf(slot));
const SECTION_LINE = /^m=(audio|video) \d{1,5} UDP\/TLS\/RTP\/SAVPF( \d{1,3})+$/;
const CODEC_LINE = /^a=rtpmap:\d{1,3} ([A-Za-z0-9-]{1,32})\/\d{1,6}(?:\/\d)?$/;
const CANDIDATE = /^(?:candidate:[\x20-\x7e]+)?$/;

/**
 * The SHA-256 fingerprint of a media description, 32 bytes; null unless it has exactly the four sections of a call in
 * their order, codecs of the profile only, one fingerprint, and nothing that keys media in another way than DTLS.
 */
export function readMediaDescription(sdp: string): Uint8Array | null {
  if (sdp.length > MAX_CALL_SDP_CHARS) return null;
  const lines = readSdpLines(sdp);
  if (lines === null) return null;
  const sections = lines.filter(line => line.startsWith('m='));
  const kinds = sections.map(line => SECTION_LINE.exec(line)?.[1]);
  if (kinds.length !== SECTIONS.length || kinds.some((kind, index) => kind !== SECTIONS[index])) return null;
  if (lines.some(line => /^(?:k=|a=crypto)/i.test(line))) return null;
  if (lines.filter(line => /^a=candidate/i.test(line)).length > MAX_CANDIDATES_PER_LINK) return null;
  const codecs = lines.filter(line => /^a=rtpmap/i.test(line));
  if (!codecs.every(line => MEDIA_CODECS.has(CODEC_LINE.exec(line)?.[1]?.toLowerCase() ?? ''))) return null;
  return readFingerprint(sdp);
}

/**
 * The same description without feedback and parameters of codecs that its section does not list: Firefox leaves those
 * of the codecs that were taken out, and Chromium takes no such description.
 */
export function withoutUnlistedCodecs(sdp: string): string {
  let listed: ReadonlySet<string> = new Set();
  const isKept = (line: string): boolean => {
    if (line.startsWith('m=')) listed = new Set(line.split(' ').slice(3));
    const of = /^a=(?:rtcp-fb|fmtp):(\d{1,3}) /.exec(line)?.[1];
    return of === undefined || listed.has(of);
  };
  return sdp.split('\r\n').filter(isKept).join('\r\n');
}

/** Whether a media connection may be given this signal at all. */
export function isAcceptableSignal(signal: MediaSignal): boolean {
  if (signal.kind !== 'candidate') return readMediaDescription(signal.sdp) !== null;
  const { candidate, section, ufrag } = signal;
  return (
    candidate.length <= MAX_CANDIDATE_CHARS &&
    CANDIDATE.test(candidate) &&
    section >= 0 &&
    section < SECTIONS.length &&
    (ufrag === null || /^[\x21-\x7e]{1,256}$/.test(ufrag))
  );
}
