/**
 * The data contract of the product, as elements see it. The types are those of p2p-core's worker; elements import
 * them from here, so that nothing below the services is known to them.
 */
export type {
  AlertView,
  ConnectionView,
  ConsentRequest,
  ContactId,
  ContactView,
  DiagnosticsView,
  IceServer,
  InvitePreview,
  InviteView,
  MessageId,
  MessagePage,
  MessageView,
  NetworkSettings,
  PeerId,
  PrivacySettings,
  ProfileView,
  SafetyNumber,
  SignalingState,
  Verification,
} from '@enk/p2p-core';
