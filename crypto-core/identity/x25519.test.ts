/** X25519 against the vectors of RFC 7748 and of Wycheproof. */
import { expect } from '@esm-bundle/chai';
import { decodeBase64Url } from '../bytes/base64url.ts';
import { decodeHex, encodeHex } from '../bytes/hex.ts';
import { CryptoCoreError } from '../errors.ts';
import { describeVectors } from '../test/support/vectors.ts';
import { testsOf, type Wycheproof } from '../test/support/wycheproof.ts';
import { computeX25519, importX25519Secret } from './x25519.ts';

interface RfcVectors {
  readonly scalarmult: readonly {
    readonly input: string;
    readonly output: string;
    readonly scalar: string;
  }[];
  readonly iterated: readonly { readonly times: number; readonly key: string }[];
}

interface XdhTest {
  readonly flags: readonly string[];
  readonly public: string;
  readonly private: string;
  readonly shared: string;
}

interface XdhJwkTest {
  readonly flags: readonly string[];
  readonly result: string;
  readonly public: JsonWebKey;
  readonly private: JsonWebKey;
  readonly shared: string;
}

/** The shared secret in hex, or the code of the refusal. */
async function compute(secret: Uint8Array, publicKey: Uint8Array): Promise<string> {
  const { privateKey } = await importX25519Secret(secret);
  try {
    return encodeHex(await computeX25519(privateKey, publicKey));
  } catch (error) {
    if (error instanceof CryptoCoreError) return error.code;
    throw error;
  }
}

/** The shared secret of JWKs in hex, by WebCrypto alone. */
async function computeFromJwks(secret: JsonWebKey, publicKey: JsonWebKey): Promise<string> {
  const privateKey = await crypto.subtle.importKey('jwk', secret, 'X25519', false, ['deriveBits']);
  try {
    const peer = await crypto.subtle.importKey('jwk', publicKey, 'X25519', false, []);
    const shared = await crypto.subtle.deriveBits({ name: 'X25519', public: peer }, privateKey, 256);
    return encodeHex(new Uint8Array(shared));
  } catch (error) {
    if (error instanceof DOMException || error instanceof TypeError) return 'refused';
    throw error;
  }
}

/** We refuse what Wycheproof calls acceptable: keys that fix the result, and second forms of a key. */
function expectedResult(vector: { readonly flags: readonly string[]; readonly shared: string }): string {
  const isRefused = vector.flags.includes('LowOrderPublic') || vector.flags.includes('NonCanonicalPublic');
  return isRefused ? 'protocol-error' : vector.shared;
}

describeVectors<RfcVectors>('rfc/rfc7748-x25519.json', vectors => {
  it('CC-ID-03: gives the results of RFC 7748', async () => {
    await vectors.each(
      file => file.scalarmult,
      async ({ input, output, scalar }) => {
        expect(await compute(decodeHex(scalar), decodeHex(input))).to.equal(output);
      },
    );
    const { scalarmult } = await vectors.load();
    const { publicKey } = await importX25519Secret(decodeHex(scalarmult[1]?.scalar ?? ''));
    expect(encodeHex(publicKey)).to.equal(scalarmult[1]?.output);
  });

  it('CC-ID-03: iterates as RFC 7748 §5.2 does', async () => {
    await vectors.each(
      file => file.iterated,
      async ({ times, key }) => {
        let [scalar, point] = [new Uint8Array(32), new Uint8Array(32)];
        scalar[0] = point[0] = 9;
        for (let i = 0; i < times; i++) {
          [scalar, point] = [decodeHex(await compute(scalar, point)), scalar];
        }
        expect(encodeHex(scalar)).to.equal(key);
      },
    );
  });
});

describeVectors<Wycheproof<XdhTest>>('wycheproof/x25519_test.json', vectors => {
  it('CC-ID-03: refuses low order and non-canonical keys, agrees on all others', async () => {
    await vectors.each(testsOf, async vector => {
      const shared = await compute(decodeHex(vector.private), decodeHex(vector.public));
      expect(shared).to.equal(expectedResult(vector));
    });
  });
});

describeVectors<Wycheproof<XdhJwkTest>>('wycheproof/x25519_jwk_test.json', vectors => {
  it('CC-ID-03: the platform refuses JWKs of another curve or form, and agrees with ours on all others', async () => {
    await vectors.each(testsOf, async vector => {
      const platform = await computeFromJwks(vector.private, vector.public);
      if (vector.result === 'invalid') {
        expect(platform).to.equal('refused');
        return;
      }
      const [secret, publicKey] = [vector.private.d ?? '', vector.public.x ?? ''].map(decodeBase64Url);
      const ours = await compute(secret as Uint8Array, publicKey as Uint8Array);
      expect(ours).to.equal(expectedResult(vector));
      if (platform !== 'refused' || vector.result === 'valid') expect(platform).to.equal(vector.shared);
    });
  });
});
