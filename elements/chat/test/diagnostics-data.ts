/** What diagnostics shows in tests and pictures: one person connected directly, one away, one whose app does not fit. */
import type { ContactDiagnostics, DiagnosticsReading, DiagnosticsView } from '@enk/context';
import { contactIdOf, peerIdOf } from './people.ts';

const LINK_ID = 'link-ana' as ContactDiagnostics['sessions'][number]['linkId'];
const NOW_MS = Date.now();
const MINUTE_MS = 60_000;

const AWAY: Omit<ContactDiagnostics, 'contactId'> = {
  state: 'waiting',
  whitepaperState: 'SignalingRegistered',
  isBlocked: false,
  verification: 'unverified-by-link',
  sinceMs: null,
  nextDialAtMs: NOW_MS + 43_000,
  failedDials: 5,
  outboxCount: 2,
  inFlightCount: 0,
  reconnectCount: 0,
  sessions: [],
  errors: [{ code: 'peer-unavailable', atMs: NOW_MS - 17_000, count: 5 }],
};

const CONNECTED: ContactDiagnostics = {
  contactId: contactIdOf('Ana'),
  state: 'ready',
  whitepaperState: 'Ready',
  isBlocked: false,
  verification: 'verified',
  sinceMs: NOW_MS - 12 * MINUTE_MS,
  nextDialAtMs: null,
  failedDials: 0,
  outboxCount: 3,
  inFlightCount: 1,
  reconnectCount: 2,
  sessions: [
    {
      linkId: LINK_ID,
      isOurs: true,
      handshake: 'pair-secret',
      readyAtMs: NOW_MS - 12 * MINUTE_MS,
      isSynced: true,
      layers: {
        generation: 1,
        recordCounters: { sent: 31, received: 27 },
        signal: { sent: 4, received: 2 },
        epoch: '1',
        framesSent: 431,
        framesReceived: 387,
        kemGeneration: 12,
      },
    },
  ],
  errors: [
    { code: 'ice-failed', atMs: NOW_MS - 13 * MINUTE_MS, count: 1 },
    { code: 'peer-unavailable', atMs: NOW_MS - 34 * MINUTE_MS, count: 4 },
  ],
};

export const DIAGNOSTICS: DiagnosticsView = {
  profile: 'EnkryptedChat-Profile-v1',
  specVersion: '1.0',
  layers: ['MLS', 'Signal', 'ML-KEM', 'AES'],
  signalEngine: 'enk-signal-1',
  signaling: { kind: 'registered' },
  peerId: peerIdOf(1),
  isRelayOnly: false,
  contacts: [
    CONNECTED,
    { ...AWAY, contactId: contactIdOf('Dr. Weber') },
    {
      ...AWAY,
      contactId: contactIdOf('Ben'),
      state: 'stopped',
      whitepaperState: null,
      verification: 'unverified',
      nextDialAtMs: null,
      failedDials: 0,
      outboxCount: 0,
      errors: [{ code: 'other-engine', atMs: NOW_MS - 3 * MINUTE_MS, count: 1 }],
    },
  ],
  strangerErrors: [{ code: 'other-engine', atMs: NOW_MS - 8 * MINUTE_MS, count: 2 }],
};

const HOST = {
  type: 'host',
  protocol: 'udp',
  relayProtocol: null,
  family: 'IPv4',
  scope: 'private',
} as const;

/** A whole reading: the worker's part, the connection under it, and the browser's storage. */
export const READING: DiagnosticsReading = {
  takenAtMs: NOW_MS,
  core: DIAGNOSTICS,
  links: [
    {
      stats: {
        linkId: LINK_ID,
        iceState: 'connected',
        path: { route: 'same-network', local: HOST, remote: HOST, roundTripMs: 2.4 },
        bytesSent: 310_420,
        bytesReceived: 4_271_004,
        stripes: 0,
      },
      sentPerSecond: 1_240,
      receivedPerSecond: 48_900,
    },
  ],
  relay: { expiresAtMs: NOW_MS + 41 * MINUTE_MS },
  storage: { isPersisted: true, usageBytes: 3_400_000, quotaBytes: 10_737_418_240 },
};
