/** ML-KEM 768 and 1024 against Wycheproof, on the platform's and on the software implementation. */
import { expect } from '@esm-bundle/chai';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { encapsulate } from '../../ml-kem/ml-kem-768.ts';
import { expandedKem, kemsOf, type ParameterSet } from '../support/kems.ts';
import { expectCode, expectRefusal } from '../support/rejections.ts';
import { describeVectors } from '../support/vectors.ts';
import { testsOf, type Wycheproof, type WycheproofTest } from '../support/wycheproof.ts';

interface KeygenTest extends WycheproofTest {
  readonly seed: string;
  readonly ek: string;
  readonly dk: string;
}

interface EncapsTest extends WycheproofTest {
  readonly m: string;
  readonly ek: string;
  readonly c: string;
  readonly K: string;
}

interface DecapsTest extends WycheproofTest {
  readonly seed: string;
  readonly ek?: string;
  readonly c: string;
  readonly K: string;
}

interface ExpandedTest extends WycheproofTest {
  readonly dk: string;
  readonly c: string;
  readonly K?: string;
}

async function checkKeygen(set: ParameterSet, test: KeygenTest): Promise<void> {
  for (const kem of await kemsOf(set)) {
    const { encapsulationKey } = await kem.keyPairFromSeed(decodeHex(test.seed));
    expect(encodeHex(encapsulationKey), kem.name).to.equal(test.ek);
  }
  expect(encodeHex(expandedKem(set).keygen(decodeHex(test.seed)).secretKey)).to.equal(test.dk);
}

async function checkEncaps(set: ParameterSet, test: EncapsTest): Promise<void> {
  const [ek, m] = [decodeHex(test.ek), decodeHex(test.m)];
  if (test.result === 'valid') {
    const { cipherText, sharedSecret } = expandedKem(set).encapsulate(ek, m);
    expect(encodeHex(cipherText)).to.equal(test.c);
    expect(encodeHex(sharedSecret)).to.equal(test.K);
    for (const kem of await kemsOf(set)) expect((await kem.encapsulate(ek)).sharedSecret).to.have.length(32);
    return;
  }
  await expectRefusal(() => expandedKem(set).encapsulate(ek, m));
  for (const kem of await kemsOf(set)) await expectRefusal(() => kem.encapsulate(ek));
  if (set === 'ML-KEM-768') await expectCode('protocol-error', () => encapsulate(ek));
}

async function checkDecaps(set: ParameterSet, test: DecapsTest): Promise<void> {
  const [seed, ciphertext] = [decodeHex(test.seed), decodeHex(test.c)];
  for (const kem of await kemsOf(set)) {
    const open = (): Promise<Uint8Array> => kem.decapsulate(seed, ciphertext);
    if (test.result === 'valid') {
      expect(encodeHex(await open()), kem.name).to.equal(test.K);
      const { encapsulationKey } = await kem.keyPairFromSeed(seed);
      expect(encodeHex(encapsulationKey), kem.name).to.equal(test.ek);
    } else {
      await expectRefusal(open);
    }
  }
}

async function checkExpanded(set: ParameterSet, test: ExpandedTest): Promise<void> {
  const open = (): Uint8Array => expandedKem(set).decapsulate(decodeHex(test.c), decodeHex(test.dk));
  if (test.result === 'valid') expect(encodeHex(open())).to.equal(test.K);
  else await expectRefusal(open);
}

for (const [set, name] of [
  ['ML-KEM-768', 'mlkem_768'],
  ['ML-KEM-1024', 'mlkem_1024'],
] as const) {
  describeVectors<Wycheproof<KeygenTest>>(`wycheproof/${name}_keygen_seed_test.json`, vectors => {
    it('CC-KEM-01: a seed gives the published keys', () =>
      vectors.each(testsOf, test => checkKeygen(set, test)));
  });

  describeVectors<Wycheproof<EncapsTest>>(`wycheproof/${name}_encaps_test.json`, vectors => {
    it('CC-KEM-01: encapsulates as published; refuses unreduced, short and long keys', () =>
      vectors.each(testsOf, test => checkEncaps(set, test)));
  });

  describeVectors<Wycheproof<DecapsTest>>(`wycheproof/${name}_test.json`, vectors => {
    it('CC-KEM-01: decapsulates as published; refuses wrong lengths of seed and ciphertext', () =>
      vectors.each(testsOf, test => checkDecaps(set, test)));
  });

  describeVectors<Wycheproof<ExpandedTest>>(`wycheproof/${name}_semi_expanded_decaps_test.json`, vectors => {
    it('CC-KEM-01: expanded keys: implicit rejection as published; damaged keys are refused', () =>
      vectors.each(testsOf, test => checkExpanded(set, test)));
  });
}
