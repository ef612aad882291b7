/**
 * Who is in a call, as MLS has it: founding, admitting, joining, following and removing, one after another; and the keys
 * that follow from each epoch. What fails ends the call: half a group is none. P2P-CAL-20 … P2P-CAL-23.
 */
import type { GroupKeyPackage } from '@enk/crypto-core';
import { CallGroup, type CallGroupNews, type CallGroupRules } from '../groups/call-group.ts';
import type { CallId } from '../ports/call-media.ts';
import { decodeBase64Url, encodeBase64Url } from '../storage/base64url.ts';
import type { ContactId } from '../worker/api.ts';
import type { CallHost } from './call-host.ts';
import { CallKeys, type KeyServerPort } from './call-keys.ts';
import { peerOf } from './call-pdus.ts';

export interface RosterEntry {
  readonly contactId: ContactId;
  readonly leaf: number;
}

export interface MembershipEvents {
  /** Whether this contact has left the call, as far as we know. */
  isGone(contactId: ContactId): boolean;
  /** Those who are to get what concerns the whole group. */
  others(): readonly ContactId[];
  /** A new epoch: who is in it, but for us. `isNewcomer`: we have just joined. */
  onRoster(roster: readonly RosterEntry[], isNewcomer: boolean): void;
  /** The group removed us. */
  onRemoved(): void;
  onFailed(): void;
}

export class CallMembership {
  readonly #id: CallId;
  readonly #groupId: Uint8Array;
  readonly #host: CallHost;
  readonly #events: MembershipEvents;
  readonly #rules: CallGroupRules;
  #group: CallGroup | null = null;
  #keys: CallKeys | null = null;
  #keyPackage: GroupKeyPackage | null = null;
  #keyPort: KeyServerPort | null = null;
  #isClosed = false;
  #work: Promise<void> = Promise.resolve();

  constructor(id: CallId, groupId: Uint8Array, host: CallHost, events: MembershipEvents) {
    this.#id = id;
    this.#groupId = groupId;
    this.#host = host;
    this.#events = events;
    this.#rules = {
      isAllowed: key => host.contactOf(key) !== null,
      isGone: key => {
        const contactId = host.contactOf(key);
        return contactId !== null && events.isGone(contactId);
      },
      nowMs: () => host.clock.nowMs(),
    };
  }

  /** Of the group that we are in with others; null before. */
  get epoch(): number | null {
    const isIn = this.#group !== null && this.#keys !== null && !this.#isClosed;
    return isIn ? Number(this.#group?.epoch) : null;
  }

  /** Who decides for the call: the lowest leaf that is not gone. Null: that is us, or there is no group yet. */
  get host(): ContactId | null {
    const group = this.#group;
    if (group === null || group.isCommitter) return null;
    const there = group.members.filter(({ identityKey }) => !this.#rules.isGone(identityKey));
    const [first] = there.toSorted((a, b) => a.leafIndex - b.leafIndex);
    return first === undefined ? null : this.#host.contactOf(first.identityKey);
  }

  get isHost(): boolean {
    return this.#group?.isCommitter === true;
  }

  /** Whether a member stands before us. Before we are in the group whoever rang us does. */
  isBefore(contactId: ContactId): boolean {
    const group = this.#group;
    if (group === null) return true;
    return this.#roster().some(entry => entry.contactId === contactId && entry.leaf < group.ownLeaf);
  }

  /** Founds the group: the caller's part. */
  found(): void {
    this.#enqueue(async () => {
      const input = { identity: this.#host.identity, groupId: this.#groupId };
      this.#take(await CallGroup.found(input, this.#rules));
    });
  }

  /** Makes our KeyPackage for this call, once; `send` gets it as base64url. */
  makeKeyPackage(send: (keyPackage: string) => void): void {
    this.#enqueue(async () => {
      const { identity, clock } = this.#host;
      this.#keyPackage = await CallGroup.keyPackage(identity, clock.nowMs());
      send(encodeBase64Url(this.#keyPackage.publicBytes));
    });
  }

  /** Adds who accepted: the Commit for those who are there, the Welcome for the newcomer. */
  admit(contactId: ContactId, keyPackage: string): void {
    this.#enqueue(async () => {
      const group = this.#group;
      if (group === null || this.#events.isGone(contactId)) return;
      const there = this.#roster().map(entry => entry.contactId);
      const { commit, welcome } = await group.add(decodeBase64Url(keyPackage));
      // A KeyPackage of somebody else is no acceptance of this contact.
      if (!this.#roster().some(entry => entry.contactId === contactId)) return this.#events.onFailed();
      this.#send(there, commit);
      const body = { type: 'call-welcome', call: this.#id, welcome: encodeBase64Url(welcome) } as const;
      this.#host.send(contactId, body);
      this.#enter(group, false, false);
    });
  }

  /** A Welcome from who rang us. Anything but the answer to our KeyPackage is dropped. */
  welcomed(contactId: ContactId, welcome: string): void {
    this.#enqueue(async () => {
      const [keyPackage, inviterKey] = [this.#keyPackage, this.#host.identityOf(contactId)];
      if (this.#group !== null || keyPackage === null || inviterKey === null) return;
      this.#keyPackage = null;
      const input = {
        keyPackage,
        welcome: decodeBase64Url(welcome),
        groupId: this.#groupId,
        inviterKey,
      };
      const group = await CallGroup.join(input, this.#rules);
      this.#take(group);
      this.#enter(group, false, true);
    });
  }

  /** A Commit or message of the group. */
  receive(message: string): void {
    this.#enqueue(async () => {
      if (this.#group !== null && this.#keys !== null) {
        this.#follow(await this.#group.receive(decodeBase64Url(message)));
      }
    });
  }

  /** Somebody left: when it is on us to commit, their keys go. */
  memberGone(contactId: ContactId): void {
    this.#keys?.forget(peerOf(contactId));
    this.#enqueue(async () => {
      const group = this.#group;
      if (group === null || this.#keys === null) return;
      this.#follow(await group.retry());
      const gone = group.members.filter(({ identityKey }) => this.#rules.isGone(identityKey));
      if (gone.length === 0 || !group.isCommitter) return;
      this.#send(this.#events.others(), await group.remove(gone.map(({ leafIndex }) => leafIndex)));
      this.#enter(group, true, false);
    });
  }

  takeKeyPort(port: KeyServerPort): void {
    if (this.#isClosed) return port.close();
    this.#keyPort = port;
    this.#keys?.attach(port);
  }

  /** Takes every key. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#keys?.close();
    this.#keyPort?.close();
    this.#group?.close();
    this.#keyPackage?.privatePackage.initPrivateKey.fill(0);
  }

  #enqueue(run: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      if (!this.#isClosed) await run();
    });
    this.#work = this.#work.catch(() => {
      if (!this.#isClosed) this.#events.onFailed();
    });
  }

  #take(group: CallGroup): void {
    if (this.#isClosed) group.close();
    else this.#group = group;
  }

  #follow(news: readonly CallGroupNews[]): void {
    for (const item of news) {
      if (item.kind === 'removed') return this.#events.onRemoved();
      if (item.kind === 'message') this.#keys?.heard(item.sender.leafIndex, item.epoch, item.bytes);
      else if (this.#group !== null) this.#enter(this.#group, item.removesMembers, false);
    }
  }

  /** The group's epoch is the call's from now on. */
  #enter(group: CallGroup, removesMembers: boolean, isNewcomer: boolean): void {
    if (this.#isClosed) return;
    const keys = this.#keys ?? this.#makeKeys(group);
    const roster = this.#roster();
    for (const { contactId, leaf } of roster) keys.setLeaf(peerOf(contactId), leaf);
    // Connections first: our join nonce goes to everybody who has one.
    this.#events.onRoster(roster, isNewcomer);
    keys.enterEpoch(removesMembers);
  }

  #makeKeys(group: CallGroup): CallKeys {
    const keys = new CallKeys(decodeBase64Url(this.#id), group, message =>
      this.#send(this.#events.others(), message),
    );
    this.#keys = keys;
    if (this.#keyPort !== null) keys.attach(this.#keyPort);
    return keys;
  }

  #roster(): readonly RosterEntry[] {
    const entries: RosterEntry[] = [];
    for (const { identityKey, leafIndex } of this.#group?.members ?? []) {
      const contactId = this.#host.contactOf(identityKey);
      if (contactId !== null) entries.push({ contactId, leaf: leafIndex }); // null: ourselves
    }
    return entries;
  }

  #send(contactIds: readonly ContactId[], bytes: Uint8Array): void {
    const message = encodeBase64Url(bytes);
    for (const id of contactIds) this.#host.send(id, { type: 'call-group', call: this.#id, message });
  }
}
