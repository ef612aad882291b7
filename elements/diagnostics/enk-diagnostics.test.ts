import type { DiagnosticsSnapshot } from '@enk/context';
import { expect } from '@esm-bundle/chai';
import { violations } from '../chat/test/axe.ts';
import { READING } from '../chat/test/diagnostics-data.ts';
import { TestServices } from '../chat/test/service-set.ts';
import { EnkTestProvider } from '../chat/test/show-state.ts';
import { makeStage } from '../chat/test/stage.ts';
import { stateNamed } from '../chat/test/states.ts';
import './index.ts';
import type { EnkDiagnostics } from './enk-diagnostics.ts';

interface Shown {
  readonly stage: HTMLElement;
  readonly element: EnkDiagnostics;
  readonly services: TestServices;
}

const EMPTY = {
  ...READING,
  core: { ...READING.core, contacts: [], strangerErrors: [] },
  links: [],
  relay: null,
};

const STATES: Record<string, DiagnosticsSnapshot> = {
  ready: { kind: 'ready', reading: READING },
  empty: { kind: 'ready', reading: EMPTY },
  loading: { kind: 'loading' },
  failed: { kind: 'failed', code: 'worker-stopped' },
  locked: { kind: 'failed', code: 'not-open' },
};

describe('enk-diagnostics', function () {
  this.timeout(20_000);
  const stages: HTMLElement[] = [];
  const clear = (): void => stages.splice(0).forEach(stage => stage.remove());
  afterEach(clear);

  async function show(
    snapshot: DiagnosticsSnapshot,
    widthPx = 640,
    theme: 'light' | 'dark' = 'light',
  ): Promise<Shown> {
    clear(); // what lies below another one is not in view
    const stage = makeStage({ widthPx, theme });
    stage.style.overflow = 'auto';
    stages.push(stage);
    const services = new TestServices(stateNamed('list').data);
    services.diagnostics.replace(snapshot);
    const provider = new EnkTestProvider();
    provider.provide(services);
    const element = document.createElement('enk-diagnostics');
    provider.append(element);
    stage.append(provider);
    await watched(services);
    await element.updateComplete;
    return { stage, element, services };
  }

  const find = <E extends HTMLElement>({ element }: Shown, testId: string): E | null =>
    element.renderRoot.querySelector<E>(`[data-testid="${testId}"]`);
  const text = (shown: Shown): string => shown.element.renderRoot.textContent ?? '';

  it('says of a locked vault that nothing is connected, and offers no second try', async () => {
    const shown = await show(STATES['locked']!);
    expect(text(shown)).to.contain('The vault is not open');
    expect(find(shown, 'diagnostics-failed')).to.equal(null);
  });

  for (const [name, snapshot] of Object.entries(STATES)) {
    it(`${name}: axe finds nothing, on a phone in light and on a desktop in dark, without overflow`, async () => {
      for (const [widthPx, theme] of [
        [320, 'light'],
        [960, 'dark'],
      ] as const) {
        const shown = await show(snapshot, widthPx, theme);
        for (const details of shown.element.renderRoot.querySelectorAll('details')) details.open = true;
        await shown.element.updateComplete;
        expect(await violations(shown.stage)).to.deep.equal([]);
        expect(shown.stage.scrollWidth).to.be.at.most(shown.stage.clientWidth);
      }
    });
  }

  it('shows state, route, figures and the layers in order', async () => {
    const shown = await show(STATES['ready']!);
    expect(find(shown, 'diagnostics-summary')?.textContent?.trim()).to.equal('1 of 3 contacts connected');
    expect(find(shown, 'diagnostics-state')?.textContent).to.match(/Connected for 12 min\s+Ready/);
    expect(find(shown, 'diagnostics-route')?.textContent).to.equal('Direct, on the same network');
    const layers = [...(find(shown, 'diagnostics-layers')?.querySelectorAll('.layer') ?? [])];
    expect(layers.map(layer => layer.textContent)).to.deep.equal(['MLS', 'Signal', 'ML-KEM', 'AES']);
    for (const words of ['2.4 ms', '1.2 kB/s', '4.3 MB in all', 'Verified', '3 (1 on the way)']) {
      expect(text(shown)).to.contain(words);
    }
  });

  it('tells that an app of another engine is why nothing connects, also for who is no contact', async () => {
    const shown = await show(STATES['ready']!);
    expect(find(shown, 'diagnostics-strangers')?.textContent).to.contain('another Signal engine');
    expect(text(await show(STATES['empty']!))).not.to.contain('another Signal engine');
  });

  it('what the person opened stays open when the figures change, and nothing opens by itself', async () => {
    const shown = await show(STATES['ready']!);
    const details = [...shown.element.renderRoot.querySelectorAll<HTMLDetailsElement>('.contact')];
    expect(details.map(({ open }) => open)).to.deep.equal([true, false, false]);
    const [first, second] = details as [HTMLDetailsElement, HTMLDetailsElement];
    const toggled = Promise.all(
      [first, second].map(each => new Promise(done => each.addEventListener('toggle', done, { once: true }))),
    );
    first.querySelector('summary')?.click();
    second.querySelector('summary')?.click();
    await toggled;
    const contacts = READING.core.contacts.map(contact => ({ ...contact, state: 'ready' as const }));
    shown.services.diagnostics.replace({
      kind: 'ready',
      reading: { ...READING, core: { ...READING.core, contacts } },
    });
    await shown.element.updateComplete;
    expect(find(shown, 'diagnostics-summary')?.textContent?.trim()).to.equal('3 of 3 contacts connected');
    expect(details.map(({ open }) => open)).to.deep.equal([false, true, false]);
  });

  it('updates in place: the figures change, the layout does not', async () => {
    const shown = await show(STATES['ready']!);
    const box = (): DOMRect | undefined => shown.element.getBoundingClientRect();
    const before = box();
    const [link] = READING.links;
    if (link === undefined) return expect.fail('no link');
    const links = [{ ...link, sentPerSecond: null, receivedPerSecond: 987_654_321 }];
    shown.services.diagnostics.replace({ kind: 'ready', reading: { ...READING, links } });
    await shown.element.updateComplete;
    expect(text(shown)).to.contain('988 MB/s');
    expect([box()?.height, box()?.width]).to.deep.equal([before?.height, before?.width]);
  });

  it('copies the report, and says what is not in it', async () => {
    const shown = await show(STATES['ready']!);
    const copied: string[] = [];
    await withClipboard(
      async words => void copied.push(words),
      async () => {
        find(shown, 'diagnostics-copy')?.click();
        await untilText(shown, 'diagnostics-copy-status', /no names/i);
      },
    );
    expect(copied[0]).to.contain('## Contact 1');
    expect(copied[0]).not.to.contain('Ana');
  });

  it('where the clipboard is refused the report is shown and selected', async () => {
    const shown = await show(STATES['ready']!);
    await withClipboard(
      () => Promise.reject(new Error('refused')),
      async () => {
        find(shown, 'diagnostics-copy')?.click();
        await untilText(shown, 'diagnostics-copy-status', /by hand/);
        await shown.element.updateComplete;
      },
    );
    expect(find(shown, 'diagnostics-report')?.textContent).to.contain('## This device');
    expect((shown.element.shadowRoot as ShadowRoot).activeElement).to.equal(
      find(shown, 'diagnostics-report'),
    );
  });

  it('offers to read again when reading failed', async () => {
    const shown = await show(STATES['failed']!);
    find(shown, 'diagnostics-failed')?.querySelector('button')?.click();
    expect(shown.services.log.named('refresh').length).to.equal(1);
  });

  it('watches only while it can be seen', async () => {
    const shown = await show(STATES['ready']!);
    const changes: number[] = [];
    let watchers = 0;
    const { diagnostics } = shown.services;
    const subscribe = diagnostics.subscribe.bind(diagnostics);
    diagnostics.subscribe = listener => {
      const release = subscribe(listener);
      changes.push(++watchers);
      return () => {
        release();
        changes.push(--watchers);
      };
    };
    const until = async (count: number): Promise<void> => {
      while (changes.length < count) await new Promise(resolve => requestAnimationFrame(resolve));
    };
    shown.element.remove();
    shown.stage.firstElementChild?.append(shown.element);
    await until(1);
    shown.element.hidden = true;
    await until(2);
    shown.element.hidden = false;
    await until(3);
    shown.element.remove();
    await until(4);
    expect(changes).to.deep.equal([1, 0, 1, 0]);
  });

  it('reads once before it is in view', async () => {
    clear();
    const stage = makeStage({ widthPx: 640 });
    stages.push(stage);
    const services = new TestServices(stateNamed('list').data);
    services.diagnostics.replace({ kind: 'loading' });
    const provider = new EnkTestProvider();
    provider.provide(services);
    const element = document.createElement('enk-diagnostics');
    element.hidden = true;
    provider.append(element);
    stage.append(provider);
    while (services.log.named('refresh').length === 0) await element.updateComplete;
    element.requestUpdate();
    await element.updateComplete;
    expect(services.log.named('refresh').length).to.equal(1);
  });

  it('says so where no provider is', async () => {
    const stage = makeStage({ widthPx: 640 });
    stages.push(stage);
    const element = document.createElement('enk-diagnostics');
    stage.append(element);
    await element.updateComplete;
    expect(element.renderRoot.textContent).to.contain('not available on this page');
  });
});

/** Resolves with the first subscription: the element has seen that it can be seen. */
function watched({ diagnostics }: TestServices): Promise<void> {
  const subscribe = diagnostics.subscribe.bind(diagnostics);
  return new Promise(resolve => {
    diagnostics.subscribe = listener => {
      resolve();
      diagnostics.subscribe = subscribe;
      return subscribe(listener);
    };
  });
}

async function withClipboard(
  writeText: (words: string) => Promise<void>,
  action: () => Promise<void>,
): Promise<void> {
  Object.defineProperty(navigator, 'clipboard', { configurable: true, value: { writeText } });
  try {
    await action();
  } finally {
    Reflect.deleteProperty(navigator, 'clipboard');
  }
}

async function untilText({ element }: Shown, testId: string, pattern: RegExp): Promise<void> {
  const read = (): string => element.renderRoot.querySelector(`[data-testid="${testId}"]`)?.textContent ?? '';
  while (!pattern.test(read())) await new Promise(resolve => requestAnimationFrame(resolve));
}
