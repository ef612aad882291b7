/**
 * The crash walk over an MLS group: one script of messages and Commits, again and again, and each time one member
 * dies one place later: after a step was computed, after it was stored, after it left, after each delivery. It goes
 * on from what was stored, as a caller that stores state and outcome in one transaction would.
 */
import { expect } from '@esm-bundle/chai';
import { encodeHex } from '../../bytes/hex.ts';
import { utf8 } from '../../bytes/utf8.ts';
import { wipe } from '../../bytes/wipe.ts';
import type { IdentityKeys } from '../../identity/identity.ts';
import { decodeMlsGroup, encodeMlsGroup } from '../../mls/group-codec.ts';
import { createGroupCommit, mergePendingCommit } from '../../mls/group-commit.ts';
import { sealGroupMessage } from '../../mls/group-message.ts';
import { receiveGroupMessage } from '../../mls/group-receive.ts';
import { groupEpoch, groupEpochAuthenticator } from '../../mls/group-state.ts';
import type { MlsGroup } from '../../mls/group-state.ts';
import { makeGroup, openEnvironment } from '../support/group-peer.ts';

class Crash extends Error {}

/** Where the victim dies: at its `target`-th place. */
interface Walk {
  readonly victim: number;
  readonly target: number;
  places: number;
}

/** What one transaction keeps: the state, and what came of it. */
interface Stored {
  readonly group: Uint8Array;
  readonly outbox: ReadonlyMap<string, Uint8Array>;
  readonly inbox: readonly string[];
}

class Member {
  readonly #index: number;
  readonly #walk: Walk;
  readonly identity: IdentityKeys;
  group!: MlsGroup;
  stored: Stored;

  constructor(index: number, walk: Walk, start: { identity: IdentityKeys; group: Uint8Array }) {
    this.#index = index;
    this.#walk = walk;
    this.identity = start.identity;
    this.stored = { group: start.group, outbox: new Map(), inbox: [] };
  }

  async restart(): Promise<void> {
    this.group = await decodeMlsGroup(this.stored.group);
  }

  /** Dies here when it is time. */
  place(): void {
    if (this.#walk.victim !== this.#index) return;
    this.#walk.places += 1;
    if (this.#walk.places === this.#walk.target) throw new Crash();
  }

  /** Stores state and outcome together, and only then wipes what was consumed. */
  keep(group: MlsGroup, consumed: readonly Uint8Array[], outcome: Partial<Stored> = {}): void {
    this.place();
    this.stored = { ...this.stored, ...outcome, group: encodeMlsGroup(group) };
    this.place();
    this.group = group;
    wipe(...consumed);
    this.place();
  }

  /** Runs until it got through without dying; what it did before it died counts only as far as it was stored. */
  async survive(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        await this.restart();
      }
    }
  }
}

/** The AEAD keys of each message that left: none may serve twice. */
class SealingKeys {
  readonly #raw = new WeakMap<CryptoKey, string>();
  #current: string[] = [];
  readonly #left = new Set<string>();
  readonly #giveBack: () => void;

  constructor() {
    const { subtle } = crypto;
    const prototype = Object.getPrototypeOf(subtle) as SubtleCrypto;
    const importKey = prototype.importKey as (...args: unknown[]) => Promise<CryptoKey>;
    const encrypt = prototype.encrypt as (...args: unknown[]) => Promise<ArrayBuffer>;
    const patched = subtle as unknown as Record<'importKey' | 'encrypt', unknown>;
    patched.importKey = async (...args: unknown[]) => {
      const raw = args[0] === 'raw' ? encodeHex(new Uint8Array(args[1] as Uint8Array)) : '';
      const key = await importKey.apply(subtle, args);
      this.#raw.set(key, raw);
      return key;
    };
    patched.encrypt = (...args: unknown[]) => {
      this.#current.push(this.#raw.get(args[1] as CryptoKey) ?? '');
      return encrypt.apply(subtle, args);
    };
    this.#giveBack = () => {
      Reflect.deleteProperty(subtle, 'importKey');
      Reflect.deleteProperty(subtle, 'encrypt');
    };
  }

  /** A run starts from the same state as the one before: its keys are compared among themselves. */
  startOver(): void {
    this.#left.clear();
  }

  /** A message is about to be sealed. */
  begin(): void {
    this.#current = [];
  }

  /** What was sealed is stored, and will leave. */
  leaves(): void {
    expect(this.#current.length, 'keys seen').to.be.greaterThan(0);
    for (const key of this.#current) {
      expect(key).to.not.equal('');
      expect(this.#left.has(key), 'a key that sealed something that left').to.equal(false);
      this.#left.add(key);
    }
  }

  close(): void {
    this.#giveBack();
  }
}

async function runScript(members: readonly Member[], keys: SealingKeys): Promise<void> {
  const [a, b, c] = members as readonly [Member, Member, Member];

  const deliver = async (from: Member, id: string, bytes: Uint8Array): Promise<void> => {
    for (const to of members) {
      if (to === from) continue;
      await to.survive(async () => {
        if (to.stored.inbox.includes(id)) return; // stored before it died: only the ack was lost
        const received = await receiveGroupMessage(to.group, bytes, openEnvironment());
        if (received.kind !== 'application' && received.kind !== 'commit') throw new Error(received.kind);
        to.keep(received.group, received.consumed, { inbox: [...to.stored.inbox, id] });
      });
    }
  };

  const say = async (from: Member, id: string): Promise<void> => {
    await from.survive(async () => {
      if (from.stored.outbox.has(id)) return;
      keys.begin();
      const step = await sealGroupMessage(from.group, utf8(id));
      from.place();
      const before = from.stored;
      const outbox = new Map([...from.stored.outbox, [id, step.message] as const]);
      try {
        from.keep(step.group, step.consumed, { outbox });
      } finally {
        if (from.stored !== before) keys.leaves();
      }
    });
    await deliver(from, id, from.stored.outbox.get(id) as Uint8Array);
  };

  const commit = async (from: Member, meanwhile: () => Promise<void>): Promise<void> => {
    const epoch = groupEpoch(from.group) + 1n;
    await from.survive(async () => {
      if (from.group.kind === 'pendingCommit') return;
      const step = await createGroupCommit(
        from.group,
        { kind: 'update', identity: from.identity },
        openEnvironment(),
      );
      from.place();
      from.keep(step.group, step.consumed);
    });
    await meanwhile();
    if (from.group.kind !== 'pendingCommit') throw new Error('a pending Commit is gone');
    await deliver(from, `commit ${epoch}`, from.group.commit);
    await from.survive(async () => {
      if (from.group.kind === 'stable') return;
      const { group, consumed } = mergePendingCommit(from.group);
      from.place();
      from.keep(group, consumed);
    });
    expect(groupEpoch(from.group)).to.equal(epoch);
  };

  await say(a, 'a1');
  await commit(a, async () => {
    await say(b, 'b1, while a waits');
    await say(a, 'a2, while it waits itself');
  });
  await say(b, 'b2');
  await say(a, 'a3');
  await commit(c, () => say(c, 'c1'));
  await say(a, 'a4');
}

describe('scenario: a group of which one member dies', () => {
  it('CC-GRP-22, CC-GRP-19: dies at any place between compute, store, send and merge: nothing is lost, doubled or sealed twice under a key', async function () {
    this.timeout(180_000);
    const peers = await makeGroup('a', 'b', 'c');
    const start = peers.map(({ identity, group }) => ({ identity, group: encodeMlsGroup(group) }));
    const keys = new SealingKeys();
    let walked = 0;
    try {
      for (const victim of [0, 1, 2]) {
        for (let target = 1, isOver = false; !isOver; target++) {
          const walk: Walk = { victim, target, places: 0 };
          const members = start.map((state, index) => new Member(index, walk, state));
          for (const member of members) await member.restart();
          keys.startOver();
          await runScript(members, keys);
          assertWhole(members);
          isOver = walk.places < target;
          walked += 1;
        }
      }
    } finally {
      keys.close();
    }
    expect(walked).to.be.greaterThan(60);
  });
});

function assertWhole(members: readonly Member[]): void {
  const authenticators = members.map(({ group }) => encodeHex(groupEpochAuthenticator(group)));
  expect(new Set(authenticators).size, 'one epoch').to.equal(1);
  const said = ['a1', 'b1, while a waits', 'a2, while it waits itself', 'b2', 'a3', 'c1', 'a4'];
  for (const [index, { stored }] of members.entries()) {
    const own = said.filter(id => id.startsWith('abc'[index] as string));
    expect([...stored.outbox.keys()]).to.deep.equal(own);
    const messages = stored.inbox.filter(id => !id.startsWith('commit'));
    expect(messages).to.deep.equal(said.filter(id => !own.includes(id)));
  }
}
