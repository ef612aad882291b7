/**
 * The fuzzer: input number `index` of a seed is always the same attack, on states that are made from the seed too.
 * A run is any range of inputs; what it counts can be added to another run's.
 */
import { CASCADE_ATTACKS, runCascadeAttack } from './cascade-target.ts';
import { GROUP_JOIN_ATTACKS, makeGroupJoinWorld, runGroupJoinAttack } from './group-join-target.ts';
import { GROUP_ATTACKS, makeGroupWorld, runGroupAttack } from './group-target.ts';
import { HANDSHAKE_ATTACKS, makeHandshakeWorld, runHandshakeAttack } from './handshake-target.ts';
import { expectOpenersUnchanged, makeOpenerWorld, runOpenerAttack } from './opener-target.ts';
import { makePairGroupWorld, PAIR_GROUP_ATTACKS, runPairGroupAttack } from './pair-group-target.ts';
import { makeParserTargets, runParserAttack } from './parser-target.ts';
import { FuzzRandom } from './random.ts';
import { makeSignalWorlds, runSignalAttack } from './signal-target.ts';
import { makeStations } from './stations.ts';
import { FuzzFailure, Tally } from './tally.ts';
import type { Verdict } from './tally.ts';
import { expectVaultUnchanged, makeVaultWorld, runVaultAttack, VAULT_ATTACKS } from './vault-target.ts';

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

/**
 * Of 1,000 inputs; each layer is reached by more than 100. Shares are small where an input is dear. The cascade's
 * deeper attacks reach the outer layers as well.
 */
const CASCADE_SHARES: Readonly<Record<string, number>> = {
  frame: 50,
  'ML-KEM message': 30,
  'Signal message': 25,
  'MLS message': 50,
  'inside MLS': 34,
  padding: 9,
  'control PDU': 9,
  'layer list': 6,
};
/** Later flights cost a whole handshake each. */
const HANDSHAKE_SHARES: Readonly<Record<string, number>> = {
  'hello of A': 90,
  'hello of B': 8,
  'frames of flight 3': 3,
  'frames of flight 4': 0.6,
  'frames of flight 5': 0.5,
  'frames of flight 6': 0.3,
  'PDUs of flight 3': 4,
  'PDUs of flight 4': 1.2,
  'PDUs of flight 5': 0.6,
  'PDUs of flight 6': 0.5,
  'prekeys signed again': 0.5,
};
const GROUP_SHARES: Readonly<Record<string, number>> = {
  'group: damaged': 5,
  'group: forged inside': 5,
  'group: Commit signed again': 1,
  'group: forbidden Proposal': 1,
  'group: forbidden Commit': 0.3,
};
const PAIR_GROUP_SHARE = 1;
const GROUP_JOIN_SHARE = 1;
const SIGNAL_ENGINE_SHARE = 10;
const OPENER_SHARE = 20;
const VAULT_SHARE = 10;

/** An input that computes longer than this is a failure. No honest one takes a second. */
const MAX_INPUT_CPU_MS = 20_000;

/** What a run tells and asks. */
export interface RunHooks {
  /** Hears of each input before it runs. */
  onInput?(index: number, lane: string): void;
  /** CPU time of this process so far. Without it no input is too slow. */
  cpuMs?(): number;
}

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
    const groupJoin = await makeGroupJoinWorld(new FuzzRandom(seed, 6));
    const signalEngines = await makeSignalWorlds(new FuzzRandom(seed, 7));
    const vault = await makeVaultWorld(new FuzzRandom(seed, 8));
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
      ...Object.keys(GROUP_ATTACKS).map(name => ({
        name,
        share: GROUP_SHARES[name] ?? 0,
        run: (random: FuzzRandom) => runGroupAttack(name, random, group),
      })),
      ...GROUP_JOIN_ATTACKS.map(name => ({
        name,
        share: GROUP_JOIN_SHARE,
        run: (random: FuzzRandom) => runGroupJoinAttack(name, random, groupJoin),
      })),
      ...signalEngines.map(world => ({
        name: `Signal engine ${world.engine.name}`,
        share: SIGNAL_ENGINE_SHARE,
        run: (random: FuzzRandom) => runSignalAttack(random, world),
      })),
      ...VAULT_ATTACKS.map(name => ({
        name,
        share: VAULT_SHARE,
        run: (random: FuzzRandom) => runVaultAttack(name, random, vault),
      })),
      { name: 'openers', share: OPENER_SHARE, run: random => runOpenerAttack(random, openers) },
    ];
    const rest = 1_000 - lanes.reduce((sum, { share }) => sum + share, 0);
    const parserLanes = parsers.map(target => ({
      name: `parser: ${target.name}`,
      share: rest / parsers.length,
      run: (random: FuzzRandom) => runParserAttack(random, target, donors),
    }));
    return new Fuzzer(seed, [...lanes, ...parserLanes], async () => {
      await expectOpenersUnchanged(openers);
      await expectVaultUnchanged(vault);
    });
  }

  get laneNames(): readonly string[] {
    return this.#lanes.map(({ name }) => name);
  }

  /** Runs inputs `from` … `to`−1. */
  async run(
    range: { readonly from: number; readonly to: number },
    { onInput, cpuMs = () => 0 }: RunHooks = {},
  ): Promise<{ readonly tally: Tally; readonly failures: readonly FoundFailure[] }> {
    const tally = new Tally();
    const failures: FoundFailure[] = [];
    for (let index = range.from; index < range.to; index++) {
      const random = new FuzzRandom(this.seed, index + 1_000);
      const lane = this.#pickLane(random);
      onInput?.(index, lane.name);
      const startMs = cpuMs();
      try {
        const verdict = await lane.run(random);
        const tookMs = cpuMs() - startMs;
        if (tookMs > MAX_INPUT_CPU_MS) throw new FuzzFailure(`took ${tookMs} ms of CPU`);
        tally.add(verdict, tookMs);
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
