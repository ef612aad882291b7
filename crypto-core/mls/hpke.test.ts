import { expect } from '@esm-bundle/chai';
import { getCiphersuiteFromName, getCiphersuiteImpl } from 'ts-mls';
import type { CiphersuiteImpl } from 'ts-mls';
import { decodeHex, encodeHex } from '../bytes/hex.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { expectCode, flip } from '../test/support/rejections.ts';
import { xWingHpke } from './hpke.ts';
import { MLS_SUITE } from './suite.ts';
import { decapsulateXWing, encapsulateXWing, xWingPublicKey } from './x-wing.ts';

type Hpke = CiphersuiteImpl['hpke'];

interface XWingVector {
  readonly seed: string;
  readonly pk: string;
  readonly ct: string;
  readonly ss: string;
}

async function loadVectors(name: string): Promise<readonly XWingVector[]> {
  const response = await fetch(new URL(`../../test/vectors/xwing/${name}.json`, import.meta.url));
  const { cases } = (await response.json()) as { readonly cases: readonly XWingVector[] };
  expect(cases.length, name).to.be.greaterThan(0);
  return cases;
}

describe('X-Wing on the platform', () => {
  for (const name of ['xwing-draft', 'mlkem768-x25519-hybrid']) {
    it(`CC-MLS-13: gives the published keys and secrets of ${name}`, async () => {
      for (const { seed, pk, ct, ss } of await loadVectors(name)) {
        expect(encodeHex(await xWingPublicKey(decodeHex(seed)))).to.equal(pk);
        expect(encodeHex(await decapsulateXWing(decodeHex(seed), decodeHex(ct)))).to.equal(ss);
      }
    });
  }

  it('CC-MLS-13: refuses keys and ciphertexts of other lengths, zero points and unreduced coefficients', async () => {
    const seed = randomBytes(32);
    const publicKey = await xWingPublicKey(seed);
    const { ciphertext } = await encapsulateXWing(publicKey);
    const [zeroKey, zeroCiphertext] = [publicKey.slice().fill(0, 1_184), ciphertext.slice().fill(0, 1_088)];
    const unreduced = publicKey.slice().fill(0xff, 0, 12);
    for (const bad of [publicKey.subarray(1), new Uint8Array(1_217), new Uint8Array(0), zeroKey, unreduced]) {
      await expectCode('protocol-error', () => encapsulateXWing(bad));
    }
    for (const bad of [ciphertext.subarray(1), new Uint8Array(1_121), zeroCiphertext]) {
      await expectCode('protocol-error', () => decapsulateXWing(seed, bad));
    }
    await expectCode('invalid-argument', () => xWingPublicKey(seed.subarray(1)));
  });

  it('CC-MLS-13: gives another secret for another ciphertext', async () => {
    const seed = randomBytes(32);
    const { ciphertext, sharedSecret } = await encapsulateXWing(await xWingPublicKey(seed));
    expect(encodeHex(await decapsulateXWing(seed, ciphertext))).to.equal(encodeHex(sharedSecret));
    for (const index of [0, 1_087, 1_088, 1_118]) {
      const other = await decapsulateXWing(seed, flip(ciphertext, index));
      expect(encodeHex(other)).to.not.equal(encodeHex(sharedSecret));
    }
  });
});

describe('HPKE of the suite', () => {
  const [info, aad, plaintext] = [utf8('info'), utf8('aad'), randomBytes(64)];
  let library: Hpke;

  before(async () => {
    ({ hpke: library } = await getCiphersuiteImpl(getCiphersuiteFromName(MLS_SUITE)));
  });

  it('CC-MLS-13: derives the key pairs that the library derives', async () => {
    const ikm = randomBytes(64);
    const [ours, theirs] = [await xWingHpke.deriveKeyPair(ikm), await library.deriveKeyPair(ikm)];
    expect(await xWingHpke.exportPublicKey(ours.publicKey)).to.deep.equal(
      await library.exportPublicKey(theirs.publicKey),
    );
    expect(await xWingHpke.exportPrivateKey(ours.privateKey)).to.deep.equal(
      await library.exportPrivateKey(theirs.privateKey),
    );
    expect([xWingHpke.keyLength, xWingHpke.nonceLength]).to.deep.equal([
      library.keyLength,
      library.nonceLength,
    ]);
  });

  it('CC-MLS-13: opens what the library seals, and the other way round, with exported secrets', async () => {
    const { privateKey, publicKey } = await xWingHpke.generateKeyPair();
    const seed = await xWingHpke.exportPrivateKey(privateKey);
    const raw = await xWingHpke.exportPublicKey(publicKey);
    for (const [sender, receiver] of [
      [xWingHpke, library],
      [library, xWingHpke],
    ] as const) {
      for (const data of [aad, new Uint8Array(0), undefined]) {
        const { ct, enc } = await sender.seal(await sender.importPublicKey(raw), plaintext, info, data);
        const key = await receiver.importPrivateKey(seed);
        expect(await receiver.open(key, enc, ct, info, data)).to.deep.equal(plaintext);
      }
      const exported = await sender.exportSecret(
        await sender.importPublicKey(raw),
        utf8('context'),
        64,
        info,
      );
      const key = await receiver.importPrivateKey(seed);
      const imported = await receiver.importSecret(key, utf8('context'), exported.enc, 64, info);
      expect(imported).to.deep.equal(exported.secret);
    }
  });

  it('CC-MLS-13: refuses whatever is altered, another info, and other lengths of keys', async () => {
    const { privateKey, publicKey } = await xWingHpke.generateKeyPair();
    const { ct, enc } = await xWingHpke.seal(publicKey, plaintext, info, aad);
    const other = await xWingHpke.generateKeyPair();
    const open = (
      overrides: Partial<Record<'ct' | 'enc' | 'info' | 'aad', Uint8Array>>,
    ): Promise<Uint8Array> => {
      const input = { ct, enc, info, aad, ...overrides };
      return xWingHpke.open(privateKey, input.enc, input.ct, input.info, input.aad);
    };
    expect(await open({})).to.deep.equal(plaintext);
    for (const altered of [
      { ct: flip(ct, 0) },
      { ct: ct.subarray(1) },
      { ct: new Uint8Array(0) },
      { enc: flip(enc, 3) },
      { enc: flip(enc, 1_100) },
      { enc: enc.subarray(1) },
      { info: utf8('other') },
      { aad: utf8('other') },
    ]) {
      await expectCode('protocol-error', () => open(altered));
    }
    await expectCode('protocol-error', () => xWingHpke.open(other.privateKey, enc, ct, info, aad));
    await expectCode('protocol-error', () => xWingHpke.importPublicKey(new Uint8Array(1_215)));
    await expectCode('protocol-error', () => xWingHpke.importPrivateKey(new Uint8Array(31)));
    await expectCode('invalid-argument', () => xWingHpke.importPrivateKey(new Uint8Array(32)));
  });

  it('CC-MLS-13: takes no key for the other kind', async () => {
    const { privateKey, publicKey } = await xWingHpke.generateKeyPair();
    await expectCode('internal', () => xWingHpke.exportPrivateKey(publicKey as never));
    await expectCode('internal', () => xWingHpke.exportPublicKey(privateKey as never));
  });
});
