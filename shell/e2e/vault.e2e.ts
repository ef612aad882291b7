/**
 * The lock of the vault in the real app: passcode, password, passkey (WebAuthn PRF by a virtual authenticator) and
 * recovery key, each with wrong, removed and refused variants.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { LaunchedBrowser } from './support/browsers.ts';
import type { Person } from './support/person.ts';
import { Product } from './support/product.ts';
import { type Current, VaultPerson, VirtualAuthenticator } from './support/vault-person.ts';

const PASSCODE: Current = { kind: 'passcode', text: '864209' };
/** Complete and well formed, but of nobody's vault here: a published example of BIP-39. */
const ANOTHER_RECOVERY_KEY = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
const PASSWORD: Current = { kind: 'password', text: 'correct horse, battery' };

describe('the lock of the vault', () => {
  let product: Product;
  let browser: LaunchedBrowser;
  const contexts: { close(): Promise<void> }[] = [];

  before(async () => {
    product = await Product.start();
    browser = await product.launch();
  });
  afterEach(() => Promise.all(contexts.splice(0).map(context => context.close())));
  after(() => product.close());

  async function start(): Promise<{ ana: Person; vault: VaultPerson }> {
    const ana = await product.personIn(browser.browser, 'Ana');
    contexts.push(ana.page.browserContext());
    const vault = new VaultPerson(ana);
    await vault.openSettings();
    return { ana, vault };
  }

  /** The same page anew: locked, whatever it was before. */
  async function reload(ana: Person): Promise<void> {
    await ana.page.reload();
    await ana.find('unlock');
  }

  const isOpen = (ana: Person): Promise<unknown> => ana.find('vault-settings');

  it('P2P-VLT-01: a passcode locks, opens after a reload, and a wrong one does not', async () => {
    const { ana, vault } = await start();
    await vault.setSecret('passcode', PASSCODE.text);
    await reload(ana);
    assert.equal(await ana.sees('new-chat'), false);
    await vault.attempt({ kind: 'passcode', text: '000000' });
    await ana.waitForText('secret-error', /does not open/);
    await vault.attempt(PASSCODE);
    await isOpen(ana);
    await vault.lock();
    await vault.attempt(PASSCODE);
    await isOpen(ana);
  });

  it('P2P-VLT-04: wrong passcodes cost a wait that a reload does not end', async () => {
    const { ana, vault } = await start();
    await vault.setSecret('passcode', PASSCODE.text);
    await vault.lock();
    for (const text of ['000001', '000002', '000003']) {
      await vault.attempt({ kind: 'passcode', text });
      await ana.waitForText('secret-error', /does not open/);
    }
    await vault.attempt({ kind: 'passcode', text: '000004' });
    await ana.waitForText('secret-wait', /try again in/);
    await reload(ana);
    await ana.waitForText('secret-wait', /try again in/);
    await untilNoWait(ana);
    await vault.attempt(PASSCODE);
    await isOpen(ana);
  });

  it('P2P-VLT-01: a password beside a passcode; a removed one opens nothing', async () => {
    const { ana, vault } = await start();
    await vault.setSecret('password', PASSWORD.text);
    await vault.setSecret('passcode', PASSCODE.text, PASSWORD);
    await vault.lock();
    await vault.attempt(PASSWORD);
    await isOpen(ana);
    await vault.remove('password', PASSCODE);
    await vault.lock();
    assert.equal(await ana.sees('secret-use-password'), false);
    await vault.attempt({ kind: 'passcode', text: PASSWORD.text });
    await ana.waitForText('secret-error', /does not open/);
    await vault.attempt(PASSCODE);
    await isOpen(ana);
    await vault.setSecret('password', PASSWORD.text, PASSCODE);
    await vault.remove('passcode', PASSWORD);
    await vault.lock();
    assert.equal(await ana.sees('secret-use-passcode'), false);
    await vault.attempt({ kind: 'password', text: PASSCODE.text });
    await ana.waitForText('secret-error', /does not open/);
    await vault.attempt(PASSWORD);
    await isOpen(ana);
  });

  it('P2P-VLT-02: a way that is cancelled half way is not there, and what opened before still does', async () => {
    const { ana, vault } = await start();
    const authenticator = await VirtualAuthenticator.add(ana.page);
    await ana.click('add-passcode');
    await ana.fill('method-new', PASSCODE.text);
    await vault.cancelDialog();
    await ana.click('add-recovery-key');
    await ana.click('method-submit');
    await ana.find('recovery-key');
    await vault.cancelDialog();
    await authenticator.setVerified(false);
    await ana.click('add-passkey');
    await ana.click('method-submit');
    await ana.waitForText('method-error', /No passkey was given/);
    await vault.cancelDialog();
    for (const kind of ['passcode', 'recovery-key', 'passkey']) {
      assert.equal(await ana.sees(`method-${kind}`), false, kind);
    }
    await ana.page.reload();
    await isOpen(ana); // this device still does it by itself
  });

  it('P2P-VLT-01: a passkey opens, also after a reload; one of another device does not', async () => {
    const { ana, vault } = await start();
    const authenticator = await VirtualAuthenticator.add(ana.page);
    await vault.addPasskey();
    await vault.lock();
    await vault.attemptPasskey();
    await isOpen(ana);
    await reload(ana);
    await vault.attemptPasskey();
    await isOpen(ana);
    await vault.lock();
    await authenticator.replaceByAnother();
    await vault.attemptPasskey();
    await ana.waitForText('secret-error', /No passkey was given|cannot open/);
  });

  it('P2P-VLT-01: a passkey that is refused opens nothing, and a removed one is not asked for', async () => {
    const { ana, vault } = await start();
    const authenticator = await VirtualAuthenticator.add(ana.page);
    await vault.setSecret('passcode', PASSCODE.text);
    await vault.addPasskey(PASSCODE);
    await vault.lock();
    await authenticator.setVerified(false);
    await vault.attemptPasskey();
    await ana.waitForText('secret-error', /No passkey was given/);
    await vault.attempt(PASSCODE);
    await isOpen(ana);
    await vault.remove('passkey', PASSCODE);
    await vault.lock();
    assert.equal(await ana.sees('secret-use-passkey'), false);
    await vault.attempt(PASSCODE);
    await isOpen(ana);
  });

  it('P2P-VLT-01: a recovery key opens when all else is lost; a mistyped and a removed one do not', async () => {
    const { ana, vault } = await start();
    await vault.setSecret('passcode', PASSCODE.text);
    const text = await vault.makeRecoveryKey(PASSCODE);
    await reload(ana);
    await vault.attempt({ kind: 'recovery-key', text: text.replace(/^\S+/, 'enkrypted') });
    await ana.waitForText('secret-error', /not a complete recovery key/);
    await vault.attempt({ kind: 'recovery-key', text: ANOTHER_RECOVERY_KEY });
    await ana.waitForText('secret-error', /does not open/);
    await vault.attempt({ kind: 'recovery-key', text: text.toUpperCase().replaceAll(' ', '\n') });
    await isOpen(ana);
    await vault.remove('recovery-key', PASSCODE);
    await vault.lock();
    assert.equal(await ana.sees('secret-use-recovery-key'), false);
  });

  it('P2P-VLT-08: a locked person is gone for the others, and gets what they wrote once it is unlocked', async () => {
    const [ana, ben] = await Promise.all(['Ana', 'Ben'].map(name => product.personIn(browser.browser, name)));
    if (!ana || !ben) throw new RangeError('people');
    contexts.push(ana.page.browserContext(), ben.page.browserContext());
    await ben.acceptInvite(await ana.createInvite(), 'Ana');
    for (const person of [ben, ana]) {
      await person.openConversation();
      await person.waitForConnected();
    }
    const vault = new VaultPerson(ana);
    await vault.openSettings();
    await vault.setSecret('passcode', PASSCODE.text);
    await vault.lock();
    assert.doesNotMatch(await ana.screenText(), /Ben/, 'nothing of the conversation is left on the screen');
    await ben.waitForText('connection-state', /^(?!\s*Connected)/);
    await ben.send('while you were away');
    await vault.attempt(PASSCODE);
    await isOpen(ana);
    await ana.closeSettings();
    await ana.openConversation();
    await ana.waitForMessages(1);
    await ana.waitForConnected();
  });

  it('P2P-VLT-07: a vault that nobody can open is erased from the lock, and the app starts over', async () => {
    const { ana, vault } = await start();
    await vault.setSecret('passcode', PASSCODE.text);
    await vault.lock();
    await ana.page.evaluate(() => {
      const lock = document.querySelector('enk-shell')?.shadowRoot?.querySelector('enk-unlock');
      lock?.shadowRoot?.querySelector('details')?.setAttribute('open', '');
    });
    await ana.click('unlock-erase');
    await ana.click('erase-understood');
    await ana.click('erase-confirm');
    await ana.find('erased');
    const left = await ana.page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
    assert.deepEqual(left, []);
    await ana.click('start-over');
    await ana.find('name-input');
  });
});

async function untilNoWait(ana: Person): Promise<void> {
  await ana.page.waitForFunction(
    () => {
      const search = (root: ParentNode): boolean =>
        [...root.querySelectorAll('*')].some(
          node =>
            node.getAttribute('data-testid') === 'secret-wait' ||
            (node.shadowRoot !== null && search(node.shadowRoot)),
        );
      return !search(document);
    },
    { polling: 250 },
  );
}
