/** Argon2id in WebAssembly and in software against RFC 9106 and the reference implementation; bounds; passwords. */
import { expect } from '@esm-bundle/chai';
import { argon2id as nobleArgon2id } from '@noble/hashes/argon2.js';
import { decodeHex, encodeHex } from '../bytes/hex.ts';
import { expectCode } from '../test/support/rejections.ts';
import { describeVectors } from '../test/support/vectors.ts';
import { argon2idSoftware } from './argon2id-software.ts';
import { argon2idWasm } from './argon2id-wasm.ts';
import { ARGON2ID_DEFAULT, encodePassword, isAcceptableArgon2id } from './argon2id.ts';

interface Argon2idVector {
  readonly version: number;
  readonly t: number;
  readonly m: number;
  readonly p: number;
  readonly password: string;
  readonly salt: string;
  readonly secret: string;
  readonly ad: string;
  readonly length: number;
  readonly tag: string;
}

describeVectors<{ readonly cases: readonly Argon2idVector[] }>('rfc/argon2id.json', vectors => {
  it('CC-VLT-05: both implementations give the published tags', async function () {
    this.timeout(120_000);
    await vectors.each(
      ({ cases }) => cases.filter(({ secret, ad }) => secret === '' && ad === ''),
      async vector => {
        const input = {
          password: decodeHex(vector.password),
          salt: decodeHex(vector.salt),
          memoryKib: vector.m,
          passes: vector.t,
          lanes: vector.p,
          lengthBytes: vector.length,
        };
        expect(encodeHex(await argon2idWasm(input)), 'WebAssembly').to.equal(vector.tag);
        expect(encodeHex(await argon2idSoftware(input)), 'software').to.equal(vector.tag);
      },
    );
  });

  it('the software has secret and associated data of RFC 9106, too', () =>
    vectors.each(
      ({ cases }) => cases.filter(({ secret, ad }) => secret !== '' || ad !== ''),
      ({ version, t, m, p, length, ...vector }) => {
        const [key, personalization] = [decodeHex(vector.secret), decodeHex(vector.ad)];
        const options = { t, m, p, version, key, personalization, dkLen: length };
        const tag = nobleArgon2id(decodeHex(vector.password), decodeHex(vector.salt), options);
        expect(encodeHex(tag)).to.equal(vector.tag);
      },
    ));
});

describe('Argon2id parameters', () => {
  it('CC-VLT-04: accepts the default and both ends of each bound, and nothing beyond', () => {
    const within = [
      ARGON2ID_DEFAULT,
      { memoryKib: 19_456, passes: 2, lanes: 1 },
      { memoryKib: 262_144, passes: 4, lanes: 4 },
      { memoryKib: 65_536, passes: 16, lanes: 1 },
    ];
    const beyond = [
      { memoryKib: 19_455, passes: 2, lanes: 1 },
      { memoryKib: 19_456, passes: 1, lanes: 1 },
      { memoryKib: 19_456, passes: 17, lanes: 1 },
      { memoryKib: 65_536, passes: 3, lanes: 0 },
      { memoryKib: 65_536, passes: 3, lanes: 5 },
      { memoryKib: 262_145, passes: 2, lanes: 1 },
      { memoryKib: 262_144, passes: 5, lanes: 1 },
      { memoryKib: 4 * 1024 * 1024, passes: 2, lanes: 1 },
      { memoryKib: 65_536.5, passes: 3, lanes: 1 },
      { memoryKib: Number.NaN, passes: 3, lanes: 1 },
    ];
    for (const parameters of within) {
      expect(isAcceptableArgon2id(parameters), JSON.stringify(parameters)).to.equal(true);
    }
    for (const parameters of beyond) {
      expect(isAcceptableArgon2id(parameters), JSON.stringify(parameters)).to.equal(false);
    }
  });

  it('CC-VLT-06: a password is its NFKC form in UTF-8, neither trimmed nor folded', async () => {
    expect(encodePassword('Ame\u0301lie')).to.deep.equal(encodePassword('Am\u00e9lie'));
    expect(encodePassword('\uff11\uff12')).to.deep.equal(encodePassword('12'));
    expect(encodePassword('\ufb01sh')).to.deep.equal(encodePassword('fish'));
    expect(encodePassword('a ')).not.to.deep.equal(encodePassword('a'));
    expect(encodePassword('A')).not.to.deep.equal(encodePassword('a'));
    for (const bad of ['', 'x'.repeat(1025), 'é'.repeat(513)]) {
      await expectCode('invalid-argument', () => encodePassword(bad));
    }
    expect(encodePassword('x'.repeat(1024))).to.have.length(1024);
  });
});
