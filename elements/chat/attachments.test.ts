import type { ContactId, FileWarning, TransferId, TransferView } from '@enk/context';
import { waveformOf, waveformTag } from '@enk/internal';
import { expect } from '@esm-bundle/chai';
import { until } from '../preview/test/show-preview.ts';
import { violations } from './test/axe.ts';
import { TestServices } from './test/service-set.ts';
import { EnkTestProvider, enter, find, findAll, settle } from './test/show-state.ts';
import { stateNamed } from './test/states.ts';
import { withTransfers } from './transfer-rows.ts';
import { messageRows } from './message-rows.ts';
import { talk } from './test/people.ts';
import './index.ts';

const ANA = 'contact-ana' as ContactId;
const PNG = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='),
  character => character.charCodeAt(0),
);

function transferOf(change: Partial<TransferView>): TransferView {
  return {
    id: 'contact-ana in 1' as TransferId,
    contactId: ANA,
    isMine: false,
    state: 'offered',
    name: 'plan.pdf',
    claimedName: 'plan.pdf',
    warnings: [],
    sizeBytes: 20_000_000,
    doneBytes: null,
    caption: '',
    fileCount: null,
    fileId: null,
    isFast: false,
    createdAtMs: Date.now(),
    failure: null,
    ...change,
  };
}

async function show(transfer: TransferView): Promise<{ element: HTMLElement; services: TestServices }> {
  const services = new TestServices(stateNamed('list').data);
  const provider = new EnkTestProvider();
  provider.provide(services);
  const element = Object.assign(document.createElement('enk-transfer'), { transfer });
  provider.append(element);
  document.body.replaceChildren(provider);
  await settle(element);
  return { element, services };
}

const labels = (element: HTMLElement): string[] =>
  [...(element.shadowRoot?.querySelectorAll('button') ?? [])].map(button => button.textContent?.trim() ?? '');

describe('attachments', () => {
  afterEach(() => document.body.replaceChildren());

  const STATES: readonly (readonly [string, Partial<TransferView>, readonly string[]])[] = [
    ['an offer', {}, ['Accept', 'Decline']],
    ['an own offer', { isMine: true }, ['Cancel']],
    ['a running one', { state: 'running', doneBytes: 5_000_000 }, ['Pause', 'Cancel']],
    ['a paused one', { state: 'paused', doneBytes: 5_000_000, failure: 'storage-full' }, ['Go on', 'Cancel']],
    ['one that the other paused', { state: 'paused-by-peer' }, ['Cancel']],
    ['one that is done', { state: 'done', fileId: 'f', doneBytes: 20_000_000 }, ['Show', 'Save']],
    [
      'a failed own one',
      { state: 'failed', isMine: true, fileId: 'f', failure: 'file-changed' },
      ['Send again', 'Remove from the list'],
    ],
    ['a cancelled one', { state: 'cancelled' }, ['Remove from the list']],
  ];
  for (const [what, change, expected] of STATES) {
    it(`${what} says what can be done, and is accessible`, async () => {
      const { element } = await show(transferOf(change));
      expect(labels(element)).to.deep.equal(expected);
      expect(find(element, 'transfer-facts').textContent).to.include('20 MB');
      expect(await violations(element)).to.deep.equal([]);
    });
  }

  it('a decision, a pause and a cancel reach the service', async () => {
    const { element, services } = await show(transferOf({}));
    find(element, 'transfer-accept').click();
    await settle(element);
    expect(services.log.named('answer')).to.deep.equal([{ transferId: 'contact-ana in 1', accept: true }]);
  });

  it('a refusal of the service is told in words', async () => {
    const { element, services } = await show(transferOf({}));
    services.log.refusals.set('answer', 'storage-full');
    find(element, 'transfer-accept').click();
    await settle(element);
    expect(find(element, 'transfer-error').textContent).to.include('not enough room');
  });

  it('P2P-TRF-12: warnings and a claimed name are shown, with what does not show made visible', async () => {
    const warnings: readonly FileWarning[] = ['hidden-characters', 'double-extension', 'dangerous'];
    const claimedName = 'photo\u202egpj.exe';
    const { element } = await show(transferOf({ name: 'photogpj.exe', claimedName, warnings }));
    for (const warning of warnings) expect(find(element, `warning-${warning}`)).to.not.equal(null);
    expect(element.shadowRoot?.textContent).to.include('photo[U+202E]gpj.exe');
    expect(element.shadowRoot?.textContent).to.not.include('\u202e');
  });

  it('P2P-TRF-12: a picture is drawn only when its content is one', async () => {
    for (const isSafeImage of [true, false]) {
      const services = new TestServices(stateNamed('list').data);
      const detectedType = isSafeImage ? 'image/png' : 'image/svg+xml';
      services.files.judgement = {
        name: 'a.png',
        claimedType: 'image/png',
        detectedType,
        warnings: [],
        isSafeImage,
      };
      services.files.image = new Blob([PNG], { type: 'image/png' });
      const provider = new EnkTestProvider();
      provider.provide(services);
      const transfer = transferOf({ state: 'done', fileId: 'f', sizeBytes: PNG.length });
      const element = Object.assign(document.createElement('enk-transfer'), { transfer });
      provider.append(element);
      document.body.replaceChildren(provider);
      for (let turn = 0; turn < 10; turn++) await settle(element);
      expect(findAll(element, 'transfer-image').length).to.equal(isSafeImage ? 1 : 0);
    }
  });

  it('nothing is attached before the person saw what; pictures lose their metadata unless asked to keep it', async () => {
    const services = new TestServices(stateNamed('list').data);
    const provider = new EnkTestProvider();
    provider.provide(services);
    const element = Object.assign(document.createElement('enk-attach'), { contactId: ANA });
    provider.append(element);
    document.body.replaceChildren(provider);
    await settle(element);
    const choose = async (...files: File[]): Promise<void> => {
      const transfer = new DataTransfer();
      for (const file of files) transfer.items.add(file);
      const input = find(element, 'attach-input') as HTMLInputElement;
      input.files = transfer.files;
      input.dispatchEvent(new Event('change'));
      await settle(element);
    };
    const picture = new File([PNG], 'a.png', { type: 'image/png' });
    await choose(picture, new File(['x'], 'b.txt', { type: 'text/plain' }));
    expect(services.log.named('attach')).to.deep.equal([]);
    expect(find(element, 'attach-metadata').textContent).to.include('are removed');
    expect(await violations(element)).to.deep.equal([]);
    await enter(element, 'attach-caption', ' Look ');
    find(element, 'attach-size-small').click();
    await settle(element);
    expect(findAll(element, 'attach-keep'), 'nothing to keep').to.deep.equal([]);
    find(element, 'attach-send').click();
    await until(() => services.log.named('attach').length === 2);
    await choose(picture);
    find(element, 'attach-keep').click();
    await settle(element);
    expect(find(element, 'attach-metadata').textContent).to.include('where and with what');
    find(element, 'attach-send').click();
    await until(() => services.log.named('attach').length === 3);
    await choose(picture);
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
    await settle(element);
    expect(findAll(element, 'attach-send')).to.deep.equal([]);
    const small = { size: 'small', keepsMetadata: false };
    expect(services.log.named('attach')).to.deep.equal([
      { contactId: ANA, name: 'a.png', caption: 'Look', ...small },
      { contactId: ANA, name: 'b.txt', caption: '', ...small },
      { contactId: ANA, name: 'a.png', caption: '', size: 'original', keepsMetadata: true },
    ]);
  });

  it('a voice message is drawn by the shape in its file, and read only when it is played', async () => {
    const services = new TestServices(stateNamed('list').data);
    services.files.judgement = { ...services.files.judgement, detectedType: 'audio/ogg' };
    const [name, value] = waveformTag({ bars: waveformOf([0.2, 1, 0.4]), durationS: 65 });
    services.files.image = new Blob([`OggS ${name}=${value}`]);
    const provider = new EnkTestProvider();
    provider.provide(services);
    const transfer = transferOf({ state: 'done', fileId: 'f', sizeBytes: services.files.image.size });
    const element = Object.assign(document.createElement('enk-transfer'), { transfer });
    provider.append(element);
    document.body.replaceChildren(provider);
    await until(() => findAll(element, 'voice-play').length > 0);
    expect(find(element, 'voice-time').textContent).to.equal('1:05');
    expect(await violations(element)).to.deep.equal([]);
    find(element, 'voice-speed').click();
    await settle(element);
    expect(find(element, 'voice-speed').textContent?.trim()).to.equal('1.5×');
    const seek = find(element, 'voice-seek');
    expect(seek.getAttribute('aria-valuetext')).to.equal('0:00 of 1:05');
    find(element, 'voice-play').click();
    await until(() =>
      element.shadowRoot?.querySelector('enk-voice-player')?.shadowRoot?.querySelector('[role=alert]'),
    );
  });

  it('a microphone that is refused is said in words, and the text stays', async () => {
    const services = new TestServices(stateNamed('list').data);
    const provider = new EnkTestProvider();
    provider.provide(services);
    const element = Object.assign(document.createElement('enk-voice'), { contactId: ANA });
    provider.append(element);
    document.body.replaceChildren(provider);
    await settle(element);
    const busy: boolean[] = [];
    element.addEventListener('enk-voice-change', ({ isBusy }) => busy.push(isBusy));
    const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    try {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));
      find(element, 'voice-record').click();
      await until(() => findAll(element, 'voice-error').length > 0);
    } finally {
      navigator.mediaDevices.getUserMedia = asked;
    }
    expect(find(element, 'voice-error').textContent).to.include('not allowed');
    expect(busy).to.deep.equal([true, false]);
    expect(await violations(element)).to.deep.equal([]);
  });

  it('transfers stand between the messages, by time', () => {
    const messages = talk(ANA, [
      [false, 30, 'first'],
      [true, 10, 'second', 'read'],
    ]);
    const [a, b] = messages.map(({ sentAtMs }) => sentAtMs) as [number, number];
    const transfers = [a - 60_000, a + 60_000, b + 60_000].map((createdAtMs, index) =>
      transferOf({ id: `t${index}` as TransferId, createdAtMs }),
    );
    const rows = withTransfers(messageRows(messages, null), transfers, { hasOlder: false, hasNewer: false });
    const order = rows.flatMap(row => (row.kind === 'day' || row.kind === 'unread' ? [] : [row.key]));
    expect(order).to.deep.equal(['t0', messages[0]?.id, 't1', messages[1]?.id, 't2']);
    const page = withTransfers(messageRows(messages, null), transfers, { hasOlder: true, hasNewer: true });
    expect(page.filter(({ kind }) => kind === 'transfer').map(({ key }) => key)).to.deep.equal(['t1']);
    expect(
      withTransfers([], transfers, { hasOlder: false, hasNewer: false }).map(({ kind }) => kind),
    ).to.include('day');
  });
});
