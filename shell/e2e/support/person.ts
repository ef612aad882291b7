/**
 * A person at the shell: does what people do, through the elements on the screen, and reads what they read. Waits
 * for conditions, never for time.
 */
import type { ElementHandle, EvaluateFunc, Page } from 'puppeteer-core';

const WAIT_MS = 90_000;

/** What a message looks like on the screen. */
export interface ShownMessage {
  readonly text: string;
  readonly isMine: boolean;
}

export class Person {
  constructor(
    readonly page: Page,
    readonly name: string,
  ) {
    page.setDefaultTimeout(WAIT_MS);
  }

  // ---------------------------------------------------------------- finding

  /** The visible element with this test id, at any depth of shadow trees. */
  async find(testId: string): Promise<ElementHandle<HTMLElement>> {
    const found = await this.page.waitForSelector(`>>> [data-testid="${testId}"]`, {
      visible: true,
      timeout: WAIT_MS,
    });
    if (!found) throw new Error(`${this.name} does not see ${testId}`);
    return found as ElementHandle<HTMLElement>;
  }

  async sees(testId: string): Promise<boolean> {
    return (await this.page.$(`>>> [data-testid="${testId}"]`)) !== null;
  }

  async click(testId: string): Promise<void> {
    const element = await this.find(testId);
    await element.evaluate(node => node.click());
  }

  /** Replaces the content of a field. */
  async fill(testId: string, text: string): Promise<void> {
    const element = await this.find(testId);
    await element.evaluate((node, value) => {
      if (!(node instanceof HTMLInputElement || node instanceof HTMLTextAreaElement))
        throw new Error('no field');
      node.value = value;
      node.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
    }, text);
  }

  /** Types on the keyboard into a field: unlike {@link fill}, the browser itself sees somebody typing. */
  async type(testId: string, text: string): Promise<void> {
    const element = await this.find(testId);
    await element.focus();
    await this.page.keyboard.type(text);
  }

  async read(testId: string): Promise<string> {
    const element = await this.find(testId);
    return element
      .evaluate(node => ('value' in node ? String(node.value) : (node.textContent ?? '')))
      .then(text => text.trim());
  }

  /** Waits until the element's text matches. */
  async waitForText(testId: string, pattern: RegExp): Promise<void> {
    await this.#waitFor(
      `${testId} to say ${String(pattern)}`,
      (id, source, flags) => {
        const element = window.__find?.(id)[0];
        return element !== undefined && new RegExp(source, flags).test(element.textContent ?? '');
      },
      testId,
      pattern.source,
      pattern.flags,
    );
  }

  async #waitFor<A extends unknown[]>(what: string, condition: EvaluateFunc<A>, ...args: A): Promise<void> {
    await this.#installFind();
    try {
      await this.page.waitForFunction(condition, { timeout: WAIT_MS, polling: 100 }, ...args);
    } catch (cause) {
      throw new Error(`${this.name} waited in vain for ${what}; sees: ${await this.screenText()}`, { cause });
    }
  }

  /** The compiler marks inner functions with `__name`, which a page does not know. */
  async #installFind(): Promise<void> {
    await this.page.evaluate('globalThis.__name ??= value => value');
    await this.page.evaluate(installFind);
  }

  /** Everything that the page shows as text. */
  async screenText(): Promise<string> {
    await this.#installFind();
    return this.page.evaluate(() => window.__text?.() ?? '');
  }

  // ---------------------------------------------------------------- doing

  /** `offersRecoveryKey` is false for a release from before it was offered. */
  async finishFirstRun({ offersRecoveryKey = true } = {}): Promise<void> {
    await this.fill('name-input', this.name);
    await this.click('name-save');
    if (offersRecoveryKey) await this.click('recovery-later');
    await this.find('new-chat');
  }

  /** Makes an invite and returns its link. */
  async createInvite(): Promise<string> {
    await this.click('new-chat');
    await this.click('add-invite');
    if (!(await this.sees('invite-link'))) await this.click('invite-create');
    const link = await this.read('invite-link');
    await this.closeDialog();
    return link;
  }

  /** Opens an invite link by pasting it. */
  async acceptInvite(link: string, contactName: string): Promise<void> {
    await this.click('new-chat');
    await this.click('add-accept');
    await this.fill('invite-token-input', link);
    await this.fill('invite-name', contactName);
    await this.click('invite-accept');
  }

  async addByAddress(address: string, contactName: string): Promise<void> {
    await this.click('new-chat');
    await this.click('add-address');
    await this.fill('address-input', address);
    await this.fill('address-name', contactName);
    await this.click('address-add');
  }

  async ownAddress(): Promise<string> {
    await this.click('new-chat');
    await this.click('add-address');
    const address = await this.read('own-address');
    await this.closeDialog();
    return address;
  }

  async closeDialog(): Promise<void> {
    await this.page.keyboard.press('Escape');
  }

  /** Leaves the settings as the browser's own button does. */
  async closeSettings(): Promise<void> {
    await this.page.evaluate(() => history.back());
    await this.find('open-settings');
  }

  /** Shows the first (or only) conversation. */
  async openConversation(): Promise<void> {
    if (await this.sees('composer-input')) return;
    await this.click('contact-row');
    await this.find('composer-input');
  }

  async send(text: string): Promise<void> {
    await this.fill('composer-input', text);
    await this.click('send');
    await this.#waitFor('an empty composer', () => {
      const [field] = window.__find?.('composer-input') ?? [];
      return field instanceof HTMLTextAreaElement && field.value === '';
    });
  }

  /** Loads the page anew, as a person would, and waits until the profile is open again. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.find('new-chat');
  }

  // ---------------------------------------------------------------- waiting for others

  async waitForConnected(): Promise<void> {
    await this.waitForText('connection-state', /^\s*Connected/);
  }

  /** Waits until this many messages stand in the log. */
  async waitForMessages(count: number): Promise<void> {
    await this.#waitFor(
      `${count} messages`,
      wanted => (window.__find?.('message') ?? []).length >= wanted,
      count,
    );
  }

  /** Waits until exactly so many elements have this test id. */
  async waitForCount(testId: string, count: number): Promise<void> {
    await this.#waitFor(
      `${count} times ${testId}`,
      (id, wanted) => (window.__find?.(id) ?? []).length === wanted,
      testId,
      count,
    );
  }

  /** Waits until some message shows this text; `isThere` false: until none does. */
  async waitForMessage(text: string, { isThere }: { readonly isThere: boolean }): Promise<void> {
    await this.#waitFor(
      `"${text}" ${isThere ? 'to show' : 'to go'}`,
      (wanted, isWanted) =>
        (window.__find?.('message-text') ?? []).some(shown => shown.textContent?.includes(wanted)) ===
        isWanted,
      text,
      isThere,
    );
  }

  /** Elements inside message texts that are neither ours nor a link. */
  async countForeignMarkup(): Promise<number> {
    await this.#installFind();
    return this.page.evaluate(
      () =>
        (window.__find?.('message-text') ?? []).flatMap(text => [
          ...text.querySelectorAll('*:not(a, bdi, br, span)'),
        ]).length,
    );
  }

  async messages(): Promise<ShownMessage[]> {
    await this.#installFind();
    return this.page.evaluate(() =>
      (window.__find?.('message') ?? []).map(message => ({
        text: message.querySelector('[data-testid="message-text"]')?.textContent ?? '',
        isMine: message.classList.contains('mine'),
      })),
    );
  }
}

declare global {
  interface Window {
    __find?: (testId: string) => HTMLElement[];
    __text?: () => string;
  }
}

/** Runs in the page: look-ups through open shadow roots. */
function installFind(): void {
  const collect = (
    root: ParentNode,
    found: HTMLElement[],
    visit: (element: HTMLElement) => boolean,
  ): void => {
    for (const element of root.querySelectorAll<HTMLElement>('*')) {
      if (visit(element)) found.push(element);
      if (element.shadowRoot) collect(element.shadowRoot, found, visit);
    }
  };
  window.__find = testId => {
    const found: HTMLElement[] = [];
    collect(document, found, element => element.dataset['testid'] === testId);
    return found;
  };
  window.__text = () => {
    const hosts: HTMLElement[] = [];
    collect(document, hosts, element => element.shadowRoot !== null);
    return hosts
      .flatMap(host => [...(host.shadowRoot?.children ?? [])])
      .filter(child => child instanceof HTMLElement && child.tagName !== 'STYLE')
      .map(child => (child as HTMLElement).innerText)
      .join('\n')
      .trim();
  };
}
