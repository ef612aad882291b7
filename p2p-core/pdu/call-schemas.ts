/** PDUs of calls (calls/): signalling, and the messages of the call's MLS group. P2P-CAL-13, P2P-CAL-14. */
import * as v from 'valibot';
import {
  MAX_CALL_MLS_BYTES,
  MAX_CALL_SDP_CHARS,
  MAX_CANDIDATE_CHARS,
  MAX_PICTURE_ROWS,
  MAX_SFU_TOKEN_CHARS,
  MAX_SFU_URL_CHARS,
} from '../limits.ts';

/** Why a ring is not taken. */
export const CALL_DECLINE_REASONS = ['declined', 'busy', 'unavailable'] as const;
/** Why a member leaves: `unknown` answers PDUs of a call that is not there. */
export const CALL_HANGUP_REASONS = [
  'ended',
  'cancelled',
  'no-answer',
  'failed',
  'removed',
  'unknown',
] as const;

const MLS_CHARS = Math.ceil((MAX_CALL_MLS_BYTES * 4) / 3);

export function callSchemas<S extends v.GenericSchema>(specVersion: S) {
  /** 16 bytes as base64url. */
  const call = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{21}[AQgw]$/));
  /** 32 bytes as base64url. */
  const group = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/));
  const mls = v.pipe(v.string(), v.minLength(1), v.maxLength(MLS_CHARS), v.regex(/^[A-Za-z0-9_-]+$/));
  const sdp = v.pipe(v.string(), v.maxLength(MAX_CALL_SDP_CHARS), v.regex(/^[\x20-\x7e\r\n]+$/));
  const token = v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(MAX_SFU_TOKEN_CHARS),
    v.regex(/^[\x21-\x7e]+$/),
  );
  const url = v.pipe(v.string(), v.maxLength(MAX_SFU_URL_CHARS), v.regex(/^wss?:\/\/[\x21-\x7e]+$/));
  const pdu = <T extends string, E extends v.ObjectEntries>(type: T, entries: E) =>
    v.strictObject({ type: v.literal(type), specVersion, call, ...entries });
  return {
    /** Asks to join this call; `group` names its MLS group. */
    'call-ring': pdu('call-ring', { group, isVideo: v.boolean() }),
    /** It rings on this device. */
    'call-ringing': pdu('call-ringing', {}),
    /** A KeyPackage for the call's group. */
    'call-accept': pdu('call-accept', { keyPackage: mls }),
    'call-decline': pdu('call-decline', { reason: v.picklist(CALL_DECLINE_REASONS) }),
    /** Makes who accepted a member. */
    'call-welcome': pdu('call-welcome', { welcome: mls }),
    /** A Commit or message of the call's group. */
    'call-group': pdu('call-group', { message: mls }),
    'call-offer': pdu('call-offer', { sdp }),
    'call-answer': pdu('call-answer', { sdp }),
    'call-candidate': pdu('call-candidate', {
      candidate: v.pipe(v.string(), v.maxLength(MAX_CANDIDATE_CHARS), v.regex(/^[\x20-\x7e]*$/)),
      section: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(15)),
      ufrag: v.nullable(v.pipe(v.string(), v.maxLength(256), v.regex(/^[\x21-\x7e]+$/))),
    }),
    /** What the sender sends, and how it is: repeated whenever a session begins. */
    'call-state': pdu('call-state', {
      hasMicrophone: v.boolean(),
      hasCamera: v.boolean(),
      hasScreen: v.boolean(),
      isHeld: v.boolean(),
      isHandRaised: v.boolean(),
    }),
    /** By which SFU the media go, a room of 16 random bytes and what opens it; null: from member to member. */
    'call-topology': pdu('call-topology', {
      sfu: v.nullable(v.strictObject({ url, room: call, apiToken: token, roomToken: token })),
    }),
    /** So many rows of the receiver's camera are shown at the sender. */
    'call-picture': pdu('call-picture', {
      rows: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_PICTURE_ROWS)),
    }),
    'call-reaction': pdu('call-reaction', { emoji: v.pipe(v.string(), v.minLength(1), v.maxLength(32)) }),
    'call-hangup': pdu('call-hangup', { reason: v.picklist(CALL_HANGUP_REASONS) }),
  } as const;
}
