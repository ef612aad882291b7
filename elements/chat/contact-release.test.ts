import type { ContactId, ReleaseAnswer } from '@enk/context';
import { expect } from '@esm-bundle/chai';
import { PINNED, releaseHost, RUNNING, TestReleaseService } from '../release/test/release-states.ts';
import { violations } from './test/axe.ts';
import { contactIdOf } from './test/people.ts';
import { EnkTestProvider, find, findAll, settle } from './test/show-state.ts';
import { TestServices } from './test/service-set.ts';
import { stateNamed } from './test/states.ts';
import './index.ts';

const NEWER: ReleaseAnswer = { kind: 'release', release: { version: '1.1.0', seq: 8, hash: RUNNING.hash } };

interface Shown {
  readonly element: HTMLElementTagNameMap['enk-contact-release'];
  readonly services: TestServices;
  readonly release: TestReleaseService;
}

describe('enk-contact-release', () => {
  const mounted: Element[] = [];
  afterEach(() => mounted.splice(0).forEach(element => element.remove()));

  async function show(): Promise<Shown> {
    const services = new TestServices(stateNamed('stopped').data);
    const release = new TestReleaseService(PINNED);
    const provider = new EnkTestProvider();
    const element = document.createElement('enk-contact-release');
    Object.assign(element, { contactId: contactIdOf('Ana'), name: 'Ana' });
    provider.provide(services);
    provider.append(element);
    const host = releaseHost(release);
    host.append(provider);
    document.body.append(host);
    mounted.push(host);
    await settle(element);
    return { element, services, release };
  }

  async function ask({ element }: Shown): Promise<string> {
    find(element, 'contact-release-ask').click();
    await settle(element);
    return find(element, 'contact-release-verdict').textContent?.replace(/\s+/g, ' ') ?? '';
  }

  it('asks nobody before it is pressed', async () => {
    const { services } = await show();
    expect(services.log.named('askRelease')).to.deep.equal([]);
  });

  for (const { standing, words } of [
    { standing: 'same', words: /exactly what you run: version 1\.1\.0, release 8/ },
    { standing: 'older', words: /signed, and older than yours: Ana can update/ },
    { standing: 'newer', words: /signed, and newer than yours: you can update/ },
    { standing: 'unknown', words: /nobody it trusts who signed that.*babab dabad/ },
    { standing: 'nothing-here', words: /signed by nobody/ },
  ] as const) {
    it(`says in words when the release is ${standing}`, async () => {
      const shown = await show();
      shown.services.contacts.release = NEWER;
      shown.release.standing = standing;
      expect(await ask(shown)).to.match(words);
      expect(findAll(shown.element, 'contact-release-words')).to.have.length(standing === 'same' ? 0 : 1);
      expect(await violations(shown.element)).to.deep.equal([]);
    });
  }

  it('says that there is nothing to compare, or that the other app is too old', async () => {
    const shown = await show();
    expect(await ask(shown)).to.match(/nobody has signed/);
    shown.services.contacts.release = { kind: 'unsupported' };
    expect(await ask(shown)).to.match(/too old to say/);
  });

  it('says why there is no answer, and forgets what was said of somebody else', async () => {
    const shown = await show();
    shown.services.log.refusals.set('askRelease', 'no-answer');
    expect(await ask(shown)).to.match(/did not answer/);
    shown.services.log.refusals.set('askRelease', 'not-connected');
    expect(await ask(shown)).to.match(/not connected now/);
    shown.element.contactId = 'another' as ContactId;
    await settle(shown.element);
    expect(find(shown.element, 'contact-release-verdict').textContent).to.not.match(/not connected/);
  });
});
