/** Puts the chat into a state of the list, with services of the test behind it. */
import { ProvidedServices } from '@enk/provider';
import { LitElement } from 'lit';
import '../index.ts';
import type { EnkChat } from '../enk-chat.ts';
import { contactIdOf } from './people.ts';
import { TestServices } from './service-set.ts';
import type { ChatState } from './states.ts';

/** Provides test services to what is inside. */
export class EnkTestProvider extends LitElement {
  readonly #provided = new ProvidedServices(this);
  provide(services: TestServices): void {
    this.#provided.provide(services);
  }
  protected override createRenderRoot(): this {
    return this;
  }
}
if (!customElements.get('enk-test-provider')) customElements.define('enk-test-provider', EnkTestProvider);

export interface ShownState {
  readonly chat: EnkChat;
  readonly services: TestServices;
  readonly provider: EnkTestProvider;
}

/** Resolves when everything is drawn. `into` gets the provider as its only child. */
export async function showState(state: ChatState, into: HTMLElement): Promise<ShownState> {
  const services = new TestServices(state.data);
  const provider = new EnkTestProvider();
  const chat = document.createElement('enk-chat');
  provider.provide(services);
  provider.append(chat);
  into.replaceChildren(provider);
  await settle(chat);
  if (state.selected) {
    chat.selectContact(contactIdOf(state.selected));
    await settle(chat);
  }
  await clickAll(chat, state.clicks ?? []);
  for (const [testId, text] of Object.entries(state.inputs ?? {})) await enter(chat, testId, text);
  if (state.inputs?.['search-input']) await untilFound(chat);
  await clickAll(chat, state.thenClicks ?? []);
  return { chat, services, provider };
}

/** A search begins when nothing more is typed: resolves with its results on the screen. */
export async function untilFound(chat: Element): Promise<void> {
  while (findAll(chat, 'search-hit').length + findAll(chat, 'search-nothing').length === 0) {
    await new Promise(requestAnimationFrame);
  }
}

/** Everything in and below `root`, through shadow roots. */
export function* deepElements(root: ParentNode): Generator<Element> {
  for (const element of root.querySelectorAll('*')) {
    yield element;
    if (element.shadowRoot) yield* deepElements(element.shadowRoot);
  }
}

export function findAll(root: Element, testId: string): HTMLElement[] {
  const inside = root.shadowRoot ? [...deepElements(root.shadowRoot)] : [...deepElements(root)];
  return inside.filter((element): element is HTMLElement => element.getAttribute('data-testid') === testId);
}

/** The one element with this test id; throws when there is none. */
export function find<E extends HTMLElement = HTMLElement>(root: Element, testId: string): E {
  const [element] = findAll(root, testId);
  if (!element) throw new Error(`nothing has the test id ${testId}`);
  return element as E;
}

/** Waits until no element below has an update to make. */
export async function settle(root: Element): Promise<void> {
  for (let rounds = 0; rounds < 20; rounds++) {
    const pending = [root, ...deepElements(root.shadowRoot ?? root)].filter(
      (element): element is LitElement => element instanceof LitElement && element.isUpdatePending,
    );
    await Promise.resolve();
    if (pending.length === 0 && rounds > 2) return;
    await Promise.all(pending.map(element => element.updateComplete));
  }
}

export async function enter(root: Element, testId: string, text: string): Promise<void> {
  const field = find<HTMLInputElement | HTMLTextAreaElement>(root, testId);
  field.value = text;
  field.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
  await settle(root);
}

async function clickAll(root: Element, testIds: readonly string[]): Promise<void> {
  for (const testId of testIds) {
    find(root, testId).click();
    await settle(root);
  }
}

/** Waits until the element shows what has the test id: what is read from a file comes when it comes. */
export async function findSoon<T extends HTMLElement = HTMLElement>(
  element: HTMLElement,
  testId: string,
): Promise<T> {
  while (findAll(element, testId).length === 0) {
    await new Promise(resolve => requestAnimationFrame(resolve));
    await settle(element);
  }
  return find<T>(element, testId);
}
