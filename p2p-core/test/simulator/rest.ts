/**
 * The network heals and everybody comes back: within MAX_REST_MS everything must be delivered and still, on one link
 * a pair, and storage on all sides must be what the model says.
 */
import type { SimDevice } from './sim-device.ts';
import type { Simulation } from './simulation.ts';

/** Longer than every back-off, handshake and consent timer together. */
const MAX_REST_MS = 20 * 60_000;
/** People look at the screen about this often. */
const LOOK_EVERY_MS = 5_000;

export async function comeToRest(simulation: Simulation): Promise<void> {
  const { world, devices } = simulation;
  for (const device of devices) {
    device.dieAtEvent = null;
    device.clock.offsetMs = 0;
    if (!device.isUp) await simulation.boot(device);
  }
  world.network.rejoin();
  world.network.setBroker(
    true,
    devices.map(({ transport }) => transport),
  );
  for (const link of world.network.links) {
    world.network.path(link, true);
    world.network.hold([link.dialler, link.answerer], 0);
    // Nothing need follow a frame that was lost, so that nobody notices: such a link does not heal, it ends.
    if (link.dialler.hasLost || link.answerer.hasLost) world.network.cut(link);
  }
  const giveUpMs = world.time.nowMs + MAX_REST_MS;
  for (;;) {
    await simulation.deliverEverything();
    simulation.assertSound();
    const moving = simulation.pairs.find(pair => !isAtRest(simulation, pair));
    if (moving === undefined && world.network.busyEnds.length === 0) break;
    if (world.time.nowMs > giveUpMs) throw new Error(`stuck: ${describe(simulation)}`);
    for (const device of devices) look(simulation, device);
    await world.queue.settle();
    world.time.step(world.time.nowMs + LOOK_EVERY_MS);
  }
  await compare(simulation);
}

function isAtRest({ world }: Simulation, [one, other]: readonly [SimDevice, SimDevice]): boolean {
  const sides = [one.contactOf(other), other.contactOf(one)];
  const isReady = sides.every(side => side?.connection.kind === 'ready' && side.pendingCount === 0);
  const links = world.network.links.filter(({ dialler, answerer }) =>
    [one, other].every(device => [dialler.transport, answerer.transport].includes(device.transport)),
  );
  return isReady && links.length === 1;
}

/** What a person does who wants to talk: says yes to who asks, and taps on what stopped. */
function look(simulation: Simulation, device: SimDevice): void {
  device.agree();
  for (const { id, connection } of device.contacts) {
    if (connection.kind !== 'stopped') continue;
    simulation.figures.stops += 1;
    if (simulation.options.kind === 'reliable') {
      throw new Error(`${device.name}: stopped (${connection.code}) although nobody was at fault`);
    }
    device.act(core => core.reconnect({ contactId: id }));
  }
}

async function compare(simulation: Simulation): Promise<void> {
  for (const [one, other] of simulation.pairs) {
    const [there, back] = [simulation.transcript(one, other), simulation.transcript(other, one)];
    const isRestored = there.isRestored || back.isRestored;
    await compareNotice(simulation, { author: one, reader: other, isRestored });
    await compareNotice(simulation, { author: other, reader: one, isRestored });
    await compareConversation(simulation, one, other);
    await compareConversation(simulation, other, one);
  }
  for (const device of simulation.devices) {
    simulation.world.secrets.assertAbsent(simulation.world.storage.bytes(device.database), 'in storage');
    assertBounded(simulation, device);
  }
  simulation.assertSound();
}

/** Who met a restored copy is told, and nobody else. */
async function compareNotice(
  simulation: Simulation,
  { author, reader, isRestored }: { author: SimDevice; reader: SimDevice; isRestored: boolean },
): Promise<void> {
  const contact = author.contactOf(reader);
  const { name, authorMustLearn, lossMustShow } = simulation.transcript(author, reader);
  const isTold = contact?.notice === 'restored-or-cloned';
  if ((authorMustLearn || lossMustShow) && !isTold) {
    throw new Error(`${name}: the author was not told of the restored copy`);
  }
  if (!isTold || contact === null) return;
  if (!isRestored) throw new Error(`${name}: the author was told of a restored copy, and there was none`);
  simulation.figures.notices += 1;
  author.act(core => core.dismissNotice({ contactId: contact.id }));
  await simulation.world.queue.settle();
}

async function compareConversation(
  simulation: Simulation,
  author: SimDevice,
  reader: SimDevice,
): Promise<void> {
  const [ofAuthor, ofReader] = [author.contactOf(reader), reader.contactOf(author)];
  if (ofAuthor === null || ofReader === null) throw new Error('a contact is gone');
  const [{ own }, { received }] = [await author.read(ofAuthor), await reader.read(ofReader)];
  simulation.transcript(author, reader).assertEqual(own, received);
}

/** Storage holds what is there to hold, and nothing else. */
function assertBounded(simulation: Simulation, device: SimDevice): void {
  const sizes = simulation.world.storage.sizes(device.database);
  const others = simulation.othersOf(device);
  const messages = others.reduce((sum, other) => {
    const [written, read] = [simulation.transcript(device, other), simulation.transcript(other, device)];
    return sum + written.sentCount + read.receivedCount;
  }, 0);
  const isBounded =
    sizes['outbox'] === 0 && sizes['contacts'] === others.length && sizes['messages'] === messages;
  if (!isBounded)
    throw new Error(`${device.name}: storage holds ${JSON.stringify(sizes)} for ${messages} messages`);
}

function describe(simulation: Simulation): string {
  const sides = simulation.devices.flatMap(device =>
    device.contacts.map(
      ({ connection, pendingCount }) => `${device.name} ${connection.kind} ${pendingCount}`,
    ),
  );
  return `${sides.join(', ')}; ${simulation.world.network.links.length} links`;
}
