/** HKDF and HMAC against Wycheproof and RFC 5869: our functions, the MLS suite's, and WebCrypto. */
import { expect } from '@esm-bundle/chai';
import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { constantTimeEqual } from '../../bytes/equal.ts';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { hkdfExpand, hkdfExtract, hkdfSha256, hmacSha256 } from '../../bytes/kdf.ts';
import { loadMlsSuite } from '../../mls/suite.ts';
import { expectRefusal } from '../support/rejections.ts';
import { describeVectors } from '../support/vectors.ts';
import { testsOf, type Wycheproof, type WycheproofTest } from '../support/wycheproof.ts';

type Hash = 'SHA-256' | 'SHA-512';

interface HkdfTest extends WycheproofTest {
  readonly ikm: string;
  readonly salt: string;
  readonly info: string;
  readonly size: number;
  readonly okm: string;
}

interface MacTest extends WycheproofTest {
  readonly key: string;
  readonly msg: string;
  readonly tag: string;
}

interface Rfc5869 {
  readonly cases: readonly {
    readonly ikm: string;
    readonly salt: string;
    readonly info: string;
    readonly L: number;
    readonly prk: string;
    readonly okm: string;
  }[];
}

async function webCryptoHkdf(test: HkdfTest, hash: Hash): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', decodeHex(test.ikm), 'HKDF', false, ['deriveBits']);
  const algorithm = { name: 'HKDF', hash, salt: decodeHex(test.salt), info: decodeHex(test.info) };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, test.size * 8));
}

async function webCryptoHmac(test: MacTest, hash: Hash): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', decodeHex(test.key), { name: 'HMAC', hash }, false, [
    'sign',
  ]);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, decodeHex(test.msg)));
}

/** A valid test gives its output in every implementation; an invalid one (too long) is refused by each. */
async function checkHkdf(test: HkdfTest, derivations: readonly (() => unknown)[]): Promise<void> {
  for (const derive of derivations) {
    if (test.result === 'valid') expect(encodeHex((await derive()) as Uint8Array)).to.equal(test.okm);
    else await expectRefusal(derive);
  }
}

/** Tags may be truncated: 16 bytes of 32, 32 of 64. */
function checkTag(test: MacTest, mac: Uint8Array): void {
  const tag = decodeHex(test.tag);
  expect(constantTimeEqual(mac.slice(0, tag.length), tag)).to.equal(test.result === 'valid');
}

describeVectors<Wycheproof<HkdfTest>>('wycheproof/hkdf_sha256_test.json', vectors => {
  it('HKDF-SHA-256, at once and in two steps, agrees; outputs beyond 8,160 bytes are refused', () =>
    vectors.each(testsOf, test => {
      const [ikm, salt, info] = [test.ikm, test.salt, test.info].map(decodeHex) as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ];
      return checkHkdf(test, [
        () => hkdfSha256({ ikm, salt, info, length: test.size }),
        () => hkdfExpand(hkdfExtract(salt, ikm), info, test.size),
        () => webCryptoHkdf(test, 'SHA-256'),
      ]);
    }));
});

describeVectors<Wycheproof<HkdfTest>>('wycheproof/hkdf_sha512_test.json', vectors => {
  it('HKDF-SHA-512 of the MLS suite agrees; outputs beyond 16,320 bytes are refused', async () => {
    const { kdf } = await loadMlsSuite();
    await vectors.each(testsOf, test =>
      checkHkdf(test, [
        async () =>
          kdf.expand(
            await kdf.extract(decodeHex(test.salt), decodeHex(test.ikm)),
            decodeHex(test.info),
            test.size,
          ),
        () => webCryptoHkdf(test, 'SHA-512'),
      ]),
    );
  });
});

describeVectors<Rfc5869>('rfc/rfc5869-hkdf.json', vectors => {
  it('HKDF-SHA-256 gives the pseudorandom keys and outputs of RFC 5869', () =>
    vectors.each(
      file => file.cases,
      ({ ikm, salt, info, L, prk, okm }) => {
        expect(encodeHex(hkdfExtract(decodeHex(salt), decodeHex(ikm)))).to.equal(prk);
        expect(encodeHex(hkdfExpand(decodeHex(prk), decodeHex(info), L))).to.equal(okm);
      },
    ));
});

describeVectors<Wycheproof<MacTest>>('wycheproof/hmac_sha256_test.json', vectors => {
  it('HMAC-SHA-256 gives every valid tag and no modified one', () =>
    vectors.each(testsOf, async test => {
      checkTag(test, hmacSha256(decodeHex(test.key), decodeHex(test.msg)));
      checkTag(test, await webCryptoHmac(test, 'SHA-256'));
    }));
});

describeVectors<Wycheproof<MacTest>>('wycheproof/hmac_sha512_test.json', vectors => {
  it('HMAC-SHA-512 gives every valid tag and no modified one', () =>
    vectors.each(testsOf, async test => {
      checkTag(test, hmac(sha512, decodeHex(test.key), decodeHex(test.msg)));
      checkTag(test, await webCryptoHmac(test, 'SHA-512'));
    }));
});
