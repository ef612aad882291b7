/**
 * Runs in the page of mls.bench.ts: one group at a time, founded and filled in one Commit, of which the founder and two
 * other members are kept; and the MLS messages of a pair and of another library, for comparison.
 */
import { randomBytes } from '../crypto-core/bytes/random.ts';
import { wipe } from '../crypto-core/bytes/wipe.ts';
import type { IdentityKeys } from '../crypto-core/identity/identity.ts';
import { encodeMlsGroup } from '../crypto-core/mls/group-codec.ts';
import { createGroupCommit, mergePendingCommit } from '../crypto-core/mls/group-commit.ts';
import { createMlsGroup, generateGroupKeyPackage, joinMlsGroup } from '../crypto-core/mls/group-create.ts';
import type { GroupKeyPackage } from '../crypto-core/mls/group-create.ts';
import { sealGroupMessage } from '../crypto-core/mls/group-message.ts';
import { receiveGroupMessage } from '../crypto-core/mls/group-receive.ts';
import type { StableGroup } from '../crypto-core/mls/group-state.ts';
import { mlsLayer } from '../crypto-core/mls/mls-layer.ts';
import { openEnvironment } from '../crypto-core/test/support/group-peer.ts';
import { makeIdentity, makeMlsPair } from '../crypto-core/test/support/make-pair.ts';
import { createWireRival } from './rival-wire.ts';

/** Name → times in ms, of one group. */
export type Times = Record<string, number[]>;

export interface GroupRun {
  readonly times: Times;
  /** Name → bytes. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** Seal plus open, in ms. */
export interface MessageRun {
  readonly pairMs: readonly number[];
  /** Null, with a reason, when the library did not run. */
  readonly wireMs: readonly number[] | null;
  readonly wireFailure: string;
}

interface Person {
  readonly identity: IdentityKeys;
  group: StableGroup;
}

const environment = openEnvironment();
const MESSAGE_BYTES = 1_024;

const bench = {
  /** A group of `members`; `updates` self-updates and `messages` messages of 1 KiB by its founder. */
  async group(members: number, updates: number, messages: number): Promise<GroupRun> {
    const [times, sizes]: [Times, Record<string, number>] = [{}, {}];
    const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      const startedAt = performance.now();
      const result = await work();
      (times[name] ??= []).push(performance.now() - startedAt);
      return result;
    };
    const groupId = randomBytes(32);
    const identity = await makeIdentity();
    const founded = await timed('create', () =>
      createMlsGroup({ groupId, identity, nowMs: environment.nowMs }),
    );
    const newcomers: { readonly identity: IdentityKeys; readonly keyPackage: GroupKeyPackage }[] = [];
    for (let i = 1; i < members; i++) {
      const own = await makeIdentity();
      const input = { identity: own, nowMs: environment.nowMs };
      newcomers.push({
        identity: own,
        keyPackage: await timed('key package', () => generateGroupKeyPackage(input)),
      });
    }
    const keyPackages = newcomers.map(({ keyPackage }) => keyPackage.publicBytes);
    const added = await timed('add everybody in one Commit', () =>
      createGroupCommit(founded, { kind: 'add', keyPackages }, environment),
    );
    const founder: Person = { identity, group: mergePendingCommit(added.group).group };
    const welcome = added.welcome ?? new Uint8Array(0);
    const others: Person[] = [];
    for (const { identity: own, keyPackage } of pickEnds(newcomers)) {
      const acceptRoster = (): boolean => true;
      const input = { keyPackage, welcome, expectedGroupId: groupId, environment, acceptRoster };
      const { group } = await timed('join', () => joinMlsGroup(input));
      others.push({ identity: own, group });
    }
    for (let i = 0; i < updates; i++) {
      const request = { kind: 'update', identity } as const;
      const step = await timed('self-update, make', () =>
        createGroupCommit(founder.group, request, environment),
      );
      founder.group = mergePendingCommit(step.group).group;
      for (const other of others) await follow(other, step.message, timed);
      sizes['self-update'] = step.message.length;
    }
    const plaintext = randomBytes(MESSAGE_BYTES);
    for (let i = 0; i < messages; i++) {
      const sealed = await timed('message, seal', () => sealGroupMessage(founder.group, plaintext));
      founder.group = asStable(sealed.group);
      wipe(...sealed.consumed);
      const [receiver] = others;
      if (receiver === undefined) throw new Error('nobody');
      const opened = await timed('message, open', () =>
        receiveGroupMessage(receiver.group, sealed.message, environment),
      );
      if (opened.kind !== 'application') throw new Error(opened.kind);
      receiver.group = asStable(opened.group);
      wipe(...opened.consumed);
      sizes['message overhead'] = sealed.message.length - MESSAGE_BYTES;
    }
    const saved = await timed('encode state', async () => encodeMlsGroup(founder.group));
    return {
      times,
      sizes: { ...sizes, Welcome: welcome.length, 'add Commit': added.message.length, state: saved.length },
    };
  },

  /** The messages of a pair's MLS layer, and of two Wire clients, turn by turn. */
  async messages(runs: number): Promise<MessageRun> {
    let { a, b } = await makeMlsPair({ a: await makeIdentity(), b: await makeIdentity() });
    const plaintext = randomBytes(MESSAGE_BYTES);
    const text = 'x'.repeat(MESSAGE_BYTES);
    const [pairMs, wireMs]: [number[], number[]] = [[], []];
    let [wire, wireFailure]: [Awaited<ReturnType<typeof createWireRival>> | null, string] = [null, ''];
    try {
      wire = await createWireRival();
    } catch (error) {
      wireFailure = String(error);
    }
    for (let i = 0; i < runs; i++) {
      const startedAt = performance.now();
      const sealed = await mlsLayer.seal(a, plaintext);
      const opened = await mlsLayer.open(b, sealed.bytes);
      pairMs.push(performance.now() - startedAt);
      [a, b] = [sealed.next, opened.next];
      if (wire === null) continue;
      const wireStartedAt = performance.now();
      await wire.decrypt(await wire.encrypt(text));
      wireMs.push(performance.now() - wireStartedAt);
    }
    return { pairMs, wireMs: wire === null ? null : wireMs, wireFailure };
  },
};

/** The first and the last: next to the founder in the tree, and farthest from it. */
function pickEnds<T>(items: readonly T[]): readonly T[] {
  return items.length < 2 ? items : [items[0] as T, items[items.length - 1] as T];
}

async function follow(
  person: Person,
  message: Uint8Array,
  timed: <T>(name: string, work: () => Promise<T>) => Promise<T>,
): Promise<void> {
  const received = await timed('self-update, process', () =>
    receiveGroupMessage(person.group, message, environment),
  );
  if (received.kind !== 'commit') throw new Error(received.kind);
  person.group = received.group;
}

function asStable(group: { readonly kind: string }): StableGroup {
  if (group.kind !== 'stable') throw new Error(group.kind);
  return group as StableGroup;
}

export type MlsBench = typeof bench;
declare global {
  interface Window {
    mlsBench: MlsBench;
  }
}
window.mlsBench = bench;
