/**
 * One person's device: the real EnkCore on simulated storage, network and time, and what its page has seen. It can
 * die at any commit and at any frame that leaves, come back with what was durable, and be put back to an old copy.
 */
import type { SignalEngine } from '@enk/crypto-core';
import { P2pError } from '../../errors.ts';
import type { NetworkSettings, PeerId } from '../../ports/transport.ts';
import type { ConsentRequest, ContactView, EnkEvent, MessageView } from '../../worker/api.ts';
import { EnkCore } from '../../worker/enk-core.ts';
import { SimLocks } from './sim-locks.ts';
import { type SimNetwork, SimTransport } from './sim-network.ts';
import type { DatabaseCopy, SimStorage } from './sim-storage.ts';
import { SimClock, type SimTime } from './sim-time.ts';
import type { TaskQueue } from './task-queue.ts';

const NETWORK: NetworkSettings = { brokerUrl: 'ws://localhost:9000/', iceServers: [], relayOnly: false };
const PAGE = 200;

/** What all devices share. */
export interface SimWorld {
  readonly queue: TaskQueue;
  readonly time: SimTime;
  readonly storage: SimStorage;
  readonly network: SimNetwork;
  readonly signalEngine: SignalEngine;
}

export interface DeviceObserver {
  onReceived(device: SimDevice, contact: ContactView, message: MessageView): void;
  onCrash(device: SimDevice): void;
}

/** Own and received texts of one conversation, oldest first. */
export interface StoredTexts {
  readonly own: readonly string[];
  readonly received: readonly string[];
}

export class SimDevice {
  readonly name: string;
  readonly #world: SimWorld;
  readonly #observer: DeviceObserver;
  readonly clock: SimClock;
  #core: EnkCore | null = null;
  #transport: SimTransport | null = null;
  /** Counts boots: what an earlier page still says is not heard. */
  #life = 0;
  #isOpen = false;
  peerId: PeerId | null = null;
  identityKey: Uint8Array = new Uint8Array(0);
  contacts: readonly ContactView[] = [];
  consents: readonly ConsentRequest[] = [];
  alerts = 0;
  /** Commits and frames so far: the places where it can die. */
  events = 0;
  /** Dies at this event. */
  dieAtEvent: number | null = null;
  /** Errors that a live page met and that no crash explains. */
  readonly errors: unknown[] = [];

  constructor(name: string, world: SimWorld, observer: DeviceObserver) {
    this.name = name;
    this.#world = world;
    this.#observer = observer;
    this.clock = new SimClock(world.time);
  }

  get database(): string {
    return `enk:${this.name}`;
  }

  get isUp(): boolean {
    return this.#isOpen;
  }

  get transport(): SimTransport {
    if (this.#transport === null) throw new RangeError('never booted');
    return this.#transport;
  }

  get core(): EnkCore {
    if (this.#core === null) throw new RangeError('not running');
    return this.#core;
  }

  // ---------------------------------------------------------------- life and death

  /** Opens the profile in a new page and runs until that is done, or until it died on the way. */
  async boot(): Promise<void> {
    const life = ++this.#life;
    const transport = new SimTransport(this.#world.network);
    transport.onSent = () => this.#event(life);
    this.#transport = transport;
    this.#core = new EnkCore({
      transport,
      clock: this.clock,
      signalEngine: this.#world.signalEngine,
      locks: new SimLocks().manager,
      openJournal: () => Promise.resolve(this.#world.storage.openJournal(this.database)),
      emit: event => {
        if (life === this.#life) this.#onEvent(event);
      },
    });
    this.consents = [];
    this.#attempt(this.#core.open({ profile: this.name, network: NETWORK }), () => {
      this.#isOpen = true;
    });
    await this.#world.queue.settle();
  }

  /** Something that this device wrote is durable, or visible. */
  committed(): void {
    this.#event(this.#life);
  }

  #event(life: number): void {
    if (life !== this.#life || this.#core === null) return;
    this.events += 1;
    if (this.events === this.dieAtEvent) this.crash();
  }

  /** The page dies between two instructions: no goodbye, nothing that has not committed. Every other time the power goes too. */
  crash(): void {
    if (this.#core === null) return;
    this.dieAtEvent = null;
    this.#life += 1;
    this.#core = null;
    this.#isOpen = false;
    this.contacts = [];
    this.consents = [];
    this.clock.stop();
    this.#world.storage.kill(this.database, { losesPower: this.#life % 2 === 0 });
    this.transport.kill();
    this.#observer.onCrash(this);
  }

  /** What is stored now; only at rest. */
  copyStorage(): DatabaseCopy {
    return this.#world.storage.copy(this.database);
  }

  /** Dies, and its storage goes back to an old copy. */
  putBack(copy: DatabaseCopy): void {
    this.crash();
    this.#world.storage.putBack(this.database, copy);
  }

  // ---------------------------------------------------------------- what the page sees

  #onEvent(event: EnkEvent): void {
    switch (event.type) {
      case 'profile':
        if (event.profile.kind === 'failed') this.errors.push(new Error(`storage ${event.profile.code}`));
        if (event.profile.kind !== 'open' && event.profile.kind !== 'needs-name') return;
        this.peerId = event.profile.peerId;
        this.identityKey = event.profile.identityKey;
        return;
      case 'contacts':
        this.contacts = event.contacts;
        return;
      case 'consent':
        this.consents = event.requests;
        return;
      case 'alerts':
        this.alerts = Math.max(this.alerts, event.alerts.length);
        return;
      case 'messages':
        for (const message of event.messages) {
          const contact = this.contacts.find(({ id }) => id === message.contactId);
          if (!message.isMine && contact !== undefined) this.#observer.onReceived(this, contact, message);
        }
        return;
      default:
        return;
    }
  }

  contactOf(other: SimDevice): ContactView | null {
    return this.contacts.find(({ peerId }) => peerId === other.peerId) ?? null;
  }

  // ---------------------------------------------------------------- what the person does

  /** Does something with the running page; an error counts unless the page died meanwhile. */
  act<T>(request: (core: EnkCore) => Promise<T>, done: (result: T) => void = () => undefined): void {
    if (this.#core !== null && this.#isOpen) this.#attempt(request(this.#core), done);
  }

  #attempt<T>(request: Promise<T>, done: (result: T) => void): void {
    const life = this.#life;
    request.then(
      result => {
        if (life === this.#life) done(result);
      },
      (error: unknown) => {
        // A request that the connection ended under, or a dialler that is gone by now: the page shows that.
        const isGone = error instanceof P2pError && error.code === 'unknown-request';
        if (life === this.#life && !isGone) this.errors.push(error);
      },
    );
  }

  /** The person says yes to everybody who asks. */
  agree(): void {
    for (const { id } of this.consents) {
      this.act(core => core.answerConsent({ id, accept: true }));
    }
  }

  /** Reads a conversation from storage; at least the last `wanted` messages. */
  async read(contact: ContactView): Promise<StoredTexts> {
    const own: string[] = [];
    const received: string[] = [];
    let beforePosition: number | null = null;
    for (;;) {
      const page = this.core.listMessages({
        contactId: contact.id,
        limit: PAGE,
        ...(beforePosition !== null && { beforePosition }),
      });
      await this.#world.queue.settle();
      const { messages, hasOlder } = await page;
      own.unshift(...messages.filter(({ isMine }) => isMine).map(({ text }) => text));
      received.unshift(...messages.filter(({ isMine }) => !isMine).map(({ text }) => text));
      if (!hasOlder) return { own, received };
      beforePosition = messages[0]?.position ?? 0;
    }
  }
}
