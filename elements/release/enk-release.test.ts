import type { ReleaseSnapshot } from '@enk/context';
import { fingerprintWords } from '@enk/release-manifest';
import { expect } from '@esm-bundle/chai';
import type { LitElement } from 'lit';
import { violations } from '../chat/test/axe.ts';
import { find, findAll } from '../chat/test/show-state.ts';
import './index.ts';
import {
  OFFER,
  PINNED,
  RELEASE_STATES,
  releaseHost,
  RUNNING,
  TestReleaseService,
} from './test/release-states.ts';

const mounted: Element[] = [];

interface Shown {
  readonly element: LitElement;
  readonly service: TestReleaseService;
}

async function show(
  snapshot: ReleaseSnapshot,
  tag: 'enk-release' | 'enk-release-alarm' = 'enk-release',
): Promise<Shown> {
  const service = new TestReleaseService(snapshot);
  const host = releaseHost(service);
  const element = document.createElement(tag);
  host.append(element);
  document.body.append(host);
  mounted.push(host);
  await element.updateComplete;
  return { element, service };
}

const textOf = (element: LitElement): string => element.renderRoot.textContent?.replace(/\s+/g, ' ') ?? '';

async function click({ element }: Shown, testId: string): Promise<void> {
  find(element, testId).click();
  await element.updateComplete;
}

describe('enk-release', () => {
  afterEach(() => mounted.splice(0).forEach(element => element.remove()));

  it('shows version, signers, expiry, sources, and the fingerprint in eight words', async () => {
    const { element } = await show(PINNED);
    const text = textOf(element);
    for (const part of [
      'Version 1.0.0 · release 7',
      'Ana Lindqvist, Ben Okafor',
      '2099',
      'mirror.example (3)',
    ])
      expect(text).to.contain(part);
    const words = find(element, 'release-fingerprint').textContent?.trim().split(/\s+/);
    expect(words).to.deep.equal(fingerprintWords(RUNNING.hash));
    expect(findAll(element, 'release-offer')).to.have.length(0);
  });

  it('says of a build that nobody signed that nothing is pinned, and of a page alone that it keeps none', async () => {
    expect(textOf((await show({ kind: 'development' })).element)).to.match(/Unsigned development build/);
    const alone = document.body.appendChild(document.createElement('enk-release'));
    mounted.push(alone);
    await alone.updateComplete;
    expect(textOf(alone)).to.match(/keeps no release/);
  });

  it('says of an expired release that it is, and runs on', async () => {
    const { element } = await show({ ...PINNED, running: { ...RUNNING, expires: '2020-01-01T00:00:00Z' } });
    expect(textOf(element)).to.match(/expired\. It runs on/);
  });

  it('accepts the offered release only by a click, and says why when it is refused after all', async () => {
    const shown = await show({ ...PINNED, offer: OFFER });
    expect(shown.service.calls).to.deep.equal([]);
    for (const line of OFFER.changes) expect(textOf(shown.element)).to.contain(line);
    shown.service.refusal = 'expired';
    await click(shown, 'release-accept');
    await new Promise(resolve => setTimeout(resolve));
    await shown.element.updateComplete;
    expect(shown.service.calls).to.deep.equal([`accept ${OFFER.hash}`]);
    expect(textOf(shown.element)).to.match(/It has expired/);
  });

  it('puts an offer off, and takes it up again', async () => {
    const shown = await show({ ...PINNED, offer: OFFER });
    await click(shown, 'release-later');
    expect(findAll(shown.element, 'release-offer')).to.have.length(0);
    await click(shown, 'release-reconsider');
    expect(findAll(shown.element, 'release-offer')).to.have.length(1);
    expect(shown.service.calls).to.deep.equal([]);
  });

  it('tells what a source offered and was refused', async () => {
    const { element } = await show(RELEASE_STATES['release-refused-update']);
    expect(find(element, 'release-refusal').textContent).to.match(/an older release/);
    expect(find(element, 'release-refusal').getAttribute('role')).to.equal('alert');
  });

  it('under an alarm opens again only after the person said that they understand', async () => {
    const shown = await show(RELEASE_STATES['release-alarm'], 'enk-release-alarm');
    const open = find(shown.element, 'alarm-open-anyway') as HTMLButtonElement;
    expect(open.disabled).to.equal(true);
    open.click();
    await click(shown, 'alarm-again');
    expect(shown.service.calls).to.deep.equal(['check']);
    await click(shown, 'alarm-understood');
    await click(shown, 'alarm-open-anyway');
    expect(shown.service.calls).to.deep.equal(['check', 'dismissAlarm']);
  });

  it('shows no alarm while all is well', async () => {
    const { element } = await show(PINNED, 'enk-release-alarm');
    expect(textOf(element).trim()).to.equal('');
  });

  for (const [name, snapshot] of Object.entries(RELEASE_STATES)) {
    it(`has nothing for axe to find: ${name}`, async () => {
      const isAlarm = name === 'release-alarm' || name === 'release-refused';
      const { element } = await show(snapshot, isAlarm ? 'enk-release-alarm' : 'enk-release');
      expect(await violations(element)).to.deep.equal([]);
    });
  }
});
