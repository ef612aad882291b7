/** Ed25519 (Wycheproof, RFC 8032), XEdDSA (Signal), and P-256, which only other MLS suites' vectors use. */
import { expect } from '@esm-bundle/chai';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { importEd25519Seed } from '../../identity/ed25519.ts';
import { isAcceptableEd25519Key } from '../../identity/public-key-check.ts';
import { importX25519Secret } from '../../identity/x25519.ts';
import { loadMlsSuite } from '../../mls/suite.ts';
import { describeVectors } from '../support/vectors.ts';
import { testsOf, type Wycheproof, type WycheproofTest } from '../support/wycheproof.ts';
import { verifyXEdDsa } from '../support/xeddsa.ts';

interface SignatureTest extends WycheproofTest {
  readonly msg: string;
  readonly sig: string;
}

interface Ed25519Group {
  readonly publicKey: { readonly pk: string };
}

interface EcdsaGroup {
  readonly publicKey: { readonly uncompressed: string };
}

interface EcdhTest extends WycheproofTest {
  readonly public: JsonWebKey;
  readonly private: JsonWebKey;
  readonly shared: string;
}

interface Rfc8032 {
  readonly cases: readonly Record<'secretKey' | 'publicKey' | 'message' | 'signature', string>[];
}

interface XEdDsaFile {
  readonly cases: readonly {
    readonly result: 'valid' | 'invalid';
    readonly privateKey?: string;
    readonly publicKey: string;
    readonly message: string;
    readonly signature: string;
  }[];
}

describeVectors<Wycheproof<SignatureTest, Ed25519Group>>('wycheproof/ed25519_test.json', vectors => {
  it('CC-ID-02: Ed25519 as identities and MLS verify it accepts the valid and refuses the invalid', async () => {
    const { signature } = await loadMlsSuite();
    const { testGroups } = await vectors.load();
    for (const { publicKey, tests } of testGroups) {
      const key = decodeHex(publicKey.pk);
      await vectors.each(
        () => tests,
        async ({ msg, sig, result }) => {
          const [message, bytes] = [decodeHex(msg), decodeHex(sig)];
          const isValid = result === 'valid';
          expect(await signature.verify(key, message, bytes), 'MLS').to.equal(isValid);
          expect(verifyInSoftware(key, message, bytes), 'software').to.equal(isValid);
          expect(isAcceptableEd25519Key(key), 'identity key').to.equal(true);
        },
      );
    }
  });
});

/** The software verifier throws for a signature of a wrong length. */
function verifyInSoftware(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  return ed25519.verify(signature, message, key, { zip215: false });
}

describeVectors<Rfc8032>('rfc/rfc8032-ed25519.json', vectors => {
  it('CC-ID-01: an imported seed has the public key and makes the signatures of RFC 8032', async () => {
    await vectors.each(
      file => file.cases,
      async ({ secretKey, publicKey, message, signature }) => {
        const pair = await importEd25519Seed(decodeHex(secretKey));
        expect(encodeHex(pair.publicKey)).to.equal(publicKey);
        const made = await crypto.subtle.sign('Ed25519', pair.privateKey, decodeHex(message));
        expect(encodeHex(new Uint8Array(made))).to.equal(signature);
      },
    );
  });
});

describeVectors<XEdDsaFile>('signal/xeddsa-oracle.json', vectors => {
  it('CC-ID-01: an X25519 secret has the reference implementation’s public key; its signatures verify', async () => {
    await vectors.each(
      file => file.cases,
      async ({ result, privateKey, publicKey, message, signature }) => {
        const isValid = verifyXEdDsa(decodeHex(publicKey), decodeHex(message), decodeHex(signature));
        expect(isValid).to.equal(result === 'valid');
        if (privateKey === undefined) return;
        const pair = await importX25519Secret(decodeHex(privateKey));
        expect(encodeHex(pair.publicKey)).to.equal(publicKey);
      },
    );
  });
});

describeVectors<Wycheproof<SignatureTest, EcdsaGroup>>(
  'wycheproof/ecdsa_secp256r1_sha256_p1363_test.json',
  vectors => {
    it('ECDSA P-256 of platform and software accepts the valid and refuses the invalid', async () => {
      const { testGroups } = await vectors.load();
      const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
      for (const { publicKey, tests } of testGroups) {
        const point = decodeHex(publicKey.uncompressed);
        const key = await crypto.subtle.importKey('raw', point, algorithm, false, ['verify']);
        await vectors.each(
          () => tests,
          async ({ msg, sig, result }) => {
            const [message, bytes] = [decodeHex(msg), decodeHex(sig)];
            const isValid = result === 'valid';
            expect(await crypto.subtle.verify(algorithm, key, bytes, message)).to.equal(isValid);
            const software = bytes.length === 64 && p256.verify(bytes, message, point, { lowS: false });
            expect(software, 'software').to.equal(isValid);
          },
        );
      }
    });
  },
);

describeVectors<Wycheproof<EcdhTest>>('wycheproof/ecdh_secp256r1_webcrypto_test.json', vectors => {
  it('ECDH P-256 of the platform gives the shared secrets and refuses points that are not on the curve', async () => {
    await vectors.each(testsOf, async test => {
      expect(await computeEcdh(test)).to.equal(test.result === 'valid' ? test.shared : 'refused');
    });
  });
});

async function computeEcdh(test: EcdhTest): Promise<string> {
  const algorithm = { name: 'ECDH', namedCurve: 'P-256' };
  try {
    const key = await crypto.subtle.importKey('jwk', test.private, algorithm, false, ['deriveBits']);
    const peer = await crypto.subtle.importKey('jwk', test.public, algorithm, false, []);
    const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: peer }, key, 256);
    return encodeHex(new Uint8Array(shared));
  } catch (error) {
    if (error instanceof DOMException) return 'refused';
    throw error;
  }
}
