/**
 * The conversation of a page through the services that its elements use: for what a test must do faster or more
 * exactly than hands on the screen can.
 */
import type { Page } from 'puppeteer-core';

interface TestServices {
  readonly contacts: { readonly snapshot: { readonly contacts: readonly { readonly id: string }[] } };
  readonly conversations: { conversation(id: string): TestConversation };
}

interface TestConversation {
  readonly snapshot: {
    readonly kind: string;
    readonly hasOlder?: boolean;
    readonly messages?: readonly StoredMessage[];
  };
  subscribe(listener: () => void): () => void;
  send(text: string): Promise<string>;
  loadOlder(): Promise<void>;
}

export interface StoredMessage {
  readonly text: string;
  readonly isMine: boolean;
  readonly state: string;
}

declare global {
  var __conversation: TestConversation | undefined;
}

/** Puts the conversation with the first contact into the page, as `globalThis.__conversation`, by context request. */
export async function exposeConversation(page: Page): Promise<void> {
  await page.evaluate('globalThis.__name ??= value => value');
  await page.waitForFunction(() => {
    const chats: Element[] = [];
    const search = (root: ParentNode): void => {
      for (const element of root.querySelectorAll('*')) {
        if (element.localName === 'enk-chat') chats.push(element);
        if (element.shadowRoot) search(element.shadowRoot);
      }
    };
    search(document);
    const request = (name: string): unknown => {
      const found: unknown[] = [];
      const event = Object.assign(new Event('context-request', { bubbles: true, composed: true }), {
        context: Symbol.for(name),
        contextTarget: chats[0],
        callback: (value: unknown) => found.push(value),
      });
      chats[0]?.dispatchEvent(event);
      return found[0];
    };
    const contacts = request('enk.contacts-service.v1') as TestServices['contacts'] | undefined;
    const conversations = request('enk.conversation-service.v1') as TestServices['conversations'] | undefined;
    const id = contacts?.snapshot.contacts[0]?.id;
    if (id === undefined || conversations === undefined) return false;
    globalThis.__conversation = conversations.conversation(id);
    // Reading starts with the first subscription.
    globalThis.__conversation.subscribe(() => undefined);
    return true;
  });
}

/** Queues messages one after the other, by the route of the composer; resolves when all are durable. */
export async function sendAll(page: Page, texts: readonly string[]): Promise<void> {
  await page.evaluate(async all => {
    for (const text of all) await globalThis.__conversation?.send(text);
  }, texts);
}

/** The whole conversation, all pages of it, oldest first. */
export async function readConversation(page: Page): Promise<StoredMessage[]> {
  return page.evaluate(async () => {
    const conversation = globalThis.__conversation;
    while (conversation?.snapshot.hasOlder) await conversation.loadOlder();
    return (conversation?.snapshot.messages ?? []).map(({ text, isMine, state }) => ({
      text,
      isMine,
      state,
    }));
  });
}

/** Waits until the conversation holds `received` messages of the other, and no own one is undelivered. */
export async function waitForDelivery(page: Page, received: number, timeoutMs = 120_000): Promise<void> {
  const settle = page.waitForFunction(
    async wanted => {
      const conversation = globalThis.__conversation;
      if (conversation?.snapshot.kind !== 'open') return false;
      while (conversation.snapshot.hasOlder) await conversation.loadOlder();
      const messages = conversation.snapshot.messages ?? [];
      const isSettled = messages.every(message => !message.isMine || /delivered|read/.test(message.state));
      return isSettled && messages.filter(message => !message.isMine).length >= wanted;
    },
    { timeout: timeoutMs, polling: 250 },
    received,
  );
  await settle.catch(async (cause: unknown) => {
    const stored = await readConversation(page);
    const mine = stored.filter(({ isMine }) => isMine);
    const held = mine.filter(({ state }) => /delivered|read/.test(state)).length;
    const got = stored.length - mine.length;
    throw new Error(`received ${got} of ${received}; ${held} of ${mine.length} own delivered`, { cause });
  });
}
