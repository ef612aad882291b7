/** The steps of a run: each does one thing to the world, then lets the devices work for a while. */
import type { SimDevice } from './sim-device.ts';
import type { End, SimLink } from './sim-network.ts';
import type { Simulation } from './simulation.ts';
import type { StepKind } from './step-mix.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;

/** Takes one step. Steps that mean nothing at the moment do nothing. */
export async function takeStep(simulation: Simulation, kind: StepKind): Promise<void> {
  await STEPS[kind](simulation);
  const { random, world } = simulation;
  // Often to the end, often only a little: then the next step meets work in progress.
  if (random.chance(0.5)) await world.queue.settle();
  else await world.queue.run(random.int(0, 40));
}

const STEPS: Readonly<Record<StepKind, (simulation: Simulation) => Promise<void> | void>> = {
  deliver: simulation => {
    const { random, world } = simulation;
    if (world.network.dialCount > 0 && random.chance(0.5)) return world.network.answerDial();
    const ends = world.network.readyEnds;
    if (ends.length > 0) return deliverSome(simulation, random.pick(ends), random.int(1, 6));
  },
  'deliver-link': simulation => {
    const { random, world } = simulation;
    const ends = world.network.readyEnds;
    if (ends.length === 0) return;
    const end = random.pick(ends);
    return deliverSome(simulation, end, end.inbox.length);
  },
  send: simulation => {
    const { random, devices } = simulation;
    const author = random.pick(devices);
    write(simulation, author, random.pick(simulation.othersOf(author)));
  },
  'send-both': simulation => {
    const [one, other] = simulation.random.pick(simulation.pairs);
    write(simulation, one, other);
    write(simulation, other, one);
  },
  tick: simulation => pass(simulation, simulation.random.int(1, 1_500)),
  wait: simulation => pass(simulation, simulation.random.int(5, 90) * SECOND_MS),
  cut: simulation => {
    const link = pickLink(simulation);
    if (link !== null) simulation.world.network.cut(link);
  },
  hold: simulation => {
    const { random, world } = simulation;
    const link = pickLink(simulation);
    if (link === null) return;
    const ends = random.pick([[link.dialler], [link.answerer], [link.dialler, link.answerer]]);
    world.network.hold(ends, random.int(1, 40) * SECOND_MS);
  },
  tamper,
  crash: simulation => {
    const device = simulation.random.pick(simulation.devices);
    if (device.isUp) device.crash();
  },
  'arm-crash': simulation => {
    const { random } = simulation;
    const device = random.pick(simulation.devices);
    if (device.isUp) device.dieAtEvent = device.events + random.int(1, 25);
  },
  boot: async simulation => {
    const down = simulation.devices.filter(({ isUp }) => !isUp);
    if (down.length === 0) return;
    const device = simulation.random.pick(down);
    if (simulation.random.chance(0.1)) device.dieAtEvent = device.events + simulation.random.int(1, 3);
    await simulation.boot(device);
  },
  path: simulation => {
    const link = pickLink(simulation);
    if (link !== null) simulation.world.network.path(link, simulation.random.chance(0.7));
  },
  broker: simulation => {
    const { network } = simulation.world;
    network.setBroker(
      !network.isBrokerUp,
      simulation.devices.filter(({ isUp }) => isUp).map(({ transport }) => transport),
    );
  },
  partition: simulation => {
    const { random, world } = simulation;
    if (random.chance(0.5)) return world.network.rejoin();
    const separated = random.chance(0.5) ? acrossGroups(simulation) : [random.pick(simulation.pairs)];
    for (const [one, other] of separated) {
      world.network.separate(one.transport, other.transport);
    }
  },
  'clock-jump': simulation => {
    const { random } = simulation;
    const device = random.pick(simulation.devices);
    const jumpMs = random.int(-HOUR_MS, HOUR_MS) * (random.chance(0.3) ? 10 : 1);
    // A wrong time zone, not a wrong year: certificates are for days.
    device.clock.offsetMs = Math.max(-20 * HOUR_MS, Math.min(20 * HOUR_MS, device.clock.offsetMs + jumpMs));
  },
  copy: simulation => simulation.copy(simulation.random.pick(simulation.devices)),
  restore: simulation => simulation.restore(simulation.random.pick(simulation.devices)),
  page: simulation => {
    const { random } = simulation;
    const device = random.pick(simulation.devices);
    const contact = device.contactOf(random.pick(simulation.othersOf(device)));
    if (contact === null) return;
    const contactId = contact.id;
    if (random.chance(0.5)) {
      const upToPosition = contact.lastMessage?.position ?? 0;
      device.act(core => core.markRead({ contactId, upToPosition }));
    } else {
      const isTyping = random.chance(0.5);
      device.act(core => core.setTyping({ contactId, isTyping }));
    }
  },
  agree: simulation => simulation.random.pick(simulation.devices).agree(),
  reconnect: simulation => {
    const device = simulation.random.pick(simulation.devices);
    for (const { id } of device.contacts) device.act(core => core.reconnect({ contactId: id }));
  },
};

/** Everybody is on one of two sides: the pairs that a wall between them separates. */
function acrossGroups({ random, devices, pairs }: Simulation): readonly (readonly [SimDevice, SimDevice])[] {
  const onThisSide = new Set(devices.filter(() => random.chance(0.5)));
  return pairs.filter(([one, other]) => onThisSide.has(one) !== onThisSide.has(other));
}

async function deliverSome(simulation: Simulation, end: End, count: number): Promise<void> {
  const { random, world } = simulation;
  for (let left = count; left > 0; left--) {
    world.network.deliver(end);
    if (random.chance(0.3)) await world.queue.run(random.int(0, 20));
  }
}

/** A line, or a burst of them. */
function write(simulation: Simulation, author: SimDevice, reader: SimDevice): void {
  const { random } = simulation;
  const burst = random.chance(0.01) ? random.int(20, 80) : random.int(1, 3);
  for (let count = 0; count < burst; count++) simulation.write(author, reader);
}

/** Time passes, and what falls due happens in turn. */
export async function pass(simulation: Simulation, ms: number): Promise<void> {
  const { time, queue } = simulation.world;
  const untilMs = time.nowMs + ms;
  while (time.step(untilMs)) await queue.run(simulation.random.int(0, 30));
}

function pickLink({ random, world }: Simulation): SimLink | null {
  const { links } = world.network;
  return links.length === 0 ? null : random.pick(links);
}

/** What an ordered, reliable channel never does: lose, repeat, swap or alter a frame. */
function tamper({ random, world }: Simulation): void {
  const ends = world.network.busyEnds.filter(({ inbox }) => inbox.some(isFrame));
  if (ends.length === 0) return;
  const end = random.pick(ends);
  const { inbox } = end;
  const places = inbox.flatMap((arrival, index) => (isFrame(arrival) ? [index] : []));
  const place = random.pick(places);
  const frame = inbox[place];
  if (frame?.type !== 'link-message') return;
  switch (random.pick(['lose', 'repeat', 'swap', 'alter', 'cut-off'] as const)) {
    case 'lose':
      end.hasLost = true;
      inbox.splice(place, 1);
      return;
    case 'repeat':
      inbox.splice(random.int(place, inbox.length), 0, frame);
      return;
    case 'swap': {
      const other = random.pick(places);
      const [a, b] = [inbox[place], inbox[other]];
      if (a !== undefined && b !== undefined) [inbox[place], inbox[other]] = [b, a];
      return;
    }
    case 'alter': {
      const bytes = frame.bytes.slice();
      const at = random.int(0, bytes.length - 1);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.int(0, 7));
      inbox[place] = { ...frame, bytes };
      return;
    }
    case 'cut-off':
      inbox[place] = { ...frame, bytes: frame.bytes.slice(0, random.int(0, frame.bytes.length - 1)) };
  }
}

function isFrame(arrival: { readonly type: string }): boolean {
  return arrival.type === 'link-message';
}
