/**
 * One profile in several tabs. The tab with the profile's lock owns it: storage, sessions and connections are there. The
 * others are guests: what their pages ask goes to the owner, and what the owner's page is told, theirs are told too.
 * When the owner's tab ends, the browser gives the lock to a guest, which opens the profile and goes on. P2P-TAB-01 ….
 *
 *   Alone ──lock free──▶ Owner ──close──▶ Alone
 *     │                    ▲
 *     │ lock held          │ lock granted: the owner is gone; what was asked of it is done here
 *     ▼                    │
 *   Guest (seeking) ──welcome──▶ Guest (of an owner) ⟲ another owner
 *
 * Not responsible for who gets the lock (profile-lock.ts), nor for what requests mean (enk-core.ts).
 */
import { TAB_ANSWER_MS } from '../../limits.ts';
import { P2pError } from '../../errors.ts';
import { encodeBase64Url } from '../../storage/base64url.ts';
import type { EnkApi, EnkEvent } from '../api.ts';
import type { RequestMessage, WorkerToPage } from '../messages.ts';
import { respond } from '../rpc.ts';
import { GuestRequests } from './guest-requests.ts';
import { type BroadcastPort, TabChannel, type TabId, type TabMessage } from './tab-channel.ts';

export interface TabHubOptions {
  /** The core of this tab, which tells what happens by `emit`. */
  makeCore(emit: (event: EnkEvent) => void): EnkApi;
  /** A BroadcastChannel of this name. */
  openChannel(name: string): BroadcastPort;
  /** Tells the page. */
  emit(event: EnkEvent): void;
}

type Role =
  | { readonly kind: 'alone' }
  | { readonly kind: 'owner' }
  /** `owner`: null while none has answered. */
  | { readonly kind: 'guest'; readonly owner: TabId | null };

export class TabHub {
  readonly #id = encodeBase64Url(crypto.getRandomValues(new Uint8Array(16))) as TabId;
  readonly #options: TabHubOptions;
  readonly #core: EnkApi;
  readonly #requests = new GuestRequests();
  #role: Role = { kind: 'alone' };
  #channel: TabChannel | null = null;
  /** The last event of each kind that tells a whole state: what a guest is welcomed with. */
  readonly #told = new Map<EnkEvent['type'], EnkEvent>();
  /** Answers the page's `open` when an owner does the work. */
  #attached: (() => void) | null = null;

  constructor(options: TabHubOptions) {
    this.#options = options;
    this.#core = options.makeCore(event => this.#coreTold(event));
  }

  /** Does what the page asks, here or at the owner. Never rejects. */
  async respond(request: RequestMessage): Promise<WorkerToPage> {
    if (request.method === 'open') return this.#open(request as RequestMessage<'open'>);
    if (request.method === 'close') return this.#close(request);
    if (this.#role.kind !== 'guest') return respond(this.#core, request);
    return this.#requests.ask(request, asked => this.#askOwner(asked));
  }

  // ---------------------------------------------------------------- life

  async #open(request: RequestMessage<'open'>): Promise<WorkerToPage> {
    if (this.#channel !== null) return respond(this.#core, request); // it says why not
    this.#channel = new TabChannel(this.#options.openChannel(channelName(request)), message =>
      this.#received(message),
    );
    const attached = new Promise<WorkerToPage>(resolve => {
      this.#attached = () => resolve({ kind: 'response', id: request.id, ok: true, result: undefined });
    });
    return Promise.race([attached, this.#openHere(request)]);
  }

  async #openHere(request: RequestMessage<'open'>): Promise<WorkerToPage> {
    const response = await respond(this.#core, request);
    if (response.kind === 'response' && response.ok) this.#becomeOwner();
    else this.#leave();
    return response;
  }

  async #close(request: RequestMessage): Promise<WorkerToPage> {
    const response = await respond(this.#core, request);
    this.#leave();
    return response;
  }

  #leave(): void {
    this.#channel?.close();
    this.#channel = null;
    this.#attached = null;
    this.#role = { kind: 'alone' };
    this.#told.clear();
    this.#doHere(); // the core says that it is not open
  }

  // ---------------------------------------------------------------- the own core

  #coreTold(event: EnkEvent): void {
    const profile = event.type === 'profile' ? event.profile.kind : null;
    if (profile === 'waiting-for-other-tab') return this.#becomeGuest(event);
    this.#options.emit(event);
    if (profile === 'locked') this.#told.clear(); // nothing of what was open may be told, or stay in memory
    if (!PASSING.has(event.type)) this.#told.set(event.type, event);
    // A tab that closes is nothing to the others: one of them gets the lock.
    if (this.#role.kind !== 'owner' || profile === 'closed') return;
    this.#channel?.post({ kind: 'event', owner: this.#id, event });
  }

  /** An owner answers within milliseconds: the page is told to wait only when none does. */
  #becomeGuest(waiting: EnkEvent): void {
    this.#role = { kind: 'guest', owner: null };
    this.#channel?.post({ kind: 'seek', from: this.#id });
    setTimeout(() => {
      if (this.#role.kind === 'guest' && this.#attached !== null) this.#options.emit(waiting);
    }, TAB_ANSWER_MS);
  }

  /** The lock is ours and the profile is open. */
  #becomeOwner(): void {
    const wasGuest = this.#role.kind === 'guest';
    this.#role = { kind: 'owner' };
    this.#channel?.post({ kind: 'owner', owner: this.#id });
    this.#doHere();
    if (wasGuest) this.#options.emit({ type: 'resumed' });
  }

  /** What was asked of an owner that is gone. */
  #doHere(): void {
    for (const request of this.#requests.takeAgain()) {
      void respond(this.#core, request).then(response => {
        if (response.kind === 'response') this.#requests.answer(response);
      });
    }
  }

  // ---------------------------------------------------------------- the other tabs

  #received(message: TabMessage): void {
    switch (message.kind) {
      case 'seek':
        return this.#welcome(message.from);
      case 'owner':
        if (this.#role.kind === 'guest') this.#channel?.post({ kind: 'seek', from: this.#id });
        return;
      case 'welcome':
        return message.to === this.#id ? this.#adopt(message.owner, message.events) : undefined;
      case 'event':
        if (this.#isOwner(message.owner)) this.#options.emit(message.event);
        return;
      case 'request':
        return message.owner === this.#id ? void this.#serve(message) : undefined;
      case 'response':
        if (message.to === this.#id && this.#role.kind === 'guest') this.#requests.answer(message.response);
    }
  }

  #welcome(to: TabId): void {
    if (this.#role.kind !== 'owner') return;
    this.#channel?.post({ kind: 'welcome', owner: this.#id, to, events: [...this.#told.values()] });
  }

  #adopt(owner: TabId, events: readonly EnkEvent[]): void {
    if (this.#role.kind !== 'guest' || this.#role.owner === owner) return;
    const isFirst = this.#attached !== null;
    this.#role = { kind: 'guest', owner };
    for (const event of events) this.#options.emit(event);
    for (const request of this.#requests.takeAgain()) this.#askOwner(request);
    if (!isFirst) this.#options.emit({ type: 'resumed' });
    this.#attached?.();
    this.#attached = null;
  }

  #isOwner(owner: TabId): boolean {
    return this.#role.kind === 'guest' && this.#role.owner === owner;
  }

  /** Without an owner it waits until there is one. */
  #askOwner({ id, method, params }: RequestMessage): boolean {
    if (this.#role.kind !== 'guest' || this.#role.owner === null) return false;
    this.#channel?.post({ kind: 'request', owner: this.#role.owner, from: this.#id, id, method, params });
    return true;
  }

  /** A guest's request, checked as a page's own. Opening and closing are each tab's own. */
  async #serve({ from, id, method, params }: TabMessage & { kind: 'request' }): Promise<void> {
    if (this.#role.kind !== 'owner' || method === 'open' || method === 'close') return;
    const request = { kind: 'request', id, method, params } as RequestMessage;
    const response = OWN_MEDIA.has(method) ? elsewhere(id) : await respond(this.#core, request);
    if (response.kind === 'response') this.#channel?.post({ kind: 'response', to: from, response });
  }
}

/** Events that tell no state. */
const PASSING: ReadonlySet<EnkEvent['type']> = new Set(['messages', 'messages-removed', 'call-reaction']);

/** Media are the owner's page's: a call that another tab began would have its microphone here. */
const OWN_MEDIA: ReadonlySet<string> = new Set(['startCall', 'acceptCall']);

function elsewhere(id: number): WorkerToPage {
  const { code, message } = new P2pError('call-in-other-tab');
  return { kind: 'response', id, ok: false, code, message };
}

/** A profile that EnkCore will refuse has no channel worth the name; what it says is what counts. */
function channelName({ params }: RequestMessage<'open'>): string {
  return `enk:${String((params as Partial<RequestMessage<'open'>['params']> | undefined)?.profile)}`;
}
