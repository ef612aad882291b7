/** X25519 against the vectors of RFC 7748 and of Wycheproof. */
import { expect } from '@esm-bundle/chai';
import { decodeHex, encodeHex } from '../bytes/hex.ts';
import { CryptoCoreError } from '../errors.ts';
import { computeX25519, importX25519Secret } from './x25519.ts';

interface RfcVectors {
  readonly scalarmult: readonly {
    readonly input: string;
    readonly output: string;
    readonly scalar: string;
  }[];
}

interface Wycheproof {
  readonly testGroups: readonly {
    readonly tests: readonly {
      readonly tcId: number;
      readonly flags: readonly string[];
      readonly public: string;
      readonly private: string;
      readonly shared: string;
    }[];
  }[];
}

async function load<Vectors>(path: string): Promise<Vectors> {
  return (await (await fetch(`/test/vectors/${path}`)).json()) as Vectors;
}

/** The shared secret in hex, or the code of the refusal. */
async function compute(secret: string, publicKey: string): Promise<string> {
  const { privateKey } = await importX25519Secret(decodeHex(secret));
  try {
    return encodeHex(await computeX25519(privateKey, decodeHex(publicKey)));
  } catch (error) {
    if (error instanceof CryptoCoreError) return error.code;
    throw error;
  }
}

describe('X25519', () => {
  it('CC-ID-03: gives the results of RFC 7748', async () => {
    const { scalarmult } = await load<RfcVectors>('rfc/rfc7748-x25519.json');
    expect(scalarmult.length).to.be.greaterThan(2);
    for (const { input, output, scalar } of scalarmult) expect(await compute(scalar, input)).to.equal(output);
    const { publicKey } = await importX25519Secret(decodeHex(scalarmult[1]?.scalar ?? ''));
    expect(encodeHex(publicKey)).to.equal(scalarmult[1]?.output);
  });

  it('CC-ID-03: Wycheproof: refuses low order and non-canonical keys, agrees on all others', async () => {
    const { testGroups } = await load<Wycheproof>('wycheproof/x25519_test.json');
    const tests = testGroups.flatMap(group => group.tests);
    expect(tests.length).to.be.greaterThan(200);
    for (const { tcId, flags, ...vector } of tests) {
      const isRefused = flags.includes('LowOrderPublic') || flags.includes('NonCanonicalPublic');
      const expected = isRefused ? 'protocol-error' : vector.shared;
      expect(await compute(vector.private, vector.public), `case ${tcId}`).to.equal(expected);
    }
  });
});
