/** HPKE (RFC 9180) as ts-mls runs it, through @hpke/core; X-Wing, the profile's KEM; and Signal's sealing. */
import { expect } from '@esm-bundle/chai';
import {
  Aes128Gcm,
  Aes256Gcm,
  AeadId,
  type AeadInterface,
  CipherSuite,
  DhkemP256HkdfSha256,
  DhkemX25519HkdfSha256,
  ExportOnly,
  HkdfSha256,
  HkdfSha512,
} from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ml_kem768_x25519 as softwareXWing } from '@noble/post-quantum/hybrid.js';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { expectRefusal, flip } from '../support/rejections.ts';
import { describeVectors } from '../support/vectors.ts';

interface HpkeVector {
  readonly mode: 0 | 1 | 2 | 3;
  readonly kem_id: number;
  readonly kdf_id: number;
  readonly aead_id: number;
  readonly info: string;
  readonly ikmE: string;
  readonly skRm: string;
  readonly pkRm: string;
  readonly skSm?: string;
  readonly pkSm?: string;
  readonly psk?: string;
  readonly psk_id?: string;
  readonly enc: string;
  readonly encryptions: readonly {
    readonly seq: number;
    readonly aad: string;
    readonly ct: string;
    readonly pt: string;
  }[];
  readonly exports: readonly {
    readonly exporter_context: string;
    readonly L: number;
    readonly exported_value: string;
  }[];
}

interface SealVector {
  readonly privateKey: string;
  readonly publicKey: string;
  readonly info: string;
  readonly aad: string;
  readonly plaintext: string;
  readonly enc: string;
  readonly ciphertext: string;
}

interface XWingVector {
  readonly seed: string;
  readonly eseed?: string;
  readonly randomness?: string;
  readonly pk: string;
  readonly ct: string;
  readonly ss: string;
}

type Bytes = ArrayBufferLike | ArrayBufferView;

/** ChaCha20-Poly1305, which @hpke/core leaves to others. */
const chaCha: AeadInterface = {
  id: AeadId.Chacha20Poly1305,
  keySize: 32,
  nonceSize: 12,
  tagSize: 16,
  createEncryptionContext: key => {
    const cipher = (iv: Bytes, aad: Bytes): ReturnType<typeof chacha20poly1305> =>
      chacha20poly1305(view(key), view(iv), view(aad));
    return {
      seal: async (iv, data, aad) => copy(cipher(iv, aad).encrypt(view(data))),
      open: async (iv, data, aad) => copy(cipher(iv, aad).decrypt(view(data))),
    };
  },
};

function view(bytes: Bytes): Uint8Array {
  return ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
}

function copy(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer as ArrayBuffer;
}

function buffer(hex: string): ArrayBuffer {
  return decodeHex(hex).buffer;
}

function suiteOf({ kem_id, kdf_id, aead_id }: HpkeVector): CipherSuite {
  const kems = new Map([
    [0x10, () => new DhkemP256HkdfSha256()],
    [0x20, () => new DhkemX25519HkdfSha256()],
  ]);
  const kdfs = new Map([
    [1, () => new HkdfSha256()],
    [3, () => new HkdfSha512()],
  ]);
  const aeads = new Map<number, () => AeadInterface>([
    [1, () => new Aes128Gcm()],
    [2, () => new Aes256Gcm()],
    [3, () => chaCha],
    [0xffff, () => new ExportOnly()],
  ]);
  return new CipherSuite({
    kem: pick(kems, kem_id)(),
    kdf: pick(kdfs, kdf_id)(),
    aead: pick(aeads, aead_id)(),
  });
}

function pick<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): Value {
  const value = map.get(key);
  if (value === undefined) throw new Error('a suite that no case was written for');
  return value;
}

async function checkHpke(vector: HpkeVector): Promise<void> {
  const suite = suiteOf(vector);
  const info = buffer(vector.info);
  const psk =
    vector.psk === undefined ? {} : { psk: { key: buffer(vector.psk), id: buffer(vector.psk_id ?? '') } };
  const isAuth = vector.skSm !== undefined;
  const sender = await suite.createSenderContext({
    recipientPublicKey: await suite.kem.deserializePublicKey(buffer(vector.pkRm)),
    ekm: await suite.kem.deriveKeyPair(buffer(vector.ikmE)),
    info,
    ...psk,
    ...(isAuth ? { senderKey: await suite.kem.deserializePrivateKey(buffer(vector.skSm ?? '')) } : {}),
  });
  expect(encodeHex(new Uint8Array(sender.enc)), 'enc').to.equal(vector.enc);
  const recipient = await suite.createRecipientContext({
    recipientKey: await suite.kem.deserializePrivateKey(buffer(vector.skRm)),
    enc: buffer(vector.enc),
    info,
    ...psk,
    ...(isAuth ? { senderPublicKey: await suite.kem.deserializePublicKey(buffer(vector.pkSm ?? '')) } : {}),
  });
  for (const { exporter_context, L, exported_value } of vector.exports) {
    for (const context of [sender, recipient]) {
      const exported = await context.export(buffer(exporter_context), L);
      expect(encodeHex(new Uint8Array(exported)), 'export').to.equal(exported_value);
    }
  }
  const bySeq = new Map(vector.encryptions.map(encryption => [encryption.seq, encryption]));
  const last = Math.max(-1, ...bySeq.keys());
  for (let seq = 0; seq <= last; seq++) {
    const { aad, pt, ct } = bySeq.get(seq) ?? { aad: '', pt: '', ct: undefined };
    const sealed = await sender.seal(buffer(pt), buffer(aad));
    if (ct !== undefined) expect(encodeHex(new Uint8Array(sealed)), `seq ${seq}`).to.equal(ct);
    const opened = await recipient.open(sealed, buffer(aad));
    expect(encodeHex(new Uint8Array(opened)), `seq ${seq}`).to.equal(pt);
  }
}

describeVectors<{ readonly vectors: readonly HpkeVector[] }>('hpke/rfc9180.json', vectors => {
  it('HPKE, all four modes: encapsulated key, ciphertexts by sequence number and exports are those of RFC 9180', async function () {
    this.timeout(120_000);
    await vectors.each(file => file.vectors, checkHpke);
  });
});

async function checkXWing(vector: XWingVector): Promise<void> {
  const kem = new XWing();
  const randomness = vector.eseed ?? vector.randomness ?? '';
  const keys = await kem.generateKeyPairDerand(decodeHex(vector.seed));
  expect(encodeHex(new Uint8Array(await kem.serializePublicKey(keys.publicKey)))).to.equal(vector.pk);
  const recipientPublicKey = await kem.deserializePublicKey(buffer(vector.pk));
  const sent = await kem.encap({ recipientPublicKey, ekm: buffer(randomness) });
  expect(encodeHex(new Uint8Array(sent.enc))).to.equal(vector.ct);
  expect(encodeHex(new Uint8Array(sent.sharedSecret))).to.equal(vector.ss);
  const recipientKey = await kem.deserializePrivateKey(buffer(vector.seed));
  const secret = await kem.decap({ recipientKey, enc: buffer(vector.ct) });
  expect(encodeHex(new Uint8Array(secret))).to.equal(vector.ss);

  const software = softwareXWing.keygen(decodeHex(vector.seed));
  expect(encodeHex(software.publicKey), 'software').to.equal(vector.pk);
  const again = softwareXWing.encapsulate(decodeHex(vector.pk), decodeHex(randomness));
  expect(encodeHex(again.cipherText), 'software').to.equal(vector.ct);
  expect(encodeHex(again.sharedSecret), 'software').to.equal(vector.ss);
  const opened = softwareXWing.decapsulate(decodeHex(vector.ct), software.secretKey);
  expect(encodeHex(opened), 'software').to.equal(vector.ss);
}

for (const file of ['xwing/xwing-draft.json', 'xwing/mlkem768-x25519-hybrid.json']) {
  describeVectors<{ readonly cases: readonly XWingVector[] }>(file, vectors => {
    it('X-Wing of the MLS suite and in software gives the published keys, ciphertexts and secrets', () =>
      vectors.each(({ cases }) => cases, checkXWing));
  });
}

describeVectors<{ readonly cases: readonly SealVector[] }>('signal/hpke-seal-oracle.json', vectors => {
  it('opens what the reference implementation of Signal sealed by HPKE, and nothing damaged', async () => {
    const suite = new CipherSuite({
      kem: new DhkemX25519HkdfSha256(),
      kdf: new HkdfSha256(),
      aead: new Aes256Gcm(),
    });
    await vectors.each(
      file => file.cases,
      async vector => {
        const recipientKey = await suite.kem.deserializePrivateKey(buffer(vector.privateKey));
        const params = { recipientKey, enc: buffer(vector.enc), info: buffer(vector.info) };
        const ciphertext = decodeHex(vector.ciphertext);
        const opened = await suite.open(params, ciphertext.buffer, buffer(vector.aad));
        expect(encodeHex(new Uint8Array(opened))).to.equal(vector.plaintext);
        const damaged = flip(ciphertext, 0);
        await expectRefusal(() => suite.open(params, damaged.slice().buffer, buffer(vector.aad)));
      },
    );
  });
});
