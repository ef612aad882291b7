/** Sessions and states → DiagnosticsView. Pure. */
import { CIPHER_LAYERS, PROFILE } from '@enk/crypto-core';
import type { ConnectionState } from '../session/connection-machine.ts';
import type { ContactConnection } from '../session/contact-connection.ts';
import type { ReadySession } from '../session/ready-session.ts';
import type { SessionLog } from '../session/session-log.ts';
import type { ContactRecord } from '../storage/records.ts';
import type {
  ContactDiagnostics,
  DiagnosticsView,
  SessionDiagnostics,
  WhitepaperState,
} from './diagnostics.ts';
import type { OpenProfile } from './open-profile.ts';

const WHITEPAPER_STATES: Record<ConnectionState['kind'], WhitepaperState | null> = {
  idle: 'Idle',
  waiting: 'SignalingRegistered',
  connecting: 'WebRTCConnecting',
  handshaking: 'CryptoHandshaking',
  ready: 'Ready',
  disconnected: 'Disconnected',
  stopped: null,
};

/** Everything that the worker knows; without an open profile what holds for all. */
export function diagnosticsView(profile: OpenProfile | null, signalEngine: string): DiagnosticsView {
  const contacts = profile?.book.contacts ?? [];
  return {
    profile: PROFILE,
    specVersion: '1.0',
    layers: CIPHER_LAYERS,
    signalEngine,
    signaling: profile?.signaling ?? { kind: 'idle' },
    peerId: profile?.peerId ?? null,
    isRelayOnly: profile?.network.relayOnly ?? false,
    contacts: contacts.flatMap(contact => {
      const connection = profile?.manager.find(contact.id) ?? null;
      return profile && connection ? [contactDiagnostics(contact, connection, profile.manager.log)] : [];
    }),
    strangerErrors: profile?.manager.log.errors(null) ?? [],
  };
}

function contactDiagnostics(
  contact: ContactRecord,
  { contactId, state, conversation, sessions }: ContactConnection,
  log: SessionLog,
): ContactDiagnostics {
  return {
    contactId,
    state: state.kind,
    whitepaperState: WHITEPAPER_STATES[state.kind],
    isBlocked: contact.isBlocked,
    verification: contact.verification,
    sinceMs: 'sinceMs' in state ? state.sinceMs : null,
    nextDialAtMs: 'nextAttemptAtMs' in state ? state.nextAttemptAtMs : null,
    failedDials: state.attempt,
    outboxCount: conversation.pendingCount,
    inFlightCount: conversation.inFlightCount,
    reconnectCount: Math.max(0, log.sessionCount(contactId) - 1),
    sessions: sessions.map(session => sessionDiagnostics(session, log)),
    errors: log.errors(contactId),
  };
}

function sessionDiagnostics(
  { link, readyAtMs, isSynced, stats }: ReadySession,
  log: SessionLog,
): SessionDiagnostics {
  const { id: linkId, isOurs } = link;
  return { linkId, isOurs, handshake: log.handshakeOf(link), readyAtMs, isSynced, layers: stats };
}
