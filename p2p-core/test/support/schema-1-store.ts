/**
 * A store of schema 1, written by the code of that version: two device-bound keys in `meta`, records
 * `schema u32 ‖ IV ‖ AES-256-GCM`. Fixed, whatever later versions do.
 */
import { type IDBPDatabase, openDB } from 'idb';
import { encodeRecord } from '../../storage/record-codec.ts';

const STORES = ['meta', 'profile', 'settings', 'contacts', 'invites', 'cursors', 'messages', 'outbox'];
const CONTACT = 'contact-1';

export const SCHEMA_1_PEER_ID = 'abcdefghijklmnopqrstuvwxyz234567';
export const SCHEMA_1_NAME = 'Ana of long ago';

export class Schema1Store {
  private constructor(
    readonly db: IDBPDatabase,
    private readonly sealing: CryptoKey,
    private readonly naming: CryptoKey,
  ) {}

  static async create(profile: string): Promise<Schema1Store> {
    const sealing = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]);
    const naming = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256', length: 256 }, false, [
      'sign',
    ]);
    const db = await openDB(`enk:${profile}`, 1, {
      upgrade: fresh => STORES.forEach(store => fresh.createObjectStore(store)),
    });
    await db.put('meta', { sealing, naming }, 'keys');
    await db.put('meta', 7, 'revision');
    return new Schema1Store(db, sealing, naming);
  }

  /** A whole profile with one contact, settings, an invite and `count` messages. */
  static async withMessages(profile: string, count: number): Promise<void> {
    const store = await Schema1Store.create(profile);
    await store.putProfile();
    for (let position = 0; position < count; position++)
      await store.putMessage(position, `old ${position} ✓`);
    store.db.close();
  }

  async putProfile(): Promise<void> {
    const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
    await this.put('profile', 'self', null, {
      displayName: SCHEMA_1_NAME,
      peerId: SCHEMA_1_PEER_ID,
      ed25519Seed: random(32),
      x25519Secret: random(32),
      createdAtMs: 1,
    });
    await this.put('settings', 'privacy', null, { sendTyping: true, sendReadReceipts: true });
    await this.put('contacts', CONTACT, null, {
      id: CONTACT,
      name: 'Ben',
      isNameLocal: true,
      peerId: 'z'.repeat(32),
      identityKey: random(32),
      verification: 'verified',
      notice: null,
      isBlocked: false,
      createdAtMs: 2,
      pairSecrets: [],
      isPastClosed: false,
      invite: null,
    });
    const invite = { id: 'invite-1', secret: random(32), token: 'token', createdAtMs: 3, usedBy: null };
    await this.put('invites', 'invite-1', null, { ...invite, expiresAtMs: Date.now() + 86_400_000 });
  }

  async putMessage(position: number, text: string): Promise<void> {
    const message = {
      position,
      isMine: true,
      incarnation: 'AAAA',
      seq: position + 1,
      text,
      sentAtMs: position,
    };
    await this.put('messages', CONTACT, position, message);
    await this.put('outbox', CONTACT, position + 1, {
      incarnation: 'AAAA',
      seq: position + 1,
      position,
      text,
      sentAtMs: position,
    });
    await this.put('cursors', CONTACT, null, {
      nextPosition: position + 1,
      readPosition: 0,
      unreadCount: 0,
      lastActivityAtMs: position,
      own: [{ incarnation: 'AAAA', nextSeq: position + 2, ackedSeq: 0, readSeq: 0, closedSeq: 0 }],
      peer: [],
    });
  }

  async put(store: string, id: string, ordinal: number | null, record: object): Promise<void> {
    const name = await this.name(store, id, ordinal);
    await this.db.put(store, await this.seal(store, name, record), name);
  }

  async name(store: string, id: string, ordinal: number | null): Promise<Uint8Array<ArrayBuffer>> {
    const text = new TextEncoder().encode(`${store}\0${id}`);
    const mac = new Uint8Array(await crypto.subtle.sign('HMAC', this.naming, text));
    if (ordinal === null) return mac;
    const name = new Uint8Array(40);
    name.set(mac);
    new DataView(name.buffer).setBigUint64(32, BigInt(ordinal));
    return name;
  }

  private async seal(store: string, name: Uint8Array, record: object): Promise<Uint8Array> {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const storeBytes = new TextEncoder().encode(store);
    const additionalData = new Uint8Array(12 + storeBytes.length + name.length);
    const view = new DataView(additionalData.buffer);
    view.setUint32(0, storeBytes.length);
    additionalData.set(storeBytes, 4);
    view.setUint32(4 + storeBytes.length, name.length);
    additionalData.set(name, 8 + storeBytes.length);
    view.setUint32(8 + storeBytes.length + name.length, 1);
    const algorithm = { name: 'AES-GCM', iv, additionalData };
    const ciphertext = new Uint8Array(
      await crypto.subtle.encrypt(algorithm, this.sealing, encodeRecord(record)),
    );
    const sealed = new Uint8Array(16 + ciphertext.length);
    new DataView(sealed.buffer).setUint32(0, 1);
    sealed.set(iv, 4);
    sealed.set(ciphertext, 16);
    return sealed;
  }
}
