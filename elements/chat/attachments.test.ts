import type { ContactId, FileWarning, TransferId, TransferView } from '@enk/context';
import { expect } from '@esm-bundle/chai';
import { violations } from './test/axe.ts';
import { TestServices } from './test/service-set.ts';
import { EnkTestProvider, find, findAll, settle } from './test/show-state.ts';
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
