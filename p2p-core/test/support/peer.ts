/** One person in a scenario: an EnkCore on the test network, and what its page saw. */
import { enkSignalEngine } from '@enk/crypto-core';
import type { NetworkSettings } from '../../ports/transport.ts';
import type {
  AlertView,
  ConsentRequest,
  ContactId,
  ContactView,
  EnkEvent,
  InviteView,
  MessageView,
  ProfileView,
} from '../../worker/api.ts';
import type { CallView, MissedCallView } from '../../calls/call-view.ts';
import { EnkCore } from '../../worker/enk-core.ts';
import { MediaDouble } from './media-double.ts';
import { TestClock } from './test-clock.ts';
import type { TestNetwork, TestTransport } from './test-network.ts';

export const NETWORK: NetworkSettings = {
  brokerUrl: 'ws://localhost:9000/',
  iceServers: [],
  relayOnly: false,
};

export class Peer {
  readonly profileName: string;
  readonly clock: TestClock;
  readonly network: TestNetwork;
  core!: EnkCore;
  transport!: TestTransport;
  profile: ProfileView = { kind: 'closed' };
  contacts: readonly ContactView[] = [];
  consents: readonly ConsentRequest[] = [];
  alerts: readonly AlertView[] = [];
  invites: readonly InviteView[] = [];
  readonly media = new MediaDouble();
  call: CallView | null = null;
  missed: readonly MissedCallView[] = [];
  readonly events: EnkEvent[] = [];
  readonly #checks = new Set<() => void>();

  private constructor(network: TestNetwork, profileName: string, clock: TestClock) {
    this.network = network;
    this.profileName = profileName;
    this.clock = clock;
  }

  /** A person with a new profile (or the one named). */
  static async start(network: TestNetwork, name: string, profileName = uniqueProfile()): Promise<Peer> {
    const peer = new Peer(network, profileName, new TestClock());
    await peer.boot();
    await peer.core.setDisplayName({ displayName: name });
    return peer;
  }

  /** A person whose page is there and whose profile is not opened yet. */
  static create(network: TestNetwork, profileName: string): Peer {
    const peer = new Peer(network, profileName, new TestClock());
    peer.#compose();
    return peer;
  }

  #compose(): void {
    this.transport = this.network.createTransport();
    this.core = new EnkCore({
      transport: this.transport,
      clock: this.clock,
      media: this.media,
      signalEngine: enkSignalEngine,
      locks: navigator.locks,
      emit: event => this.#onEvent(event),
    });
  }

  /** Opens the profile in a new page. */
  async boot(): Promise<void> {
    this.#compose();
    await this.core.open({ profile: this.profileName, network: NETWORK });
  }

  /** The page dies without a word: the network notices nothing, storage keeps what was committed. */
  async crash(): Promise<void> {
    this.transport.kill();
    await this.core.close(); // frees the lock and the database; its transport is dead already
  }

  #onEvent(event: EnkEvent): void {
    this.events.push(event);
    if (event.type === 'profile') this.profile = event.profile;
    if (event.type === 'contacts') this.contacts = event.contacts;
    if (event.type === 'consent') this.consents = event.requests;
    if (event.type === 'alerts') this.alerts = event.alerts;
    if (event.type === 'call') this.call = event.call;
    if (event.type === 'missed-calls') this.missed = event.calls;
    if (event.type === 'invites') this.invites = event.invites;
    for (const check of [...this.#checks]) check();
  }

  /** Resolves as soon as `condition` gives something; looked at after every event of this peer. */
  until<T>(what: string, condition: () => T | false | null | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        this.#checks.delete(check);
        reject(new Error(`${this.profileName}: ${what}; contacts: ${describe(this.contacts)}`));
      }, 15_000);
      const check = (): void => {
        const found = condition();
        if (found === false || found === null || found === undefined) return;
        clearTimeout(giveUp);
        this.#checks.delete(check);
        resolve(found);
      };
      this.#checks.add(check);
      check();
    });
  }

  /** Looks at what is waited for: something changed that is no event. */
  look(): void {
    for (const check of [...this.#checks]) check();
  }

  /** The only contact. */
  get contact(): ContactView {
    const [contact] = this.contacts;
    if (contact === undefined) throw new RangeError('no contact');
    return contact;
  }

  untilReady(contactId?: ContactId): Promise<ContactView> {
    return this.until('ready', () =>
      this.contacts.find(
        ({ id, connection }) => connection.kind === 'ready' && (contactId === undefined || id === contactId),
      ),
    );
  }

  untilConnection(kind: ContactView['connection']['kind']): Promise<ContactView> {
    return this.until(kind, () => this.contacts.find(({ connection }) => connection.kind === kind));
  }

  send(text: string, contactId: ContactId = this.contact.id): Promise<string> {
    return this.core.sendMessage({ contactId, text });
  }

  /** Every stored message of a conversation, oldest first. */
  async messages(contactId: ContactId = this.contact.id): Promise<readonly MessageView[]> {
    const all: MessageView[] = [];
    let before: number | undefined;
    for (;;) {
      const page = await this.core.listMessages({
        contactId,
        limit: 100,
        ...(before !== undefined && { beforePosition: before }),
      });
      all.unshift(...page.messages);
      if (!page.hasOlder) return all;
      before = page.messages[0]?.position ?? 0;
    }
  }

  async texts(isMine: boolean): Promise<readonly string[]> {
    return (await this.messages()).filter(message => message.isMine === isMine).map(({ text }) => text);
  }

  /** Waits until this side has stored exactly these messages of the other, in this order. */
  async untilReceived(count: number): Promise<readonly string[]> {
    const seen = new Set<number>();
    await this.until(`${count} messages received`, () => {
      for (const event of this.events) {
        if (event.type !== 'messages') continue;
        for (const { isMine, kind, position } of event.messages) {
          if (!isMine && kind === 'text') seen.add(position);
        }
      }
      return seen.size >= count;
    });
    return this.texts(false);
  }

  untilDelivered(): Promise<ContactView> {
    return this.until('all delivered', () => this.contacts.find(({ pendingCount }) => pendingCount === 0));
  }

  async close(): Promise<void> {
    await this.core.close();
  }
}

function uniqueProfile(): string {
  return `test-${crypto.randomUUID()}`;
}

function describe(contacts: readonly ContactView[]): string {
  return JSON.stringify(
    contacts.map(({ name, connection, pendingCount }) => ({ name, connection, pendingCount })),
  );
}

/** `inviter` makes an invite, `invitee` accepts it, both reach Ready. */
export async function befriend(inviter: Peer, invitee: Peer): Promise<void> {
  const { token } = await inviter.core.createInvite({});
  await invitee.core.acceptInvite({ token, name: '' });
  await Promise.all([inviter.untilReady(), invitee.untilReady()]);
}
