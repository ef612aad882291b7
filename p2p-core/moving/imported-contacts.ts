/** Who of an export is here already, and under which id; and whether this device becomes the person of the export. */
import { P2pError } from '../errors.ts';
import { MAX_CONTACTS } from '../limits.ts';
import { bytesEqual } from '../storage/bytes-equal.ts';
import { encodeBase64Url } from '../storage/base64url.ts';
import { ContactRepository } from '../storage/contact-repository.ts';
import type { ContactRecord, ProfileRecord } from '../storage/records.ts';
import type { WriteBatch } from '../storage/vault.ts';
import type { ImportReport } from '../worker/api.ts';
import type { ExportedContact } from './export-format.ts';
import type { ImportTarget } from './import-vault.ts';

export class ImportedContacts {
  readonly #repository: ContactRepository;
  readonly #here: readonly ContactRecord[];
  readonly #own: ProfileRecord | null;
  readonly #added: ContactRecord[] = [];
  /** id in the export → id here; null for this device's own person. */
  readonly #ids = new Map<string, string | null>();
  readonly #ownKey: Uint8Array;
  #outcome: ImportReport['identity'] = 'none';

  private constructor(
    repository: ContactRepository,
    ownKey: Uint8Array,
    here: readonly ContactRecord[],
    own: ProfileRecord | null,
  ) {
    this.#repository = repository;
    this.#ownKey = ownKey;
    this.#here = here;
    this.#own = own;
  }

  static async open(
    { vault, ownKey }: Pick<ImportTarget, 'vault' | 'ownKey'>,
    own: ProfileRecord | null,
  ): Promise<ImportedContacts> {
    const repository = new ContactRepository(vault);
    return new ImportedContacts(repository, ownKey, await repository.loadAll(), own);
  }

  get outcome(): ImportReport['identity'] {
    return this.#outcome;
  }

  /** This device had nobody yet, and becomes the person of the export. */
  get isTaken(): boolean {
    return this.#outcome === 'taken';
  }

  get addedCount(): number {
    return this.#added.length;
  }

  meet(profile: ProfileRecord): void {
    if (this.#outcome !== 'none') throw new P2pError('export-malformed');
    if (this.#own !== null && bytesEqual(this.#own.ed25519Seed, profile.ed25519Seed)) this.#outcome = 'same';
    else this.#outcome = this.#here.length === 0 ? 'taken' : 'kept';
  }

  /** Throws P2pError `export-malformed`, `too-many-contacts`. */
  add(contact: ExportedContact): void {
    if (this.#ids.has(contact.id)) throw new P2pError('export-malformed');
    if (!this.isTaken && contact.identityKey !== null && bytesEqual(contact.identityKey, this.#ownKey)) {
      this.#ids.set(contact.id, null);
      return;
    }
    const all = [...this.#here, ...this.#added];
    const known = all.find(candidate => isSame(candidate, contact));
    const id = known?.id ?? freeId(contact.id, all);
    this.#ids.set(contact.id, id);
    if (known !== undefined) return;
    if (all.length >= MAX_CONTACTS) throw new P2pError('too-many-contacts');
    this.#added.push(toContact(contact, id));
  }

  /** Null for this device's own person. Throws P2pError `export-malformed` for nobody of the export. */
  idHere(contactId: string): string | null {
    const id = this.#ids.get(contactId);
    if (id === undefined) throw new P2pError('export-malformed');
    return id;
  }

  async put(batch: WriteBatch): Promise<void> {
    for (const contact of this.#added) await this.#repository.put(batch, contact);
  }
}

function isSame(here: ContactRecord, there: ExportedContact): boolean {
  if (here.identityKey === null || there.identityKey === null) return here.peerId === there.peerId;
  return bytesEqual(here.identityKey, there.identityKey);
}

/** An id of another contact here would mix two people. */
function freeId(id: string, contacts: readonly ContactRecord[]): string {
  if (contacts.every(contact => contact.id !== id)) return id;
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(16)));
}

/** Without a common secret: the next handshake is one between two that only know each other's identity. */
function toContact(contact: ExportedContact, id: string): ContactRecord {
  return { ...contact, id, notice: null, pairSecrets: [], isPastClosed: true, invite: null };
}
