import { expect } from '@esm-bundle/chai';
import {
  createApplicationMessage,
  encodeMlsMessage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
} from 'ts-mls';
import type { CiphersuiteImpl } from 'ts-mls';
import { unprotectPrivateMessage } from 'ts-mls/messageProtection.js';
import { createSecretTree } from 'ts-mls/secretTree.js';
import { concat } from '../bytes/concat.ts';
import { decodeHex, encodeHex } from '../bytes/hex.ts';
import { u32 } from '../bytes/integers.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { wipe } from '../bytes/wipe.ts';
import type { CipherLayer } from '../cascade/cipher-layer.ts';
import { aesGcmEncrypt, importAesKey } from '../primitives/aes-gcm.ts';
import type { Both } from '../test/support/make-pair.ts';
import { makeIdentity, makeMlsPair } from '../test/support/make-pair.ts';
import { expectCode, flip } from '../test/support/rejections.ts';
import { decodePrivateMessage } from './decode.ts';
import { importExpandKey } from './expand-with-label.ts';
import { encodePrivateContent, encodeSignContent, framingOf } from './framed-content.ts';
import type { GroupFraming } from './framed-content.ts';
import { signWithLeafKey } from './leaf-signature.ts';
import { mlsLayer } from './mls-layer.ts';
import type { MlsState } from './mls-state.ts';
import { openPrivateMessage } from './private-message.ts';
import { stepSecretRatchet } from './secret-ratchet.ts';
import type { SecretRatchet } from './secret-ratchet.ts';
import { decryptSenderData, encryptSenderData, guardNonce } from './sender-data.ts';
import { loadMlsSuite } from './suite.ts';
import { encodeVector, readVector } from './vector-length.ts';

const MAX_BYTES = 262_144;

/** The same layer by ts-mls alone, over the same state. */
const libraryLayer: CipherLayer<MlsState> = {
  name: 'ts-mls',
  async seal(state, plaintext) {
    const { newState, privateMessage } = await createApplicationMessage(
      state.client,
      plaintext,
      await loadMlsSuite(),
    );
    const bytes = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
    return { next: { ...state, client: newState }, bytes, consumed: [] };
  },
  async open(state, bytes) {
    const { keySchedule, secretTree, ratchetTree, groupContext, clientConfig } = state.client;
    const opened = await unprotectPrivateMessage(
      keySchedule.senderDataSecret,
      decodePrivateMessage(bytes, MAX_BYTES),
      secretTree,
      ratchetTree,
      groupContext,
      clientConfig.keyRetentionConfig,
      await loadMlsSuite(),
    );
    const { content } = opened.content;
    if (content.contentType !== 'application') throw new Error('content type');
    const next = { ...state, client: { ...state.client, secretTree: opened.tree } };
    return { next, bytes: content.applicationData, consumed: [] };
  },
};

async function makePair(): Promise<Both<MlsState>> {
  return makeMlsPair({ a: await makeIdentity(), b: await makeIdentity() });
}

describe('PrivateMessage beside ts-mls', () => {
  it('CC-MLS-06: each opens what the other seals, message by message over one state', async () => {
    let pair = await makePair();
    const sizes = [0, 1, 61, 62, 63, 64, 65, 130, 16_000, 16_383, 16_384, 70_000];
    for (let i = 0; i < 4 * sizes.length; i++) {
      const [from, to] = i % 3 === 0 ? (['b', 'a'] as const) : (['a', 'b'] as const);
      const [sealer, opener] = [i & 1 ? mlsLayer : libraryLayer, i & 2 ? mlsLayer : libraryLayer];
      const plaintext = randomBytes((sizes[i % sizes.length] as number) % 65_536);
      const sealed = await sealer.seal(pair[from], plaintext);
      const opened = await opener.open(pair[to], sealed.bytes);
      expect(encodeHex(opened.bytes), `${i}`).to.equal(encodeHex(plaintext));
      wipe(...sealed.consumed, ...opened.consumed);
      pair = { ...pair, [from]: sealed.next, [to]: opened.next };
      const tree = (state: MlsState): unknown => state.client.secretTree;
      expect(tree(pair.a), `${i}: both hold the same ratchets`).to.deep.equal(tree(pair.b));
    }
  });

  it('CC-MLS-06: gives the same bytes as ts-mls for the same reuse guard', async () => {
    const { a } = await makePair();
    const suite = await loadMlsSuite();
    for (const size of [0, 100, 5_000, 40_000]) {
      const plaintext = randomBytes(size);
      const ours = await mlsLayer.seal(a, plaintext);
      const { encryptedSenderData, ciphertext } = decodePrivateMessage(ours.bytes, MAX_BYTES);
      const framing = framingOf(a.client.groupContext);
      const secret = await importExpandKey(a.client.keySchedule.senderDataSecret);
      const context = { secret, aad: framing.senderDataAad, ciphertext };
      const { reuseGuard } = await decryptSenderData(context, encryptedSenderData);
      const fixed: CiphersuiteImpl = { ...suite, rng: { randomBytes: () => reuseGuard } };
      const { privateMessage } = await createApplicationMessage(a.client, plaintext, fixed);
      const theirs = encodeMlsMessage({
        version: 'mls10',
        wireformat: 'mls_private_message',
        privateMessage,
      });
      expect(encodeHex(ours.bytes), `${size}`).to.equal(encodeHex(theirs));
    }
  });

  it('CC-MLS-07: draws a reuse guard for each message', async () => {
    const { a } = await makePair();
    const messages = await Promise.all([1, 2, 3].map(() => mlsLayer.seal(a, utf8('same'))));
    expect(new Set(messages.map(({ bytes }) => encodeHex(bytes))).size).to.equal(3);
  });
});

describe('PrivateMessage by a hostile holder of all keys', () => {
  let pair: Both<MlsState>;
  let framing: GroupFraming;
  let ratchet: SecretRatchet;
  let secret: CryptoKey;
  const data = utf8('data');

  before(async () => {
    pair = await makePair();
    framing = framingOf(pair.a.client.groupContext);
    ratchet = pair.a.client.secretTree[0]?.application as SecretRatchet;
    secret = await importExpandKey(pair.a.client.keySchedule.senderDataSecret);
  });

  const sign = (content: Uint8Array): Promise<Uint8Array> =>
    signWithLeafKey(pair.a.client.signaturePrivateKey, content);

  /** What A would send, but for the parts given. */
  async function forge(
    parts: {
      readonly content?: Uint8Array;
      readonly leafIndex?: number;
      readonly generation?: number;
      readonly head?: Uint8Array;
      readonly lengthOf?: (bytes: Uint8Array) => Uint8Array<ArrayBuffer>;
    } = {},
  ): Promise<Uint8Array> {
    const signed = encodeSignContent(framing, 0, data);
    const honest = encodePrivateContent(signed, await sign(signed.bytes));
    const { key, nonce } = await stepSecretRatchet(ratchet);
    const reuseGuard = randomBytes(4);
    const ciphertext = await aesGcmEncrypt(
      { key, nonce: guardNonce(nonce, reuseGuard), associatedData: framing.contentAad },
      parts.content ?? honest,
    );
    const senderData = await encryptSenderData(
      { secret, aad: framing.senderDataAad, ciphertext },
      { leafIndex: parts.leafIndex ?? 0, generation: parts.generation ?? 0, reuseGuard },
    );
    const vector = parts.lengthOf ?? encodeVector;
    return concat(parts.head ?? framing.messageHead, vector(senderData), vector(ciphertext));
  }

  const refuse = (bytes: Uint8Array): Promise<void> =>
    expectCode('protocol-error', () => mlsLayer.open(pair.b, bytes));

  async function contentWith(
    signature: Uint8Array,
    padding: Uint8Array = new Uint8Array(0),
  ): Promise<Uint8Array> {
    return concat(encodeVector(data), encodeVector(signature), padding);
  }

  it('CC-MLS-06: the honest form of these forgeries opens', async () => {
    expect(encodeHex((await mlsLayer.open(pair.b, await forge())).bytes)).to.equal(encodeHex(data));
  });

  it('CC-MLS-06: refuses a signature that is wrong, missing, long, or of another leaf or data', async () => {
    const honest = encodeSignContent(framing, 0, data).bytes;
    const good = await sign(honest);
    const wrong = [
      flip(good, 0),
      flip(good, 63, 0x80),
      new Uint8Array(0),
      new Uint8Array(64),
      good.subarray(1),
      concat(good, new Uint8Array(1)),
      await sign(encodeSignContent(framing, 1, data).bytes),
      await sign(encodeSignContent(framing, 0, utf8('other')).bytes),
      await sign(honest.subarray(1)),
      await signWithLeafKey(pair.b.client.signaturePrivateKey, honest),
    ];
    for (const signature of wrong) await refuse(await forge({ content: await contentWith(signature) }));
  });

  it('CC-MLS-06: refuses a signature over another epoch, tree or transcript', async () => {
    const context = pair.a.client.groupContext;
    const others = [
      { ...context, epoch: 2n },
      { ...context, treeHash: flip(context.treeHash, 0) },
      { ...context, confirmedTranscriptHash: flip(context.confirmedTranscriptHash, 0) },
      { ...context, groupId: flip(context.groupId, 0) },
    ];
    for (const other of others) {
      const signature = await sign(encodeSignContent(framingOf(other), 0, data).bytes);
      await refuse(await forge({ content: await contentWith(signature) }));
    }
  });

  it('CC-MLS-08: refuses padding of MLS’s own, of zeros too', async () => {
    const good = await sign(encodeSignContent(framing, 0, data).bytes);
    const zeros = await forge({ content: await contentWith(good, new Uint8Array(9)) });
    await refuse(zeros);
    for (const index of [0, 8]) {
      const padding = flip(new Uint8Array(9), index);
      await refuse(await forge({ content: await contentWith(good, padding) }));
    }
  });

  it('CC-MLS-06: refuses content that is cut, empty, or of lengths beyond its end', async () => {
    const good = await contentWith(await sign(encodeSignContent(framing, 0, data).bytes));
    for (let length = 0; length < good.length; length++)
      await refuse(await forge({ content: good.slice(0, length) }));
    for (const head of ['ff', 'c0', '80', '40ff', 'bfffffff']) {
      await refuse(await forge({ content: concat(decodeHex(head), good) }));
    }
  });

  it('CC-MLS-06, CC-MLS-07: refuses sender data of another leaf or generation', async () => {
    for (const leafIndex of [1, 2, 0xffff_ffff]) await refuse(await forge({ leafIndex }));
    for (const generation of [1, 2, 0xffff_ffff]) await refuse(await forge({ generation }));
  });

  it('CC-MLS-06: refuses another version, wire format, group, epoch, content type or associated data', async () => {
    const { messageHead } = framing;
    for (let i = 0; i < messageHead.length; i++)
      await refuse(await forge({ head: flip(messageHead, i, 0x02) }));
    const withData = concat(messageHead.subarray(0, -1), encodeVector(utf8('x')));
    await refuse(await forge({ head: withData }));
  });

  it('CC-MLS-06: refuses lengths that are not in their shortest form', async () => {
    const long = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
      const length = u32(bytes.length);
      return concat(flip(length, 0, 0x80), bytes);
    };
    await refuse(await forge({ lengthOf: long }));
    for (const text of [
      '4001aa',
      '80000001aa',
      '403f'.padEnd(130, '0'),
      'c000000000000001aa',
      '',
      '40',
      '02aa',
    ]) {
      await expectCode('protocol-error', () => readVector(decodeHex(text), 0));
    }
  });

  it('CC-MLS-11: a state whose ratchet was wiped neither seals nor opens', async () => {
    const { a, b } = await makePair();
    const sealed = await mlsLayer.seal(a, data);
    const opened = await mlsLayer.open(b, sealed.bytes);
    wipe(...sealed.consumed, ...opened.consumed);
    await expectCode('invalid-argument', () => mlsLayer.seal(a, data));
    await expectCode('invalid-argument', () => mlsLayer.open(b, sealed.bytes));
    const next = await mlsLayer.seal(sealed.next, data);
    expect(encodeHex((await mlsLayer.open(opened.next, next.bytes)).bytes)).to.equal(encodeHex(data));
  });
});

interface SecretTreeVector {
  readonly cipher_suite: number;
  readonly encryption_secret: string;
  readonly sender_data: Readonly<Record<'sender_data_secret' | 'ciphertext' | 'key' | 'nonce', string>>;
  readonly leaves: readonly (readonly {
    readonly generation: number;
    readonly application_key: string;
    readonly application_nonce: string;
  }[])[];
}

interface MessageProtectionVector {
  readonly cipher_suite: number;
  readonly group_id: string;
  readonly epoch: number;
  readonly tree_hash: string;
  readonly confirmed_transcript_hash: string;
  readonly signature_pub: string;
  readonly encryption_secret: string;
  readonly sender_data_secret: string;
  readonly application: string;
  readonly application_priv: string;
}

/** The published vectors of suites with our hash and AEAD (SHA-512, AES-256-GCM): numbers 4 and 5. */
async function loadVectors<T extends { readonly cipher_suite: number }>(name: string): Promise<T[]> {
  const response = await fetch(new URL(`../../test/vectors/mls/${name}.json`, import.meta.url));
  const vectors = (await response.json()) as T[];
  const ours = vectors.filter(vector => vector.cipher_suite === 4 || vector.cipher_suite === 5);
  expect(ours.length, name).to.be.greaterThan(0);
  return ours;
}

describe('PrivateMessage against published vectors', function () {
  this.timeout(60_000);

  it('CC-MLS-07: steps the secret tree’s ratchets', async () => {
    const { kdf } = await loadMlsSuite();
    for (const vector of await loadVectors<SecretTreeVector>('secret-tree')) {
      const tree = await createSecretTree(vector.leaves.length, decodeHex(vector.encryption_secret), kdf);
      for (const [leaf, generations] of vector.leaves.entries()) {
        let ratchet: SecretRatchet = tree[2 * leaf]?.application as SecretRatchet;
        for (const expected of generations) {
          while (ratchet.generation < expected.generation) ratchet = (await stepSecretRatchet(ratchet)).next;
          const { key, nonce } = await stepSecretRatchet(ratchet);
          expect(encodeHex(nonce)).to.equal(expected.application_nonce);
          expect(await probe(key)).to.equal(
            await probe(await importAesKey(decodeHex(expected.application_key))),
          );
        }
      }
    }
  });

  it('CC-MLS-06: derives sender data keys', async () => {
    for (const { sender_data: vector } of await loadVectors<SecretTreeVector>('secret-tree')) {
      const secret = await importExpandKey(decodeHex(vector.sender_data_secret));
      const [aad, reuseGuard] = [utf8('aad'), new Uint8Array([1, 2, 3, 4])];
      const context = { secret, aad, ciphertext: decodeHex(vector.ciphertext) };
      const ours = await encryptSenderData(context, { leafIndex: 5, generation: 6, reuseGuard });
      const key = await importAesKey(decodeHex(vector.key));
      const expected = await aesGcmEncrypt(
        { key, nonce: decodeHex(vector.nonce), associatedData: aad },
        concat(u32(5), u32(6), reuseGuard),
      );
      expect(encodeHex(ours)).to.equal(encodeHex(expected));
    }
  });

  it('CC-MLS-06: opens an application message and checks its signature', async () => {
    const suite = await getCiphersuiteImpl(getCiphersuiteFromName('MLS_256_DHKEMP521_AES256GCM_SHA512_P521'));
    for (const vector of await loadVectors<MessageProtectionVector>('message-protection')) {
      const tree = await createSecretTree(2, decodeHex(vector.encryption_secret), suite.kdf);
      const framing = framingOf({
        version: 'mls10',
        cipherSuite: 'MLS_256_DHKEMP521_AES256GCM_SHA512_P521',
        groupId: decodeHex(vector.group_id),
        epoch: BigInt(vector.epoch),
        treeHash: decodeHex(vector.tree_hash),
        confirmedTranscriptHash: decodeHex(vector.confirmed_transcript_hash),
        extensions: [],
      });
      const keys = {
        framing,
        senderDataSecret: await importExpandKey(decodeHex(vector.sender_data_secret)),
        leafIndex: 1,
        ratchet: tree[2]?.application as SecretRatchet,
      };
      const publicKey = decodeHex(vector.signature_pub);
      const message = decodeHex(vector.application_priv);
      const opened = await openPrivateMessage(keys, message, (content, signature) =>
        suite.signature.verify(publicKey, content, signature),
      );
      expect(encodeHex(opened.bytes)).to.equal(vector.application);
    }
  });
});

/** Two non-extractable keys are the same when they encrypt alike. */
async function probe(key: CryptoKey): Promise<string> {
  const input = { key, nonce: new Uint8Array(12), associatedData: new Uint8Array(0) };
  return encodeHex(await aesGcmEncrypt(input, new Uint8Array(16)));
}
