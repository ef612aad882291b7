/**
 * Hostile messages of a group's member with valid keys: application messages, Proposals and Commits damaged, and
 * application messages that are wrong inside and sealed again.
 */
import { utf8 } from '../../bytes/utf8.ts';
import { decodeMlsGroup, encodeMlsGroup } from '../../mls/group-codec.ts';
import { receiveGroupMessage } from '../../mls/group-receive.ts';
import type { MlsGroup, StableGroup } from '../../mls/group-state.ts';
import { makeGroup, openEnvironment } from '../support/group-peer.ts';
import { forgeMlsMessage, MLS_FORGERIES } from './mls-forge.ts';
import { mutateBytes } from './mutate-bytes.ts';
import type { Mutated } from './mutate-bytes.ts';
import type { FuzzRandom } from './random.ts';
import { withSeededPlatform } from './seeded-platform.ts';
import { deepCopy, findDifference } from './state-snapshot.ts';
import { expectTyped, FuzzFailure } from './tally.ts';
import type { Verdict } from './tally.ts';

export interface GroupWorld {
  readonly sender: StableGroup;
  readonly receiver: MlsGroup;
  readonly receiverBefore: MlsGroup;
  /** What the receiver would take now: application message, Proposal, Commit. */
  readonly messages: readonly Uint8Array[];
  /** Of the receiver, for the parser of saved groups. */
  readonly saved: Uint8Array;
}

const PLAINTEXT = utf8('{"type":"group-message","specVersion":"1.0"}');
/** What RFC 9420 leaves to the sender of a group that may lose messages: padding, skipped generations, Proposals. */
const CHOOSABLE = ['content padded with zeros', 'generation moved', 'a proposal'];

/** The same world for the same seed. */
export function makeGroupWorld(random: FuzzRandom): Promise<GroupWorld> {
  return withSeededPlatform(random, async () => {
    const [a, b] = await makeGroup('a', 'b', 'c');
    if (a === undefined || b === undefined) throw new RangeError('no group');
    const sender = a.stable;
    const saved = encodeMlsGroup(b.group);
    const receiver = await decodeMlsGroup(saved);
    const application = await a.seal(PLAINTEXT);
    const { message: commit } = await a.commit({ kind: 'update', identity: a.identity });
    const messages = [application, commit];
    return { sender, receiver, receiverBefore: deepCopy(receiver), messages, saved };
  });
}

/** One hostile group message; throws a FuzzFailure unless it is refused and changes nothing. */
export async function runGroupAttack(random: FuzzRandom, world: GroupWorld): Promise<Verdict> {
  const { mutation, bytes } = await attack(random, world);
  const received = await withSeededPlatform(random, () =>
    receiveGroupMessage(world.receiver, bytes, openEnvironment()),
  );
  if (received.kind !== 'rejected') throw new FuzzFailure(`group: ${mutation}: ${received.kind}`, bytes);
  expectTyped(received.error, ['protocol-error'], bytes);
  const difference = findDifference(world.receiverBefore, world.receiver);
  if (difference !== null) throw new FuzzFailure(`group: ${mutation}: changed ${difference}`, bytes);
  const place = 'MLS group message';
  return { rejectedBy: place, reached: [place], mutation: `group: ${mutation}`, outcome: 'rejected' };
}

async function attack(random: FuzzRandom, { sender, messages }: GroupWorld): Promise<Mutated> {
  if (random.chance(0.5)) {
    const index = random.int(messages.length);
    const others = messages.filter((_, other) => other !== index).map(bytes => bytes.slice(0, -1));
    return mutateBytes(random, messages[index] as Uint8Array, others);
  }
  const forgeries = MLS_FORGERIES.filter(name => !CHOOSABLE.includes(name));
  return forgeMlsMessage(random, sender.client, PLAINTEXT, messages, forgeries);
}
