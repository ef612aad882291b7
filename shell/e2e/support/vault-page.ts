/**
 * Runs in pages of tests of the vault: the real client with its worker and no screen, and every request of its
 * interface by name, for one profile at a time.
 */
import type {
  ContactView,
  EnkEvent,
  FileView,
  NetworkSettings,
  ProfileView,
  UnlockMethodView,
} from '@enk/p2p-core';
import { EnkClient } from '@enk/p2p-core';

declare global {
  interface Window {
    vaultPage: VaultPage;
  }
}

/** Nobody is there: these tests are about what is stored. */
const NETWORK: NetworkSettings = { brokerUrl: 'ws://127.0.0.1:9', iceServers: [], relayOnly: false };

type Request = EnkClient['request'];

let client: EnkClient | null = null;
let profile: ProfileView | null = null;
let ways: readonly UnlockMethodView[] = [];
let contacts: readonly ContactView[] = [];
let files: readonly FileView[] | null = null;
let filesTold: () => void = () => undefined;

function take(event: EnkEvent): void {
  if (event.type === 'profile') profile = event.profile;
  if (event.type === 'vault') ways = event.vault.methods;
  if (event.type === 'contacts') contacts = event.contacts;
  if (event.type !== 'files') return;
  files = event.files;
  filesTold();
}

function opened(): EnkClient {
  if (client === null) throw new Error('no profile');
  return client;
}

export const vaultPage = {
  /** Opens a profile, or shows its lock; resolves with what it is then. */
  async open(name: string): Promise<ProfileView | null> {
    await vaultPage.close();
    [profile, contacts, files] = [null, [], null];
    client = await EnkClient.start();
    client.subscribe(take);
    await client.request('open', { profile: name, network: NETWORK });
    return profile;
  },
  async close(): Promise<void> {
    await client?.close();
    client = null;
  },
  profile: (): ProfileView | null => profile,
  /** Of the open vault. */
  ways: (): readonly UnlockMethodView[] => ways,
  contacts: (): readonly ContactView[] => contacts,
  /** What the vault has of them, once it told. */
  async files(): Promise<readonly FileView[]> {
    if (files === null) await new Promise<void>(resolve => (filesTold = resolve));
    return files ?? [];
  },
  request: ((...args: Parameters<Request>) => opened().request(...args)) as Request,
  addFile: (name: string, content: BlobPart): Promise<string> =>
    opened().request('addFile', { file: new Blob([content]), name }),
};

export type VaultPage = typeof vaultPage;
window.vaultPage = vaultPage;
