import { EnkServices, toServiceError, type EnkServicesOptions } from '@enk/services';
import { releaseServiceContext, ServiceController, type ProfileSnapshot } from '@enk/context';
import { html, LitElement, type PropertyValues } from 'lit';
import { property } from 'lit/decorators.js';
import { EnkErrorEvent, EnkReadyEvent } from './enk-provider.events.ts';
import { providerStyles } from './enk-provider.styles.ts';
import { parseNetworkAttributes } from './network-settings.ts';
import { ownRelease } from './own-release.ts';
import { ProvidedServices } from './provided-services.ts';

/**
 * Opens a profile on this device and offers its services to every Enkrypted element inside. Holds no look and no
 * data itself. Starts when connected, ends when removed from the document (moving it within the document does not
 * end it).
 *
 * @slot - The page's content; elements in it, at any depth, find the services.
 *
 * @event enk-ready - The profile is open. Composed, carries nothing.
 * @event enk-error - It could not be opened; `code` says why. Composed, carries no content.
 */
export class EnkProvider extends LitElement {
  static override styles = providerStyles;

  /** Address of the broker, `wss://host/path`; `ws://` on loopback only. Required: there is no default server. */
  @property() broker = '';
  /** JSON list of STUN and TURN servers, `[{"urls": "turn:…", "username": "…", "credential": "…"}]`. */
  @property({ attribute: 'ice-servers' }) iceServers = '';
  /** Name of the store on this device. Two profiles share nothing. */
  @property() profile = 'default';
  /** Connects through TURN only: hides your address from the other person. */
  @property({ attribute: 'relay-only', type: Boolean }) relayOnly = false;
  /** `light`, `dark`, or by the system's preference when absent. */
  @property({ reflect: true }) theme: 'light' | 'dark' | 'auto' = 'auto';
  /** Another way to start the worker; for hosts that bring their own. Read when the element starts. */
  @property({ attribute: false }) startWorker: EnkServicesOptions['start'];

  readonly #provided = new ProvidedServices(this);
  readonly #release = new ServiceController(this, releaseServiceContext);
  #services: EnkServices | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    // Attributes set by script right after creation, and children, come first.
    queueMicrotask(() => this.#start());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // A move is disconnect and connect in one go: only who is still away afterwards has left.
    queueMicrotask(() => {
      if (!this.isConnected) void this.#stop();
    });
  }

  protected override render(): unknown {
    return html`<slot></slot>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!this.#services) return;
    this.#services.setRelease(ownRelease(this.#release.snapshot));
    if (changed.has('profile')) void this.#stop().then(() => this.#start());
    else if (changed.has('broker') || changed.has('iceServers') || changed.has('relayOnly'))
      void this.#applyNetwork();
  }

  #start(): void {
    if (!this.isConnected || this.#services) return;
    const network = parseNetworkAttributes(this);
    const services = new EnkServices({
      profile: this.profile,
      network: network ?? { brokerUrl: '', iceServers: [], relayOnly: this.relayOnly },
      ...(network ? {} : { start: refuseNetwork }),
      ...(network && this.startWorker ? { start: this.startWorker } : {}),
    });
    this.#services = services;
    this.#provided.provide(services);
    services.setRelease(ownRelease(this.#release.snapshot));
    void this.#open(services);
  }

  async #open(services: EnkServices): Promise<void> {
    try {
      await services.open();
      if (services === this.#services) this.dispatchEvent(new EnkReadyEvent());
    } catch (error) {
      if (services === this.#services) this.dispatchEvent(new EnkErrorEvent(toServiceError(error).code));
    }
  }

  async #stop(): Promise<void> {
    const services = this.#services;
    this.#services = undefined;
    await services?.close();
  }

  async #applyNetwork(): Promise<void> {
    const services = this.#services;
    const network = parseNetworkAttributes(this);
    if (!services) return;
    const isStillborn = isNetworkRefused(services.profile.snapshot);
    if (isStillborn) {
      await this.#stop();
      this.#start();
      return;
    }
    try {
      if (!network) throw new NetworkRefused();
      if (!sameNetwork(network, services.connection.network)) await services.connection.setNetwork(network);
    } catch (error) {
      this.dispatchEvent(new EnkErrorEvent(toServiceError(error).code));
    }
  }
}

class NetworkRefused extends Error {
  readonly code = 'network-refused';
}

function refuseNetwork(): Promise<never> {
  return Promise.reject(new NetworkRefused());
}

function isNetworkRefused(profile: ProfileSnapshot): boolean {
  return profile.kind === 'failed' && profile.code === 'network-refused';
}

function sameNetwork(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-provider': EnkProvider;
  }
}
