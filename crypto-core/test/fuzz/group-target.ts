/**
 * Hostile messages of a group's member with valid keys: application messages, Proposals and Commits damaged; wrong
 * inside and sealed again; and Proposals and Commits that are signed and sealed in order, and ask for what nobody may.
 */
import type { ClientState, Proposal } from 'ts-mls';
import { utf8 } from '../../bytes/utf8.ts';
import { decodeMlsGroup, encodeMlsGroup } from '../../mls/group-codec.ts';
import { receiveGroupMessage } from '../../mls/group-receive.ts';
import type { GroupReceived } from '../../mls/group-receive.ts';
import { currentEpoch } from '../../mls/group-state.ts';
import type { MlsGroup } from '../../mls/group-state.ts';
import { makeGroup, openEnvironment } from '../support/group-peer.ts';
import { bareCommit, bareProposal } from '../support/hostile-mls.ts';
import { GROUP_STAGES, meterAead } from './aead-meter.ts';
import type { GroupStage } from './aead-meter.ts';
import { changeCommit, openCommit } from './group-commit-forge.ts';
import type { PathCommit } from './group-commit-forge.ts';
import { forgeMlsMessage, MLS_FORGERIES, NOTHING_CHANGED } from './mls-forge.ts';
import { mutateBytes } from './mutate-bytes.ts';
import type { Mutated } from './mutate-bytes.ts';
import type { FuzzRandom } from './random.ts';
import { withFuzzedPlatform, withSeededPlatform } from './seeded-platform.ts';
import { deepCopy, findDifference } from './state-snapshot.ts';
import { expectTyped, FuzzFailure } from './tally.ts';
import type { Verdict } from './tally.ts';

export interface GroupWorld {
  /** The hostile member before it sealed anything; its own copy, which no wipe reaches. */
  readonly sender: ClientState;
  readonly receiver: MlsGroup;
  readonly receiverBefore: MlsGroup;
  /** What the receiver would take now: application message, Commit, Proposal. */
  readonly messages: readonly Uint8Array[];
  /** The Commit of `messages`, opened. */
  readonly commit: PathCommit;
  /** Of another member than sender and receiver. */
  readonly leafNode: ClientState['ratchetTree'][number];
  /** Of the receiver, for the parser of saved groups. */
  readonly saved: Uint8Array;
}

const PLAINTEXT = utf8('{"type":"group-message","specVersion":"1.0"}');
/** What RFC 9420 leaves to the sender of a group that may lose messages: padding, skipped generations, Proposals. */
const CHOOSABLE = ['content padded with zeros', 'generation moved', 'a proposal'];
const FORGERIES = MLS_FORGERIES.filter(name => !CHOOSABLE.includes(name));

/** The same world for the same seed. Throws unless what the forger makes with nothing wrong is accepted. */
export function makeGroupWorld(random: FuzzRandom): Promise<GroupWorld> {
  return withSeededPlatform(random, async () => {
    const [a, b, c] = await makeGroup('a', 'b', 'c');
    if (a === undefined || b === undefined || c === undefined) throw new RangeError('no group');
    // Sealing wipes the state it started from: without a copy the forger would hold zeros for keys.
    const copy = await decodeMlsGroup(encodeMlsGroup(a.group));
    const saved = encodeMlsGroup(b.group);
    const receiver = await decodeMlsGroup(saved);
    const sender = currentEpoch(copy).client;
    const proposal = await c.propose({ kind: 'update', identity: c.identity });
    const application = await a.seal(PLAINTEXT);
    const { message } = await a.commit({ kind: 'update', identity: a.identity });
    const commit = await openCommit(currentEpoch(receiver).client, message);
    const leafNode = sender.ratchetTree[4];
    const receiverBefore = deepCopy(receiver);
    const messages = [application, message, proposal];
    const world = { sender, receiver, receiverBefore, messages, commit, leafNode, saved };
    await expectForgerWorks(random, world);
    return world;
  });
}

/** The positive control: forged without a fault, and with what a sender may choose, messages are accepted. */
async function expectForgerWorks(random: FuzzRandom, { sender, saved, messages }: GroupWorld): Promise<void> {
  for (const forgery of [NOTHING_CHANGED, 'content padded with zeros', 'a proposal']) {
    const { bytes } = await forgeMlsMessage(random, sender, PLAINTEXT, messages, [forgery]);
    const received = await receiveGroupMessage(await decodeMlsGroup(saved), bytes, openEnvironment());
    const expected = forgery === 'a proposal' ? 'proposal' : 'application';
    if (received.kind !== expected)
      throw new FuzzFailure(`group: control: ${forgery}: ${received.kind}`, bytes);
  }
  const { bytes } = await bareCommit(sender, []);
  const received = await receiveGroupMessage(await decodeMlsGroup(saved), bytes, openEnvironment());
  if (received.kind !== 'commit') throw new FuzzFailure(`group: control: Commit: ${received.kind}`, bytes);
}

type GroupAttack = (random: FuzzRandom, world: GroupWorld) => Promise<Mutated>;

/** By what is done to the message. */
export const GROUP_ATTACKS: Readonly<Record<string, GroupAttack>> = {
  'group: damaged': async (random, { messages }) => {
    const index = random.int(messages.length);
    const others = messages.filter((_, other) => other !== index).map(bytes => bytes.slice(0, -1));
    return mutateBytes(random, messages[index] as Uint8Array, others);
  },
  'group: forged inside': (random, { sender, messages }) =>
    forgeMlsMessage(random, sender, PLAINTEXT, messages, FORGERIES),
  'group: Commit signed again': (random, { sender, commit }) => changeCommit(random, sender, commit),
  'group: forbidden Proposal': async (random, world) => {
    const [mutation, proposal] = random.pick(forbiddenProposals(random, world));
    return { mutation, bytes: await bareProposal(world.sender, proposal) };
  },
  'group: forbidden Commit': async (random, world) => {
    const forbidden = forbiddenProposals(random, world).filter(([name]) => COMMITTABLE.includes(name));
    const [mutation, proposal] = random.pick(forbidden);
    return { mutation, bytes: (await bareCommit(world.sender, [proposal])).bytes };
  },
};

/** Which of them the bare library puts into a Commit. */
const COMMITTABLE = ['group context extensions', 'a new group', 'an unknown Proposal'];

function forbiddenProposals(random: FuzzRandom, { leafNode }: GroupWorld): readonly [string, Proposal][] {
  const other = leafNode?.nodeType === 'leaf' ? leafNode.leaf : undefined;
  if (other === undefined) throw new RangeError('no leaf');
  return [
    [
      'removes nobody',
      { proposalType: 'remove', remove: { removed: random.pick([3, 4, 0x7fff_ffff, 0xffff_ffff]) } },
    ],
    ['the leaf of another', { proposalType: 'update', update: { leafNode: other as never } }],
    [
      'group context extensions',
      { proposalType: 'group_context_extensions', groupContextExtensions: { extensions: [] } },
    ],
    [
      'a new group',
      {
        proposalType: 'reinit',
        reinit: {
          groupId: random.bytes(32),
          version: 'mls10',
          cipherSuite: 'MLS_256_XWING_AES256GCM_SHA512_Ed25519',
          extensions: [],
        },
      },
    ],
    [
      'a PSK',
      {
        proposalType: 'psk',
        psk: { preSharedKeyId: { psktype: 'external', pskId: random.bytes(8), pskNonce: random.bytes(64) } },
      },
    ],
    [
      'an unknown Proposal',
      { proposalType: 0xf0a0 + random.int(16), proposalData: random.bytes(random.int(64)) },
    ],
  ];
}

/** One hostile group message; throws a FuzzFailure unless it is refused and changes nothing. */
export function runGroupAttack(name: string, random: FuzzRandom, world: GroupWorld): Promise<Verdict> {
  const attack = GROUP_ATTACKS[name];
  if (attack === undefined) throw new RangeError(`no attack ${name}`);
  return withFuzzedPlatform(random, async () => {
    const { mutation, bytes } = await attack(random, world);
    const what = `${name}: ${mutation}`;
    const { result, stage } = await meterAead(() =>
      receiveGroupMessage(world.receiver, bytes, openEnvironment()),
    );
    expectRefused(what, result, bytes);
    const difference = findDifference(world.receiverBefore, world.receiver);
    if (difference !== null) throw new FuzzFailure(`${what}: changed ${difference}`, bytes);
    return { rejectedBy: stage, reached: stagesUpTo(stage), mutation: what, outcome: 'rejected' };
  });
}

function expectRefused(what: string, received: GroupReceived, bytes: Uint8Array): void {
  if (received.kind !== 'rejected') throw new FuzzFailure(`${what}: ${received.kind}`, bytes);
  expectTyped(received.error, ['protocol-error'], bytes);
}

function stagesUpTo(stage: GroupStage): readonly string[] {
  return GROUP_STAGES.slice(0, GROUP_STAGES.indexOf(stage) + 1);
}
