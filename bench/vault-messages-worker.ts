/**
 * The worker's part of the message benchmark: a profile with many messages, opened, paged, written and searched
 * through the API that the page has, with a transport that goes nowhere; and the same records in plain IndexedDB.
 */
import { enkSignalEngine } from '@enk/crypto-core';
import { type IDBPDatabase, openDB } from 'idb';
import type { NetworkSettings, TransportPort } from '../p2p-core/ports/transport.ts';
import { systemClock } from '../p2p-core/ports/clock.ts';
import { ConversationRepository } from '../p2p-core/storage/conversation-repository.ts';
import { Vault } from '../p2p-core/storage/vault.ts';
import type { ContactId } from '../p2p-core/worker/api.ts';
import { EnkCore } from '../p2p-core/worker/enk-core.ts';
import { makeText } from './vault-texts.ts';

const CONTACTS = 20;
const PAGE = 50;
const FILL_AT_ONCE = 500;
const INCARNATION = 'AAAAAAAAAAAAAAAAAAAAAA';
const NETWORK: NetworkSettings = { brokerUrl: 'ws://localhost:9/', iceServers: [], relayOnly: false };

/** All in milliseconds. */
export interface MessageRun {
  /** open() until the profile is there: database, keys, identity, contacts and their newest message. */
  readonly openMs: readonly number[];
  /** Right after it: the newest 50 messages of a conversation. */
  readonly firstPageMs: readonly number[];
  /** A page in the middle of a conversation. */
  readonly middlePageMs: readonly number[];
  readonly appendMs: readonly number[];
  /** Index of all messages, from nothing. */
  readonly indexMs: number;
  /** The first search after a start. */
  readonly coldSearchMs: readonly number[];
  readonly searchMs: readonly number[];
  readonly plain: {
    readonly openMs: readonly number[];
    readonly firstPageMs: readonly number[];
    readonly appendMs: readonly number[];
    /** Reading every message and looking into it: what there is without an index. */
    readonly scanMs: readonly number[];
  };
}

/** Fills a profile with `count` messages and measures. */
export async function runMessages(count: number): Promise<MessageRun> {
  const profile = `bench-${crypto.randomUUID()}`;
  const contacts = await fill(profile, count);
  const plain = await PlainStore.fill(`plain-${profile}`, contacts, count);
  const ours = { openMs: NONE(), firstPageMs: NONE(), middlePageMs: NONE(), appendMs: NONE() };
  const theirs = { openMs: NONE(), firstPageMs: NONE(), appendMs: NONE(), scanMs: NONE() };
  const [coldSearchMs, searchMs] = [NONE(), NONE()];

  const first = await Opened.open(profile);
  const indexMs = await timed(() => first.core.search({ query: 'zzzz', limit: 1 }));
  await first.close();

  for (let i = 0; i < 20; i++) {
    const contactId = contacts[i % contacts.length] as ContactId;
    theirs.openMs.push(await timed(() => plain.reopen()));
    theirs.firstPageMs.push(await timed(() => plain.page(contactId, PAGE)));
    let opened: Opened | undefined;
    ours.openMs.push(await timed(async () => (opened = await Opened.open(profile))));
    const { core } = opened as Opened;
    ours.firstPageMs.push(await timed(() => core.listMessages({ contactId, limit: PAGE })));
    coldSearchMs.push(await timed(() => core.search({ query: queryOf(i), limit: PAGE })));
    await opened?.close();
  }

  const opened = await Opened.open(profile);
  const { core } = opened;
  const half = Math.floor(count / CONTACTS / 2);
  for (let i = 0; i < 200; i++) {
    const contactId = contacts[i % contacts.length] as ContactId;
    const text = makeText(count + i);
    theirs.appendMs.push(await timed(() => plain.append(contactId, text)));
    ours.appendMs.push(await timed(() => core.sendMessage({ contactId, text })));
    ours.middlePageMs.push(
      await timed(() => core.listMessages({ contactId, limit: PAGE, beforePosition: half })),
    );
    searchMs.push(await timed(() => core.search({ query: queryOf(i), limit: PAGE })));
  }
  for (let i = 0; i < 3; i++) theirs.scanMs.push(await timed(() => plain.scan(queryOf(i))));
  await opened.close();
  await plain.close();
  return { ...ours, indexMs, coldSearchMs, searchMs, plain: theirs };
}

const NONE = (): number[] => [];

/** What people type: common words, rare ones, beginnings, two words, Japanese, and what is not there. */
function queryOf(i: number): string {
  const words = makeText(i * 37).split(' ');
  const [first = 'a', second = 'b'] = words;
  return [first, `${first} ${second}`, second.slice(0, 3), '東京', 'to', 'nothinglikeit'][i % 6] as string;
}

class Opened {
  private constructor(readonly core: EnkCore) {}

  static async open(profile: string): Promise<Opened> {
    const transport: TransportPort = { execute: () => undefined, subscribe: () => () => undefined };
    const core = new EnkCore({
      transport,
      clock: systemClock,
      signalEngine: enkSignalEngine,
      locks: navigator.locks,
      emit: () => undefined,
    });
    await core.open({ profile, network: NETWORK });
    return new Opened(core);
  }

  async close(): Promise<void> {
    await this.core.close();
  }
}

async function fill(profile: string, count: number): Promise<ContactId[]> {
  const { core } = await Opened.open(profile);
  await core.setDisplayName({ displayName: 'bench' });
  const contacts: ContactId[] = [];
  for (let i = 0; i < CONTACTS; i++) {
    const peerId = `bench${String(i).padStart(27, 'a')}`;
    contacts.push(await core.addByPeerId({ peerId, name: `contact ${i}` }));
  }
  await core.close();
  const vault = await Vault.open(profile);
  const each = Math.floor(count / CONTACTS);
  for (const contactId of contacts) {
    const repository = await ConversationRepository.open(vault, contactId);
    for (let first = 0; first < each; first += FILL_AT_ONCE) {
      await vault.update(batch => {
        const end = Math.min(each, first + FILL_AT_ONCE);
        for (let position = first; position < end; position++) {
          const text = makeText(position * CONTACTS + contacts.indexOf(contactId));
          const sentAtMs = position * 60_000;
          repository.putMessage(batch, {
            position,
            isMine: false,
            incarnation: INCARNATION,
            seq: position + 1,
            text,
            sentAtMs,
          });
        }
        repository.put(batch, {
          nextPosition: end,
          readPosition: end,
          unreadCount: 0,
          lastActivityAtMs: end * 60_000,
          own: [{ incarnation: INCARNATION, nextSeq: 1, ackedSeq: 0, readSeq: 0, closedSeq: 0 }],
          peer: [{ incarnation: INCARNATION, heldSeq: end, heldDigest: INCARNATION, readSeq: 0 }],
        });
      });
    }
  }
  await vault.close();
  return contacts;
}

/** The same records as they are, with the same transactions, in a database without sealing. */
class PlainStore {
  #db: IDBPDatabase;
  readonly #next = new Map<string, number>();

  private constructor(
    private readonly name: string,
    db: IDBPDatabase,
  ) {
    this.#db = db;
  }

  static async fill(name: string, contacts: readonly string[], count: number): Promise<PlainStore> {
    const store = new PlainStore(name, await PlainStore.#open(name));
    const each = Math.floor(count / CONTACTS);
    for (const [index, contact] of contacts.entries()) {
      for (let first = 0; first < each; first += FILL_AT_ONCE) {
        const tx = store.#db.transaction('messages', 'readwrite');
        const end = Math.min(each, first + FILL_AT_ONCE);
        for (let position = first; position < end; position++) {
          const text = makeText(position * CONTACTS + index);
          void tx.store.put(
            { position, isMine: false, incarnation: INCARNATION, seq: position + 1, text, sentAtMs: 0 },
            [contact, position],
          );
        }
        await tx.done;
      }
      store.#next.set(contact, each);
    }
    return store;
  }

  static #open(name: string): Promise<IDBPDatabase> {
    return openDB(name, 1, {
      upgrade: db => ['messages', 'outbox', 'cursors', 'meta'].forEach(store => db.createObjectStore(store)),
    });
  }

  async reopen(): Promise<void> {
    this.#db.close();
    this.#db = await PlainStore.#open(this.name);
    await this.#db.get('meta', 'keys');
  }

  page(contact: string, limit: number): Promise<unknown[]> {
    const next = this.#next.get(contact) ?? 0;
    return this.#db.getAll('messages', IDBKeyRange.bound([contact, next - limit], [contact, next]));
  }

  async append(contact: string, text: string): Promise<void> {
    const position = this.#next.get(contact) ?? 0;
    this.#next.set(contact, position + 1);
    const tx = this.#db.transaction(['messages', 'outbox', 'cursors', 'meta'], 'readwrite', {
      durability: 'strict',
    });
    const message = {
      position,
      isMine: true,
      incarnation: INCARNATION,
      seq: position + 1,
      text,
      sentAtMs: 0,
    };
    await Promise.all([
      tx.objectStore('messages').put(message, [contact, position]),
      tx.objectStore('outbox').put(message, [contact, position]),
      tx.objectStore('cursors').put({ nextPosition: position + 1 }, contact),
      tx.objectStore('meta').put(position, 'revision'),
      tx.done,
    ]);
  }

  async scan(query: string): Promise<number> {
    const all = (await this.#db.getAll('messages')) as { readonly text: string }[];
    return all.filter(({ text }) => text.toLowerCase().includes(query)).length;
  }

  async close(): Promise<void> {
    this.#db.close();
    indexedDB.deleteDatabase(this.name);
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
