/** SFrame against the published vectors (RFC 9605 Appendix C, and the later suites 6 to 8). */
import { expect } from '@esm-bundle/chai';
import { concat } from '../bytes/concat.ts';
import { decodeHex, encodeHex } from '../bytes/hex.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { damagedForms, expectCode } from '../test/support/rejections.ts';
import { describeVectors } from '../test/support/vectors.ts';
import { importSFrameAead } from './aead.ts';
import { importSFrameKey, openFrame, protectFrame } from './frame-key.ts';
import { decodeSFrameHeader, encodeSFrameHeader, encodeU64 } from './header.ts';
import { deriveSFrameKey, deriveSFrameNonce, deriveSFrameSecret } from './key-schedule.ts';
import { type SFrameSuiteId, sframeSuite } from './suites.ts';

interface SFrameVectors {
  readonly header: readonly { readonly kid: string; readonly ctr: string; readonly encoded: string }[];
  readonly aes_ctr_hmac: readonly (Readonly<Record<'key' | 'nonce' | 'aad' | 'pt' | 'ct', string>> & {
    readonly cipher_suite: SFrameSuiteId;
  })[];
  readonly sframe: readonly (Readonly<
    Record<
      'base_key' | 'sframe_secret' | 'sframe_key' | 'sframe_salt' | 'metadata' | 'nonce' | 'pt' | 'ct',
      string
    >
  > & { readonly cipher_suite: SFrameSuiteId; readonly kid: number; readonly ctr: number })[];
}

describeVectors<SFrameVectors>('sframe/sframe.json', vectors => {
  it('CC-SFR-01: encodes and decodes every published header', () =>
    vectors.each(
      file => file.header,
      vector => {
        const [kid, ctr, encoded] = [BigInt(vector.kid), BigInt(vector.ctr), decodeHex(vector.encoded)];
        expect(encodeHex(encodeSFrameHeader({ kid, ctr }))).to.equal(vector.encoded);
        const frame = concat(encoded, randomBytes(3));
        expect(decodeSFrameHeader(frame)).to.deep.equal({ kid, ctr, sizeBytes: encoded.length });
      },
    ));

  it('CC-SFR-03: AES-CTR-HMAC encrypts and decrypts as published, and opens nothing damaged', () =>
    vectors.each(
      file => file.aes_ctr_hmac,
      async vector => {
        const aead = await importSFrameAead(sframeSuite(vector.cipher_suite), decodeHex(vector.key));
        const input = { nonce: decodeHex(vector.nonce), associatedData: decodeHex(vector.aad) };
        const sealed = await aead.encrypt(input, decodeHex(vector.pt));
        expect(encodeHex(sealed)).to.equal(vector.ct);
        expect(encodeHex(await aead.decrypt(input, sealed))).to.equal(vector.pt);
        for (const damaged of damagedForms(sealed)) {
          await expectCode('protocol-error', () => aead.decrypt(input, damaged));
        }
      },
    ));

  it('CC-SFR-02: derives secret, key, salt and nonce, and makes the frames, of the published chains', () =>
    vectors.each(
      file => file.sframe,
      async vector => {
        const [suiteId, kid, ctr] = [vector.cipher_suite, BigInt(vector.kid), BigInt(vector.ctr)];
        const [baseKey, metadata] = [decodeHex(vector.base_key), decodeHex(vector.metadata)];
        const suite = sframeSuite(suiteId);
        expect(encodeHex(deriveSFrameSecret(suite, baseKey))).to.equal(vector.sframe_secret);
        const { key, salt } = deriveSFrameKey(suite, kid, baseKey);
        expect(encodeHex(key)).to.equal(vector.sframe_key);
        expect(encodeHex(salt)).to.equal(vector.sframe_salt);
        expect(encodeHex(deriveSFrameNonce(salt, ctr))).to.equal(vector.nonce);

        const imported = await importSFrameKey({ suiteId, kid, baseKey });
        const frame = await protectFrame(imported, ctr, { plaintext: decodeHex(vector.pt), metadata });
        expect(encodeHex(frame)).to.equal(vector.ct);
        const headerBytes = decodeSFrameHeader(frame).sizeBytes;
        const plaintext = await openFrame(imported, { ctr, frame, headerBytes, metadata });
        expect(encodeHex(plaintext)).to.equal(vector.pt);
      },
    ));
});

describe('SFrame vectors in a worker', () => {
  it('CC-SFR-02: every published header, AEAD and frame comes out the same in a dedicated worker', async () => {
    const response = await fetch(new URL('../../test/vectors/sframe/sframe.json', import.meta.url));
    const file = (await response.json()) as SFrameVectors;
    const url = new URL('../test/support/sframe-vectors-worker.ts', import.meta.url);
    const worker = new Worker(url, { type: 'module' });
    const result = await new Promise<{ count: number; failed: string[] }>(resolve => {
      worker.onmessage = ({ data }: MessageEvent<{ count: number; failed: string[] }>) => resolve(data);
      worker.postMessage(file);
    });
    worker.terminate();
    expect(result.failed).to.deep.equal([]);
    expect(result.count).to.equal(file.header.length + file.aes_ctr_hmac.length + 2 * file.sframe.length);
  });
});

/** RFC 9605 once more, with WebCrypto's HKDF and nothing of our code, for the suites that no vector covers. */
async function referenceFrame(
  suiteId: SFrameSuiteId,
  input: { readonly baseKey: BufferSource; readonly header: Uint8Array; readonly plaintext: BufferSource },
): Promise<Uint8Array> {
  const { hash, aead, aesKeyBytes, macKeyBytes, tagBytes } = sframeSuite(suiteId);
  const ikm = await crypto.subtle.importKey('raw', input.baseKey, 'HKDF', false, ['deriveBits']);
  const derive = async (label: string, size: number): Promise<Uint8Array<ArrayBuffer>> => {
    const info = concat(utf8(label), encodeU64(9n), Uint8Array.of(0, suiteId));
    const algorithm = { name: 'HKDF', hash, salt: new Uint8Array(0), info };
    return new Uint8Array(await crypto.subtle.deriveBits(algorithm, ikm, size * 8));
  };
  const key = await derive('SFrame 1.0 Secret key ', aesKeyBytes + macKeyBytes);
  const nonce = await derive('SFrame 1.0 Secret salt ', 12); // CTR 0: the salt itself
  if (aead === 'AES-GCM') {
    const aes = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
    const gcm = { name: 'AES-GCM', iv: nonce, additionalData: input.header.slice() };
    return concat(input.header, new Uint8Array(await crypto.subtle.encrypt(gcm, aes, input.plaintext)));
  }
  const aes = await crypto.subtle.importKey('raw', key.slice(0, aesKeyBytes), 'AES-CTR', false, ['encrypt']);
  const ctr = { name: 'AES-CTR', counter: concat(nonce, new Uint8Array(4)), length: 32 };
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt(ctr, aes, input.plaintext));
  const hmac = { name: 'HMAC', hash };
  const mac = await crypto.subtle.importKey('raw', key.slice(aesKeyBytes), hmac, false, ['sign']);
  const lengths = [input.header.length, ciphertext.length, tagBytes].map(size => encodeU64(BigInt(size)));
  const authenticated = concat(...lengths, nonce, input.header, ciphertext);
  const tag = new Uint8Array(await crypto.subtle.sign('HMAC', mac, authenticated)).slice(0, tagBytes);
  return concat(input.header, ciphertext, tag);
}

describe('SFrame suites without vectors', () => {
  it('CC-SFR-02: every suite makes the frame that a second derivation by WebCrypto makes', async () => {
    const [baseKey, plaintext] = [randomBytes(32), randomBytes(100)];
    for (const suiteId of [1, 2, 3, 4, 5, 6, 7, 8] as const) {
      const key = await importSFrameKey({ suiteId, kid: 9n, baseKey });
      const frame = await protectFrame(key, 0n, { plaintext, metadata: new Uint8Array(0) });
      const header = encodeSFrameHeader({ kid: 9n, ctr: 0n });
      const reference = await referenceFrame(suiteId, { baseKey, header, plaintext });
      expect(encodeHex(frame), `suite ${suiteId}`).to.equal(encodeHex(reference));
      const opened = await openFrame(key, {
        ctr: 0n,
        frame,
        headerBytes: header.length,
        metadata: new Uint8Array(0),
      });
      expect(opened).to.deep.equal(plaintext);
    }
  });

  it('CC-SFR-02: another suite, KID or base key gives another key and another salt', () => {
    const baseKey = randomBytes(32);
    const variants = [
      deriveSFrameKey(sframeSuite(6), 1n, baseKey),
      deriveSFrameKey(sframeSuite(7), 1n, baseKey),
      deriveSFrameKey(sframeSuite(8), 1n, baseKey),
      deriveSFrameKey(sframeSuite(6), 2n, baseKey),
      deriveSFrameKey(sframeSuite(6), 1n, randomBytes(32)),
    ];
    expect(new Set(variants.map(({ key }) => encodeHex(key))).size).to.equal(variants.length);
    expect(new Set(variants.map(({ salt }) => encodeHex(salt))).size).to.equal(variants.length);
  });
});
