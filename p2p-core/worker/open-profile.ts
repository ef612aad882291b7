/**
 * A profile while it is open: storage, identity, contacts, sessions, and who is told about changes. Made under the
 * profile's lock; closing it ends every session and gives the storage back.
 */
import { storageFailure } from '../errors.ts';
import { type IdentityKeys, type SignalEngine } from '@enk/crypto-core';
import { Conversation } from '../delivery/conversation.ts';
import { FileTransfers } from '../files/file-transfers.ts';
import { INVITE_KEEP_MS } from '../limits.ts';
import { CallDesk } from '../calls/call-desk.ts';
import { MissedCalls } from '../calls/missed-calls.ts';
import type { CallMediaPort } from '../ports/call-media.ts';
import type { Clock } from '../ports/clock.ts';
import type { NetworkSettings, PeerId, SignalingState, TransportPort } from '../ports/transport.ts';
import { Alerts } from '../session/alerts.ts';
import { ConnectionManager } from '../session/connection-manager.ts';
import { ConsentQueue } from '../session/consent-queue.ts';
import { ContactBook } from '../session/contact-book.ts';
import { StoredMessages } from '../search/stored-messages.ts';
import { SearchIndex } from '../search/search-index.ts';
import { FolderRepository } from '../storage/files/folder-repository.ts';
import type { OpenJournalFile } from '../storage/journal/journal-file.ts';
import { Retention } from '../retention/retention.ts';
import { Sweeper } from '../retention/sweeper.ts';
import { type ProfileRepository } from '../storage/profile-repository.ts';
import type { MessageRecord, ProfileRecord, SettingsRecord } from '../storage/records.ts';
import type { Vault, WriteBatch } from '../storage/vault.ts';
import type { ContactId, EnkEvent, FileSettings, MessageView, PrivacySettings } from './api.ts';
import { fileViews, transferViews } from './file-views.ts';
import { type LoadedProfile, loadProfile, randomPeerId } from './load-profile.ts';
import { Moving } from './moving.ts';
import type { ReleaseClaim } from './release.ts';
import { contactViews, inviteView, profileView } from './views.ts';

export interface ProfileDependencies {
  readonly transport: TransportPort;
  readonly media?: CallMediaPort;
  readonly clock: Clock;
  readonly signalEngine: SignalEngine;
  /** The vault's journal; the origin private file system's by default. */
  readonly openJournal?: OpenJournalFile;
  emit(event: EnkEvent): void;
  /** The signed release that runs here. */
  ownRelease(): ReleaseClaim | null;
  /** Where the profile's sealed files lie. */
  openFolder(): Promise<FileSystemDirectoryHandle>;
}

/** What the gate around the profile hears of it. */
export interface GateListener {
  /** An export of everything was made. */
  exported(): void;
  /** An export or import goes on: the person waits for it. */
  moved(): void;
}

export class OpenProfile {
  readonly vault: Vault;
  identity: IdentityKeys;
  readonly clock: Clock;
  readonly consents: ConsentQueue;
  readonly alerts: Alerts;
  readonly moving: Moving;
  search: SearchIndex;
  readonly files: FileTransfers;
  readonly #repository: ProfileRepository;
  readonly #dependencies: ProfileDependencies & GateListener;
  #record: ProfileRecord;
  #settings: SettingsRecord;
  #fileSettings: FileSettings;
  #hostNetwork: NetworkSettings;
  /** What the person chose instead, if anything. */
  #ownNetwork: NetworkSettings | null;
  #book!: ContactBook;
  #manager!: ConnectionManager;
  #retention!: Retention;
  #sweeper!: Sweeper;
  #calls!: CallDesk;
  #missedCalls!: MissedCalls;
  #isContactsEventDue = false;
  #isTransfersEventDue = false;
  #isClosed = false;

  private constructor(
    loaded: LoadedProfile,
    network: NetworkSettings,
    dependencies: ProfileDependencies & GateListener,
  ) {
    this.vault = loaded.vault;
    this.identity = loaded.identity;
    this.#repository = loaded.repository;
    this.#record = loaded.record;
    this.#settings = loaded.settings;
    this.#fileSettings = loaded.fileSettings;
    this.#hostNetwork = network;
    this.#ownNetwork = loaded.ownNetwork;
    this.search = new SearchIndex(loaded.vault, new StoredMessages(loaded.vault));
    this.clock = dependencies.clock;
    this.files = new FileTransfers({
      vault: loaded.vault,
      clock: dependencies.clock,
      openFolder: () => dependencies.openFolder(),
      onTransfers: () => this.#announceTransfers(),
      onFiles: () => void this.announceFiles(),
    });
    this.#dependencies = dependencies;
    this.moving = new Moving(this, moving => {
      this.#emit({ type: 'moving', moving });
      dependencies.moved();
    });
    this.consents = new ConsentQueue(this.clock, () => this.#announceConsents());
    this.alerts = new Alerts(this.clock, () => this.#emit({ type: 'alerts', alerts: this.alerts.all }));
  }

  /** Takes an unlocked vault, makes an identity on first run, registers at the broker. Throws P2pError `storage-…`. */
  static async open(
    vault: Vault,
    network: NetworkSettings,
    dependencies: ProfileDependencies & GateListener,
  ): Promise<OpenProfile> {
    try {
      const loaded = await loadProfile(vault, dependencies.clock.nowMs());
      const open = new OpenProfile(loaded, network, dependencies);
      await open.moving.recover();
      await open.#start();
      return open;
    } catch (error) {
      await vault.close();
      throw error;
    }
  }

  async #start(): Promise<void> {
    this.#book = await ContactBook.open(this.vault, () => this.#announceBook());
    await this.#forgetOldInvites();
    this.#retention = await Retention.open(this.vault, this.clock, (batch, id, gone) =>
      this.#forgetWith(batch, id, gone),
    );
    this.#sweeper = new Sweeper({
      vault: this.vault,
      clock: this.clock,
      retention: this.#retention,
      sweep: (contactId, positions) => this.#sweep(contactId as ContactId, positions),
    });
    this.#missedCalls = await MissedCalls.open({
      vault: this.vault,
      repository: this.#repository,
      clock: this.clock,
      onChange: () => this.#announceMissed(),
    });
    this.#calls = this.#openCalls();
    this.#manager = new ConnectionManager({
      transport: this.#dependencies.transport,
      clock: this.clock,
      identity: this.identity,
      signalEngine: this.#dependencies.signalEngine,
      book: this.#book,
      consents: this.consents,
      peerId: () => this.peerId,
      openConversation: contactId => this.#openConversation(contactId),
      displayName: () => this.displayName,
      privacy: () => this.privacy,
      ownRelease: () => this.#dependencies.ownRelease(),
      files: contactId => this.files.sessionFiles(contactId),
      onSignaling: state => this.#emit({ type: 'signaling', state }),
      contactsChanged: () => this.announceContacts(),
      inviteReused: contactId => this.#noticeInviteReuse(contactId),
      callPdu: (contactId, pdu) => this.#calls.receive(contactId, pdu),
      sessionBegan: contactId => this.#calls.sessionBegan(contactId),
      connectionAltered: contactId => this.alerts.connectionAltered(contactId),
    });
    await this.#sweeper.start(); // before anything is shown
    await this.#manager.start();
    this.announceProfile();
    this.#announceBook();
    this.#announceMissed();
    this.register();
    this.search.start().catch(() => undefined); // behind the first page; a search that fails says why
  }

  /** Ends every session, lets `work` change the store, and begins again with what is there then. */
  async restartAfter<R>(work: () => Promise<R>): Promise<R> {
    await this.#calls.close();
    await this.#manager.close();
    await this.#sweeper.close();
    await this.search.close();
    try {
      return await work();
    } finally {
      const loaded = await loadProfile(this.vault, this.clock.nowMs());
      this.identity = loaded.identity;
      this.#record = loaded.record;
      this.#settings = loaded.settings;
      this.#fileSettings = loaded.fileSettings;
      this.#ownNetwork = loaded.ownNetwork;
      this.search = new SearchIndex(this.vault, new StoredMessages(this.vault));
      await this.#start();
      void this.announceFiles();
      this.#emit({ type: 'resumed' });
    }
  }

  /** Everything was exported. */
  async noteExport(atMs: number): Promise<void> {
    await this.vault.keyring.noteExport(atMs);
    this.#dependencies.exported();
  }

  #openCalls(): CallDesk {
    return new CallDesk({
      identity: this.identity,
      clock: this.clock,
      media: this.#dependencies.media ?? null,
      missed: this.#missedCalls,
      identityOf: id => {
        const contact = this.#book.find(id);
        return contact === null || contact.isBlocked ? null : contact.identityKey;
      },
      contactOf: identityKey => {
        const contact = this.#book.findByIdentityKey(identityKey);
        return contact === null || contact.isBlocked ? null : (contact.id as ContactId);
      },
      network: () => this.network,
      send: (id, body) => this.#manager.find(id)?.sendCall(body) ?? false,
      wanted: id => this.#manager.find(id)?.tell({ type: 'wanted' }),
      emit: event => this.#emit(event),
    });
  }

  #announceMissed(): void {
    this.#emit({ type: 'missed-calls', calls: this.#missedCalls.all });
  }

  get calls(): CallDesk {
    return this.#calls;
  }

  get book(): ContactBook {
    return this.#book;
  }

  get manager(): ConnectionManager {
    return this.#manager;
  }

  get peerId(): PeerId {
    return this.#record.peerId as PeerId;
  }

  get displayName(): string | null {
    return this.#record.displayName;
  }

  get privacy(): PrivacySettings {
    return this.#settings;
  }

  get signaling(): SignalingState {
    return this.#manager.signaling;
  }

  /** The settings in force. */
  get network(): NetworkSettings {
    return this.#ownNetwork ?? this.#hostNetwork;
  }

  setHostNetwork(network: NetworkSettings): void {
    this.#hostNetwork = network;
    if (this.#ownNetwork === null && !this.moving.isImporting) this.register();
  }

  async rememberNetwork(network: NetworkSettings | null): Promise<void> {
    await this.vault.update(async batch => {
      await this.#repository.putNetwork(batch, network);
      batch.onCommit(() => {
        this.#ownNetwork = network;
      });
    });
    this.register();
  }

  /** Registers at the broker of the settings in force, and tells which they are. */
  register(): void {
    const { peerId, network } = this;
    this.#emit({ type: 'network', network, isRemembered: this.#ownNetwork !== null });
    this.#dependencies.transport.execute({ type: 'register', peerId, network });
  }

  async setDisplayName(displayName: string): Promise<void> {
    await this.vault.update(async batch => {
      const next = { ...this.#record, displayName };
      await this.#repository.put(batch, next);
      batch.onCommit(() => {
        this.#record = next;
      });
    });
    this.announceProfile();
    for (const connection of this.#manager.connections) await connection.sendDisplayName();
  }

  /**
   * A new address. Contacts with a session learn it there, the others when they are dialled from it; open invites name
   * the old one, and end.
   */
  async renewAddress(): Promise<void> {
    const open = this.#book.invites.filter(({ usedBy }) => usedBy === null);
    await this.vault.update(async batch => {
      const next = { ...this.#record, peerId: randomPeerId() };
      await this.#repository.put(batch, next);
      for (const { id } of open) await this.#book.withdrawInvite(batch, id);
      batch.onCommit(() => {
        this.#record = next;
      });
    });
    // Told before the broker forgets the old one: until then what they send there still arrives.
    await Promise.all(this.#manager.connections.map(connection => connection.sendAddress()));
    this.announceProfile();
    this.register();
  }

  async setPrivacy(privacy: PrivacySettings): Promise<void> {
    const settings = { sendTyping: privacy.sendTyping, sendReadReceipts: privacy.sendReadReceipts };
    await this.vault.update(async batch => {
      await this.#repository.putSettings(batch, settings);
      batch.onCommit(() => {
        this.#settings = settings;
      });
    });
    this.#emit({ type: 'privacy', privacy: settings });
  }

  get fileSettings(): FileSettings {
    return this.#fileSettings;
  }

  async setFileSettings({ isFast }: FileSettings): Promise<void> {
    await this.vault.update(async batch => {
      await this.#repository.putFileSettings(batch, { isFast });
      batch.onCommit(() => {
        this.#fileSettings = { isFast };
      });
    });
  }

  announceProfile(): void {
    this.#emit({ type: 'profile', profile: profileView(this.#record, this.identity.identityKey) });
  }

  /** Tells the whole list, once for everything that changes in this turn. */
  announceContacts(): void {
    if (this.#isContactsEventDue) return;
    this.#isContactsEventDue = true;
    queueMicrotask(() => {
      this.#isContactsEventDue = false;
      this.#emit({ type: 'contacts', contacts: contactViews(this.#book.contacts, this.#manager) });
    });
  }

  /** Tells the whole list, once for everything that changes in this turn. */
  #announceTransfers(): void {
    if (this.#isTransfersEventDue) return;
    this.#isTransfersEventDue = true;
    queueMicrotask(() => {
      this.#isTransfersEventDue = false;
      this.#emit({ type: 'transfers', transfers: transferViews(this.files) });
    });
  }

  /** Tells which files there are. Where the browser keeps none, nothing. */
  async announceFiles(): Promise<void> {
    const folders = await new FolderRepository(this.vault).load();
    const files = await this.files.store().then(
      store => fileViews(store, folders),
      () => [],
    );
    this.#emit({ type: 'files', files, folders });
  }

  #announceBook(): void {
    const nowMs = this.clock.nowMs();
    if (this.#manager !== undefined) this.announceContacts();
    this.#emit({ type: 'invites', invites: this.#book.invites.map(invite => inviteView(invite, nowMs)) });
  }

  #announceConsents(): void {
    this.#emit({ type: 'consent', requests: this.consents.requests });
  }

  #emit(event: EnkEvent): void {
    if (!this.#isClosed) this.#dependencies.emit(event);
  }

  /** What goes along with messages that are deleted; sealed files that hang on them will, too. */
  async #forgetWith(batch: WriteBatch, contactId: string, gone: readonly MessageRecord[]): Promise<void> {
    const texts = gone.filter(({ text }) => text !== '').map(({ position, text }) => ({ position, text }));
    if (texts.length > 0) await this.search.forget(batch, contactId, texts);
  }

  async #sweep(contactId: ContactId, positions: readonly number[]): Promise<void> {
    if (this.#book.find(contactId) === null) return; // removed, and its messages with it
    const conversation = this.#manager.find(contactId)?.conversation ?? (await this.#openQuietly(contactId));
    await conversation.sweep(positions);
  }

  /** Before anything is shown there is nobody to tell. */
  #openQuietly(contactId: ContactId): Promise<Conversation> {
    const quiet = {
      onMessages: () => undefined,
      onRemoved: () => undefined,
      onStorageError: () => undefined,
    };
    return Conversation.open(this.vault, contactId, this.clock, quiet, this.#retention);
  }

  async #openConversation(contactId: ContactId): Promise<Conversation> {
    const events = {
      onMessages: (id: ContactId, messages: readonly MessageView[]) => {
        if (messages.length > 0) this.#emit({ type: 'messages', contactId: id, messages });
        this.search.note(id, (messages.at(-1)?.position ?? -1) + 1);
        this.announceContacts();
      },
      onRemoved: (id: ContactId, positions: readonly number[]) =>
        this.#emit({ type: 'messages-removed', contactId: id, positions }),
      onStorageError: (error: unknown) =>
        this.#emit({ type: 'profile', profile: { kind: 'failed', code: storageFailure(error) } }),
    };
    const conversation = await Conversation.open(this.vault, contactId, this.clock, events, this.#retention);
    this.search.note(contactId, conversation.nextPosition);
    return conversation;
  }

  #noticeInviteReuse(contactId: string): void {
    const notice = 'invite-used-by-another' as const;
    // The contact may be removed meanwhile: then there is nobody to warn about.
    this.#book.update(contactId, contact => ({ ...contact, notice })).catch(() => undefined);
  }

  async #forgetOldInvites(): Promise<void> {
    const limitMs = this.clock.nowMs() - INVITE_KEEP_MS;
    for (const { id, expiresAtMs } of this.#book.invites) {
      if (expiresAtMs < limitMs) await this.#book.deleteInvite(id);
    }
  }

  /** Ends every session and closes storage. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.moving.stop();
    await this.#calls.close();
    await this.#manager.close();
    this.#isClosed = true;
    await this.#sweeper.close();
    await this.search.close();
    await this.files.close();
    await this.vault.close();
  }
}
