/** Context keys and service interfaces: all that elements know of the product's inside. */
export type { Observable } from './observable.ts';
export type {
  AlertView,
  CandidateStats,
  ConnectionView,
  ConsentRequest,
  ContactDiagnostics,
  ContactId,
  ContactView,
  DiagnosticCode,
  DiagnosticsView,
  ExportKey,
  ExportSecret,
  FileJudgement,
  FileView,
  FileWarning,
  FolderEntry,
  HandshakeKind,
  IceServer,
  ImportReport,
  InvitePreview,
  InviteView,
  LinkStats,
  LockSettings,
  LoggedError,
  MessageId,
  MessagePage,
  MessageTimer,
  MessageView,
  MovingView,
  NetworkSettings,
  PathStats,
  PeerId,
  PrivacySettings,
  ProfileView,
  Route,
  ReleaseAnswer,
  ReleaseClaim,
  SafetyNumber,
  SearchHitView,
  SearchPage,
  SessionDiagnostics,
  SignalingState,
  TransferId,
  TransferView,
  TimerView,
  TransportStats,
  UnlockMethodKind,
  UnlockMethodView,
  VaultView,
  Verification,
} from './views.ts';
export { failureCode, type ServiceFailure } from './service-failure.ts';
export {
  privacyServiceContext,
  profileServiceContext,
  type PrivacyService,
  type ProfileService,
  type ProfileSnapshot,
} from './profile-service.ts';
export { contactsServiceContext, type ContactsService, type ContactsSnapshot } from './contacts-service.ts';
export {
  conversationServiceContext,
  type Conversation,
  type ConversationService,
  type ConversationSnapshot,
  type SearchRequest,
} from './conversation-service.ts';
export {
  filesServiceContext,
  type DocumentScript,
  type FilesService,
  type FilesSnapshot,
  type PreviewItem,
} from './files-service.ts';
export { invitesServiceContext, type InvitesService } from './invites-service.ts';
export { connectionServiceContext, type ConnectionService } from './connection-service.ts';
export {
  diagnosticsServiceContext,
  type DiagnosticsReading,
  type DiagnosticsService,
  type DiagnosticsSnapshot,
  type LinkTraffic,
  type StorageState,
} from './diagnostics-service.ts';
export {
  vaultServiceContext,
  type ExportRequest,
  type NewVaultMethod,
  type VaultAttempt,
  type VaultChange,
  type VaultService,
} from './vault-service.ts';
export {
  releaseServiceContext,
  type ReleaseAlarm,
  type ReleaseCheck,
  type ReleaseRefusal,
  type ReleaseService,
  type ReleaseSnapshot,
  type ReleaseSource,
  type ReleaseStanding,
  type ReleaseView,
} from './release-service.ts';
export {
  callServiceContext,
  type CallEndReason,
  type CallFlags,
  type CallPath,
  type CallQuality,
  type CallService,
  type CallSnapshot,
  type CallTrouble,
  type CallView,
  type DeviceKind,
  type LocalMedia,
  type MediaDevice,
  type MemberMedia,
  type MissedCallView,
  type ShownReaction,
} from './call-service.ts';
export { ConversationController, ObservableController, ServiceController } from './service-controller.ts';
export { ensureContextRoot } from './context-root.ts';
