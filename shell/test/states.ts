/** Every main state of the product, by name: those of the chat, and the shell's settings. One list for everybody. */
import { CHAT_STATES, stateNamed } from '../../elements/chat/test/states.ts';
import { READING } from '../../elements/chat/test/diagnostics-data.ts';
import { TestServices } from '../../elements/chat/test/service-set.ts';
import { EnkSettings } from '../settings/enk-settings.ts';
import { lockedBy, vaultOf } from '../../elements/chat/test/vault-data.ts';
import { enter, find, settle, showState } from '../../elements/chat/test/show-state.ts';
import { callSnapshot, callWith } from '../../elements/chat/test/call-data.ts';
import type {
  CallSnapshot,
  ContactId,
  DiagnosticsSnapshot,
  FilesSnapshot,
  FileView,
  ProfileSnapshot,
  TransferView,
  VaultFolder,
  UnlockMethodKind,
} from '@enk/context';
import '@enk/call';
import '@enk/diagnostics';
import '@enk/release';
import {
  RELEASE_STATES,
  releaseHost,
  TestReleaseService,
} from '../../elements/release/test/release-states.ts';
import '@enk/unlock';
import { previewStates } from './preview-states.ts';
import '@enk/files';
import '@enk/vault-settings';
import { defineElement, waveformOf, waveformTag } from '@enk/internal';

defineElement('enk-settings', EnkSettings);

export interface ProductState {
  readonly name: string;
  /** Draws the state as the only child of `stage`; resolves when it stands. */
  show(stage: HTMLElement): Promise<HTMLElement>;
}

const chatStates: readonly ProductState[] = CHAT_STATES.map(state => ({
  name: state.name,
  show: async stage => (await showState(state, stage)).chat,
}));

/** Provides test services to one element, which is alone in the stage. */
function provide<E extends HTMLElement>(stage: HTMLElement, element: E, services: TestServices): E {
  const provider = document.createElement('enk-test-provider') as HTMLElement & {
    provide(services: TestServices): void;
  };
  provider.provide(services);
  provider.append(element);
  stage.replaceChildren(provider);
  return element;
}

async function showSettings(stage: HTMLElement, prepare?: (settings: EnkSettings) => Promise<void>) {
  const services = new TestServices(stateNamed('list').data);
  services.vault.replace(vaultOf('passcode', 'passkey', 'recovery-key'));
  const settings = provide(stage, document.createElement('enk-settings'), services);
  await settings.updateComplete;
  await prepare?.(settings);
  await settings.updateComplete;
  return settings;
}

/** The connections alone, as on a page of somebody else. */
async function showDiagnostics(stage: HTMLElement, snapshot?: DiagnosticsSnapshot): Promise<HTMLElement> {
  const services = new TestServices(stateNamed('list').data);
  if (snapshot) services.diagnostics.replace(snapshot);
  const element = provide(stage, document.createElement('enk-diagnostics'), services);
  await element.updateComplete;
  return element;
}

/** A call alone, as on a page of somebody else. */
async function showCall(
  stage: HTMLElement,
  make: (contacts: readonly ContactId[]) => Partial<CallSnapshot>,
  press?: string,
): Promise<HTMLElement> {
  const services = new TestServices(stateNamed('list').data);
  const contacts = services.contacts.snapshot.contacts.map(({ id }) => id);
  services.calls.replace(callSnapshot(make(contacts)));
  const element = provide(stage, document.createElement('enk-call'), services);
  element.silent = true;
  await element.updateComplete;
  if (press !== undefined) find(element, press).click();
  await settle(element);
  return element;
}

/** What is looked at before a call. */
async function showCallCheck(stage: HTMLElement): Promise<HTMLElement> {
  const services = new TestServices(stateNamed('list').data);
  services.calls.replace(callSnapshot({}));
  const element = provide(stage, document.createElement('enk-call-buttons'), services);
  [element.contact] = services.contacts.snapshot.contacts;
  await element.updateComplete;
  find(element, 'check-devices').click();
  await settle(element);
  return element;
}

const sealed = { sealedEpoch: 1 };
const callStates: readonly ProductState[] = [
  { name: 'call-check', show: stage => showCallCheck(stage) },
  {
    name: 'call-incoming',
    show: stage => showCall(stage, ([ana]) => ({ call: callWith([ana as ContactId], 'incoming') })),
  },
  {
    name: 'call-ringing',
    show: stage => showCall(stage, ([ana]) => ({ call: callWith([ana as ContactId], 'calling') })),
  },
  {
    name: 'call-active',
    show: stage => showCall(stage, ([ana]) => ({ call: callWith([ana as ContactId], 'active'), ...sealed })),
  },
  {
    name: 'call-three',
    show: stage =>
      showCall(stage, contacts => ({
        call: callWith(contacts.slice(0, 3), 'active'),
        reactions: [{ id: 1, contactId: contacts[0] as ContactId, emoji: '👏' }],
        ...sealed,
      })),
  },
  {
    name: 'call-security',
    show: stage =>
      showCall(
        stage,
        ([ana]) => ({ call: callWith([ana as ContactId], 'active'), ...sealed }),
        'call-security',
      ),
  },
  {
    name: 'call-devices',
    show: stage =>
      showCall(
        stage,
        ([ana]) => ({ call: callWith([ana as ContactId], 'active'), ...sealed }),
        'call-devices',
      ),
  },
  {
    name: 'call-people',
    show: stage =>
      showCall(
        stage,
        contacts => ({ call: callWith(contacts.slice(0, 2), 'active'), ...sealed }),
        'call-people',
      ),
  },
  {
    name: 'call-trouble',
    show: stage =>
      showCall(stage, ([ana]) => ({
        call: callWith([ana as ContactId], 'active'),
        trouble: 'worker-stopped',
      })),
  },
  {
    name: 'call-ended',
    show: stage =>
      showCall(stage, ([ana]) => ({
        call: callWith([ana as ContactId], 'ended', { endReason: 'no-answer' }),
      })),
  },
];

const diagnosticsStates: readonly ProductState[] = [
  { name: 'diagnostics', show: stage => showDiagnostics(stage) },
  {
    name: 'diagnostics-empty',
    show: stage => {
      const core = {
        ...READING.core,
        contacts: [],
        strangerErrors: [],
        signaling: { kind: 'connecting' } as const,
      };
      const reading = { ...READING, core, links: [], relay: null };
      return showDiagnostics(stage, { kind: 'ready', reading });
    },
  },
  {
    name: 'diagnostics-failed',
    show: stage => showDiagnostics(stage, { kind: 'failed', code: 'worker-stopped' }),
  },
];

/** What runs, alone; and what stands in place of everything when that must not go on. */
const releaseStates: readonly ProductState[] = Object.entries(RELEASE_STATES).map(([name, snapshot]) => ({
  name,
  show: async stage => {
    const isAlarm = name === 'release-alarm' || name === 'release-refused';
    const element = document.createElement(isAlarm ? 'enk-release-alarm' : 'enk-release');
    const host = releaseHost(new TestReleaseService(snapshot));
    host.className = 'release-host';
    host.append(element);
    stage.replaceChildren(host);
    await element.updateComplete;
    return element;
  },
}));

const settingsStates: readonly ProductState[] = [
  { name: 'settings', show: stage => showSettings(stage) },
  {
    name: 'settings-network-errors',
    show: stage =>
      showSettings(stage, async settings => {
        const form = settings.renderRoot.querySelector('enk-network-form');
        await form?.updateComplete;
        const field = (id: string) => form?.renderRoot.querySelector<HTMLInputElement>(`#${id}`);
        const [broker, ice] = [field('broker'), field('ice')];
        if (broker) broker.value = 'broker.example';
        if (ice) ice.value = 'turn:relay.example';
        form?.renderRoot.querySelector('form')?.requestSubmit();
        await form?.updateComplete;
        broker?.scrollIntoView({ block: 'center' });
      }),
  },
];

async function showUnlock(
  stage: HTMLElement,
  profile: ProfileSnapshot,
  prepare?: (element: HTMLElement, services: TestServices) => Promise<void>,
): Promise<HTMLElement> {
  const services = new TestServices({ ...stateNamed('list').data, profile });
  const element = provide(stage, document.createElement('enk-unlock'), services);
  await settle(element);
  await prepare?.(element, services);
  return element;
}

const unlockStates: readonly ProductState[] = [
  {
    name: 'unlock-passcode',
    show: stage =>
      showUnlock(stage, lockedBy(['passcode', 'passkey', 'recovery-key']), async element =>
        click(element, 'secret-use-passcode'),
      ),
  },
  { name: 'unlock-passkey', show: stage => showUnlock(stage, lockedBy(['passkey', 'recovery-key'])) },
  {
    name: 'unlock-wrong',
    show: stage =>
      showUnlock(stage, lockedBy(['password', 'recovery-key']), async (element, services) => {
        services.log.refusals.set('unlock', 'unlock-failed');
        await enter(element, 'secret-input', 'wrong');
        await click(element, 'secret-submit');
      }),
  },
  { name: 'unlock-wait', show: stage => showUnlock(stage, lockedBy(['passcode'], Date.now() + 40_000)) },
  {
    name: 'unlock-recovery',
    show: stage => showUnlock(stage, lockedBy(['recovery-key'])),
  },
  { name: 'unlock-erased', show: stage => showUnlock(stage, { kind: 'erased' }) },
];

async function click(element: HTMLElement, testId: string): Promise<void> {
  find(element, testId).click();
  await settle(element);
}

async function showVault(
  stage: HTMLElement,
  kinds: readonly UnlockMethodKind[],
  testIds: readonly string[] = [],
): Promise<HTMLElement> {
  const services = new TestServices(stateNamed('list').data);
  services.vault.replace(vaultOf(...kinds));
  const element = provide(stage, document.createElement('enk-vault-settings'), services);
  await settle(element);
  for (const testId of testIds) await click(element, testId);
  return element;
}

const vaultStates: readonly ProductState[] = [
  { name: 'vault-settings-export', show: stage => showVault(stage, ['passcode'], ['export']) },
  {
    name: 'vault-settings-export-done',
    show: async stage => {
      const element = await showVault(stage, ['passcode'], ['export']);
      await enter(element, 'export-passphrase', 'correct horse battery staple');
      await enter(element, 'export-again', 'correct horse battery staple');
      await click(element, 'export-submit');
      return element;
    },
  },
  { name: 'vault-settings-import', show: stage => showVault(stage, ['passcode'], ['import']) },
  { name: 'vault-settings-device', show: stage => showVault(stage, ['device']) },
  { name: 'vault-settings-locked', show: stage => showVault(stage, ['passcode', 'passkey']) },
  { name: 'vault-settings-new-passcode', show: stage => showVault(stage, ['device'], ['add-passcode']) },
  { name: 'vault-settings-confirm', show: stage => showVault(stage, ['passcode'], ['change-passcode']) },
  {
    name: 'vault-settings-recovery',
    show: stage => showVault(stage, ['device'], ['add-recovery-key', 'method-submit']),
  },
  {
    name: 'vault-settings-recovery-check',
    show: stage => showVault(stage, ['device'], ['add-recovery-key', 'method-submit', 'recovery-written']),
  },
  { name: 'vault-settings-erase', show: stage => showVault(stage, ['passcode'], ['erase']) },
];

const DAY_MS = 86_400_000;
const FILES: readonly FileView[] = [
  {
    id: 'a',
    name: 'Holiday in Lisbon.mp4',
    mediaType: '',
    sizeBytes: 1_840_000_000,
    createdAtMs: Date.now(),
    fileCount: null,
    folderId: null,
  },
  {
    id: 'b',
    name: 'contract-2026-signed.pdf',
    mediaType: '',
    sizeBytes: 482_000,
    createdAtMs: Date.now() - DAY_MS,
    fileCount: null,
    folderId: null,
  },
  {
    id: 'c',
    name: 'plans',
    mediaType: '',
    sizeBytes: 61_000_000,
    createdAtMs: Date.now() - 3 * DAY_MS,
    fileCount: 214,
    folderId: null,
  },
];

const FOLDERS: readonly VaultFolder[] = [
  { id: 'f1', name: 'House', parentId: null, createdAtMs: Date.now() - DAY_MS },
  {
    id: 'f2',
    name: 'Contracts and everything that belongs to them',
    parentId: 'f1',
    createdAtMs: Date.now(),
  },
  { id: 'f3', name: 'Pictures', parentId: null, createdAtMs: Date.now() },
];
const SHELVES = {
  folders: FOLDERS,
  files: FILES.map(file => ({ ...file, folderId: file.id === 'b' ? 'f1' : null })),
};

const TRANSFER: TransferView = {
  id: 'x' as TransferView['id'],
  contactId: 'ana' as TransferView['contactId'],
  isMine: false,
  state: 'offered',
  name: 'photogpj.exe',
  claimedName: 'photo\u202egpj.exe',
  warnings: ['hidden-characters', 'dangerous'],
  sizeBytes: 2_400_000,
  doneBytes: null,
  caption: 'Have a look at this one',
  fileCount: null,
  fileId: null,
  isFast: false,
  createdAtMs: Date.now(),
  failure: null,
};
const TRANSFERS: readonly TransferView[] = [
  TRANSFER,
  {
    ...TRANSFER,
    id: 'y' as TransferView['id'],
    isMine: true,
    state: 'running',
    name: 'Holiday in Lisbon.mp4',
    claimedName: 'Holiday in Lisbon.mp4',
    warnings: [],
    caption: '',
    sizeBytes: 1_840_000_000,
    doneBytes: 770_000_000,
  },
  {
    ...TRANSFER,
    id: 'z' as TransferView['id'],
    state: 'paused',
    failure: 'storage-full',
    name: 'backup.tar.gz',
    claimedName: 'backup.tar.gz',
    warnings: [],
    caption: '',
    sizeBytes: 12_300_000_000,
    doneBytes: 3_100_000_000,
  },
];

async function showFiles(
  stage: HTMLElement,
  snapshot: Partial<FilesSnapshot>,
  testIds: readonly string[] = [],
): Promise<HTMLElement> {
  const services = new TestServices(stateNamed('list').data);
  services.files.replace({ ...services.files.snapshot, ...snapshot });
  services.files.folder = [
    { path: 'ground floor.pdf', offset: 0, sizeBytes: 2_400_000 },
    { path: 'photos/kitchen.jpg', offset: 2_400_000, sizeBytes: 3_100_000 },
  ];
  const element = provide(stage, document.createElement('enk-files'), services);
  await settle(element);
  for (const testId of testIds) await click(element, testId);
  return element;
}

/** What is about to be attached: a picture of a gradient, and a document. */
async function showAttach(stage: HTMLElement): Promise<HTMLElement> {
  const canvas = new OffscreenCanvas(400, 300);
  const context = canvas.getContext('2d');
  const sky = context?.createLinearGradient(0, 0, 0, 300);
  sky?.addColorStop(0, '#4a7fb5');
  sky?.addColorStop(1, '#f4c98b');
  if (context && sky) context.fillStyle = sky;
  context?.fillRect(0, 0, 400, 300);
  const picture = await canvas.convertToBlob();
  const files = [
    new File([picture], 'Evening by the sea.png', { type: 'image/png' }),
    new File(['x'.repeat(48_000)], 'contract-2026-signed.pdf', { type: 'application/pdf' }),
  ];
  const dialog = Object.assign(document.createElement('enk-attach-dialog'), { files });
  return provide(stage, dialog, new TestServices(stateNamed('list').data));
}

async function showVoice(stage: HTMLElement): Promise<HTMLElement> {
  const services = new TestServices(stateNamed('list').data);
  services.files.judgement = { ...services.files.judgement, detectedType: 'audio/ogg' };
  const levels = Array.from({ length: 90 }, (_, at) => Math.abs(Math.sin(at / 5) * Math.cos(at / 17)));
  const [name, value] = waveformTag({ bars: waveformOf(levels), durationS: 42 });
  services.files.image = new Blob([`OggS ${name}=${value}`]);
  const transfer: TransferView = {
    ...TRANSFER,
    ...{ state: 'done', name: 'Voice message 2026-11-30 18.12.ogg', caption: '', warnings: [], fileId: 'v' },
    sizeBytes: services.files.image.size,
  };
  const claimed = { ...transfer, claimedName: transfer.name };
  return provide(
    stage,
    Object.assign(document.createElement('enk-transfer'), { transfer: claimed }),
    services,
  );
}

const filesStates: readonly ProductState[] = [
  { name: 'attach', show: showAttach },
  { name: 'voice', show: showVoice },
  { name: 'files', show: stage => showFiles(stage, { files: FILES, transfers: TRANSFERS }) },
  { name: 'files-empty', show: stage => showFiles(stage, {}) },
  { name: 'files-rename', show: stage => showFiles(stage, { files: FILES }, ['file-rename']) },
  { name: 'files-grid', show: stage => showFiles(stage, { files: FILES }, ['files-layout']) },
  { name: 'files-selected', show: stage => showFiles(stage, { files: FILES }, ['file-select']) },
  { name: 'files-folders', show: stage => showFiles(stage, SHELVES) },
  { name: 'files-folder', show: stage => showFiles(stage, SHELVES, ['folder-open']) },
  {
    name: 'files-folder-empty',
    show: stage => showFiles(stage, { folders: FOLDERS.slice(2) }, ['folder-open']),
  },
  {
    name: 'files-folder-properties',
    show: stage => showFiles(stage, SHELVES, ['folder-properties', 'files-new-folder']),
  },
  { name: 'files-folder-grid', show: stage => showFiles(stage, SHELVES, ['files-layout']) },
  { name: 'files-move', show: stage => showFiles(stage, SHELVES, ['file-move']) },
  { name: 'files-kept', show: stage => showFiles(stage, { files: FILES.slice(2) }, ['file-open']) },
  { name: 'files-deleted', show: stage => showFiles(stage, { files: FILES }, ['file-delete']) },
];

export const PRODUCT_STATES: readonly ProductState[] = [
  ...chatStates,
  ...settingsStates,
  ...diagnosticsStates,
  ...releaseStates,
  ...callStates,
  ...unlockStates,
  ...vaultStates,
  ...filesStates,
  ...previewStates,
];
