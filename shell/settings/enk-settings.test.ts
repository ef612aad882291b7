import { expect } from '@esm-bundle/chai';
import { TestServices } from '../../elements/chat/test/service-set.ts';
import { EnkTestProvider } from '../../elements/chat/test/show-state.ts';
import { stateNamed } from '../../elements/chat/test/states.ts';
import { deepActiveElement, defineElement } from '@enk/internal';
import '@enk/diagnostics';
import type { AddressRenewal } from './address-renewal.ts';
import type { NetworkForm } from './network-form.ts';
import { EnkSettings } from './enk-settings.ts';
import { texts } from './texts.ts';

defineElement('enk-settings', EnkSettings);

interface Shown {
  readonly settings: EnkSettings;
  readonly form: NetworkForm;
  readonly services: TestServices;
}

const mounted: Element[] = [];

async function show(): Promise<Shown> {
  const provider = new EnkTestProvider();
  const services = new TestServices(stateNamed('list').data);
  provider.provide(services);
  const settings = document.createElement('enk-settings');
  provider.append(settings);
  document.body.append(provider);
  mounted.push(provider);
  await settings.updateComplete;
  const form = settings.renderRoot.querySelector('enk-network-form')!;
  await form.updateComplete;
  return { settings, form, services };
}

const field = <E extends HTMLElement = HTMLInputElement>(
  root: EnkSettings | NetworkForm,
  testId: string,
): E => root.renderRoot.querySelector<E>(`[data-testid="${testId}"]`)!;

async function apply(form: NetworkForm): Promise<void> {
  field<HTMLButtonElement>(form, 'settings-network-save').click();
  await form.updateComplete;
}

describe('enk-settings', () => {
  afterEach(() => mounted.splice(0).forEach(element => element.remove()));

  it('says beside the relay switch what it hides and what it shows', async () => {
    const { form } = await show();
    const hint = form.renderRoot.querySelector('#relay-hint')?.textContent ?? '';
    expect(hint).to.match(/hides your network address from the other person/i);
    expect(hint).to.match(/timing and the amount of your traffic to the relay/i);
    expect(field(form, 'settings-relay').getAttribute('aria-describedby')).to.equal('relay-hint');
  });

  it('refuses relay mode without a TURN server, because nothing could connect', async () => {
    const { form, services } = await show();
    field(form, 'settings-relay').checked = true;
    await apply(form);
    expect(form.renderRoot.querySelector('#ice-hint')?.textContent).to.match(/add a turn server first/i);
    expect(services.log.intents).to.deep.equal([]);
  });

  it('hands on what the person chose', async () => {
    const { form, services } = await show();
    field(form, 'settings-broker').value = 'wss://broker.example/';
    field(form, 'settings-ice').value = 'turn:relay.example ana secret';
    field(form, 'settings-relay').checked = true;
    await apply(form);
    expect(services.log.intents).to.deep.equal([
      {
        name: 'rememberNetwork',
        value: {
          brokerUrl: 'wss://broker.example/',
          iceServers: [{ urls: 'turn:relay.example', username: 'ana', credential: 'secret' }],
          relayOnly: true,
        },
      },
    ]);
  });

  it('has typing and read receipts off, and turns one on', async () => {
    const { settings, services } = await show();
    const typing = field(settings, 'privacy-sendTyping');
    expect([typing.checked, field(settings, 'privacy-sendReadReceipts').checked]).to.deep.equal([
      false,
      false,
    ]);
    typing.click();
    await settings.updateComplete;
    expect(services.privacy.snapshot).to.deep.equal({ sendTyping: true, sendReadReceipts: false });
  });

  it('are left with Escape from the control that has the focus first', async () => {
    const { settings } = await show();
    let isCloseWanted = false;
    settings.addEventListener('enk-settings-close-request', () => (isCloseWanted = true));
    deepActiveElement()?.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, composed: true }),
    );
    expect(isCloseWanted).to.equal(true);
  });

  it('show diagnostics without being asked', async () => {
    const { settings } = await show();
    const diagnostics = settings.renderRoot.querySelector('enk-diagnostics')!;
    await diagnostics.updateComplete;
    expect(diagnostics.renderRoot.querySelector('[data-testid=diagnostics-layers]')?.textContent).to.contain(
      'MLS',
    );
  });

  it('say that the page refused a broker: it looks like a dead one otherwise', async () => {
    const { settings } = await show();
    for (const [effectiveDirective, isSaid] of [
      ['img-src', false],
      ['connect-src', true],
    ] as const) {
      document.dispatchEvent(
        new SecurityPolicyViolationEvent('securitypolicyviolation', {
          effectiveDirective,
          documentURI: '',
          violatedDirective: effectiveDirective,
          originalPolicy: '',
          disposition: 'enforce',
          statusCode: 200,
        }),
      );
      await settings.updateComplete;
      expect(settings.renderRoot.textContent?.includes(texts.network.refusedByPage)).to.equal(isSaid);
    }
  });

  it('asks before it takes a new address, and says that it did', async () => {
    const { settings, services } = await show();
    const renewal = settings.renderRoot.querySelector('enk-address-renewal')!;
    await renewal.updateComplete;
    const button = (name: string): HTMLButtonElement | null =>
      renewal.renderRoot.querySelector(`[data-testid="${name}"]`);
    button('address-renew')!.click();
    await renewal.updateComplete;
    expect(renewal.renderRoot.textContent).to.contain(texts.you.renewQuestion);
    expect(services.log.named('renewAddress')).to.deep.equal([]);
    button('address-renew-confirm')!.click();
    await expectText(renewal, texts.you.renewed);
    expect(services.log.named('renewAddress')).to.have.length(1);
    expect(button('address-renew-confirm')).to.equal(null);
  });
});

/** Waits until the element's own updates show the text. */
async function expectText(element: AddressRenewal, text: string): Promise<void> {
  while (!element.renderRoot.textContent?.includes(text)) await element.updateComplete;
}
