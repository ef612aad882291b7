import { expect } from '@esm-bundle/chai';
import { createApplicationMessage, createProposal, encodeMlsMessage } from 'ts-mls';
import type { PrivateMessage } from 'ts-mls';
import { concat } from '../bytes/concat.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import type { IdentityKeys } from '../identity/identity.ts';
import type { Both } from '../test/support/make-pair.ts';
import { makeIdentity, makeMlsPair } from '../test/support/make-pair.ts';
import { damagedForms, expectCode } from '../test/support/rejections.ts';
import { mlsLayer } from './mls-layer.ts';
import type { MlsState } from './mls-state.ts';
import { loadMlsSuite } from './suite.ts';

function encode(privateMessage: PrivateMessage): Uint8Array {
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
}

describe('MLS layer', () => {
  let identities: Both<IdentityKeys>;
  let pair: Both<MlsState>;
  const plaintext = utf8('hello');

  before(async () => {
    identities = { a: await makeIdentity(), b: await makeIdentity() };
    pair = await makeMlsPair(identities);
  });

  it('CC-MLS-06: round-trips in both directions', async () => {
    let { a, b } = pair;
    for (let i = 0; i < 5; i++) {
      const body = randomBytes(100 * i);
      const sealed = await mlsLayer.seal(a, body);
      const opened = await mlsLayer.open(b, sealed.bytes);
      expect(opened.bytes).to.deep.equal(body);
      const answer = await mlsLayer.seal(opened.next, body);
      const answered = await mlsLayer.open(sealed.next, answer.bytes);
      expect(answered.bytes).to.deep.equal(body);
      [a, b] = [answered.next, answer.next];
    }
  });

  it('CC-MLS-06: refuses truncated, extended and damaged messages and leaves the state usable', async () => {
    const { bytes } = await mlsLayer.seal(pair.a, plaintext);
    for (const damaged of damagedForms(bytes)) {
      await expectCode('protocol-error', () => mlsLayer.open(pair.b, damaged));
    }
    expect((await mlsLayer.open(pair.b, bytes)).bytes).to.deep.equal(plaintext);
  });

  it('CC-MLS-06: refuses our own message reflected', async () => {
    const sealed = await mlsLayer.seal(pair.a, plaintext);
    await expectCode('protocol-error', () => mlsLayer.open(pair.a, sealed.bytes));
    await expectCode('protocol-error', () => mlsLayer.open(sealed.next, sealed.bytes));
  });

  it('CC-MLS-07: refuses a replay and a skipped generation', async () => {
    const first = await mlsLayer.seal(pair.a, plaintext);
    const second = await mlsLayer.seal(first.next, plaintext);
    await expectCode('protocol-error', () => mlsLayer.open(pair.b, second.bytes));
    const opened = await mlsLayer.open(pair.b, first.bytes);
    await expectCode('protocol-error', () => mlsLayer.open(opened.next, first.bytes));
    await mlsLayer.open(opened.next, second.bytes);
  });

  it('CC-MLS-06: refuses non-empty authenticated_data that a key holder sealed', async () => {
    const suite = await loadMlsSuite();
    const sealed = await createApplicationMessage(pair.a.client, plaintext, suite, utf8('x'));
    await expectCode('protocol-error', () => mlsLayer.open(pair.b, encode(sealed.privateMessage)));
  });

  it('CC-MLS-06: refuses a proposal that a key holder sealed', async () => {
    const suite = await loadMlsSuite();
    const proposal = { proposalType: 'remove', remove: { removed: 1 } } as const;
    const { message } = await createProposal(pair.a.client, false, proposal, suite);
    await expectCode('protocol-error', () => mlsLayer.open(pair.b, encodeMlsMessage(message)));
    const open = await createProposal(pair.a.client, true, proposal, suite);
    await expectCode('protocol-error', () => mlsLayer.open(pair.b, encodeMlsMessage(open.message)));
  });

  it('CC-MLS-06: refuses a message of another group, epoch or wire format', async () => {
    const other = await makeMlsPair(identities);
    const foreign = await mlsLayer.seal(other.a, plaintext);
    await expectCode('protocol-error', () => mlsLayer.open(pair.b, foreign.bytes));
    const suite = await loadMlsSuite();
    const { privateMessage } = await createApplicationMessage(pair.a.client, plaintext, suite);
    for (const epoch of [0n, 2n, 2n ** 64n - 1n]) {
      const moved = encode({ ...privateMessage, epoch });
      await expectCode('protocol-error', () => mlsLayer.open(pair.b, moved));
    }
    await expectCode('protocol-error', () => mlsLayer.open(pair.b, new Uint8Array(300_000)));
    await expectCode('protocol-error', () => mlsLayer.open(pair.b, concat(new Uint8Array(2), foreign.bytes)));
  });
});
