/**
 * The fuzzer: input number `index` of a seed is always the same attack, on states that are made from the seed too.
 * A run is any range of inputs; what it counts can be added to another run's.
 */
import { CASCADE_ATTACKS, runCascadeAttack } from './cascade-target.ts';
import { makeGroupWorld, runGroupAttack } from './group-target.ts';
import { HANDSHAKE_ATTACKS, makeHandshakeWorld, runHandshakeAttack } from './handshake-target.ts';
import { expectOpenersUnchanged, makeOpenerWorld, runOpenerAttack } from './opener-target.ts';
import { makePairGroupWorld, PAIR_GROUP_ATTACKS, runPairGroupAttack } from './pair-group-target.ts';
import { makeParserTargets, runParserAttack } from './parser-target.ts';
import { FuzzRandom } from './random.ts';
import { makeStations } from './stations.ts';
import { FuzzFailure, Tally } from './tally.ts';
import type { Verdict } from './tally.ts';

/** One kind of attack, and how many of 1,000 inputs it gets. */
interface Lane {
  readonly name: string;
  readonly share: number;
  run(random: FuzzRandom): Promise<Verdict>;
}

/** An input that broke a claim. */
export interface FoundFailure {
  readonly seed: number;
  readonly index: number;
  readonly lane: string;
  readonly message: string;
  readonly cause: string;
  /** What was given, in hex, where one byte string was. */
  readonly input: string | null;
}

/** Of 1,000 inputs. The cascade's deeper attacks reach the outer layers as well. */
const CASCADE_SHARES: Readonly<Record<string, number>> = {
  frame: 90,
  'ML-KEM message': 110,
  'Signal message': 120,
  'MLS message': 110,
  'inside MLS': 80,
  padding: 40,
  'control PDU': 60,
  'layer list': 20,
};
/** Later flights cost a whole handshake each. */
const HANDSHAKE_SHARES: Readonly<Record<string, number>> = {
  'hello of A': 50,
  'hello of B': 24,
  'frames of flight 3': 12,
  'frames of flight 4': 4,
  'frames of flight 5': 1,
  'frames of flight 6': 1,
  'PDUs of flight 3': 12,
  'PDUs of flight 4': 6,
  'PDUs of flight 5': 4,
  'PDUs of flight 6': 2,
  'prekeys signed again': 2,
};
const PAIR_GROUP_SHARE = 3;
const GROUP_SHARE = 8;
const OPENER_SHARE = 30;

export class Fuzzer {
  readonly seed: number;
  readonly #lanes: readonly Lane[];
  readonly #checkAtEnd: () => Promise<void>;

  private constructor(seed: number, lanes: readonly Lane[], checkAtEnd: () => Promise<void>) {
    this.seed = seed;
    this.#lanes = lanes;
    this.#checkAtEnd = checkAtEnd;
  }

  /** Makes the states of a seed: some seconds. */
  static async create(seed: number): Promise<Fuzzer> {
    const stations = await makeStations(new FuzzRandom(seed, 1));
    const handshake = await makeHandshakeWorld(new FuzzRandom(seed, 2));
    const pairGroup = await makePairGroupWorld(new FuzzRandom(seed, 3));
    const group = await makeGroupWorld(new FuzzRandom(seed, 4));
    const openers = await makeOpenerWorld(new FuzzRandom(seed, 5));
    const parsers = makeParserTargets({ stations, handshake, pairGroup, group });
    const donors = parsers.map(({ samples }) => samples[0] ?? new Uint8Array(0));
    const lanes: Lane[] = [
      ...Object.keys(CASCADE_ATTACKS).map(name => ({
        name,
        share: CASCADE_SHARES[name] ?? 0,
        run: (random: FuzzRandom) => runCascadeAttack(name, random, stations),
      })),
      ...Object.keys(HANDSHAKE_ATTACKS).map(name => ({
        name,
        share: HANDSHAKE_SHARES[name] ?? 0,
        run: (random: FuzzRandom) => runHandshakeAttack(name, random, handshake),
      })),
      ...PAIR_GROUP_ATTACKS.map(name => ({
        name,
        share: PAIR_GROUP_SHARE,
        run: (random: FuzzRandom) => runPairGroupAttack(name, random, pairGroup),
      })),
      { name: 'group', share: GROUP_SHARE, run: random => runGroupAttack(random, group) },
      { name: 'openers', share: OPENER_SHARE, run: random => runOpenerAttack(random, openers) },
    ];
    const rest = 1_000 - lanes.reduce((sum, { share }) => sum + share, 0);
    const parserLanes = parsers.map(target => ({
      name: `parser: ${target.name}`,
      share: rest / parsers.length,
      run: (random: FuzzRandom) => runParserAttack(random, target, donors),
    }));
    return new Fuzzer(seed, [...lanes, ...parserLanes], () => expectOpenersUnchanged(openers));
  }

  get laneNames(): readonly string[] {
    return this.#lanes.map(({ name }) => name);
  }

  /** Runs inputs `from` … `to`−1. `onInput` hears of each before it runs. */
  async run(
    range: { readonly from: number; readonly to: number },
    onInput: (index: number, lane: string) => void = () => undefined,
  ): Promise<{ readonly tally: Tally; readonly failures: readonly FoundFailure[] }> {
    const tally = new Tally();
    const failures: FoundFailure[] = [];
    for (let index = range.from; index < range.to; index++) {
      const random = new FuzzRandom(this.seed, index + 1_000);
      const lane = this.#pickLane(random);
      onInput(index, lane.name);
      const startMs = performance.now();
      try {
        tally.add(await lane.run(random), performance.now() - startMs);
      } catch (error) {
        failures.push(describe(this.seed, index, lane.name, error));
      }
    }
    await this.#checkAtEnd();
    return { tally, failures };
  }

  /** One attack of each lane: that none of them is dead. */
  async runEachLane(): Promise<{ readonly tally: Tally; readonly failures: readonly FoundFailure[] }> {
    const tally = new Tally();
    const failures: FoundFailure[] = [];
    for (const [index, lane] of this.#lanes.entries()) {
      try {
        tally.add(await lane.run(new FuzzRandom(this.seed, index)), 0);
      } catch (error) {
        failures.push(describe(this.seed, index, lane.name, error));
      }
    }
    return { tally, failures };
  }

  #pickLane(random: FuzzRandom): Lane {
    let rest = (random.u32() / 2 ** 32) * 1_000;
    for (const lane of this.#lanes) {
      rest -= lane.share;
      if (rest < 0) return lane;
    }
    return this.#lanes[0] as Lane;
  }
}

function describe(seed: number, index: number, lane: string, error: unknown): FoundFailure {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const stack = error instanceof FuzzFailure ? '' : ((error as Error).stack ?? '');
  const input = error instanceof FuzzFailure && error.input !== null ? toHex(error.input) : null;
  return { seed, index, lane, message, cause: `${cause === undefined ? '' : String(cause)}${stack}`, input };
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 4_096), byte => byte.toString(16).padStart(2, '0')).join('');
}
