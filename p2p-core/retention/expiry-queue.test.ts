import { expect } from '@esm-bundle/chai';
import { Vault } from '../storage/vault.ts';
import { ExpiryQueue } from './expiry-queue.ts';

describe('the expiry queue', () => {
  let vault: Vault;
  const profile = `test-${crypto.randomUUID()}`;

  beforeEach(async () => {
    vault = await Vault.open(`${profile}-${crypto.randomUUID()}`);
  });

  afterEach(() => vault.close());

  const expiriesOf = (...deadlines: number[]) =>
    deadlines.map((deadlineMs, position) => ({ position, deadlineMs }));

  it('P2P-RET-05: gives what is due, over all conversations, and keeps the rest', async () => {
    const queue = await ExpiryQueue.open(vault);
    expect(queue.nextMs).to.equal(Infinity);
    await vault.update(batch => queue.add(batch, 'anna', expiriesOf(5_000, 5_900, 90_000)));
    await vault.update(batch => queue.add(batch, 'ben', expiriesOf(5_500)));
    expect([...(await queue.due(5_999))]).to.deep.equal([]);
    expect(Object.fromEntries(await queue.due(6_000))).to.deep.equal({ anna: [0, 1], ben: [0] });
    await queue.drop(6_000);
    expect([...(await queue.due(80_000))]).to.deep.equal([]);
    const again = await ExpiryQueue.open(vault);
    expect([queue.nextMs, again.nextMs]).to.deep.equal([91_000, 91_000]);
  });

  it('P2P-RET-05: says when something is due earlier than all before', async () => {
    const queue = await ExpiryQueue.open(vault);
    let told = 0;
    queue.onEarlier = () => (told += 1);
    for (const deadlineMs of [50_000, 70_000, 50_500, 10_000]) {
      await vault.update(batch => queue.add(batch, 'anna', expiriesOf(deadlineMs)));
    }
    expect(told).to.equal(2);
  });

  it('P2P-RET-05: many that are due in one second are one record', async () => {
    const queue = await ExpiryQueue.open(vault);
    const deadlines = Array.from({ length: 500 }, () => 5_000);
    await vault.update(batch => queue.add(batch, 'anna', expiriesOf(...deadlines)));
    expect((await queue.due(6_000)).get('anna')).to.have.length(500);
  });
});
