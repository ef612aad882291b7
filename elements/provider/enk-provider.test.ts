import { contactsServiceContext, profileServiceContext, ServiceController } from '@enk/context';
import { expect } from '@esm-bundle/chai';
import { LitElement } from 'lit';
import { WorkerDouble } from '../services/test/worker-double.ts';
import { EnkProvider } from './index.ts';
import { parseNetworkAttributes } from './network-settings.ts';

class EnkTestConsumer extends LitElement {
  readonly contacts = new ServiceController(this, contactsServiceContext);
  readonly profile = new ServiceController(this, profileServiceContext);
}
customElements.define('enk-test-consumer', EnkTestConsumer);

function heard(target: EventTarget, type: string): Promise<Event> {
  return new Promise(resolve => target.addEventListener(type, resolve, { once: true }));
}

/** After every microtask that was queued before. */
function afterMicrotasks(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve));
}

describe('enk-provider', () => {
  let worker: WorkerDouble;
  let starts: number;
  let provider: HTMLElementTagNameMap['enk-provider'];
  let consumer: EnkTestConsumer;

  beforeEach(() => {
    worker = new WorkerDouble();
    starts = 0;
    provider = document.createElement('enk-provider');
    provider.startWorker = () => {
      starts++;
      return Promise.resolve(worker.client);
    };
    provider.broker = 'ws://localhost:9000/';
    consumer = new EnkTestConsumer();
    provider.append(consumer);
  });

  afterEach(() => provider.remove());

  it('opens the profile with the network of its attributes and says when it is ready', async () => {
    provider.setAttribute('ice-servers', '[{"urls":"turn:localhost","username":"u","credential":"c"}]');
    provider.relayOnly = true;
    const ready = heard(document, 'enk-ready');
    document.body.append(provider);
    await ready;
    expect(worker.requests[0]?.params).to.deep.equal({
      profile: 'default',
      network: {
        brokerUrl: 'ws://localhost:9000/',
        iceServers: [{ urls: 'turn:localhost', username: 'u', credential: 'c' }],
        relayOnly: true,
      },
    });
  });

  it('serves elements inside, also those that came before it', async () => {
    document.body.append(provider);
    await heard(provider, 'enk-ready');
    expect(consumer.contacts.service).to.not.equal(undefined);
    worker.emit({ type: 'contacts', contacts: [] });
    expect(consumer.contacts.snapshot?.isLoaded).to.equal(true);
  });

  it('serves elements that asked before the provider was upgraded', async () => {
    const late = document.createElement('enk-late-provider');
    const early = new EnkTestConsumer();
    late.append(early);
    document.body.append(late);
    expect(early.contacts.service).to.equal(undefined);
    Object.assign(late, { broker: 'ws://localhost:9000/', startWorker: provider.startWorker });
    customElements.define('enk-late-provider', class extends EnkProvider {});
    await heard(late, 'enk-ready');
    expect(early.contacts.service).to.not.equal(undefined);
    late.remove();
  });

  it('survives a move within the document', async () => {
    document.body.append(provider);
    await heard(provider, 'enk-ready');
    const elsewhere = document.createElement('div');
    document.body.append(elsewhere);
    elsewhere.append(provider);
    await afterMicrotasks();
    expect(worker.isClosed).to.equal(false);
    expect(starts).to.equal(1);
    elsewhere.remove();
    await afterMicrotasks();
    expect(worker.isClosed).to.equal(true);
  });

  it('starts anew when it comes back after it had left', async () => {
    document.body.append(provider);
    await heard(provider, 'enk-ready');
    provider.remove();
    await afterMicrotasks();
    document.body.append(provider);
    await heard(provider, 'enk-ready');
    expect(starts).to.equal(2);
  });

  it('starts nothing without a broker, and shows why', async () => {
    provider.broker = '';
    const failed = heard(provider, 'enk-error');
    document.body.append(provider);
    expect((await failed) as Event & { code?: string }).to.have.property('code', 'network-refused');
    expect(starts).to.equal(0);
    expect(consumer.profile.snapshot).to.deep.equal({ kind: 'failed', code: 'network-refused' });
  });

  it('starts once a broker is given afterwards', async () => {
    provider.broker = '';
    document.body.append(provider);
    await heard(provider, 'enk-error');
    provider.broker = 'ws://localhost:9000/';
    await heard(provider, 'enk-ready');
    expect(starts).to.equal(1);
  });

  it('hands changed attributes to the worker', async () => {
    document.body.append(provider);
    await heard(provider, 'enk-ready');
    provider.relayOnly = true;
    await provider.updateComplete;
    await afterMicrotasks();
    expect(worker.requests.at(-1)?.method).to.equal('setNetwork');
  });

  it('always renders its slot and follows the theme', async () => {
    document.body.append(provider);
    await provider.updateComplete;
    expect(provider.renderRoot.querySelector('slot')).to.not.equal(null);
    provider.theme = 'dark';
    await provider.updateComplete;
    expect(getComputedStyle(consumer).colorScheme).to.equal('dark');
  });
});

describe('network attributes', () => {
  const parse = (iceServers: string): unknown =>
    parseNetworkAttributes({ broker: 'wss://b.example/', iceServers, relayOnly: false })?.iceServers ?? null;

  it('takes an empty list and lists of servers', () => {
    expect(parse('')).to.deep.equal([]);
    expect(parse('[{"urls":["stun:a","stun:b"]}]')).to.deep.equal([{ urls: ['stun:a', 'stun:b'] }]);
  });

  it('refuses everything else as a whole', () => {
    for (const json of [
      '{',
      '{}',
      '[1]',
      '[{}]',
      '[{"urls":[]}]',
      '[{"urls":"stun:a","username":1}]',
      'null',
    ])
      expect(parse(json), json).to.equal(null);
  });
});
