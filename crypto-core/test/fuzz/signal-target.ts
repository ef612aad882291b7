/**
 * Both engines of the Signal layer, given hostile messages without the cascade around them: so also what the cascade
 * refuses by the header alone comes to their ratchets.
 */
import { libsignalEngine } from '@enk/signal-libsignal/engine';
import { u32 } from '../../bytes/integers.ts';
import { utf8 } from '../../bytes/utf8.ts';
import type { SignalEngine } from '../../signal/engine.ts';
import { enkSignalEngine } from '../../signal/enk-engine.ts';
import { makeEnginePair, makeIdentity } from '../support/make-pair.ts';
import { mutateBytes, sameBytes } from './mutate-bytes.ts';
import type { Mutated } from './mutate-bytes.ts';
import type { FuzzRandom } from './random.ts';
import { withFuzzedPlatform, withSeededPlatform } from './seeded-platform.ts';
import { deepCopy, findDifference } from './state-snapshot.ts';
import { expectTyped, FuzzFailure } from './tally.ts';
import type { Verdict } from './tally.ts';

/** A receiver in the middle of a conversation. */
interface EngineStation {
  readonly receiver: unknown;
  readonly receiverBefore: unknown;
  /** What an honest sender may have sent: the next messages, in any order. */
  readonly honest: readonly Uint8Array[];
  /** Opened before, sent by the receiver itself, of another session. */
  readonly untimely: readonly (readonly [string, Uint8Array])[];
}

export interface SignalWorld {
  readonly engine: SignalEngine;
  readonly stations: readonly EngineStation[];
}

const ENGINES: readonly SignalEngine[] = [enkSignalEngine, libsignalEngine];
const BODY = utf8('{"type":"message","specVersion":"1.0","text":"fuzz"}');
const HONEST_MESSAGES = 3;

/** One world for each engine; the same for the same seed. */
export function makeSignalWorlds(random: FuzzRandom): Promise<readonly SignalWorld[]> {
  return withSeededPlatform(random, async () => {
    const worlds: SignalWorld[] = [];
    for (const engine of ENGINES) worlds.push(await makeWorld(engine, random));
    return worlds;
  });
}

async function makeWorld(engine: SignalEngine, random: FuzzRandom): Promise<SignalWorld> {
  const identities = { a: await makeIdentity(), b: await makeIdentity() };
  const talk = new Talk(engine, await makeEnginePair(engine, identities, random.bytes(32)));
  const stranger = new Talk(engine, await makeEnginePair(engine, identities, random.bytes(32)));
  const foreign = (await stranger.seal('b', 1))[0] as Uint8Array;
  const stations = [await talk.station('b', foreign)];
  await talk.say('b');
  stations.push(await talk.station('a', foreign), await talk.station('b', foreign));
  for (const side of ['a', 'a', 'b', 'a'] as const) await talk.say(side);
  stations.push(await talk.station('a', foreign), await talk.station('b', foreign));
  for (const { receiver, honest } of stations) await engine.layer.open(receiver, honest[0] as Uint8Array);
  return { engine, stations };
}

type Side = 'a' | 'b';

/** A conversation of two engines' states. */
class Talk {
  readonly #opened: Record<Side, Uint8Array[]> = { a: [], b: [] };

  constructor(
    readonly engine: SignalEngine,
    readonly states: { a: unknown; b: unknown },
  ) {}

  async say(from: Side): Promise<void> {
    const to = from === 'a' ? 'b' : 'a';
    const sealed = await this.engine.layer.seal(this.states[from], BODY);
    const opened = await this.engine.layer.open(this.states[to], sealed.bytes);
    this.states[from] = sealed.next;
    this.states[to] = opened.next;
    this.#opened[from].push(sealed.bytes.slice());
  }

  /** What this side would send next; its state stays. */
  async seal(from: Side, count: number): Promise<Uint8Array[]> {
    const messages: Uint8Array[] = [];
    let state = this.states[from];
    for (let i = 0; i < count; i++) {
      const { next, bytes } = await this.engine.layer.seal(state, BODY);
      messages.push(bytes.slice());
      state = next;
    }
    return messages;
  }

  async station(from: Side, foreign: Uint8Array): Promise<EngineStation> {
    const to = from === 'a' ? 'b' : 'a';
    const receiver = this.states[to];
    const honest = await this.seal(from, HONEST_MESSAGES);
    const replayed = this.#opened[from].map((bytes): [string, Uint8Array] => ['replayed', bytes]);
    const untimely: [string, Uint8Array][] = [...replayed, ['of another session', foreign]];
    if (this.#opened.b.length > 0) {
      untimely.push(['sent back to its sender', (await this.seal(to, 1))[0] as Uint8Array]);
    }
    return { receiver, receiverBefore: deepCopy(receiver), honest, untimely };
  }
}

/** One hostile message for one engine; throws a FuzzFailure unless it is refused and changes nothing. */
export function runSignalAttack(random: FuzzRandom, { engine, stations }: SignalWorld): Promise<Verdict> {
  return withFuzzedPlatform(random, async () => {
    const station = random.pick(stations);
    const { mutation, bytes } = attack(random, engine, station);
    const place = `Signal engine ${engine.name}`;
    const what = `${place}: ${mutation}`;
    expectHeaderIsJudged(engine, station, bytes);
    await expectRefused(what, engine, station, bytes);
    const difference = findDifference(station.receiverBefore, station.receiver);
    if (difference !== null) throw new FuzzFailure(`${what}: changed ${difference}`, bytes);
    return { rejectedBy: place, reached: [place], mutation: what, outcome: 'rejected' };
  });
}

function attack(random: FuzzRandom, engine: SignalEngine, { honest, untimely }: EngineStation): Mutated {
  for (;;) {
    const message = random.pick(honest);
    const mutated = random.chance(0.15)
      ? named(random.pick(untimely))
      : engine === enkSignalEngine && random.chance(0.2)
        ? changeHeader(random, message)
        : mutateBytes(random, message, [...honest, ...untimely.map(([, bytes]) => bytes)]);
    if (!honest.some(bytes => sameBytes(bytes, mutated.bytes))) return mutated;
  }
}

function named([mutation, bytes]: readonly [string, Uint8Array]): Mutated {
  return { mutation, bytes };
}

/** Ratchet key ‖ pn ‖ n: counters up to the limit of skipped keys, and beyond it. */
function changeHeader(random: FuzzRandom, message: Uint8Array): Mutated {
  const bytes = message.slice();
  const integer = random.pick([0, 1, 3, 40, 999, 1_000, 1_001, 0x7fff_ffff, 0xffff_ffff]);
  const field = random.pick(['ratchet key', 'pn', 'n'] as const);
  if (field === 'ratchet key' || random.chance(0.3)) bytes.set(random.bytes(32), 0);
  if (field !== 'ratchet key') bytes.set(u32(integer), field === 'pn' ? 32 : 36);
  return { mutation: `hostile ${field}`, bytes };
}

/** The header's judgement ends as well, and throws nothing but its one error. */
function expectHeaderIsJudged(engine: SignalEngine, { receiver }: EngineStation, bytes: Uint8Array): void {
  try {
    engine.isNext(receiver, bytes);
  } catch (error) {
    expectTyped(error, ['protocol-error'], bytes);
  }
}

async function expectRefused(
  what: string,
  { layer }: SignalEngine,
  { receiver }: EngineStation,
  bytes: Uint8Array,
): Promise<void> {
  try {
    await layer.open(receiver, bytes.slice());
  } catch (error) {
    expectTyped(error, ['protocol-error'], bytes);
    return;
  }
  throw new FuzzFailure(`${what}: accepted`, bytes);
}
