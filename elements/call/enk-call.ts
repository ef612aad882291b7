import {
  callServiceContext,
  type CallService,
  type CallSnapshot,
  type CallView,
  type ContactId,
  contactsServiceContext,
  type ContactView,
  ServiceController,
} from '@enk/context';
import { baseStyles, buttonStyles, errorText, fieldStyles, icon, strings } from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { controls, type ControlActions, type Panel } from './call-controls.ts';
import { panelDialog } from './call-panels.ts';
import { stage, type StageLayout } from './call-stage.ts';
import { EnkCallChangedEvent } from './enk-call.events.ts';
import { callStyles } from './enk-call.styles.ts';
import { RingTone } from './ring-tone.ts';
import { TileSizes } from './tile-sizes.ts';
import { duration, nameOf, phaseWords, present, securityWords } from './words.ts';

/**
 * The call of a profile: rings, is answered, shows who is there, and says how it is sealed. Shown only while there is a
 * call. Needs an `<enk-provider>` around it and nothing else of the page; `<enk-chat>` starts calls beside it.
 *
 * Keys, while the focus is in it: M microphone, V camera, S screen, H hand, F full screen, hold space to talk.
 *
 * @event enk-call-changed - The call's phase changed; `phase` says to what. Composed.
 *
 * @cssstate open - There is a call to show.
 */
export class EnkCall extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, callStyles];

  /** Takes its place on the page instead of lying over it. */
  @property({ type: Boolean, reflect: true }) inline = false;
  /** Rings without a sound. */
  @property({ type: Boolean }) silent = false;

  @state() private panel: Panel = null;
  @state() private layout: StageLayout = 'grid';
  @state() private digits = '';
  @state() private error = '';
  @state() private nowMs = Date.now();
  @query('.call') private readonly surface!: HTMLElement | null;

  readonly #calls = new ServiceController(this, callServiceContext);
  readonly #contacts = new ServiceController(this, contactsServiceContext);
  readonly #internals = this.attachInternals();
  readonly #tone = new RingTone();
  readonly #sizes = new TileSizes((id, rows) => void this.#calls.service?.showRows(id, rows));
  #clock: ReturnType<typeof setInterval> | undefined;
  #shownPhase: EnkCallChangedEvent['phase'] = 'none';
  #returnFocus: HTMLElement | null = null;
  #isTalking = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#clock = setInterval(() => {
      if (this.#call?.phase === 'active') this.nowMs = Date.now();
    }, 1_000);
    this.addEventListener('keydown', this.#onKeyDown);
    this.addEventListener('keyup', this.#onKeyUp);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sizes.follow([]);
    clearInterval(this.#clock);
    this.#tone.play(null);
    this.removeEventListener('keydown', this.#onKeyDown);
    this.removeEventListener('keyup', this.#onKeyUp);
  }

  get #call(): CallView | null {
    return this.#calls.snapshot?.call ?? null;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { snapshot } = this.#calls;
    const call = snapshot?.call;
    if (!snapshot || !call) return nothing;
    const title = this.#title(call);
    return html`<section
      class="call"
      role="region"
      tabindex="-1"
      aria-label=${strings().call.label(title)}
      data-testid="call"
      data-phase=${call.phase}
    >
      ${this.#top(snapshot, call, title)} ${this.#main(snapshot, call, title)} ${this.#bottom(snapshot, call)}
      ${panelDialog(this.panel, {
        snapshot,
        call,
        contacts: this.#contacts.snapshot?.contacts ?? [],
        digits: this.digits,
        name: title,
        close: () => (this.panel = null),
        react: emoji => this.#intend(service => service.react(emoji)),
        add: contactId => this.#intend(service => service.invite(contactId)),
        remove: contactId => this.#intend(service => service.remove(contactId)),
      })}
    </section>`;
  }

  protected override updated(): void {
    const call = this.#call;
    this.#sizes.follow(this.renderRoot.querySelectorAll('enk-call-tile[data-contact]'));
    const phase = call?.phase ?? 'none';
    if (phase === this.#shownPhase) return;
    const wasNone = this.#shownPhase === 'none';
    this.#shownPhase = phase;
    if (phase === 'none') this.#closed();
    else this.#internals.states.add('open');
    if (wasNone) this.#opened();
    this.#ring(call);
    this.dispatchEvent(new EnkCallChangedEvent(phase));
  }

  // ---------------------------------------------------------------- parts

  #contact(id: ContactId | undefined): ContactView | undefined {
    return this.#contacts.snapshot?.contacts.find(contact => contact.id === id);
  }

  #title(call: CallView): string {
    return present(call)
      .map(({ contactId }) => nameOf(this.#contact(contactId)))
      .join(', ');
  }

  #top(snapshot: CallSnapshot, call: CallView, title: string): TemplateResult {
    if (call.phase !== 'active') return html`<div class="top"></div>`;
    const security = securityWords(snapshot);
    return html`<div class="top">
      <div class="title">
        <h2 class="truncate"><bdi>${title}</bdi></h2>
        <p class="sub" data-testid="call-time">
          ${call.startedAtMs === null ? nothing : duration(call.startedAtMs, this.nowMs)}
        </p>
      </div>
      <button
        class="lock"
        type="button"
        data-testid="call-security"
        data-sealed=${security.isSealed}
        @click=${() => this.#open('security')}
      >
        ${icon(security.isSealed ? 'lock' : 'alert', 16)} ${security.text}
      </button>
    </div>`;
  }

  #main(snapshot: CallSnapshot, call: CallView, title: string): TemplateResult {
    const { trouble, local } = snapshot;
    const texts = strings().call;
    const [first] = present(call);
    const contact = this.#contact(first?.contactId);
    const notice =
      trouble !== null ? texts.trouble[trouble] : local.trouble === null ? null : texts.device[local.trouble];
    const alert = [notice, this.error].filter(Boolean).join(' ');
    const said =
      alert === '' || call.phase === 'ended'
        ? nothing
        : html`<p class="trouble" role="alert" data-testid="call-trouble">${alert}</p>`;
    if (call.phase === 'active') {
      return html`<div class="column">
        ${said}${stage(snapshot, call, { layout: this.layout, contact: id => this.#contact(id) })}
      </div>`;
    }
    return html`<div class="center">
      <enk-avatar .identityKey=${contact?.identityKey ?? null} .name=${title}></enk-avatar>
      <h2><bdi>${title}</bdi></h2>
      <p role="status" data-testid="call-state">${phaseWords(call, contact)}</p>
      ${said}
    </div>`;
  }

  #bottom(snapshot: CallSnapshot, call: CallView): TemplateResult {
    return controls(snapshot, call, this.layout, this.#actions(call));
  }

  #actions(call: CallView): ControlActions {
    return {
      answer: isVideo => this.#intend(service => service.accept(isVideo)),
      decline: () => this.#intend(service => service.decline()),
      hangUp: () => this.#intend(service => service.hangUp()),
      close: () => this.#intend(service => service.dismiss()),
      again: () => this.#again(call),
      microphone: isOn => this.#intend(service => service.setMicrophone(isOn)),
      camera: isOn => this.#intend(service => service.setCamera(isOn)),
      screen: isOn => this.#intend(service => service.setScreen(isOn)),
      hold: isHeld => this.#intend(service => service.setHeld(isHeld)),
      hand: isRaised => this.#intend(service => service.setHand(isRaised)),
      layout: layout => (this.layout = layout),
      pictureInPicture: () => void this.#pictureInPicture(),
      fullscreen: () => void this.#fullscreen(),
      open: panel => this.#open(panel),
    };
  }

  // ---------------------------------------------------------------- doing

  async #intend(act: (service: CallService) => Promise<void>): Promise<void> {
    const { service } = this.#calls;
    if (!service) return;
    try {
      this.error = '';
      await act(service);
    } catch (error) {
      this.error = errorText(error);
    }
  }

  async #again({ members, isVideo }: CallView): Promise<void> {
    const [first] = members;
    if (first === undefined) return;
    await this.#intend(service => service.dismiss());
    await this.#intend(service => service.start(first.contactId, isVideo));
  }

  #open(panel: Panel): void {
    this.panel = panel;
    const [first] = this.#call?.members ?? [];
    if (panel !== 'security' || first === undefined) return;
    this.digits = '';
    this.#contacts.service?.getSafetyNumber(first.contactId).then(
      ({ digits }) => (this.digits = digits),
      (error: unknown) => (this.error = errorText(error)),
    );
  }

  async #pictureInPicture(): Promise<void> {
    const tile = [...this.renderRoot.querySelectorAll('enk-call-tile')].find(({ own }) => !own);
    // Where the browser has none, or there is no picture yet, nothing happens.
    if (document.pictureInPictureElement === null)
      await tile?.video?.requestPictureInPicture().catch(() => undefined);
    else await document.exitPictureInPicture();
  }

  async #fullscreen(): Promise<void> {
    if (document.fullscreenElement === null)
      await this.requestFullscreen().catch(() => undefined); // refused by the page's frame
    else await document.exitFullscreen();
    this.requestUpdate();
  }

  #opened(): void {
    this.#returnFocus = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    void this.updateComplete.then(() => this.surface?.focus());
  }

  #closed(): void {
    this.#internals.states.delete('open');
    this.panel = null;
    this.error = '';
    if (document.fullscreenElement === this) void document.exitFullscreen();
    this.#returnFocus?.focus();
    this.#returnFocus = null;
  }

  #ring(call: CallView | null): void {
    const ring = call?.phase === 'incoming' ? 'incoming' : call?.phase === 'calling' ? 'outgoing' : null;
    this.#tone.play(this.silent ? null : ring);
    if (call?.phase !== 'incoming' || !document.hidden || !('Notification' in globalThis)) return;
    if (Notification.permission !== 'granted') return;
    const note = new Notification(this.#title(call), {
      body: phaseWords(call, undefined),
      tag: `enk-call-${call.id}`,
    });
    note.onclick = () => window.focus();
  }

  // ---------------------------------------------------------------- keys

  readonly #onKeyDown = (event: KeyboardEvent): void => {
    const { snapshot } = this.#calls;
    if (!snapshot || snapshot.call?.phase !== 'active' || this.panel !== null) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { local, call } = snapshot;
    if (event.key === ' ') return this.#talk(event, local.hasMicrophone);
    const act = {
      m: () => this.#intend(service => service.setMicrophone(!local.hasMicrophone)),
      v: () => this.#intend(service => service.setCamera(!local.hasCamera)),
      s: () => this.#intend(service => service.setScreen(!local.hasScreen)),
      h: () => this.#intend(service => service.setHand(!call.flags.isHandRaised)),
      f: () => this.#fullscreen(),
    }[event.key.toLowerCase()];
    if (act === undefined || event.repeat) return;
    event.preventDefault();
    void act();
  };

  /** Held, the space bar opens a muted microphone; on a button it presses that. */
  #talk(event: KeyboardEvent, hasMicrophone: boolean): void {
    const isButton = event.composedPath()[0] instanceof HTMLButtonElement;
    if (isButton || event.repeat || hasMicrophone || this.#isTalking) return;
    event.preventDefault();
    this.#isTalking = true;
    void this.#intend(service => service.setMicrophone(true));
  }

  readonly #onKeyUp = (event: KeyboardEvent): void => {
    if (event.key !== ' ' || !this.#isTalking) return;
    this.#isTalking = false;
    void this.#intend(service => service.setMicrophone(false));
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-call': EnkCall;
  }
}
