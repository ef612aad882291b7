/** PDUs of a running call, and the media signals that travel as such. */
import type { PduBody } from '../pdu/codec.ts';
import type { PduOf } from '../pdu/schemas.ts';
import type { CallId, MediaPeerId, MediaSignal } from '../ports/call-media.ts';
import type { CallPduType } from '../session/ready-session.ts';
import type { ContactId } from '../worker/api.ts';

export type CallPdu = PduOf<Exclude<CallPduType, 'call-ring'>>;

export type SignalPdu = PduOf<'call-offer' | 'call-answer' | 'call-candidate'>;

export function signalToPdu(call: CallId, signal: MediaSignal): PduBody {
  switch (signal.kind) {
    case 'offer':
      return { type: 'call-offer', call, sdp: signal.sdp };
    case 'answer':
      return { type: 'call-answer', call, sdp: signal.sdp };
    case 'candidate': {
      const { candidate, section, ufrag } = signal;
      return { type: 'call-candidate', call, candidate, section, ufrag };
    }
  }
}

export function pduToSignal(pdu: SignalPdu): MediaSignal {
  switch (pdu.type) {
    case 'call-offer':
      return { kind: 'offer', sdp: pdu.sdp };
    case 'call-answer':
      return { kind: 'answer', sdp: pdu.sdp };
    case 'call-candidate': {
      const { candidate, section, ufrag } = pdu;
      return { kind: 'candidate', candidate, section, ufrag };
    }
  }
}

/** A member's media connection is named by its contact. */
export function peerOf(contactId: ContactId): MediaPeerId {
  return contactId as string as MediaPeerId;
}
