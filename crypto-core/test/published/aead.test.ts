/** AES-GCM and ChaCha20-Poly1305 against Wycheproof: our functions on WebCrypto, and the software of noble. */
import { expect } from '@esm-bundle/chai';
import { gcm } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { concat } from '../../bytes/concat.ts';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { aesGcmDecrypt, aesGcmEncrypt, importAesKey } from '../../primitives/aes-gcm.ts';
import { expectCode, expectRefusal } from '../support/rejections.ts';
import { describeVectors } from '../support/vectors.ts';
import { testsOf, type Wycheproof, type WycheproofTest } from '../support/wycheproof.ts';

interface AeadTest extends WycheproofTest {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
}

interface Cipher {
  encrypt(plaintext: Uint8Array): Uint8Array;
  decrypt(ciphertext: Uint8Array): Uint8Array;
}

const isWebCryptoKeyLength = ({ key }: AeadTest): boolean => key.length !== 48; // Chromium has no AES-192

/** Valid: both directions. Invalid: opening fails. `makeCipher` may itself refuse a nonce. */
async function checkSoftware(test: AeadTest, makeCipher: () => Cipher): Promise<void> {
  const sealed = decodeHex(test.ct + test.tag);
  if (test.result === 'valid') {
    expect(encodeHex(makeCipher().encrypt(decodeHex(test.msg)))).to.equal(encodeHex(sealed));
    expect(encodeHex(makeCipher().decrypt(sealed))).to.equal(test.msg);
  } else {
    await expectRefusal(() => makeCipher().decrypt(sealed));
  }
}

describeVectors<Wycheproof<AeadTest>>('wycheproof/aes_gcm_test.json', vectors => {
  it('AES-GCM on WebCrypto gives the published ciphertexts and refuses every modified tag', async () => {
    await vectors.each(
      file => testsOf(file).filter(isWebCryptoKeyLength),
      async test => {
        const key = await importAesKey(decodeHex(test.key));
        const input = { key, nonce: decodeHex(test.iv), associatedData: decodeHex(test.aad) };
        const sealed = concat(decodeHex(test.ct), decodeHex(test.tag));
        if (test.result === 'valid') {
          expect(encodeHex(await aesGcmEncrypt(input, decodeHex(test.msg)))).to.equal(encodeHex(sealed));
          expect(encodeHex(await aesGcmDecrypt(input, sealed))).to.equal(test.msg);
        } else {
          await expectCode('protocol-error', () => aesGcmDecrypt(input, sealed));
        }
      },
    );
  });

  it('the software AES-GCM agrees, at every key length; it refuses nonces below 64 bits', async () => {
    await vectors.each(testsOf, async test => {
      const cipher = (): Cipher => gcm(decodeHex(test.key), decodeHex(test.iv), decodeHex(test.aad));
      if (test.flags.includes('SmallIv') && test.iv.length < 16) await expectRefusal(cipher);
      else await checkSoftware(test, cipher);
    });
  });
});

describeVectors<Wycheproof<AeadTest>>('wycheproof/chacha20_poly1305_test.json', vectors => {
  it('ChaCha20-Poly1305 in software gives the published ciphertexts and refuses every modified tag', async () => {
    await vectors.each(testsOf, test =>
      checkSoftware(test, () =>
        chacha20poly1305(decodeHex(test.key), decodeHex(test.iv), decodeHex(test.aad)),
      ),
    );
  });

  it('the platform agrees, where it has ChaCha20-Poly1305', async () => {
    if (!(await hasPlatformChaCha())) return; // Chromium 156 has it, older ones do not; nothing of ours uses it
    await vectors.each(testsOf, async test => {
      const key = await importPlatformChaCha(decodeHex(test.key));
      const [iv, additionalData] = [decodeHex(test.iv), decodeHex(test.aad)];
      const algorithm = { name: 'ChaCha20-Poly1305', iv, additionalData };
      const sealed = decodeHex(test.ct + test.tag);
      const open = (): Promise<ArrayBuffer> => crypto.subtle.decrypt(algorithm, key, sealed);
      if (test.result === 'valid') expect(encodeHex(new Uint8Array(await open()))).to.equal(test.msg);
      else await expectRefusal(open);
    });
  });
});

function importPlatformChaCha(key: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const format = 'raw-secret' as 'raw'; // newer than the library's types
  return crypto.subtle.importKey(format, key, 'ChaCha20-Poly1305', false, ['encrypt', 'decrypt']);
}

async function hasPlatformChaCha(): Promise<boolean> {
  const key = await importPlatformChaCha(new Uint8Array(32)).catch(() => null);
  return key !== null;
}
