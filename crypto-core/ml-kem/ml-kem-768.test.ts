import { expect } from '@esm-bundle/chai';
import { concat } from '../bytes/concat.ts';
import { randomBytes } from '../bytes/random.ts';
import { expectCode, flip } from '../test/support/rejections.ts';
import {
  decapsulate,
  encapsulate,
  generateKemKeyPair,
  ML_KEM_CIPHERTEXT_BYTES,
  nativeKem,
  selectKem,
  softwareKem,
} from './ml-kem-768.ts';

async function implementations(): Promise<(typeof softwareKem)[]> {
  return (await selectKem()) === nativeKem ? [nativeKem, softwareKem] : [softwareKem];
}

describe('ML-KEM-768', () => {
  it('CC-KEM-01: implementations open each other’s ciphertexts', async () => {
    const [first, last] = [(await implementations())[0], softwareKem];
    const { seed, encapsulationKey } = await softwareKem.keyPairFromSeed(randomBytes(64));
    for (const [sender, receiver] of [
      [first, last],
      [last, first],
    ]) {
      const sent = await (sender as typeof softwareKem).encapsulate(encapsulationKey);
      const secret = await (receiver as typeof softwareKem).decapsulate(seed, sent.ciphertext);
      expect(secret).to.deep.equal(sent.sharedSecret);
    }
  });

  it('CC-KEM-01: refuses keys and ciphertexts of a wrong length, and unreduced keys', async () => {
    const { seed, encapsulationKey } = await generateKemKeyPair();
    for (const bad of [
      encapsulationKey.subarray(1),
      concat(encapsulationKey, new Uint8Array(1)),
      new Uint8Array(1_184).fill(0xff),
    ]) {
      await expectCode('protocol-error', () => encapsulate(bad));
    }
    for (const length of [0, ML_KEM_CIPHERTEXT_BYTES - 1, ML_KEM_CIPHERTEXT_BYTES + 1]) {
      await expectCode('protocol-error', () => decapsulate(seed, new Uint8Array(length)));
    }
  });

  it('CC-KEM-01: software refuses unreduced keys as well', async () => {
    let failure: unknown;
    const key = new Uint8Array(1_184).fill(0xff);
    await softwareKem.encapsulate(key).catch((error: unknown) => (failure = error));
    expect(failure).to.be.instanceOf(Error);
  });

  it('a damaged ciphertext gives another secret (implicit rejection)', async () => {
    const { seed, encapsulationKey } = await generateKemKeyPair();
    const { ciphertext, sharedSecret } = await encapsulate(encapsulationKey);
    expect(await decapsulate(seed, ciphertext)).to.deep.equal(sharedSecret);
    expect(await decapsulate(seed, flip(ciphertext, 500))).not.to.deep.equal(sharedSecret);
  });
});
