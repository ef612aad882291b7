/**
 * What travels through the broker, in PeerJS's own format (OFFER, ANSWER, CANDIDATE of a data connection), so that a
 * stock PeerJS peer with `serialization: 'raw'` understands us. Reading is strict: everything here was written by
 * the broker or by a stranger.
 */
import { MAX_CANDIDATE_CHARS, MAX_SDP_CHARS, MAX_SEALED_SIGNAL_BYTES } from '../limits.ts';
import { decodeBase64Url, encodeBase64Url } from '../storage/base64url.ts';
import { readSdpLines } from './sdp-lines.ts';

export interface OfferPayload {
  readonly connectionId: string;
  readonly sdp: string;
}

export type AnswerPayload = OfferPayload;

export interface CandidatePayload {
  readonly connectionId: string;
  readonly candidate: RTCIceCandidateInit;
}

export interface SealedSignalPayload {
  readonly connectionId: string;
  readonly bytes: Uint8Array;
}

/** A candidate is one line of printable ASCII, or empty: the end of candidates. */
const CANDIDATE = /^[\x20-\x7e]*$/;
const CONNECTION_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The name of one connection at the broker: PeerJS's prefix and 128 random bits. */
export function newConnectionId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `dc_${Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')}`;
}

export function offerPayload(connectionId: string, sdp: string): object {
  const description = { type: 'offer', sdp };
  return {
    sdp: description,
    type: 'data',
    connectionId,
    label: connectionId,
    reliable: true,
    serialization: 'raw',
  };
}

export function answerPayload(connectionId: string, sdp: string): object {
  return { sdp: { type: 'answer', sdp }, type: 'data', connectionId };
}

export function candidatePayload(connectionId: string, candidate: RTCIceCandidate): object {
  return { candidate: candidate.toJSON(), type: 'data', connectionId };
}

/**
 * Reads an OFFER that we are willing to answer: data, raw, reliable, one `m=application` section. Media and binary
 * PeerJS connections, and everything malformed, are null.
 */
export function readOffer(payload: unknown): OfferPayload | null {
  if (!isRecord(payload) || payload['serialization'] !== 'raw' || payload['reliable'] !== true) return null;
  return readDescription(payload, 'offer');
}

export function readAnswer(payload: unknown): AnswerPayload | null {
  return isRecord(payload) ? readDescription(payload, 'answer') : null;
}

export function readCandidate(payload: unknown): CandidatePayload | null {
  if (!isRecord(payload) || payload['type'] !== 'data' || !isRecord(payload['candidate'])) return null;
  const { connectionId } = payload;
  const { candidate, sdpMid = null, sdpMLineIndex = null, usernameFragment = null } = payload['candidate'];
  if (!isConnectionId(connectionId)) return null;
  if (typeof candidate !== 'string' || candidate.length > MAX_CANDIDATE_CHARS) return null;
  if (!CANDIDATE.test(candidate)) return null;
  if (!isShortString(sdpMid) || !isShortString(usernameFragment)) return null;
  if (sdpMLineIndex !== null && sdpMLineIndex !== 0) return null;
  return { connectionId, candidate: { candidate, sdpMid, sdpMLineIndex, usernameFragment } };
}

/** Bytes that a session sealed, as a CANDIDATE: every PeerJS broker passes it on, and other peers drop it. */
export function sealedSignalPayload(connectionId: string, bytes: Uint8Array): object {
  return { type: 'data', connectionId, sealed: encodeBase64Url(bytes) };
}

/** Null: not a sealed signal, or malformed. */
export function readSealedSignal(payload: unknown): SealedSignalPayload | null {
  if (!isRecord(payload) || payload['type'] !== 'data' || !isConnectionId(payload['connectionId']))
    return null;
  const { connectionId, sealed } = payload;
  const maxChars = Math.ceil((MAX_SEALED_SIGNAL_BYTES * 4) / 3);
  if (typeof sealed !== 'string' || sealed.length > maxChars) return null;
  const bytes = tryDecode(sealed);
  return bytes && { connectionId, bytes };
}

function tryDecode(text: string): Uint8Array | null {
  try {
    return decodeBase64Url(text);
  } catch {
    return null; // not canonical: nobody of ours made it
  }
}

/** The connection that any payload names, whatever else is in it; null when it names none. */
export function readConnectionId(payload: unknown): string | null {
  return isRecord(payload) && isConnectionId(payload['connectionId']) ? payload['connectionId'] : null;
}

function readDescription(payload: Record<string, unknown>, type: 'offer' | 'answer'): OfferPayload | null {
  const { connectionId, sdp: description } = payload;
  if (payload['type'] !== 'data' || !isConnectionId(connectionId) || !isRecord(description)) return null;
  const { sdp } = description;
  if (description['type'] !== type || typeof sdp !== 'string' || !isDataOnly(sdp)) return null;
  return { connectionId, sdp };
}

/** Plain lines, one section, and that one `m=application`: no media can be smuggled into a data link. */
export function isDataOnly(sdp: string): boolean {
  if (sdp.length > MAX_SDP_CHARS) return false;
  const sections = readSdpLines(sdp)?.filter(line => /^m=/i.test(line)) ?? [];
  return sections.length === 1 && /^m=application \d+ /.test(sections[0] ?? '');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isConnectionId(value: unknown): value is string {
  return typeof value === 'string' && CONNECTION_ID.test(value);
}

function isShortString(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && value.length <= 256);
}
