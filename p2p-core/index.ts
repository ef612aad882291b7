/**
 * The page's side of p2p-core: small on purpose, without cipher code, schemas or storage. All of those run in the
 * worker (`worker/worker.ts`), which is a bundle of its own.
 */
export { EnkClient } from './client/enk-client.ts';
export type { ClosableTransport, EnkClientOptions } from './client/enk-client.ts';
export { P2pError, isP2pErrorCode } from './errors.ts';
export type { P2pErrorCode } from './errors.ts';
export type { CallMedia, CallMediaView, PeerMediaView } from './calls/media/call-media.ts';
export type { MediaStats } from './calls/media/media-stats.ts';
export type { MediaSlot } from './calls/media-slots.ts';
export type {
  CallEndReason,
  CallFlags,
  CallMemberView,
  CallView,
  MemberPhase,
  MissedCallView,
} from './calls/call-view.ts';
export type { CallId, MediaFailure, MediaPeerId, MediaState } from './ports/call-media.ts';
export type {
  IceServer,
  LinkCloseReason,
  LinkDescription,
  LinkId,
  NetworkSettings,
  PeerId,
  SignalingState,
  TransportCommand,
  TransportEvent,
  TransportPort,
} from './ports/transport.ts';
export type {
  CandidateStats,
  LinkStats,
  PathStats,
  RelayStats,
  Route,
  TransportStats,
} from './transport/link-stats.ts';
export { Transport } from './transport/transport.ts';
export { fetchVerified } from './worker/start-verified-worker.ts';
export type {
  AlertView,
  ConnectionView,
  ConsentRequest,
  ContactId,
  ContactView,
  EnkApi,
  EnkEvent,
  ExportKey,
  ExportSecret,
  ImportReport,
  FileJudgement,
  FileSettings,
  FileView,
  FileWarning,
  FolderChange,
  FolderEntry,
  InvitePreview,
  InviteView,
  LockSettings,
  MessageId,
  MessagePage,
  MessageTimer,
  MessageView,
  MovingView,
  NewUnlockMethod,
  PrivacySettings,
  ProfileView,
  SafetyNumber,
  SearchHitView,
  SearchPage,
  StorageView,
  TransferId,
  TransferView,
  VaultFolder,
  TimerView,
  UnlockAttempt,
  UnlockMethodKind,
  UnlockMethodView,
  VaultView,
  Verification,
} from './worker/api.ts';
export type {
  ContactDiagnostics,
  DiagnosticCode,
  DiagnosticsView,
  HandshakeKind,
  LoggedError,
  SessionDiagnostics,
  WhitepaperState,
} from './worker/diagnostics.ts';
export type { EnkMethod, EnkParams, EnkResult } from './worker/messages.ts';
export type { ReleaseAnswer, ReleaseClaim } from './worker/release.ts';
export { startVerifiedWorker } from './worker/start-verified-worker.ts';
export type { StartWorkerOptions } from './worker/start-verified-worker.ts';
export type { WorkerManifest } from './worker/worker-manifest.ts';
