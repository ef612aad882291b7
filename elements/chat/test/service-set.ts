/**
 * Services for tests of the elements: they implement the interfaces, hold a snapshot that a test replaces, and record
 * the intents. State of the surface only; no crypto, no network, no storage.
 */
import type {
  ConnectionService,
  ContactId,
  ContactsService,
  ContactsSnapshot,
  Conversation,
  ConversationService,
  ConversationSnapshot,
  DiagnosticsService,
  DiagnosticsSnapshot,
  DocumentScript,
  ExportRequest,
  ExportSecret,
  ImportReport,
  FileJudgement,
  FilesService,
  FilesSnapshot,
  FolderChange,
  FolderEntry,
  InvitePreview,
  InvitesService,
  InviteView,
  MessageId,
  MessageTimer,
  MessageView,
  NetworkSettings,
  PrivacyService,
  PrivacySettings,
  PictureSize,
  ProfileService,
  ProfileSnapshot,
  ReleaseAnswer,
  SafetyNumber,
  SearchHitView,
  SearchPage,
  SearchRequest,
  SignalingState,
  TransferId,
  LockSettings,
  MovingView,
  StorageState,
  VaultAttempt,
  VaultChange,
  VaultService,
  VaultView,
} from '@enk/context';
import { ServiceError, Store } from '@enk/services';
import { TestCalls } from './call-data.ts';
import { READING } from './diagnostics-data.ts';

/** One call of an intent. */
export interface Intent {
  readonly name: string;
  readonly value: unknown;
}

/** Records every intent of a set of services; refuses those that a test names, with the code it gives. */
export class IntentLog {
  readonly intents: Intent[] = [];
  readonly refusals = new Map<string, string>();

  record(name: string, value: unknown): Promise<void> {
    this.intents.push({ name, value });
    const code = this.refusals.get(name);
    return code === undefined ? Promise.resolve() : Promise.reject(new ServiceError(code));
  }

  named(name: string): readonly unknown[] {
    return this.intents.filter(intent => intent.name === name).map(intent => intent.value);
  }
}

class TestProfile extends Store<ProfileSnapshot> implements ProfileService {
  constructor(
    private readonly log: IntentLog,
    initial: ProfileSnapshot,
  ) {
    super(initial);
  }
  setDisplayName(displayName: string): Promise<void> {
    return this.log.record('setDisplayName', displayName);
  }
  renewAddress(): Promise<void> {
    return this.log.record('renewAddress', null);
  }
}

class TestPrivacy extends Store<PrivacySettings | null> implements PrivacyService {
  async setPrivacy(privacy: PrivacySettings): Promise<void> {
    this.replace(privacy);
  }
}

class TestContacts extends Store<ContactsSnapshot> implements ContactsService {
  constructor(
    private readonly log: IntentLog,
    initial: ContactsSnapshot,
    private readonly safety: SafetyNumber,
  ) {
    super(initial);
  }
  async addByPeerId(contact: { readonly peerId: string; readonly name: string }): Promise<ContactId> {
    await this.log.record('addByPeerId', contact);
    return this.snapshot.contacts[0]?.id ?? ('new' as ContactId);
  }
  answerConsent(answer: { readonly id: string; readonly accept: boolean }): Promise<void> {
    return this.log.record('answerConsent', answer);
  }
  rename(contactId: ContactId, name: string): Promise<void> {
    return this.log.record('rename', { contactId, name });
  }
  /** What `askRelease` resolves with. */
  release: ReleaseAnswer = { kind: 'unsigned' };
  async askRelease(contactId: ContactId): Promise<ReleaseAnswer> {
    await this.log.record('askRelease', contactId);
    return this.release;
  }
  setVerified(contactId: ContactId, verified: boolean): Promise<void> {
    return this.log.record('setVerified', { contactId, verified });
  }
  setBlocked(contactId: ContactId, blocked: boolean): Promise<void> {
    return this.log.record('setBlocked', { contactId, blocked });
  }
  async remove(contactId: ContactId): Promise<void> {
    await this.log.record('remove', contactId);
    const contacts = this.snapshot.contacts.filter(contact => contact.id !== contactId);
    this.replace({ ...this.snapshot, contacts });
  }
  dismissAlert(id: string): Promise<void> {
    return this.log.record('dismissAlert', id);
  }
  dismissNotice(contactId: ContactId): Promise<void> {
    return this.log.record('dismissNotice', contactId);
  }
  async getSafetyNumber(contactId: ContactId): Promise<SafetyNumber> {
    await this.log.record('getSafetyNumber', contactId);
    return this.safety;
  }
  reconnect(contactId: ContactId): Promise<void> {
    return this.log.record('reconnect', contactId);
  }
}

/** A conversation whose snapshot the test sets; `send` adds a queued message, as the worker would. */
export class TestConversation extends Store<ConversationSnapshot> implements Conversation {
  constructor(
    private readonly log: IntentLog,
    readonly contactId: ContactId,
    initial: ConversationSnapshot,
  ) {
    super(initial);
  }
  async send(text: string): Promise<MessageId> {
    await this.log.record('send', text);
    const messages = this.snapshot.kind === 'open' ? this.snapshot.messages : [];
    const position = (messages.at(-1)?.position ?? -1) + 1;
    const id = `sent-${position}` as MessageId;
    this.append({
      id,
      contactId: this.contactId,
      position,
      kind: 'text',
      timer: null,
      vanishesAtMs: null,
      isMine: true,
      text,
      sentAtMs: Date.now(),
      state: 'queued',
    });
    return id;
  }
  append(...added: readonly MessageView[]): void {
    if (this.snapshot.kind !== 'open') return;
    this.replace({ ...this.snapshot, messages: [...this.snapshot.messages, ...added] });
  }
  async loadOlder(): Promise<void> {
    if (this.snapshot.kind !== 'open' || !this.snapshot.hasOlder || this.snapshot.isLoadingOlder) return;
    this.replace({ ...this.snapshot, isLoadingOlder: true });
    await this.log.record('loadOlder', this.contactId);
  }
  async loadNewer(): Promise<void> {
    await this.log.record('loadNewer', this.contactId);
  }
  async showAround(position: number): Promise<void> {
    await this.log.record('showAround', position);
  }
  async reload(): Promise<void> {
    await this.log.record('reload', this.contactId);
  }
  setTimer(timer: MessageTimer | null): Promise<void> {
    return this.log.record('setTimer', timer);
  }
  deleteHere(positions: readonly number[]): Promise<void> {
    return this.log.record('deleteHere', positions);
  }
  undoDelete(positions: readonly number[]): Promise<void> {
    return this.log.record('undoDelete', positions);
  }
  deleteForEveryone(positions: readonly number[]): Promise<void> {
    return this.log.record('deleteForEveryone', positions);
  }
  markRead(upToPosition: number): Promise<void> {
    return this.log.record('markRead', upToPosition);
  }
  setTyping(isTyping: boolean): Promise<void> {
    return this.log.record('setTyping', isTyping);
  }
}

class TestConversations implements ConversationService {
  /** Messages that contain the query as it is. */
  async search(request: SearchRequest): Promise<SearchPage> {
    await this.log.record('search', request);
    const wanted = request.query.trim().toLowerCase();
    const hits = [...this.snapshots.values()].flatMap(snapshot =>
      (snapshot.kind === 'open' ? snapshot.messages : []).flatMap((message): SearchHitView[] => {
        const at = message.text.toLowerCase().indexOf(wanted);
        return at < 0 ? [] : [{ message, ranges: [[at, at + wanted.length]] }];
      }),
    );
    return { hits: hits.sort((a, b) => b.message.sentAtMs - a.message.sentAtMs), next: null };
  }
  readonly #conversations = new Map<ContactId, TestConversation>();
  constructor(
    private readonly log: IntentLog,
    private readonly snapshots: ReadonlyMap<ContactId, ConversationSnapshot>,
  ) {}
  conversation(contactId: ContactId): TestConversation {
    let conversation = this.#conversations.get(contactId);
    if (!conversation) {
      const initial = this.snapshots.get(contactId) ?? {
        kind: 'open',
        messages: [],
        hasOlder: false,
        isLoadingOlder: false,
        hasNewer: false,
      };
      conversation = new TestConversation(this.log, contactId, initial);
      this.#conversations.set(contactId, conversation);
    }
    return conversation;
  }
}

class TestInvites extends Store<readonly InviteView[]> implements InvitesService {
  constructor(
    private readonly log: IntentLog,
    initial: readonly InviteView[],
    private readonly made: InviteView,
    private readonly previewed: InvitePreview,
  ) {
    super(initial);
  }
  async create(options: { readonly lifetimeMs: number }): Promise<InviteView> {
    await this.log.record('createInvite', options);
    this.replace([this.made, ...this.snapshot]);
    return this.made;
  }
  async revoke(id: string): Promise<void> {
    await this.log.record('revokeInvite', id);
    this.replace(this.snapshot.filter(invite => invite.id !== id));
  }
  async preview(token: string): Promise<InvitePreview> {
    await this.log.record('previewInvite', token);
    return this.previewed;
  }
  async accept(invite: { readonly token: string; readonly name: string }): Promise<ContactId> {
    await this.log.record('acceptInvite', invite);
    return 'new' as ContactId;
  }
}

class TestConnection extends Store<SignalingState> implements ConnectionService {
  readonly network: NetworkSettings = { brokerUrl: 'ws://localhost:9000/', iceServers: [], relayOnly: false };
  readonly isNetworkRemembered = false;
  constructor(
    private readonly log: IntentLog,
    initial: SignalingState,
  ) {
    super(initial);
  }
  setNetwork(network: NetworkSettings): Promise<void> {
    return this.log.record('setNetwork', network);
  }
  rememberNetwork(network: NetworkSettings | null): Promise<void> {
    return this.log.record('rememberNetwork', network);
  }
}

class TestDiagnostics extends Store<DiagnosticsSnapshot> implements DiagnosticsService {
  constructor(private readonly log: IntentLog) {
    super({ kind: 'ready', reading: READING });
  }
  async refresh(): Promise<void> {
    await this.log.record('refresh', null);
  }
}

/** A recovery key as the worker proposes it. */
export const RECOVERY_WORDS = 'legal winner thank year wave sausage worth useful legal winner thank yellow';

export const IMPORT_REPORT: ImportReport = {
  identity: 'taken',
  contactsAdded: 12,
  messagesAdded: 4_811,
  messagesKnown: 0,
  filesAdded: 37,
  filesKnown: 0,
};

export class TestVault extends Store<VaultView | null> implements VaultService {
  canUsePasskeys = true;
  storage: StorageState = { isPersisted: false, usageBytes: 48_300_000, quotaBytes: 10_700_000_000 };
  constructor(private readonly log: IntentLog) {
    super(null);
  }
  unlock(attempt: VaultAttempt): Promise<void> {
    return this.log.record('unlock', attempt);
  }
  lock(): Promise<void> {
    return this.log.record('lock', null);
  }
  async proposeRecoveryKey(): Promise<string> {
    await this.log.record('proposeRecoveryKey', null);
    return RECOVERY_WORDS;
  }
  addMethod(change: VaultChange): Promise<void> {
    return this.log.record('addMethod', change);
  }
  replaceMethod(id: string, change: VaultChange): Promise<void> {
    return this.log.record('replaceMethod', { id, ...change });
  }
  removeMethod(id: string, current: VaultAttempt | null): Promise<void> {
    return this.log.record('removeMethod', { id, current });
  }
  setLock(lock: LockSettings): Promise<void> {
    return this.log.record('setLock', lock);
  }
  erase(): Promise<void> {
    return this.log.record('erase', null);
  }
  /** What an export or import answers; a test may replace them. */
  exporting: (watch: (moving: MovingView) => void) => Promise<File | null> = () =>
    Promise.resolve(new File(['age'], 'enkrypted-2026-11-30.tar.age'));
  importing: (watch: (moving: MovingView) => void) => Promise<ImportReport> = () =>
    Promise.resolve(IMPORT_REPORT);
  async exportVault(request: ExportRequest, watch: (moving: MovingView) => void): Promise<File | null> {
    await this.log.record('exportVault', request);
    return this.exporting(watch);
  }
  async importVault(
    request: { readonly file: Blob; readonly secret: ExportSecret },
    watch: (moving: MovingView) => void,
  ): Promise<ImportReport> {
    await this.log.record('importVault', request);
    return this.importing(watch);
  }
  cancelMoving(): Promise<void> {
    return this.log.record('cancelMoving', null);
  }
  readStorage(): Promise<StorageState> {
    return Promise.resolve(this.storage);
  }
  async askToPersist(): Promise<boolean> {
    await this.log.record('askToPersist', null);
    this.storage = { ...this.storage, isPersisted: true };
    return true;
  }
}

export class TestFiles extends Store<FilesSnapshot> implements FilesService {
  judgement: FileJudgement = {
    name: '',
    claimedType: null,
    detectedType: null,
    warnings: [],
    isSafeImage: false,
  };
  image = new Blob();
  sha256 = '0'.repeat(64);
  /** By ranges. */
  bytesRead = 0;
  folder: readonly FolderEntry[] = [];
  constructor(private readonly log: IntentLog) {
    super({ isLoaded: true, files: [], folders: [], transfers: [], isFast: false });
  }
  async add(file: File, folderId: string | null = null): Promise<string> {
    await this.log.record('add', { name: file.name, folderId });
    return 'file';
  }
  async addFolder(name: string, files: readonly { readonly path: string }[]): Promise<string> {
    await this.log.record('addFolder', { name, paths: files.map(({ path }) => path) });
    return 'folder';
  }
  async changeFolders(change: FolderChange): Promise<string | null> {
    await this.log.record('changeFolders', change);
    return change.kind === 'make' ? 'made' : null;
  }
  small: Blob | null = null;
  async thumbnail(): Promise<Blob | null> {
    return this.small;
  }
  async attach(
    contactId: ContactId,
    file: File,
    caption: string,
    pictures?: { readonly size: PictureSize; readonly keepsMetadata: boolean },
  ): Promise<TransferId> {
    await this.log.record('attach', { contactId, name: file.name, caption, ...pictures });
    return 'transfer' as TransferId;
  }
  async send(contactId: ContactId, fileId: string, caption: string): Promise<TransferId> {
    await this.log.record('sendFile', { contactId, fileId, caption });
    return 'transfer' as TransferId;
  }
  answer(transferId: TransferId, accept: boolean): Promise<void> {
    return this.log.record('answer', { transferId, accept });
  }
  pause(transferId: TransferId): Promise<void> {
    return this.log.record('pause', transferId);
  }
  resume(transferId: TransferId): Promise<void> {
    return this.log.record('resume', transferId);
  }
  cancel(transferId: TransferId): Promise<void> {
    return this.log.record('cancel', transferId);
  }
  forget(transferId: TransferId): Promise<void> {
    return this.log.record('forget', transferId);
  }
  rename(fileId: string, name: string): Promise<void> {
    return this.log.record('renameFile', { fileId, name });
  }
  delete(fileId: string): Promise<void> {
    return this.log.record('deleteFile', fileId);
  }
  async listFolder(): Promise<readonly FolderEntry[]> {
    return this.folder;
  }
  async inspect(): Promise<FileJudgement> {
    return this.judgement;
  }
  async read(): Promise<Blob> {
    return this.image;
  }
  async hash(): Promise<string> {
    return this.sha256;
  }
  async readRange(
    _file: unknown,
    { offset, length }: { readonly offset: number; readonly length: number },
  ): Promise<Uint8Array<ArrayBuffer>> {
    this.bytesRead += length;
    return new Uint8Array(await this.image.slice(offset, offset + length).arrayBuffer());
  }
  script: DocumentScript = { text: '', integrity: '' };
  async documentScript(): Promise<DocumentScript> {
    return this.script;
  }
  save(file: { readonly id: string }): Promise<void> {
    return this.log.record('save', file.id);
  }
  async setFast(isFast: boolean): Promise<void> {
    await this.log.record('setFast', isFast);
    this.replace({ ...this.snapshot, isFast });
  }
}

/** What a state of the surface consists of. */
export interface StateData {
  readonly profile: ProfileSnapshot;
  readonly signaling: SignalingState;
  readonly contacts: ContactsSnapshot;
  readonly conversations: ReadonlyMap<ContactId, ConversationSnapshot>;
  readonly invites: readonly InviteView[];
  readonly invite: InviteView;
  readonly preview: InvitePreview;
  readonly safety: SafetyNumber;
}

export class TestServices {
  readonly log = new IntentLog();
  readonly profile: TestProfile;
  readonly privacy = new TestPrivacy({ sendTyping: false, sendReadReceipts: false });
  readonly contacts: TestContacts;
  readonly conversations: TestConversations;
  readonly invites: TestInvites;
  readonly connection: TestConnection;
  readonly diagnostics = new TestDiagnostics(this.log);
  readonly vault = new TestVault(this.log);
  readonly files = new TestFiles(this.log);
  readonly calls = new TestCalls(this.log);

  constructor(data: StateData) {
    this.profile = new TestProfile(this.log, data.profile);
    this.contacts = new TestContacts(this.log, data.contacts, data.safety);
    this.conversations = new TestConversations(this.log, data.conversations);
    this.invites = new TestInvites(this.log, data.invites, data.invite, data.preview);
    this.connection = new TestConnection(this.log, data.signaling);
  }
}
