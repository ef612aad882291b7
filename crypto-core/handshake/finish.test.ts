/** A finish needs both proofs, of its role, over its transcript. */
import { expect } from '@esm-bundle/chai';
import { randomBytes } from '../bytes/random.ts';
import { createFinish, type FinishInput, verifyFinish } from './finish.ts';
import { createIdentity } from './handshake.fixture.ts';

async function isAccepted(...input: Parameters<typeof verifyFinish>): Promise<boolean> {
  return verifyFinish(...input).then(
    () => true,
    () => false,
  );
}

describe('handshake-finish', () => {
  it('CC-HS-21: verifies only with the right identity, role, transcript, key, signature and MAC', async () => {
    const [identity, other] = [await createIdentity(), await createIdentity()];
    const input: FinishInput = { role: 'A', transcriptHash: randomBytes(32), finishKey: randomBytes(32) };
    const finish = await createFinish(identity, input);
    const { identityKey } = identity;
    expect(await isAccepted(identityKey, input, finish)).to.equal(true);
    expect(await isAccepted(other.identityKey, input, finish)).to.equal(false);
    expect(await isAccepted(identityKey, { ...input, role: 'B' }, finish)).to.equal(false);
    expect(await isAccepted(identityKey, { ...input, transcriptHash: randomBytes(32) }, finish)).to.equal(
      false,
    );
    expect(await isAccepted(identityKey, { ...input, finishKey: randomBytes(32) }, finish)).to.equal(false);
    expect(await isAccepted(identityKey, input, { ...finish, mac: randomBytes(32) })).to.equal(false);
  });

  it('CC-HS-21: a MAC without the signature, or a signature without the MAC, is not enough', async () => {
    const [identity, other] = [await createIdentity(), await createIdentity()];
    const input: FinishInput = { role: 'B', transcriptHash: randomBytes(32), finishKey: randomBytes(32) };
    const unsigned = await createFinish(other, input);
    expect(await isAccepted(identity.identityKey, input, unsigned)).to.equal(false);
    const unkeyed = await createFinish(identity, { ...input, finishKey: randomBytes(32) });
    expect(await isAccepted(identity.identityKey, input, unkeyed)).to.equal(false);
  });
});
