import type { ContactId, Conversation } from '@enk/context';
import { baseStyles, errorText, fieldStyles, icon, strings } from '@enk/internal';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { EnkMessageSentEvent } from './enk-chat.events.ts';
import type { EnkVoiceChangeEvent } from './enk-voice.ts';
import { composerStyles } from './enk-composer.styles.ts';

/** UTF-8 bytes of one message, as the worker takes it. */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** Without a key for this long the other no longer sees "typing". */
const TYPING_PAUSE_MS = 4_000;
/** The height follows the text up to the limit in the styles. */
const MAX_HEIGHT_PX = 168;

const encoder = new TextEncoder();

/** Unsent texts by contact; in memory only. */
export type Drafts = Map<ContactId, string>;

/**
 * Where a message is written. Enter sends, Shift+Enter makes a line; Enter that ends a composition of an input
 * method does neither. The text leaves only when the conversation took it: on failure it is back in the field.
 */
export class EnkComposer extends LitElement {
  static override styles = [...baseStyles, fieldStyles, composerStyles];

  @property({ attribute: false }) conversation: Conversation | undefined;
  /** The contact's name, for the label. */
  @property({ attribute: false }) name = '';
  @property({ attribute: false }) drafts: Drafts = new Map();

  @query('textarea') private readonly field!: HTMLTextAreaElement;
  @state() private text = '';
  @state() private error = '';
  /** A voice message is being made: it has the place of the text, which is kept. */
  @state() private isSpoken = false;
  #typingTimer: ReturnType<typeof setTimeout> | undefined;
  #typingIn: Conversation | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopTyping();
  }

  override focus(options?: FocusOptions): void {
    this.field?.focus(options);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('conversation')) return;
    const id = this.conversation?.contactId;
    if (changed.get('conversation')?.contactId === id) return;
    this.#stopTyping();
    this.text = (id && this.drafts.get(id)) ?? '';
    this.error = '';
  }

  protected override render(): TemplateResult {
    const texts = strings().composer;
    const tooLong = this.#tooLong();
    const problem = tooLong || this.error;
    return html`${problem ? html`<p class="error" id="problem" role="alert" data-testid="composer-problem">${problem}</p>` : nothing}
      <form
        class=${this.isSpoken ? 'spoken' : ''}
        @submit=${this.#onSubmit}
        @enk-voice-change=${({ isBusy }: EnkVoiceChangeEvent) => (this.isSpoken = isBusy)}
      >
        <slot name="tools"></slot>
        <textarea
          rows="1"
          dir="auto"
          enterkeyhint="send"
          autocomplete="off"
          data-testid="composer-input"
          aria-label=${texts.label(this.name)}
          aria-describedby=${problem ? 'problem' : nothing}
          aria-invalid=${tooLong ? 'true' : nothing}
          placeholder=${texts.placeholder}
          .value=${this.text}
          @input=${this.#onInput}
          @keydown=${this.#onKeydown}
          @blur=${this.#stopTyping}
        ></textarea>
        <button
          class="send"
          type="submit"
          data-testid="send"
          aria-label=${texts.send}
          aria-disabled=${this.#canSend() ? 'false' : 'true'}
        >
          ${icon('send')}
        </button>
      </form>`;
  }

  protected override updated(): void {
    // `.value` is only written when it changed by code; the field holds the person's own text otherwise.
    if (this.field.value !== this.text) this.field.value = this.text;
    this.field.style.setProperty('block-size', 'auto');
    this.field.style.setProperty('block-size', `${Math.min(this.field.scrollHeight + 2, MAX_HEIGHT_PX)}px`);
  }

  #canSend(): boolean {
    return this.conversation !== undefined && this.text.trim() !== '' && this.#tooLong() === '';
  }

  #tooLong(): string {
    if (this.text.length * 3 <= MAX_MESSAGE_BYTES) return ''; // Three bytes are the most a UTF-16 unit takes.
    const bytes = encoder.encode(this.text).length;
    if (bytes <= MAX_MESSAGE_BYTES) return '';
    const kib = (value: number): string => `${Math.ceil(value / 1024)} KiB`;
    return strings().composer.tooLong(kib(bytes), kib(MAX_MESSAGE_BYTES));
  }

  #onInput(): void {
    this.#setText(this.field.value);
    this.error = '';
    if (this.text === '') this.#stopTyping();
    else this.#startTyping();
  }

  #onKeydown(event: KeyboardEvent): void {
    // keyCode 229: Safari ends the composition before this event.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    void this.#send();
  }

  #onSubmit(event: SubmitEvent): void {
    event.preventDefault();
    void this.#send();
    this.focus();
  }

  async #send(): Promise<void> {
    const { conversation, text } = this;
    if (!conversation || !this.#canSend()) return;
    this.#setText('');
    this.error = '';
    this.#stopTyping();
    try {
      const id = await conversation.send(text);
      this.dispatchEvent(new EnkMessageSentEvent(conversation.contactId, id));
    } catch (error) {
      this.#giveBack(conversation.contactId, text, `${strings().composer.failed} ${errorText(error)}`);
    }
  }

  /** Puts a refused text before whatever was written since, in the chat it belongs to. */
  #giveBack(contactId: ContactId, text: string, error: string): void {
    const since = this.drafts.get(contactId) ?? '';
    const restored = since === '' ? text : `${text}\n${since}`;
    this.drafts.set(contactId, restored);
    if (this.conversation?.contactId !== contactId) return;
    this.text = restored;
    this.error = error;
  }

  #setText(text: string): void {
    this.text = text;
    const id = this.conversation?.contactId;
    if (id === undefined) return;
    if (text === '') this.drafts.delete(id);
    else this.drafts.set(id, text);
  }

  #startTyping(): void {
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => this.#stopTyping(), TYPING_PAUSE_MS);
    if (this.#typingIn) return;
    this.#typingIn = this.conversation;
    void this.#typingIn?.setTyping(true).catch(ignore);
  }

  readonly #stopTyping = (): void => {
    clearTimeout(this.#typingTimer);
    void this.#typingIn?.setTyping(false).catch(ignore);
    this.#typingIn = undefined;
  };
}

/** "typing" is a courtesy: nothing depends on it, and it ends by itself on the other side. */
function ignore(): void {
  return undefined;
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-composer': EnkComposer;
  }
}
