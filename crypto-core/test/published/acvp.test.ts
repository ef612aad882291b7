/** NIST's own answers for ML-KEM (ACVP), 768 and 1024, on the platform's and on the software implementation. */
import { expect } from '@esm-bundle/chai';
import { concat } from '../../bytes/concat.ts';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { expandedKem, kemsOf, type ParameterSet } from '../support/kems.ts';
import { expectRefusal } from '../support/rejections.ts';
import { describeVectors } from '../support/vectors.ts';
import type { Wycheproof } from '../support/wycheproof.ts';

type SeedTest = Record<'d' | 'z' | 'ek' | 'dk' | 'c' | 'k', string>;

interface ProjectionTest {
  readonly ek: string;
  readonly dk: string;
  readonly c: string;
  readonly k: string;
  readonly m: string;
  readonly testPassed: boolean;
}

type Function = 'encapsulation' | 'decapsulation' | 'encapsulationKeyCheck' | 'decapsulationKeyCheck';
type SeedFile = Wycheproof<SeedTest, { readonly parameterSet: ParameterSet }>;
type ProjectionFile = Wycheproof<
  ProjectionTest,
  { readonly parameterSet: ParameterSet; readonly function: Function }
>;

const parameterSets: readonly ParameterSet[] = ['ML-KEM-768', 'ML-KEM-1024'];

function seedTests(file: SeedFile, set: ParameterSet): readonly SeedTest[] {
  return file.testGroups.filter(group => group.parameterSet === set).flatMap(group => group.tests);
}

function seedOf({ d, z }: SeedTest): Uint8Array {
  return concat(decodeHex(d), decodeHex(z));
}

describeVectors<SeedFile>('acvp/ml-kem-keyGen.json', vectors => {
  it('CC-KEM-01: NIST key generation, on every implementation present', async () => {
    for (const set of parameterSets) {
      const kems = await kemsOf(set);
      await vectors.each(
        file => seedTests(file, set),
        async test => {
          for (const kem of kems) {
            const { encapsulationKey } = await kem.keyPairFromSeed(seedOf(test));
            expect(encodeHex(encapsulationKey), kem.name).to.equal(test.ek.toLowerCase());
          }
          const { secretKey } = expandedKem(set).keygen(seedOf(test));
          expect(encodeHex(secretKey)).to.equal(test.dk.toLowerCase());
        },
      );
    }
  });
});

describeVectors<SeedFile>('acvp/ml-kem-encapDecap-tr1.json', vectors => {
  it('CC-KEM-01: NIST decapsulation from the seed, modified ciphertexts included', async () => {
    for (const set of parameterSets) {
      const kems = await kemsOf(set);
      await vectors.each(
        file => seedTests(file, set),
        async test => {
          for (const kem of kems) {
            const secret = await kem.decapsulate(seedOf(test), decodeHex(test.c));
            expect(encodeHex(secret), kem.name).to.equal(test.k.toLowerCase());
          }
        },
      );
    }
  });
});

describeVectors<ProjectionFile>('acvp/ml-kem-encapDecap.json', vectors => {
  const eachOf = async (
    name: Function,
    check: (test: ProjectionTest, set: ParameterSet) => Promise<void>,
  ): Promise<void> => {
    for (const set of parameterSets) {
      const select = (file: ProjectionFile): readonly ProjectionTest[] =>
        file.testGroups
          .filter(group => group.parameterSet === set && group.function === name)
          .flatMap(group => group.tests);
      await vectors.each(select, test => check(test, set));
    }
  };

  it('CC-KEM-01: NIST encapsulation; what each implementation encapsulates, the key of the file opens', () =>
    eachOf('encapsulation', async ({ ek, dk, c, k, m }, set) => {
      const software = expandedKem(set);
      const { cipherText, sharedSecret } = software.encapsulate(decodeHex(ek), decodeHex(m));
      expect(encodeHex(cipherText)).to.equal(c.toLowerCase());
      expect(encodeHex(sharedSecret)).to.equal(k.toLowerCase());
      for (const kem of await kemsOf(set)) {
        const sent = await kem.encapsulate(decodeHex(ek));
        const opened = software.decapsulate(sent.ciphertext, decodeHex(dk));
        expect(encodeHex(opened), kem.name).to.equal(encodeHex(sent.sharedSecret));
      }
    }));

  it('CC-KEM-01: NIST decapsulation with expanded keys, implicit rejection included', () =>
    eachOf('decapsulation', async ({ dk, c, k }, set) => {
      const secret = expandedKem(set).decapsulate(decodeHex(c), decodeHex(dk));
      expect(encodeHex(secret)).to.equal(k.toLowerCase());
    }));

  it('CC-KEM-01: encapsulation key check, on every implementation present', () =>
    eachOf('encapsulationKeyCheck', async ({ ek, testPassed }, set) => {
      for (const kem of await kemsOf(set)) {
        const encapsulate = (): Promise<unknown> => kem.encapsulate(decodeHex(ek));
        if (testPassed) await encapsulate();
        else await expectRefusal(encapsulate);
      }
    }));

  it('CC-KEM-01: decapsulation key check', () =>
    eachOf('decapsulationKeyCheck', async ({ ek, dk, testPassed }, set) => {
      const kem = expandedKem(set);
      const { cipherText, sharedSecret } = kem.encapsulate(decodeHex(ek));
      const open = (): Uint8Array => kem.decapsulate(cipherText, decodeHex(dk));
      if (testPassed) expect(encodeHex(open())).to.equal(encodeHex(sharedSecret));
      else await expectRefusal(open);
    }));
});
