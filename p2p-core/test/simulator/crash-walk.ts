/**
 * The crash walk: one scripted conversation, again and again, and each time one device dies one place later. A place
 * is right after one of its commits, or right after one of its frames left; between them lie all others that can be
 * told apart from outside: before and after each flight and each transaction of the handshake, between store and ack,
 * between commit and send. Then it comes back with what was durable, the script goes on, and at rest everything must
 * be as if nothing had happened.
 */
import { enkSignalEngine } from '@enk/crypto-core';
import { comeToRest } from './rest.ts';
import type { SimDevice } from './sim-device.ts';
import { Simulation } from './simulation.ts';

type Script = (simulation: Simulation) => Promise<void>;

export interface CrashWalkOptions {
  readonly seed: number;
  readonly script: 'first-contact' | 'reconnect';
  /** Which of the two dies: 0 the inviter, 1 the invitee. */
  readonly victim: 0 | 1;
  /** Every `stride`-th place, from `stride − 1` on; 1 for all. */
  readonly stride: number;
}

export interface CrashWalkResult {
  /** Places of the script where the victim can die. */
  readonly places: number;
  readonly walked: number;
}

/** Throws with the place at which an invariant broke. */
export async function walkCrashes(options: CrashWalkOptions): Promise<CrashWalkResult> {
  const { seed, victim, stride } = options;
  await Simulation.warmUp(enkSignalEngine);
  const places = await runOnce(options, null);
  let walked = 0;
  for (let place = stride; place <= places; place += stride) {
    await runOnce(options, place).catch((cause: unknown) => {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${options.script}, seed ${seed}, victim ${victim}, place ${place}: ${text}`, {
        cause,
      });
    });
    walked += 1;
  }
  return { places, walked };
}

/** One run of the script in which the victim dies at `place`; returns how many places it had. */
async function runOnce({ seed, script, victim }: CrashWalkOptions, place: number | null): Promise<number> {
  const simulation = new Simulation({
    seed,
    kind: 'reliable',
    peers: 2,
    webCrypto: false,
    signalEngine: enkSignalEngine,
  });
  try {
    for (const device of simulation.devices) await simulation.firstBoot(device);
    if (script === 'reconnect') await befriend(simulation);
    const device = simulation.devices[victim] as SimDevice;
    const before = device.events;
    if (place !== null) device.dieAtEvent = before + place;
    await SCRIPTS[script](simulation);
    const events = device.events - before;
    const crashes = simulation.figures.crashes;
    if (place !== null && crashes !== 1) throw new Error(`died ${crashes} times instead of once`);
    await comeToRest(simulation);
    await exchange(simulation, 1); // and talk as ever
    await comeToRest(simulation);
    return events;
  } finally {
    simulation.close();
  }
}

const SCRIPTS: Readonly<Record<CrashWalkOptions['script'], Script>> = {
  'first-contact': async simulation => {
    await befriend(simulation);
    await exchange(simulation, 2);
  },
  reconnect: async simulation => {
    await exchange(simulation, 1);
    for (const link of simulation.world.network.links) simulation.world.network.cut(link);
    await exchange(simulation, 3);
    const [one, other] = simulation.devices as [SimDevice, SimDevice];
    for (const device of [one, other]) {
      const contact = device.contacts[0];
      if (contact !== undefined)
        device.act(core => core.markRead({ contactId: contact.id, upToPosition: 9 }));
    }
    await settleDown(simulation);
  },
};

/** The two meet by invite; whoever dies on the way tries again. */
async function befriend(simulation: Simulation): Promise<void> {
  const [inviter, invitee] = simulation.devices as [SimDevice, SimDevice];
  let token: string | null = null;
  while (inviter.contactOf(invitee) === null || invitee.contactOf(inviter) === null) {
    token ??= await makeInvite(simulation, inviter);
    const invite = token;
    if (invite !== null && invitee.contactOf(inviter) === null) {
      invitee.act(core => core.acceptInvite({ token: invite, name: '' }));
    }
    await settleDown(simulation);
  }
}

async function makeInvite(simulation: Simulation, inviter: SimDevice): Promise<string | null> {
  let token: string | null = null;
  inviter.act(
    core => core.createInvite({}),
    invite => {
      token = invite.token;
    },
  );
  await simulation.world.queue.settle();
  return token;
}

/** Both write at once, `count` times. */
async function exchange(simulation: Simulation, count: number): Promise<void> {
  const [one, other] = simulation.devices as [SimDevice, SimDevice];
  for (let round = 0; round < count; round++) {
    simulation.write(one, other);
    simulation.write(other, one);
  }
  await settleDown(simulation);
}

/** Everything arrives, who died comes back, and a few seconds pass for what is dialled again. */
async function settleDown(simulation: Simulation): Promise<void> {
  const { time } = simulation.world;
  const untilMs = time.nowMs + 3_000;
  do {
    await simulation.deliverEverything();
    for (const device of simulation.devices) if (!device.isUp) await simulation.boot(device);
    await simulation.deliverEverything();
    simulation.assertSound();
  } while (time.step(untilMs));
}
