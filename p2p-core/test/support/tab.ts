/** One tab of a profile: a TabHub over a real BroadcastChannel, and what its page was told. */
import { enkSignalEngine } from '@enk/crypto-core';
import { P2pError } from '../../errors.ts';
import type { ContactView, EnkEvent, InviteView, MessageView, ProfileView } from '../../worker/api.ts';
import { EnkCore } from '../../worker/enk-core.ts';
import type { EnkMethod, EnkParams, EnkResult, RequestMessage } from '../../worker/messages.ts';
import type { BroadcastPort } from '../../worker/tabs/tab-channel.ts';
import { TabHub } from '../../worker/tabs/tab-hub.ts';
import { NETWORK } from './peer.ts';
import { TestClock } from './test-clock.ts';
import type { TestNetwork, TestTransport } from './test-network.ts';

export class Tab {
  readonly profileName: string;
  readonly transport: TestTransport;
  readonly events: EnkEvent[] = [];
  readonly #hub: TabHub;
  readonly #checks = new Set<() => void>();
  #core!: EnkCore;
  #port: BroadcastChannel | null = null;
  #ids = 0;
  /** False: nothing of this kind reaches the other tabs. */
  passes: (message: { readonly kind?: string }) => boolean = () => true;

  constructor(network: TestNetwork, profileName: string) {
    this.profileName = profileName;
    this.transport = network.createTransport();
    this.#hub = new TabHub({
      makeCore: emit => {
        this.#core = new EnkCore({
          transport: this.transport,
          clock: new TestClock(),
          signalEngine: enkSignalEngine,
          locks: navigator.locks,
          emit,
        });
        return this.#core;
      },
      openChannel: name => this.#openChannel(name),
      emit: event => {
        this.events.push(event);
        for (const check of [...this.#checks]) check();
      },
    });
  }

  #openChannel(name: string): BroadcastPort {
    const port = new BroadcastChannel(name);
    this.#port = port;
    return {
      postMessage: message => {
        if (this.passes(message as { kind?: string })) port.postMessage(message);
      },
      addEventListener: (type, listener) => port.addEventListener(type, listener as EventListener),
      close: () => port.close(),
    };
  }

  open(): Promise<void> {
    return this.request('open', { profile: this.profileName, network: NETWORK });
  }

  async request<M extends EnkMethod>(method: M, params?: EnkParams<M>): Promise<EnkResult<M>> {
    const request = { kind: 'request', id: ++this.#ids, method, params } as RequestMessage;
    const response = await this.#hub.respond(request);
    if (response.kind !== 'response') throw new RangeError('no response');
    if (!response.ok) throw new P2pError(response.code);
    return response.result as EnkResult<M>;
  }

  send(text: string): Promise<unknown> {
    return this.request('sendMessage', { contactId: this.contact.id, text });
  }

  /** The tab dies without a word: its lock and its storage are free, its page's connections are gone. */
  async crash(): Promise<void> {
    this.passes = () => false;
    this.#port?.close();
    this.transport.kill();
    await this.#core.close();
  }

  async close(): Promise<void> {
    await this.request('close');
  }

  #last<T extends EnkEvent['type']>(type: T): Extract<EnkEvent, { type: T }> | undefined {
    return this.events.findLast((event): event is Extract<EnkEvent, { type: T }> => event.type === type);
  }

  get profile(): ProfileView {
    return this.#last('profile')?.profile ?? { kind: 'closed' };
  }

  get contacts(): readonly ContactView[] {
    return this.#last('contacts')?.contacts ?? [];
  }

  get invites(): readonly InviteView[] {
    return this.#last('invites')?.invites ?? [];
  }

  get contact(): ContactView {
    const [contact] = this.contacts;
    if (contact === undefined) throw new RangeError('no contact');
    return contact;
  }

  /** Texts as this tab's page was told them, by position. */
  get shown(): readonly string[] {
    const byPosition = new Map<number, MessageView>();
    for (const event of this.events) {
      if (event.type === 'messages')
        for (const message of event.messages) byPosition.set(message.position, message);
    }
    return [...byPosition.values()].sort((a, b) => a.position - b.position).map(({ text }) => text);
  }

  async stored(): Promise<readonly string[]> {
    const { messages } = await this.request('listMessages', { contactId: this.contact.id, limit: 100 });
    return messages.map(({ text }) => text);
  }

  /** Resolves as soon as `condition` holds; looked at after every event of this tab. */
  until(what: string, condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        this.#checks.delete(check);
        reject(new Error(`${what}; profile: ${this.profile.kind}`));
      }, 15_000);
      const check = (): void => {
        if (!condition()) return;
        clearTimeout(giveUp);
        this.#checks.delete(check);
        resolve();
      };
      this.#checks.add(check);
      check();
    });
  }
}
