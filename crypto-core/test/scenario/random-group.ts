/**
 * A group that lives through random operations: adds, removes, updates, Proposals, messages that come late, in
 * any order or twice, crossing Commits, and crashes between any two steps (SPEC.md CC-GRP-24). Everything follows
 * from the seed but the keys. Throws, with the seed and the step, where a claim fails.
 */
import { constantTimeEqual } from '../../bytes/equal.ts';
import { encodeHex } from '../../bytes/hex.ts';
import { utf8 } from '../../bytes/utf8.ts';
import type { CommitRequest } from '../../mls/group-commit.ts';
import type { GroupKeyPackage } from '../../mls/group-create.ts';
import type { GroupReceived } from '../../mls/group-receive.ts';
import { groupEpoch, groupEpochAuthenticator, groupMembers, ownLeafIndex } from '../../mls/group-state.ts';
import { FuzzRandom } from '../fuzz/random.ts';
import { GroupPeer } from '../support/group-peer.ts';

export interface RandomGroupOptions {
  readonly seed: number;
  readonly steps: number;
  readonly maxMembers: number;
}

/** What happened, to be printed and compared. */
export interface RandomGroupCounts {
  epochs: number;
  adds: number;
  removes: number;
  updates: number;
  proposals: number;
  crossings: number;
  messages: number;
  opened: number;
  late: number;
  refused: number;
  crashes: number;
}

interface Letter {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly sender: GroupPeer;
  /** The sender's stay: who leaves and comes back is another member. */
  readonly senderStay: number;
  readonly epoch: bigint;
  readonly to: GroupPeer;
  readonly toStay: number;
  wasOpened: boolean;
}

/** A commit that was made, and whom it adds. */
interface MadeCommit {
  readonly message: Uint8Array;
  readonly welcome: Uint8Array | null;
  readonly joining: readonly { readonly peer: GroupPeer; readonly keyPackage: GroupKeyPackage }[];
}

/** Runs the operations; the counts say what they were. */
export async function runRandomGroup(options: RandomGroupOptions): Promise<RandomGroupCounts> {
  const world = await RandomGroup.create(options);
  for (let step = 0; step < options.steps; step++) {
    try {
      await world.step();
    } catch (cause) {
      throw new Error(`seed ${options.seed}, step ${step}: ${String(cause)}`, { cause });
    }
  }
  await world.finish();
  return world.counts;
}

class RandomGroup {
  readonly counts: RandomGroupCounts = {
    epochs: 0,
    adds: 0,
    removes: 0,
    updates: 0,
    proposals: 0,
    crossings: 0,
    messages: 0,
    opened: 0,
    late: 0,
    refused: 0,
    crashes: 0,
  };
  readonly #chance: FuzzRandom;
  readonly #groupId = crypto.getRandomValues(new Uint8Array(32));
  readonly #stays = new Map<GroupPeer, number>();
  #members: GroupPeer[] = [];
  #outside: GroupPeer[] = [];
  #letters: Letter[] = [];

  private constructor(seed: number) {
    this.#chance = new FuzzRandom(seed);
  }

  static async create({ seed, maxMembers }: RandomGroupOptions): Promise<RandomGroup> {
    const world = new RandomGroup(seed);
    for (let i = 0; i < maxMembers; i++) world.#outside.push(await GroupPeer.create(`p${i}`));
    const founder = world.#outside.shift() as GroupPeer;
    await founder.found(world.#groupId);
    world.#enter(founder);
    await world.#commitAdd(founder);
    return world;
  }

  async step(): Promise<void> {
    const dice = this.#random();
    if (dice < 0.3) await this.#send();
    else if (dice < 0.55) await this.#deliverSome(this.#below(4 * this.#members.length));
    else if (dice < 0.65) await this.#commitAdd(this.#any());
    else if (dice < 0.73) await this.#commitRemove(this.#any());
    else if (dice < 0.85) await this.#commitUpdate(this.#any());
    else if (dice < 0.92) await this.#proposeAndCommit();
    else await this.#crossingCommits();
    if (this.#random() < 0.3) await this.#crash(this.#any());
  }

  /** Delivers what is left and looks once more that all agree. */
  async finish(): Promise<void> {
    await this.#deliverSome(this.#letters.length);
    this.#assertAgreement();
    const lost = this.#letters.filter(letter => this.#canOpen(letter) && !letter.wasOpened);
    if (lost.length > 0) throw new Error(`${lost.length} messages were lost`);
  }

  // ——— messages ———

  async #send(): Promise<void> {
    const sender = this.#any();
    const text = `${sender.name} ${this.counts.messages++} ${'x'.repeat(this.#below(200))}`;
    const bytes = await sender.seal(utf8(text));
    await this.#maybeCrash(sender);
    const epoch = groupEpoch(sender.group);
    for (const to of this.#members) {
      if (to === sender) continue;
      const [senderStay, toStay] = [this.#stayOf(sender), this.#stayOf(to)];
      this.#letters.push({ bytes, text, sender, senderStay, epoch, to, toStay, wasOpened: false });
    }
  }

  /** Any letters, in any order, some of them again. */
  async #deliverSome(count: number): Promise<void> {
    for (let i = 0; i < count && this.#letters.length > 0; i++) {
      const index = this.#below(this.#letters.length);
      const letter = this.#letters[index] as Letter;
      await this.#deliver(letter);
      if (this.#random() < 0.2) await this.#deliver(letter);
      this.#letters.splice(index, 1);
    }
  }

  async #deliver(letter: Letter): Promise<void> {
    const { to } = letter;
    if (!to.isMember) return;
    const isExpected = this.#canOpen(letter) && !letter.wasOpened;
    const received = await to.receive(letter.bytes);
    if ((received.kind === 'application') !== isExpected) {
      throw new Error(`${to.name}: ${received.kind}, expected ${isExpected}: ${letter.text.slice(0, 10)}`);
    }
    if (received.kind !== 'application') {
      this.counts.refused++;
      return;
    }
    if (!constantTimeEqual(received.bytes, utf8(letter.text))) throw new Error('another text');
    if (!constantTimeEqual(received.sender.identityKey, letter.sender.identity.identityKey)) {
      throw new Error('another sender');
    }
    letter.wasOpened = true;
    this.counts.opened++;
    if (received.epoch !== groupEpoch(to.group)) this.counts.late++;
    await this.#maybeCrash(to);
  }

  /** Both are the members that they were, and the epoch is not too long past. */
  #canOpen({ sender, senderStay, to, toStay, epoch }: Letter): boolean {
    if (!to.isMember || !sender.isMember) return false;
    if (this.#stayOf(sender) !== senderStay || this.#stayOf(to) !== toStay) return false;
    return groupEpoch(to.group) - epoch <= 4n;
  }

  // ——— change ———

  async #commitAdd(committer: GroupPeer): Promise<void> {
    if (this.#outside.length === 0) return;
    const made = await this.#makeAdd(committer, 1 + this.#below(Math.min(3, this.#outside.length)));
    await this.#accept(committer, made);
  }

  async #makeAdd(committer: GroupPeer, count: number): Promise<MadeCommit> {
    const joining = [];
    for (const peer of this.#outside.slice(0, count)) {
      joining.push({ peer, keyPackage: await peer.keyPackage() });
    }
    this.counts.adds += joining.length;
    const keyPackages = joining.map(({ keyPackage }) => keyPackage.publicBytes);
    const { message, welcome } = await this.#commit(committer, { kind: 'add', keyPackages });
    return { message, welcome, joining };
  }

  async #commitRemove(committer: GroupPeer): Promise<void> {
    const others = this.#members.filter(peer => peer !== committer);
    if (others.length < 2) return;
    const count = 1 + this.#below(Math.min(2, others.length - 1));
    const leafIndexes = this.#pick(others, count).map(peer => ownLeafIndex(peer.group));
    this.counts.removes += leafIndexes.length;
    const { message, welcome } = await this.#commit(committer, { kind: 'remove', leafIndexes });
    await this.#accept(committer, { message, welcome, joining: [] });
  }

  async #commitUpdate(committer: GroupPeer): Promise<void> {
    this.counts.updates++;
    const { identity } = committer;
    const { message, welcome } = await this.#commit(committer, { kind: 'update', identity });
    await this.#accept(committer, { message, welcome, joining: [] });
  }

  async #commit(committer: GroupPeer, request: CommitRequest): ReturnType<GroupPeer['commit']> {
    await this.#maybeCrash(committer);
    const step = await committer.commit(request);
    await this.#maybeCrash(committer);
    return step;
  }

  /** Two members commit in one epoch. The second gives way: it discards, or follows from where it is. */
  async #crossingCommits(): Promise<void> {
    const [winner, loser] = this.#pick(this.#members, 2);
    if (winner === undefined || loser === undefined) return;
    this.counts.crossings++;
    await this.#commit(loser, { kind: 'update', identity: loser.identity });
    if (this.#random() < 0.3) loser.discard();
    await this.#send();
    if (this.#outside.length > 0 && this.#random() < 0.5) {
      await this.#accept(winner, await this.#makeAdd(winner, 1));
    } else {
      await this.#commitUpdate(winner);
    }
  }

  async #proposeAndCommit(): Promise<void> {
    const committer = this.#any();
    const others = this.#members.filter(peer => peer !== committer);
    const proposers = this.#pick(others, 1 + this.#below(Math.min(3, others.length)));
    for (const proposer of proposers) {
      this.counts.proposals++;
      const proposal = await proposer.propose({ kind: 'update', identity: proposer.identity });
      await this.#maybeCrash(proposer);
      await this.#toAll(proposal, proposer, 'proposal');
    }
    if (proposers.length === 0) return;
    const { message, welcome } = await this.#commit(committer, { kind: 'proposals', of: 'update' });
    await this.#accept(committer, { message, welcome, joining: [] });
  }

  /** The Commit is the one of its epoch: everybody follows it. */
  async #accept(committer: GroupPeer, made: MadeCommit): Promise<void> {
    committer.merge();
    await this.#maybeCrash(committer);
    this.counts.epochs++;
    for (const peer of [...this.#members]) {
      if (peer === committer) continue;
      await this.#maybeCrash(peer);
      const received = await peer.receive(made.message);
      if (received.kind === 'removed-self') this.#leave(peer);
      else if (received.kind !== 'commit') throw new Error(`${peer.name}: ${reasonOf(received)}`);
      else await this.#maybeCrash(peer);
    }
    for (const { peer, keyPackage } of made.joining) {
      if (made.welcome === null) throw new Error('no Welcome');
      await peer.join(keyPackage, made.welcome, this.#groupId);
      this.#enter(peer);
      await this.#maybeCrash(peer);
    }
    this.#assertAgreement();
  }

  async #toAll(message: Uint8Array, sender: GroupPeer, kind: string): Promise<void> {
    for (const peer of this.#members) {
      if (peer === sender) continue;
      const received = await peer.receive(message);
      if (received.kind !== kind) throw new Error(`${peer.name}: ${received.kind}, expected ${kind}`);
    }
  }

  // ——— members ———

  #enter(peer: GroupPeer): void {
    this.#outside = this.#outside.filter(other => other !== peer);
    this.#members.push(peer);
    this.#stays.set(peer, this.#stayOf(peer) + 1);
  }

  #leave(peer: GroupPeer): void {
    this.#members = this.#members.filter(other => other !== peer);
    this.#outside.push(peer);
  }

  #stayOf(peer: GroupPeer): number {
    return this.#stays.get(peer) ?? 0;
  }

  /** All have the same epoch, and exactly themselves as members. */
  #assertAgreement(): void {
    const expected = this.#members.map(peer => encodeHex(peer.identity.identityKey)).toSorted();
    const views = this.#members.map(({ group }) =>
      [encodeHex(groupEpochAuthenticator(group)), ...namesIn(group)].join(' '),
    );
    if (new Set(views).size !== 1) throw new Error('members disagree');
    const [first] = this.#members;
    if (first === undefined || namesIn(first.group).join() !== expected.join())
      throw new Error('other members');
  }

  async #maybeCrash(peer: GroupPeer): Promise<void> {
    if (this.#random() < 0.1) await this.#crash(peer);
  }

  async #crash(peer: GroupPeer): Promise<void> {
    this.counts.crashes++;
    await peer.crash();
  }

  // ——— chance ———

  #random(): number {
    return this.#chance.u32() / 2 ** 32;
  }

  #below(limit: number): number {
    return this.#chance.int(limit);
  }

  #any(): GroupPeer {
    return this.#members[this.#below(this.#members.length)] as GroupPeer;
  }

  #pick(peers: readonly GroupPeer[], count: number): GroupPeer[] {
    const rest = [...peers];
    const picked: GroupPeer[] = [];
    while (picked.length < count && rest.length > 0) picked.push(...rest.splice(this.#below(rest.length), 1));
    return picked;
  }
}

function namesIn(group: Parameters<typeof groupMembers>[0]): string[] {
  return groupMembers(group)
    .map(({ identityKey }) => encodeHex(identityKey))
    .toSorted();
}

function reasonOf(received: GroupReceived): string {
  return received.kind === 'rejected' ? `rejected, ${received.reason}` : received.kind;
}
