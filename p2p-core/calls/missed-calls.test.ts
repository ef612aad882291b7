import { expect } from '@esm-bundle/chai';
import { MAX_MISSED_CALLS, MISSED_CALLS_WRITE_MS } from '../limits.ts';
import type { ProfileRepository } from '../storage/profile-repository.ts';
import type { MissedCallsRecord } from '../storage/records.ts';
import type { Vault, WriteBatch } from '../storage/vault.ts';
import type { CallId } from '../ports/call-media.ts';
import { TestClock } from '../test/support/test-clock.ts';
import type { ContactId } from '../worker/api.ts';
import type { MissedCallView } from './call-view.ts';
import { MissedCalls } from './missed-calls.ts';

describe('missed calls', () => {
  let clock: TestClock;
  let written: MissedCallsRecord[];
  let stored: MissedCallsRecord;

  beforeEach(() => {
    clock = new TestClock();
    [written, stored] = [[], []];
  });

  const open = (): Promise<MissedCalls> =>
    MissedCalls.open({
      clock,
      onChange: () => undefined,
      vault: {
        update: async (run: (batch: WriteBatch) => unknown) => void (await run({} as WriteBatch)),
      } as Vault,
      repository: {
        loadMissedCalls: async () => stored,
        putMissedCalls: async (_: WriteBatch, calls: MissedCallsRecord) => void written.push(calls),
      } as unknown as ProfileRepository,
    });

  let serial = 0;
  const rung = (contact: string, atMs = 0): MissedCallView => ({
    call: `call ${serial++}` as CallId,
    contactId: contact as unknown as ContactId,
    isVideo: false,
    atMs,
    times: 1,
  });
  const settled = (): Promise<unknown> => new Promise(resolve => setTimeout(resolve));

  it('P2P-CAL-26: a contact that rings and rings is one entry that counts, written down once in a while', async () => {
    const missed = await open();
    for (let ring = 0; ring < 100; ring++) missed.add(rung('mallory', ring));
    await settled();
    expect(missed.all.map(({ times, atMs }) => [times, atMs])).to.deep.equal([[100, 99]]);
    expect(written).to.have.length(1);
    clock.advance(MISSED_CALLS_WRITE_MS);
    await settled();
    expect(written).to.have.length(2);
    expect(written.at(-1)?.[0]?.times).to.equal(100);
    clock.advance(MISSED_CALLS_WRITE_MS);
    await settled();
    expect(written, 'nothing new').to.have.length(2);
  });

  it('P2P-CAL-26: it takes nobody else’s place, and another contact’s call is written down at once', async () => {
    const missed = await open();
    missed.add(rung('ben', 1));
    for (let ring = 0; ring < 2 * MAX_MISSED_CALLS; ring++) missed.add(rung('mallory', 2));
    missed.add(rung('cleo', 3));
    await settled();
    expect(missed.all.map(({ contactId, times }) => `${contactId} ${times}`)).to.deep.equal([
      'ben 1',
      `mallory ${2 * MAX_MISSED_CALLS}`,
      'cleo 1',
    ]);
    expect(written.at(-1)).to.deep.equal(missed.all);
  });

  it('P2P-CAL-26: what waits is written when the profile closes, and what was seen at once', async () => {
    const missed = await open();
    for (let ring = 0; ring < 3; ring++) missed.add(rung('ben'));
    await missed.stored();
    expect(written.at(-1)?.[0]?.times).to.equal(3);
    missed.forget('ben' as unknown as ContactId);
    await settled();
    expect(written.at(-1)).to.deep.equal([]);
  });

  it('P2P-CAL-26: several entries of one contact, as stored before, become one', async () => {
    const { times: _, ...first } = rung('ben', 1);
    const { times: __, ...second } = rung('ben', 2);
    stored = [
      { ...first, times: 1 },
      { ...second, times: 1 },
    ] as MissedCallsRecord;
    expect((await open()).all.map(({ times, atMs }) => [times, atMs])).to.deep.equal([[2, 2]]);
  });
});
