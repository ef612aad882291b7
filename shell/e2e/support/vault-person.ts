/** A person at the lock of their vault: settings and the unlock screen, by the elements on the screen. */
import type { CDPSession, Page } from 'puppeteer-core';
import type { Person } from './person.ts';

/** A platform authenticator with PRF that DevTools imitates; WebAuthn itself, and the product, are the real ones. */
export class VirtualAuthenticator {
  private constructor(
    private readonly session: CDPSession,
    private id: string,
  ) {}

  static async add(page: Page): Promise<VirtualAuthenticator> {
    const session = await page.createCDPSession();
    await session.send('WebAuthn.enable');
    const authenticator = new VirtualAuthenticator(session, '');
    await authenticator.#attach();
    return authenticator;
  }

  async #attach(): Promise<void> {
    const { authenticatorId } = await this.session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
        hasPrf: true,
      },
    });
    this.id = authenticatorId;
  }

  /** The person turns to another device: its keys are not there. */
  async replaceByAnother(): Promise<void> {
    await this.session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: this.id });
    await this.#attach();
  }

  /** Whether the person's finger or face fits. */
  async setVerified(isUserVerified: boolean): Promise<void> {
    await this.session.send('WebAuthn.setUserVerified', { authenticatorId: this.id, isUserVerified });
  }
}

export class VaultPerson {
  constructor(readonly person: Person) {}

  async openSettings(): Promise<void> {
    await this.person.click('open-settings');
    await this.person.find('vault-settings');
  }

  /** Sets the first passcode or password; the device opened by itself so far. */
  async setSecret(kind: 'passcode' | 'password', text: string, current?: Current): Promise<void> {
    await this.person.click(`add-${kind}`);
    if (current !== undefined) await this.confirm(current);
    await this.person.fill('method-new', text);
    await this.person.fill('method-again', text);
    await this.person.click('method-submit');
    await this.person.find(`method-${kind}`);
    await this.#untilDialogIsGone();
  }

  async addPasskey(current?: Current): Promise<void> {
    await this.person.click('add-passkey');
    if (current !== undefined) await this.confirm(current);
    await this.person.click('method-submit');
    await this.person.find('method-passkey');
    await this.#untilDialogIsGone();
  }

  /** Makes a recovery key, reads it off the screen and proves that it was written down. */
  async makeRecoveryKey(current?: Current): Promise<string> {
    await this.person.click('add-recovery-key');
    if (current !== undefined) await this.confirm(current);
    await this.person.click('method-submit');
    const list = await this.person.find('recovery-key');
    const groups = await list.evaluate(node =>
      [...node.children].map(item => item.textContent?.trim() ?? ''),
    );
    await this.person.click('recovery-written');
    await this.person.find('recovery-word');
    const fields = await this.person.page.$$('>>> [data-testid="recovery-word"]');
    for (const field of fields) {
      const group = await field.evaluate(node => Number(node.id.replace('word-', '')));
      await field.type(groups[group - 1] ?? '');
    }
    await this.person.click('recovery-check');
    await this.person.find('method-recovery-key');
    await this.#untilDialogIsGone();
    return groups.join(' ');
  }

  async remove(kind: string, current: Current): Promise<void> {
    await this.person.click(`remove-${kind}`);
    await this.confirm(current);
    await this.person.click('method-submit');
    await this.#untilDialogIsGone();
  }

  async confirm({ kind, text }: Current): Promise<void> {
    if (await this.person.sees(`secret-use-${kind}`)) await this.person.click(`secret-use-${kind}`);
    await this.person.fill('secret-input', text);
    await this.person.click('secret-submit');
  }

  /** Turns away from the dialog of a way to open. */
  async cancelDialog(): Promise<void> {
    await this.person.closeDialog();
    await this.#untilDialogIsGone();
  }

  async lock(): Promise<void> {
    await this.person.click('lock-now');
    await this.person.find('unlock');
  }

  /** Tries to open the vault, and does not wait for what comes of it. */
  async attempt({ kind, text }: Current): Promise<void> {
    await this.person.find('unlock');
    if (await this.person.sees(`secret-use-${kind}`)) await this.person.click(`secret-use-${kind}`);
    await this.person.fill('secret-input', text);
    await this.person.click('secret-submit');
  }

  async attemptPasskey(): Promise<void> {
    await this.person.find('unlock');
    const testId = (await this.person.sees('secret-use-passkey')) ? 'secret-use-passkey' : 'secret-submit';
    await this.person.click(testId);
  }

  async #untilDialogIsGone(): Promise<void> {
    await this.person.page.waitForFunction(() => {
      const search = (root: ParentNode): boolean =>
        [...root.querySelectorAll('*')].some(
          node =>
            node.localName === 'enk-method-dialog' || (node.shadowRoot !== null && search(node.shadowRoot)),
        );
      return !search(document);
    });
  }
}

export interface Current {
  readonly kind: 'passcode' | 'password' | 'recovery-key';
  readonly text: string;
}
