/**
 * One simulated run: N people who all know each other, a network that does its worst, devices that die and come
 * back. Every decision comes from the seed. After every step: exactly once and in order, no key and nonce twice,
 * nothing readable on the wire, bounded queues. Every CHECK_EVERY steps the network heals, everything must come to
 * rest (no stuck session), and storage on all sides must be equal.
 */
import type { SignalEngine } from '@enk/crypto-core';
import type { ContactView } from '../../worker/api.ts';
import { MAX_CONSENT_REQUESTS } from '../../limits.ts';
import { SeededRandom } from './random.ts';
import type { SimTransport } from './sim-network.ts';
import { SimDevice } from './sim-device.ts';
import type { DatabaseCopy } from './sim-storage.ts';
import { CANARY, type RunKind, makeText } from './step-mix.ts';
import { Transcript, type TranscriptCopy } from './transcript.ts';
import { World } from './world.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly kind: RunKind;
  readonly peers: number;
  readonly webCrypto: boolean;
  readonly signalEngine: SignalEngine;
}

/** A device's copy, with what the model said then. */
interface SavedCopy {
  readonly database: DatabaseCopy;
  readonly models: ReadonlyMap<Transcript, TranscriptCopy>;
}

/** Most that may be on its way to one end: two windows of messages, their acks, and some. */
const MAX_INBOX = 600;
/** Timers of one device: for each peer a dial, handshakes each way, glare and typing; and consents. */
const MAX_TIMERS = { fixed: 48, perPeer: 8 };
/** Work under way of one device, for each peer: a handshake or two, a window each way. */
const MAX_TASKS_PER_PAIR = 4_000;

const warmedUp = new Map<SignalEngine, Promise<void>>();

export class Simulation {
  readonly options: SimulationOptions;
  readonly random: SeededRandom;
  readonly world: World;
  readonly devices: readonly SimDevice[];
  readonly #transcripts = new Map<string, Transcript>();
  readonly #copies = new Map<SimDevice, SavedCopy>();
  readonly figures = {
    messages: 0,
    crashes: 0,
    restores: 0,
    strangers: 0,
    notices: 0,
    maxInbox: 0,
    stops: 0,
  };
  #texts = 0;

  constructor(options: SimulationOptions) {
    this.options = options;
    this.random = new SeededRandom(options.seed, 'steps');
    this.world = new World(options, (from, to, hasCommonSecret) => {
      if (!hasCommonSecret) this.#metAsStrangers(from, to);
    });
    this.devices = Array.from({ length: options.peers }, (_, index) => {
      const name = `sim-${options.seed}-${'abcdefghij'[index] ?? index}`;
      return new SimDevice(name, this.world, {
        onReceived: (device, contact, { text }) => this.#received(device, contact, text),
        onCrash: () => {
          this.figures.crashes += 1;
        },
      });
    });
    this.world.storage.onCommit = database => {
      this.devices.find(device => device.database === database)?.committed();
    };
    this.world.secrets.add(CANARY);
  }

  // ---------------------------------------------------------------- set-up

  /** Everybody makes a profile, and everybody meets everybody by invite. */
  async start(): Promise<void> {
    for (const device of this.devices) await this.firstBoot(device);
    for (const [inviter, invitee] of this.pairs) {
      await this.#befriend(inviter, invitee);
      if (!isReady(inviter, invitee)) throw new Error('two people who met are not connected');
    }
  }

  /** Makes a profile, with every switch on. */
  async firstBoot(device: SimDevice): Promise<void> {
    await device.boot();
    device.act(core => core.setDisplayName({ displayName: `${CANARY} ${device.name.slice(-1)}` }));
    device.act(core => core.setPrivacy({ privacy: { sendTyping: true, sendReadReceipts: true } }));
    await this.world.queue.settle();
    this.world.secrets.add(device.identityKey);
  }

  async #befriend(inviter: SimDevice, invitee: SimDevice): Promise<void> {
    let token = '';
    inviter.act(
      core => core.createInvite({}),
      invite => {
        token = invite.token;
      },
    );
    await this.world.queue.settle();
    invitee.act(core => core.acceptInvite({ token, name: '' }));
    await this.world.queue.settle();
    await this.deliverEverything();
    this.assertSound();
  }

  /**
   * Loads what is loaded once a process (ts-mls asks for parts of itself when it first needs them): real time passes
   * here, which a run must never wait for.
   */
  static warmUp(signalEngine: SignalEngine): Promise<void> {
    const warm = warmedUp.get(signalEngine) ?? Simulation.#warmUp(signalEngine);
    warmedUp.set(signalEngine, warm);
    return warm;
  }

  static async #warmUp(signalEngine: SignalEngine): Promise<void> {
    const options = { seed: 0, kind: 'reliable', peers: 2, webCrypto: false } as const;
    const simulation = new Simulation({ ...options, signalEngine });
    const [inviter, invitee] = simulation.devices as [SimDevice, SimDevice];
    try {
      for (const device of [inviter, invitee]) await device.boot();
      await simulation.#befriend(inviter, invitee);
      while (!isReady(inviter, invitee)) {
        await new Promise(resolve => setTimeout(resolve, 20));
        await simulation.deliverEverything();
      }
    } finally {
      simulation.close();
    }
  }

  /** Each two people once. */
  get pairs(): readonly (readonly [SimDevice, SimDevice])[] {
    return this.devices.flatMap((one, index) =>
      this.devices.slice(index + 1).map(other => [one, other] as const),
    );
  }

  othersOf(device: SimDevice): readonly SimDevice[] {
    return this.devices.filter(other => other !== device);
  }

  transcript(author: SimDevice, reader: SimDevice): Transcript {
    const name = `${author.name.slice(-1)}→${reader.name.slice(-1)}`;
    const known = this.#transcripts.get(name) ?? new Transcript(name);
    this.#transcripts.set(name, known);
    return known;
  }

  get transcripts(): readonly Transcript[] {
    return [...this.#transcripts.values()];
  }

  // ---------------------------------------------------------------- what happens

  #received(reader: SimDevice, contact: ContactView, text: string): void {
    const author = this.devices.find(({ peerId }) => peerId === contact.peerId);
    try {
      if (author === undefined) throw new Error('a message from nobody');
      this.transcript(author, reader).store(text);
    } catch (violation) {
      this.world.violations.push(violation);
    }
  }

  #metAsStrangers(from: SimTransport, to: SimTransport): void {
    this.figures.strangers += 1;
    const ends = this.devices.filter(device => [from.peerId, to.peerId].includes(device.peerId));
    const [one, other] = ends;
    if (one === undefined || other === undefined) return;
    this.transcript(one, other).metAsStrangers();
    this.transcript(other, one).metAsStrangers();
  }

  /** The person writes a message. */
  write(author: SimDevice, reader: SimDevice): void {
    const contact = author.contactOf(reader);
    if (!author.isUp || contact === null) return;
    const text = makeText(this.random, author.name.slice(-1), ++this.#texts);
    this.figures.messages += 1;
    const isDurable = this.transcript(author, reader).wrote(text);
    author.act(core => core.sendMessage({ contactId: contact.id, text }), isDurable);
  }

  /** A device that is down starts, and its storage is what it promised. */
  async boot(device: SimDevice): Promise<void> {
    await device.boot();
    await this.#compareOnReturn(device);
  }

  async #compareOnReturn(device: SimDevice): Promise<void> {
    for (const other of this.othersOf(device)) {
      const contact = device.contactOf(other);
      if (!device.isUp || contact === null) continue;
      const { own, received } = await device.read(contact);
      this.transcript(device, other).authorCameBack(own);
      this.transcript(other, device).readerCameBack(received);
    }
  }

  /** Remembers a device's storage as it is now. */
  async copy(device: SimDevice): Promise<void> {
    await this.world.queue.settle();
    if (!device.isUp) return;
    const transcripts = this.othersOf(device).flatMap(other => [
      this.transcript(other, device),
      this.transcript(device, other),
    ]);
    const models = new Map(transcripts.map(transcript => [transcript, transcript.copy()] as const));
    this.#copies.set(device, { database: device.copyStorage(), models });
  }

  /** The device goes back to its copy, as a backup that was put back would. */
  async restore(device: SimDevice): Promise<void> {
    const copy = this.#copies.get(device);
    if (copy === undefined) return;
    this.figures.restores += 1;
    await this.world.queue.settle(); // what the others' views say is what they have
    const pendingOfOthers = new Map(
      this.othersOf(device).map(other => [other, other.contactOf(device)?.pendingCount] as const),
    );
    device.putBack(copy.database);
    this.world.network.showDeath(device.transport); // nobody puts a copy back within seconds
    await device.boot();
    if (!device.isUp) throw new Error('a restored copy does not open');
    for (const other of this.othersOf(device)) {
      const contact = device.contactOf(other);
      if (contact === null) throw new Error('a restored copy lost a contact');
      const { own, received } = await device.read(contact);
      const [outbound, inbound] = [this.transcript(device, other), this.transcript(other, device)];
      const [author, reader] = [copy.models.get(outbound), copy.models.get(inbound)];
      if (author === undefined || reader === undefined) throw new Error('a copy without a model');
      outbound.authorRestored(author, own, contact.pendingCount);
      // While the author is down, what it holds as unacknowledged is not known: anything may wait.
      const pending = pendingOfOthers.get(other) ?? inbound.sentCount;
      inbound.readerRestored(reader, received, pending);
    }
  }

  // ---------------------------------------------------------------- rest

  /** Everything on its way arrives, in no order between links, until nothing moves. */
  async deliverEverything(): Promise<void> {
    const { network, queue } = this.world;
    for (;;) {
      await queue.settle();
      if (network.dialCount > 0) {
        network.answerDial();
        continue;
      }
      const ends = network.busyEnds;
      if (ends.length === 0) return;
      const end = this.random.pick(ends);
      for (let count = this.random.int(1, 8); count > 0; count--) network.deliver(end);
    }
  }

  // ---------------------------------------------------------------- invariants

  /** What must hold after every step. */
  assertSound(): void {
    this.world.assertSound();
    for (const device of this.devices) {
      const [error] = device.errors;
      if (error !== undefined) throw new Error(`${device.name}: a request failed`, { cause: error });
      const { fixed, perPeer } = MAX_TIMERS;
      const maxTimers = fixed + perPeer * (this.devices.length - 1);
      if (device.clock.timerCount > maxTimers) throw new Error(`${device.name}: timers pile up`);
      if (device.consents.length > MAX_CONSENT_REQUESTS) throw new Error(`${device.name}: questions pile up`);
      if (device.contacts.length >= this.devices.length) throw new Error(`${device.name}: contacts pile up`);
    }
    if (this.world.queue.size > MAX_TASKS_PER_PAIR * this.pairs.length) throw new Error('tasks pile up');
    for (const { inbox } of this.world.network.busyEnds) {
      this.figures.maxInbox = Math.max(this.figures.maxInbox, inbox.length);
      if (inbox.length > MAX_INBOX) throw new Error('frames pile up on a link');
    }
    const { links } = this.world.network;
    if (links.length > 8 * this.pairs.length) throw new Error('links pile up');
  }

  close(): void {
    for (const device of this.devices) device.crash();
    this.world.close();
  }
}

function isReady(one: SimDevice, other: SimDevice): boolean {
  return [one.contactOf(other), other.contactOf(one)].every(contact => contact?.connection.kind === 'ready');
}
