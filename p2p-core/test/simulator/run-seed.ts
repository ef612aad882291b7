/** Runs one seed from start to rest, and says what it did. */
import { type SignalEngine, enkSignalEngine } from '@enk/crypto-core';
import { comeToRest } from './rest.ts';
import { Simulation } from './simulation.ts';
import { RUN_KINDS, type RunKind, type StepKind, weightsOf } from './step-mix.ts';
import { takeStep } from './steps.ts';

export interface SeedOptions {
  readonly seed: number;
  readonly steps: number;
  /** Without it the seed decides: 4 to 8. */
  readonly peers?: number;
  /** Without one the seed decides. */
  readonly kind?: RunKind;
  /** The default one unless told. */
  readonly signalEngine?: SignalEngine;
  /** Slower, and the same: see sim-crypto.ts. */
  readonly webCrypto?: boolean;
  readonly onStep?: (index: number, kind: StepKind) => void;
}

export interface SeedResult {
  readonly seed: number;
  readonly kind: RunKind;
  readonly peers: number;
  readonly steps: number;
  readonly messages: number;
  readonly crashes: number;
  readonly restores: number;
  readonly handshakes: number;
  readonly strangers: number;
  readonly notices: number;
  readonly stops: number;
  readonly commits: number;
  readonly frames: number;
  readonly encryptions: number;
  readonly simulatedMinutes: number;
  /** Of everything on the wire: two runs of a seed have the same. */
  readonly digest: string;
  readonly tookMs: number;
  /** Processor time of the process meanwhile. */
  readonly cpuMs: number;
}

export class SeedFailure extends Error {
  override readonly name = 'SeedFailure';
}

/** Steps between two rests. */
const CHECK_EVERY = 250;

/** What runs this seed again, with the default engine. */
export function replayCommand({
  seed,
  steps,
  peers,
  kind,
}: Pick<SeedOptions, 'seed' | 'steps'> & {
  readonly peers?: number | undefined;
  readonly kind?: RunKind | undefined;
}): string {
  const told = [peers === undefined ? '' : ` --peers ${peers}`, kind === undefined ? '' : ` --kind ${kind}`];
  return `npm run sim -- --seed ${seed} --steps ${steps}${told.join('')}`;
}

/** Which kind of run a seed is, unless it is told. */
export function kindOfSeed(seed: number): RunKind {
  return RUN_KINDS[seed % RUN_KINDS.length] ?? 'hostile';
}

/** How many people a seed has, unless it is told. */
export function peersOfSeed(seed: number): number {
  return 4 + (seed % 5);
}

/** Throws SeedFailure, with the step at which it happened. */
export async function runSeed(options: SeedOptions): Promise<SeedResult> {
  const { seed, steps, peers = peersOfSeed(seed) } = options;
  const signalEngine = options.signalEngine ?? enkSignalEngine;
  await Simulation.warmUp(signalEngine);
  const kind = options.kind ?? kindOfSeed(seed);
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  const simulation = new Simulation({
    seed,
    kind,
    peers,
    signalEngine,
    webCrypto: options.webCrypto ?? false,
  });
  let step = 0;
  let what: string = 'start';
  try {
    await simulation.start();
    const weights = weightsOf(kind);
    for (step = 1; step <= steps; step++) {
      const stepKind = simulation.random.weighted(weights);
      what = stepKind;
      options.onStep?.(step, stepKind);
      await takeStep(simulation, stepKind);
      simulation.assertSound();
      if (kind === 'reliable' && simulation.figures.strangers > 0) {
        throw new Error('two who know each other met as strangers');
      }
      what = 'rest';
      if (step % CHECK_EVERY === 0 || step === steps) await comeToRest(simulation);
    }
    const { user, system } = process.cpuUsage(startedCpu);
    const cpuMs = Math.round((user + system) / 1000);
    return resultOf(simulation, { steps, cpuMs, tookMs: Math.round(performance.now() - startedMs) });
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    const place = `seed ${seed} (${kind}, ${peers} peers), step ${step} (${what})`;
    throw new SeedFailure(`${place}: ${text}; again: ${replayCommand(options)}`, { cause });
  } finally {
    simulation.close();
  }
}

function resultOf(
  simulation: Simulation,
  measured: Pick<SeedResult, 'steps' | 'tookMs' | 'cpuMs'>,
): SeedResult {
  const { figures, options, world } = simulation;
  return {
    seed: options.seed,
    kind: options.kind,
    peers: options.peers,
    messages: figures.messages,
    crashes: figures.crashes,
    restores: figures.restores,
    handshakes: world.network.linksOpened,
    strangers: figures.strangers,
    notices: figures.notices,
    stops: figures.stops,
    commits: world.storage.commits,
    frames: world.frames,
    encryptions: world.ledger.count,
    simulatedMinutes: Math.round((world.time.nowMs - world.time.startMs) / 60_000),
    digest: world.wireDigest(),
    ...measured,
  };
}
