import { expect } from '@esm-bundle/chai';
import { violations } from './test/axe.ts';
import { RECOVERY_WORDS, TestServices } from './test/service-set.ts';
import { EnkTestProvider, enter, find, findAll, findSoon, settle } from './test/show-state.ts';
import { stateNamed } from './test/states.ts';
import { vaultOf } from './test/vault-data.ts';
import './index.ts';

const mounted: Element[] = [];
const NEW = { kind: 'needs-name', peerId: 'p', identityKey: new Uint8Array(32) } as never;

async function firstRun(): Promise<{ chat: HTMLElement; services: TestServices }> {
  const services = new TestServices({ ...stateNamed('list').data, profile: NEW });
  services.vault.replace(vaultOf('device'));
  const provider = new EnkTestProvider();
  provider.provide(services);
  const chat = document.createElement('enk-chat');
  provider.append(chat);
  document.body.append(provider);
  mounted.push(provider);
  await settle(chat);
  return { chat, services };
}

async function named(): Promise<{ chat: HTMLElement; services: TestServices }> {
  const shown = await firstRun();
  shown.services.profile.replace(stateNamed('list').data.profile);
  await settle(shown.chat);
  return shown;
}

async function click(chat: Element, testId: string): Promise<void> {
  find(chat, testId).click();
  await settle(chat);
}

describe('the recovery key at setup', () => {
  afterEach(() => mounted.splice(0).forEach(element => element.remove()));

  it('P2P-VLT-01: is offered after the name, shown once in words, and stored when it was written down', async () => {
    const { chat, services } = await named();
    expect(await violations(chat)).to.deep.equal([]);
    await click(chat, 'recovery-make');
    const words = [...find(chat, 'recovery-key').children].map(item => item.textContent ?? '');
    expect(words.join(' ')).to.equal(RECOVERY_WORDS);
    expect(find(chat, 'recovery-key').clientHeight, 'the words are seen').to.be.above(100);
    expect(await violations(chat)).to.deep.equal([]);
    await click(chat, 'recovery-written');
    expect(await violations(chat)).to.deep.equal([]);
    const fields = findAll(chat, 'recovery-word') as HTMLInputElement[];
    for (const field of fields) field.value = 'zebra';
    await click(chat, 'recovery-check');
    expect(services.log.named('addMethod')).to.deep.equal([]);
    for (const field of fields) field.value = words[Number(field.id.replace('word-', '')) - 1] ?? '';
    await click(chat, 'recovery-check');
    const method = { kind: 'recovery-key', text: RECOVERY_WORDS };
    expect(services.log.named('addMethod')).to.deep.equal([{ current: null, method }]);
    expect(findAll(chat, 'recovery-offer')).to.have.length(0);
    expect(findAll(chat, 'new-chat')).to.have.length(1);
  });

  it('can wait, and is not offered to who is here already', async () => {
    const { chat, services } = await named();
    await click(chat, 'recovery-later');
    expect(findAll(chat, 'new-chat')).to.have.length(1);
    services.vault.replace(vaultOf('device'));
    await settle(chat);
    expect(findAll(chat, 'recovery-offer')).to.have.length(0);
  });

  it('a first run can begin with an import', async () => {
    const { chat, services } = await firstRun();
    expect(await violations(chat)).to.deep.equal([]);
    await click(chat, 'first-run-import');
    const input = find<HTMLInputElement>(chat, 'import-file');
    const files = new DataTransfer();
    files.items.add(new File(['age-encryption.org/v1\n-> scrypt …'], 'my.tar.age'));
    input.files = files.files;
    input.dispatchEvent(new Event('change'));
    await findSoon(chat, 'import-secret');
    await enter(chat, 'import-secret', 'correct horse battery');
    services.vault.importing = () => {
      services.profile.replace(stateNamed('list').data.profile);
      return Promise.resolve({
        identity: 'taken',
        contactsAdded: 1,
        messagesAdded: 2,
        messagesKnown: 0,
        filesAdded: 0,
        filesKnown: 0,
      });
    };
    await click(chat, 'import-submit');
    expect(find(chat, 'import-report').textContent).to.match(/This device is you now/);
    await click(chat, 'import-close');
    expect(findAll(chat, 'recovery-offer')).to.have.length(1);
  });
});
