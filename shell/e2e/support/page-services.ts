/** Asks the elements' services of a page for what the page knows, as an element of it would: by context request. */
import type { Page } from 'puppeteer-core';

export interface PageIdentity {
  readonly peerId: string;
  /** Ed25519, 32 bytes. */
  readonly identityKey: Uint8Array;
}

/** Own peer id and identity key of the profile that is open in this page. */
export async function readIdentity(page: Page): Promise<PageIdentity> {
  const { peerId, identityKey } = await page.evaluate(() => {
    const chat = [...document.querySelectorAll('enk-chat')];
    for (const host of document.querySelectorAll('*'))
      if (host.shadowRoot) chat.push(...host.shadowRoot.querySelectorAll('enk-chat'));
    const found: { profile?: { snapshot: { peerId?: string; identityKey?: Uint8Array } } } = {};
    const request = Object.assign(new Event('context-request', { bubbles: true, composed: true }), {
      context: Symbol.for('enk.profile-service.v1'),
      contextTarget: chat[0],
      callback: (service: typeof found.profile) => Object.assign(found, { profile: service }),
      subscribe: false,
    });
    chat[0]?.dispatchEvent(request);
    const { peerId = '', identityKey = new Uint8Array() } = found.profile?.snapshot ?? {};
    return { peerId, identityKey: [...identityKey] };
  });
  if (peerId === '' || identityKey.length !== 32) throw new Error('This page has no open profile.');
  return { peerId, identityKey: Uint8Array.from(identityKey) };
}
