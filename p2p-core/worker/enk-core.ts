/**
 * EnkApi, whole, behind ports: the composition of storage, sessions and delivery for one page. Runs in the worker;
 * several can run side by side (tests do). Everything that is not open rejects with `not-open`.
 *
 *   closed ──open()──▶ opening ──lock──▶ needs-name / open ──close()──▶ closed
 *                         │  ▲                   ▲  │
 *            another tab  ▼  │ freed    unlock() │  ▼ lock(), idle, hidden, sleep
 *                waiting-for-other-tab          locked          storage refuses ──▶ failed
 */
import { type SignalEngine, computeSafetyNumber } from '@enk/crypto-core';
import { P2pError, storageFailure, toP2pError } from '../errors.ts';
import { optionalName, requireName } from '../pdu/display-name.ts';
import type { CallId, CallMediaPort } from '../ports/call-media.ts';
import type { Clock } from '../ports/clock.ts';
import type { NetworkSettings, TransportPort } from '../ports/transport.ts';
import type { ContactConnection } from '../session/contact-connection.ts';
import type { OpenJournalFile } from '../storage/journal/journal-file.ts';
import { acceptNetwork } from '../transport/address-policy.ts';
import { addByPeerId } from './add-contact.ts';
import type {
  ContactId,
  EnkApi,
  EnkEvent,
  ImportReport,
  FileJudgement,
  FileSettings,
  FolderEntry,
  InvitePreview,
  InviteView,
  MessageId,
  MessagePage,
  PrivacySettings,
  SafetyNumber,
  SearchPage,
  StorageView,
  TransferId,
} from './api.ts';
import type { DiagnosticsView } from './diagnostics.ts';
import { diagnosticsView } from './diagnostics-view.ts';
import * as files from './files.ts';
import { changeFolders } from './vault-folders.ts';
import { hashFile } from './stored-files.ts';
import { getThumbnail } from './thumbnails.ts';
import { acceptInvite, createInvite, previewInvite } from './invites.ts';
import type { EnkParams } from './messages.ts';
import type { OpenProfile } from './open-profile.ts';
import type { ReleaseAnswer, ReleaseClaim } from './release.ts';
import { takeProfileLock } from './profile-lock.ts';
import { searchMessages } from './search.ts';
import { VaultGate } from './vault-gate.ts';
import { inviteView } from './views.ts';
import { removeContact } from './remove-contact.ts';

export interface EnkCoreOptions {
  readonly transport: TransportPort;
  /** Makes the media of calls; without it there are no calls. */
  readonly media?: CallMediaPort;
  readonly clock: Clock;
  /** Who computes the Signal layer, chosen where the worker is composed. */
  readonly signalEngine: SignalEngine;
  /** `navigator.locks`, unless a test brings its own. */
  readonly locks: LockManager;
  /** The vault's journal; the origin private file system's by default. */
  readonly openJournal?: OpenJournalFile;
  emit(event: EnkEvent): void;
}

const PROFILE_NAME = /^[A-Za-z0-9_-]{1,64}$/;

export class EnkCore implements EnkApi {
  readonly #options: EnkCoreOptions;
  #gate: VaultGate | null = null;
  #release: ReleaseClaim | null = null;
  /** Set from open() to the end of close(). */
  #opening: AbortController | null = null;
  #opened: Promise<void> = Promise.resolve();
  #releaseLock: () => void = () => undefined;

  constructor(options: EnkCoreOptions) {
    this.#options = options;
  }

  // ---------------------------------------------------------------- life

  async open({ profile, network }: EnkParams<'open'>): Promise<void> {
    if (this.#opening !== null) throw new P2pError('already-open');
    if (!PROFILE_NAME.test(profile)) throw new P2pError('bad-request');
    assertNetwork(network);
    this.#opening = new AbortController();
    const { signal } = this.#opening;
    this.#opened = this.#openProfile(profile, network, signal);
    try {
      await this.#opened;
    } catch (error) {
      throw await this.#failedToOpen(toP2pError(error));
    }
  }

  async #openProfile(profile: string, network: NetworkSettings, signal: AbortSignal): Promise<void> {
    this.#emitProfile({ kind: 'opening' });
    this.#releaseLock = await takeProfileLock(this.#options.locks, profile, {
      signal,
      onWaiting: () => this.#emitProfile({ kind: 'waiting-for-other-tab' }),
    });
    if (signal.aborted) throw new P2pError('aborted');
    const dependencies = { ...this.#options, ownRelease: () => this.#release };
    const gate = await VaultGate.open(profile, network, dependencies);
    if (signal.aborted) {
      await gate.close();
      throw new P2pError('aborted');
    }
    this.#gate = gate;
  }

  async #failedToOpen(error: P2pError): Promise<P2pError> {
    this.#releaseLock();
    this.#releaseLock = () => undefined;
    this.#opening = null;
    if (error.code === 'aborted') return error;
    this.#emitProfile({ kind: 'failed', code: storageFailure(error) });
    return error;
  }

  async close(): Promise<void> {
    this.#opening?.abort();
    await this.#opened.catch(() => undefined); // open() itself reports
    const gate = this.#gate;
    this.#gate = null;
    await gate?.close();
    this.#releaseLock();
    this.#releaseLock = () => undefined;
    this.#opening = null;
    this.#emitProfile({ kind: 'closed' });
  }

  #emitProfile(profile: Extract<EnkEvent, { type: 'profile' }>['profile']): void {
    this.#options.emit({ type: 'profile', profile });
  }

  /** The open profile. Throws P2pError `not-open`, `import-running`. */
  #open(): OpenProfile {
    const profile = this.#profile();
    if (profile.moving.isImporting) throw new P2pError('import-running');
    return profile;
  }

  /** Also while an import runs. */
  #profile(): OpenProfile {
    const profile = this.#gate?.profile ?? null;
    if (profile === null) throw new P2pError('not-open');
    return profile;
  }

  /** The profile's lock, on either side of it. Throws P2pError `not-open`. */
  #lock(): VaultGate {
    if (this.#gate === null) throw new P2pError('not-open');
    return this.#gate;
  }

  // ---------------------------------------------------------------- the vault's lock

  async unlock({ attempt }: EnkParams<'unlock'>): Promise<void> {
    await this.#lock().unlock(attempt);
  }

  async lock(): Promise<void> {
    await this.#lock().lock();
  }

  async proposeRecoveryKey(): Promise<string> {
    return this.#lock().proposeRecoveryKey();
  }

  async addUnlockMethod({ current, method }: EnkParams<'addUnlockMethod'>): Promise<void> {
    await this.#lock().addMethod(current, method);
  }

  async replaceUnlockMethod({ id, current, method }: EnkParams<'replaceUnlockMethod'>): Promise<void> {
    await this.#lock().replaceMethod(id, current, method);
  }

  async removeUnlockMethod({ id, current }: EnkParams<'removeUnlockMethod'>): Promise<void> {
    await this.#lock().removeMethod(id, current);
  }

  async setLockSettings({ lock }: EnkParams<'setLockSettings'>): Promise<void> {
    await this.#lock().setLockSettings(lock);
  }

  async noteActivity(): Promise<void> {
    this.#gate?.noteActivity();
  }

  async noteHidden(): Promise<void> {
    this.#gate?.noteHidden();
  }

  async eraseEverything(): Promise<void> {
    await this.#lock().erase();
  }

  // ---------------------------------------------------------------- settings

  async setDisplayName({ displayName }: EnkParams<'setDisplayName'>): Promise<void> {
    await this.#open().setDisplayName(requireName(displayName));
  }

  async renewAddress(): Promise<void> {
    await this.#open().renewAddress();
  }

  async setNetwork({ network }: EnkParams<'setNetwork'>): Promise<void> {
    assertNetwork(network);
    this.#lock().setHostNetwork(network);
  }

  async rememberNetwork({ network }: EnkParams<'rememberNetwork'>): Promise<void> {
    if (network !== null) assertNetwork(network);
    await this.#open().rememberNetwork(network);
  }

  async getPrivacy(): Promise<PrivacySettings> {
    return this.#open().privacy;
  }

  async setPrivacy({ privacy }: EnkParams<'setPrivacy'>): Promise<void> {
    await this.#open().setPrivacy(privacy);
  }

  // ---------------------------------------------------------------- invites and consent

  async createInvite({ lifetimeMs }: EnkParams<'createInvite'>): Promise<InviteView> {
    return createInvite(this.#open(), lifetimeMs);
  }

  async listInvites(): Promise<readonly InviteView[]> {
    const { book, clock } = this.#open();
    return book.invites.map(invite => inviteView(invite, clock.nowMs()));
  }

  async revokeInvite({ id }: EnkParams<'revokeInvite'>): Promise<void> {
    const { book } = this.#open();
    if (book.findInvite(id) === null) throw new P2pError('unknown-invite');
    await book.deleteInvite(id);
  }

  async previewInvite({ token }: EnkParams<'previewInvite'>): Promise<InvitePreview> {
    return previewInvite(this.#open(), token);
  }

  async acceptInvite({ token, name }: EnkParams<'acceptInvite'>): Promise<ContactId> {
    return acceptInvite(this.#open(), token, optionalName(name));
  }

  async addByPeerId(params: EnkParams<'addByPeerId'>): Promise<ContactId> {
    return addByPeerId(this.#open(), params);
  }

  async answerConsent({ id, accept, name }: EnkParams<'answerConsent'>): Promise<void> {
    this.#open().consents.answer(id, accept ? { name: optionalName(name ?? '') } : null);
  }

  // ---------------------------------------------------------------- contacts

  async renameContact({ contactId, name }: EnkParams<'renameContact'>): Promise<void> {
    const given = requireName(name);
    const { book } = this.#open();
    await book.update(contactId, contact => ({ ...contact, name: given, isNameLocal: true }));
  }

  async setVerified({ contactId, verified }: EnkParams<'setVerified'>): Promise<void> {
    await this.#open().book.update(contactId, contact => {
      if (contact.identityKey === null) throw new P2pError('no-identity-yet');
      return { ...contact, verification: verified ? 'verified' : 'unverified' };
    });
  }

  async setBlocked({ contactId, blocked }: EnkParams<'setBlocked'>): Promise<void> {
    const { book, manager } = this.#open();
    await book.update(contactId, contact => ({ ...contact, isBlocked: blocked }));
    const connection = manager.find(contactId);
    if (blocked) await connection?.halt();
    else connection?.tell({ type: 'wanted' });
  }

  async removeContact(params: EnkParams<'removeContact'>): Promise<void> {
    await removeContact(this.#open(), params);
  }

  async dismissNotice({ contactId }: EnkParams<'dismissNotice'>): Promise<void> {
    await this.#open().book.update(contactId, contact => ({ ...contact, notice: null }));
  }

  async dismissAlert({ id }: EnkParams<'dismissAlert'>): Promise<void> {
    this.#open().alerts.dismiss(id);
  }

  async getSafetyNumber({ contactId }: EnkParams<'getSafetyNumber'>): Promise<SafetyNumber> {
    const { book, identity } = this.#open();
    const { identityKey } = book.get(contactId);
    if (identityKey === null) throw new P2pError('no-identity-yet');
    return computeSafetyNumber(identity.identityKey, identityKey);
  }

  async reconnect({ contactId }: EnkParams<'reconnect'>): Promise<void> {
    (await this.#connection(contactId)).tell({ type: 'wanted' });
  }

  // ---------------------------------------------------------------- releases

  async setRelease({ release }: EnkParams<'setRelease'>): Promise<void> {
    this.#release = release;
  }

  async askRelease({ contactId }: EnkParams<'askRelease'>): Promise<ReleaseAnswer> {
    return (await this.#connection(contactId)).askRelease();
  }

  // ---------------------------------------------------------------- conversation

  async sendMessage({ contactId, text, token, isRetry }: EnkParams<'sendMessage'>): Promise<MessageId> {
    const connection = await this.#connection(contactId);
    if (this.#open().book.get(contactId).isBlocked) throw new P2pError('contact-blocked');
    const { conversation } = connection;
    const known = isRetry === true && token !== undefined ? await conversation.findByToken(token) : null;
    const { id } = known ?? (await conversation.queue(text, token));
    connection.tell({ type: 'wanted' });
    return id;
  }

  async listMessages({ contactId, beforePosition, limit }: EnkParams<'listMessages'>): Promise<MessagePage> {
    const { conversation } = await this.#connection(contactId);
    return conversation.page(beforePosition ?? null, limit);
  }

  async search(params: EnkParams<'search'>): Promise<SearchPage> {
    return searchMessages(this.#open(), params);
  }

  async setTimer({ contactId, timer }: EnkParams<'setTimer'>): Promise<void> {
    await (await this.#connection(contactId)).conversation.setTimer(timer);
  }

  async deleteMessages({ contactId, positions, forEveryone }: EnkParams<'deleteMessages'>): Promise<void> {
    const { conversation } = await this.#connection(contactId);
    if (forEveryone) await conversation.deleteForEveryone(positions);
    else await conversation.deleteHere(positions);
  }

  async undoDelete({ contactId, positions }: EnkParams<'undoDelete'>): Promise<void> {
    await (await this.#connection(contactId)).conversation.undoDelete(positions);
  }

  async markRead({ contactId, upToPosition }: EnkParams<'markRead'>): Promise<void> {
    const connection = await this.#connection(contactId);
    const { sendReadReceipts } = this.#open().privacy;
    await connection.sendReceipts(await connection.conversation.markRead(upToPosition, sendReadReceipts));
  }

  async setTyping({ contactId, isTyping }: EnkParams<'setTyping'>): Promise<void> {
    await (await this.#connection(contactId)).sendTyping(isTyping);
  }

  // ---------------------------------------------------------------- moving

  async exportVault(params: EnkParams<'exportVault'>): Promise<File | null> {
    return this.#open().moving.exportVault(params);
  }

  async importVault(params: EnkParams<'importVault'>): Promise<ImportReport> {
    return this.#profile().moving.importVault(params);
  }

  async cancelMoving(): Promise<void> {
    this.#profile().moving.cancel();
  }

  // ---------------------------------------------------------------- files

  async addFile(params: EnkParams<'addFile'>): Promise<string> {
    return files.addFile(this.#open(), params);
  }

  async addFolder(params: EnkParams<'addFolder'>): Promise<string> {
    return files.addFolder(this.#open(), params);
  }

  async renameFile(params: EnkParams<'renameFile'>): Promise<void> {
    await files.renameFile(this.#open(), params);
  }

  async deleteFile(params: EnkParams<'deleteFile'>): Promise<void> {
    await files.deleteFile(this.#open(), params);
  }

  async listFolder(params: EnkParams<'listFolder'>): Promise<readonly FolderEntry[]> {
    return files.listFolder(this.#open(), params);
  }

  async readFile(params: EnkParams<'readFile'>): Promise<Uint8Array> {
    return files.readFile(this.#open(), params);
  }

  async inspectFile(params: EnkParams<'inspectFile'>): Promise<FileJudgement> {
    return files.inspectFile(this.#open(), params);
  }

  async hashFile(params: EnkParams<'hashFile'>): Promise<string> {
    return hashFile(this.#open(), params);
  }

  async getThumbnail({ fileId }: EnkParams<'getThumbnail'>): Promise<Uint8Array | null> {
    return getThumbnail(this.#open(), fileId);
  }

  async changeFolders(params: EnkParams<'changeFolders'>): Promise<string | null> {
    return changeFolders(this.#open(), params);
  }

  async sendFile({ contactId, what, caption }: EnkParams<'sendFile'>): Promise<TransferId> {
    const profile = this.#open();
    if (profile.book.get(contactId).isBlocked) throw new P2pError('contact-blocked');
    const { isFast } = profile.fileSettings;
    const id = await profile.files.send(contactId, what, { caption, isFast });
    (await this.#connection(contactId)).tell({ type: 'wanted' });
    return id as TransferId;
  }

  async answerTransfer({ transferId, accept }: EnkParams<'answerTransfer'>): Promise<void> {
    await this.#open().files.answer(transferId, accept);
  }

  async pauseTransfer({ transferId }: EnkParams<'pauseTransfer'>): Promise<void> {
    await this.#open().files.pause(transferId);
  }

  async resumeTransfer({ transferId }: EnkParams<'resumeTransfer'>): Promise<void> {
    await this.#open().files.resume(transferId);
  }

  async cancelTransfer({ transferId }: EnkParams<'cancelTransfer'>): Promise<void> {
    await this.#open().files.cancel(transferId);
  }

  async forgetTransfer({ transferId }: EnkParams<'forgetTransfer'>): Promise<void> {
    await this.#open().files.forget(transferId);
  }

  async getFileSettings(): Promise<FileSettings> {
    return this.#open().fileSettings;
  }

  async setFileSettings({ files: settings }: EnkParams<'setFileSettings'>): Promise<void> {
    await this.#open().setFileSettings(settings);
  }

  async getStorage(): Promise<StorageView> {
    this.#open();
    return files.getStorage();
  }

  async getDiagnostics(): Promise<DiagnosticsView> {
    return diagnosticsView(this.#gate?.profile ?? null, this.#options.signalEngine.name);
  }

  // ---------------------------------------------------------------- calls

  async startCall({ contactId, isVideo }: EnkParams<'startCall'>): Promise<CallId> {
    const connection = await this.#connection(contactId);
    const { book, calls } = this.#open();
    if (book.get(contactId).isBlocked) throw new P2pError('contact-blocked');
    connection.tell({ type: 'wanted' });
    return calls.start(contactId, isVideo);
  }

  async acceptCall({ call }: EnkParams<'acceptCall'>): Promise<void> {
    this.#open().calls.accept(call);
  }

  async declineCall({ call }: EnkParams<'declineCall'>): Promise<void> {
    this.#open().calls.decline(call);
  }

  async hangUp({ call }: EnkParams<'hangUp'>): Promise<void> {
    this.#open().calls.hangUp(call);
  }

  async inviteToCall({ call, contactId }: EnkParams<'inviteToCall'>): Promise<void> {
    this.#open().calls.invite(call, contactId);
  }

  async removeFromCall({ call, contactId }: EnkParams<'removeFromCall'>): Promise<void> {
    this.#open().calls.remove(call, contactId);
  }

  async setCallFlags({ call, flags }: EnkParams<'setCallFlags'>): Promise<void> {
    this.#open().calls.setFlags(call, flags);
  }

  async showCallRows({ call, contactId, rows }: EnkParams<'showCallRows'>): Promise<void> {
    this.#open().calls.showRows(call, contactId, rows);
  }

  async sendReaction({ call, emoji }: EnkParams<'sendReaction'>): Promise<void> {
    this.#open().calls.react(call, emoji);
  }

  async dismissCalls({ contactId }: EnkParams<'dismissCalls'>): Promise<void> {
    this.#open().calls.dismiss(contactId);
  }

  /** Throws P2pError `unknown-contact`. */
  async #connection(contactId: ContactId): Promise<ContactConnection> {
    const { book, manager } = this.#open();
    book.get(contactId);
    return manager.ensureConnection(contactId);
  }
}

function assertNetwork(network: NetworkSettings): void {
  if (acceptNetwork(network) === null) throw new P2pError('network-refused');
}
