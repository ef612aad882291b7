import { expect } from '@esm-bundle/chai';
import type { CiphersuiteImpl } from 'ts-mls';
import { mlsExporter } from 'ts-mls';
import { decodeAuthenticatedContent } from 'ts-mls/authenticatedContent.js';
import { encode } from 'ts-mls/codec/tlsEncoder.js';
import { determineLength } from 'ts-mls/codec/variableLength.js';
import { refhash } from 'ts-mls/crypto/hash.js';
import { decryptWithLabel, encryptWithLabel } from 'ts-mls/crypto/hpke.js';
import { deriveSecret, deriveTreeSecret, expandWithLabel } from 'ts-mls/crypto/kdf.js';
import { signWithLabel, verifyWithLabel } from 'ts-mls/crypto/signature.js';
import { verifyConfirmationTag } from 'ts-mls/framedContent.js';
import { groupContextEncoder } from 'ts-mls/groupContext.js';
import { initializeEpoch } from 'ts-mls/keySchedule.js';
import { computePskSecret } from 'ts-mls/presharedkey.js';
import type { PreSharedKeyID } from 'ts-mls/presharedkey.js';
import { createSecretTree, deriveKey, deriveNonce, ratchetUntil } from 'ts-mls/secretTree.js';
import { expandSenderDataKey, expandSenderDataNonce } from 'ts-mls/sender.js';
import { createConfirmedHash, createInterimHash } from 'ts-mls/transcriptHash.js';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { describeVectors } from '../support/vectors.ts';
import { decodeAll, loadVectorSuite, suiteName } from './vector-suites.ts';

interface Suited {
  readonly cipher_suite: number;
}

interface CryptoBasics extends Suited {
  readonly ref_hash: { label: string; value: string; out: string };
  readonly expand_with_label: { secret: string; label: string; context: string; length: number; out: string };
  readonly derive_secret: { secret: string; label: string; out: string };
  readonly derive_tree_secret: {
    secret: string;
    label: string;
    generation: number;
    length: number;
    out: string;
  };
  readonly sign_with_label: { priv: string; pub: string; content: string; label: string; signature: string };
  readonly encrypt_with_label: {
    priv: string;
    pub: string;
    label: string;
    context: string;
    plaintext: string;
    kem_output: string;
    ciphertext: string;
  };
}

describeVectors<CryptoBasics[]>('mls/crypto-basics.json', vectors => {
  it('RFC 9420 §5, §8: hash references, labelled derivations, signatures and encryption', async () => {
    await vectors.each(
      file => file,
      async v => {
        const { hash, kdf, signature, hpke } = await loadVectorSuite(v.cipher_suite);
        const ref = v.ref_hash;
        expect(encodeHex(await refhash(ref.label, decodeHex(ref.value), hash))).to.equal(ref.out);
        const { secret, label, context, length, out } = v.expand_with_label;
        const expanded = await expandWithLabel(decodeHex(secret), label, decodeHex(context), length, kdf);
        expect(encodeHex(expanded)).to.equal(out);
        const derive = v.derive_secret;
        expect(encodeHex(await deriveSecret(decodeHex(derive.secret), derive.label, kdf))).to.equal(
          derive.out,
        );
        const t = v.derive_tree_secret;
        const tree = await deriveTreeSecret(decodeHex(t.secret), t.label, t.generation, t.length, kdf);
        expect(encodeHex(tree)).to.equal(t.out);
        await checkSignature(v.sign_with_label, signature);
        await checkEncryption(v.encrypt_with_label, hpke);
      },
    );
  });
});

async function checkSignature(
  v: CryptoBasics['sign_with_label'],
  signature: CiphersuiteImpl['signature'],
): Promise<void> {
  const [key, content] = [decodeHex(v.pub), decodeHex(v.content)];
  expect(await verifyWithLabel(key, v.label, content, decodeHex(v.signature), signature)).to.equal(true);
  const own = await signWithLabel(decodeHex(v.priv), v.label, content, signature);
  expect(await verifyWithLabel(key, v.label, content, own, signature)).to.equal(true);
  expect(await verifyWithLabel(key, `${v.label}x`, content, own, signature)).to.equal(false);
}

async function checkEncryption(
  v: CryptoBasics['encrypt_with_label'],
  hpke: CiphersuiteImpl['hpke'],
): Promise<void> {
  const privateKey = await hpke.importPrivateKey(decodeHex(v.priv));
  const publicKey = await hpke.importPublicKey(decodeHex(v.pub));
  const context = decodeHex(v.context);
  const open = (enc: Uint8Array, text: Uint8Array): Promise<Uint8Array> =>
    decryptWithLabel(privateKey, v.label, context, enc, text, hpke);
  expect(encodeHex(await open(decodeHex(v.kem_output), decodeHex(v.ciphertext)))).to.equal(v.plaintext);
  const own = await encryptWithLabel(publicKey, v.label, context, decodeHex(v.plaintext), hpke);
  expect(encodeHex(await open(own.enc, own.ct))).to.equal(v.plaintext);
}

describeVectors<{ vlbytes_header: string; length: number }[]>('mls/deserialization.json', vectors => {
  it('RFC 9420 §2.1.2: lengths of vectors', async () => {
    await vectors.each(
      file => file,
      v => {
        const header = decodeHex(v.vlbytes_header);
        expect(determineLength(header)).to.deep.equal({ length: v.length, lengthFieldSize: header.length });
      },
    );
  });
});

interface EpochVector {
  readonly tree_hash: string;
  readonly commit_secret: string;
  readonly psk_secret: string;
  readonly confirmed_transcript_hash: string;
  readonly group_context: string;
  readonly joiner_secret: string;
  readonly welcome_secret: string;
  readonly init_secret: string;
  readonly sender_data_secret: string;
  readonly encryption_secret: string;
  readonly exporter_secret: string;
  readonly epoch_authenticator: string;
  readonly external_secret: string;
  readonly confirmation_key: string;
  readonly membership_key: string;
  readonly resumption_psk: string;
  readonly external_pub: string;
  readonly exporter: { label: string; context: string; length: number; secret: string };
}

interface KeyScheduleVector extends Suited {
  readonly group_id: string;
  readonly initial_init_secret: string;
  readonly epochs: EpochVector[];
}

describeVectors<KeyScheduleVector[]>('mls/key-schedule.json', vectors => {
  it('RFC 9420 §8: every secret of every epoch, and the exporter', async () => {
    await vectors.each(
      file => file,
      async v => {
        expect(v.epochs.length).to.be.greaterThan(0);
        let initSecret: Uint8Array = decodeHex(v.initial_init_secret);
        for (const [index, epoch] of v.epochs.entries()) {
          initSecret = await checkEpoch(v, index, epoch, initSecret);
        }
      },
    );
  });
});

async function checkEpoch(
  v: KeyScheduleVector,
  index: number,
  epoch: EpochVector,
  initSecret: Uint8Array,
): Promise<Uint8Array> {
  const suite = await loadVectorSuite(v.cipher_suite);
  const context = {
    version: 'mls10',
    cipherSuite: suiteName(v.cipher_suite),
    groupId: decodeHex(v.group_id),
    epoch: BigInt(index),
    treeHash: decodeHex(epoch.tree_hash),
    confirmedTranscriptHash: decodeHex(epoch.confirmed_transcript_hash),
    extensions: [],
  } as const;
  expect(encodeHex(encode(groupContextEncoder)({ ...context, extensions: [] }))).to.equal(
    epoch.group_context,
  );
  const { keySchedule, ...secrets } = await initializeEpoch(
    initSecret,
    decodeHex(epoch.commit_secret),
    { ...context, extensions: [] },
    decodeHex(epoch.psk_secret),
    suite.kdf,
  );
  const derived: readonly (readonly [Uint8Array, string])[] = [
    [secrets.joinerSecret, epoch.joiner_secret],
    [secrets.welcomeSecret, epoch.welcome_secret],
    [secrets.encryptionSecret, epoch.encryption_secret],
    [keySchedule.initSecret, epoch.init_secret],
    [keySchedule.senderDataSecret, epoch.sender_data_secret],
    [keySchedule.exporterSecret, epoch.exporter_secret],
    [keySchedule.epochAuthenticator, epoch.epoch_authenticator],
    [keySchedule.externalSecret, epoch.external_secret],
    [keySchedule.confirmationKey, epoch.confirmation_key],
    [keySchedule.membershipKey, epoch.membership_key],
    [keySchedule.resumptionPsk, epoch.resumption_psk],
  ];
  for (const [ours, theirs] of derived) expect(encodeHex(ours)).to.equal(theirs);
  const external = await suite.hpke.deriveKeyPair(decodeHex(epoch.external_secret));
  expect(encodeHex(await suite.hpke.exportPublicKey(external.publicKey))).to.equal(epoch.external_pub);
  const { label, context: exporterContext, length, secret } = epoch.exporter;
  const exported = await mlsExporter(
    keySchedule.exporterSecret,
    label,
    decodeHex(exporterContext),
    length,
    suite,
  );
  expect(encodeHex(exported)).to.equal(secret);
  return keySchedule.initSecret;
}

interface PskVector extends Suited {
  readonly psks: { psk_id: string; psk: string; psk_nonce: string }[];
  readonly psk_secret: string;
}

describeVectors<PskVector[]>('mls/psk_secret.json', vectors => {
  it('RFC 9420 §8.4: PSK secrets', async () => {
    await vectors.each(
      file => file,
      async v => {
        const suite = await loadVectorSuite(v.cipher_suite);
        const psks = v.psks.map(({ psk_id, psk, psk_nonce }): [PreSharedKeyID, Uint8Array] => [
          { psktype: 'external', pskId: decodeHex(psk_id), pskNonce: decodeHex(psk_nonce) },
          decodeHex(psk),
        ]);
        expect(encodeHex(await computePskSecret(psks, suite))).to.equal(v.psk_secret);
      },
    );
  });
});

interface SecretTreeVector extends Suited {
  readonly encryption_secret: string;
  readonly sender_data: { sender_data_secret: string; ciphertext: string; key: string; nonce: string };
  readonly leaves: {
    generation: number;
    handshake_key: string;
    handshake_nonce: string;
    application_key: string;
    application_nonce: string;
  }[][];
}

describeVectors<SecretTreeVector[]>('mls/secret-tree.json', vectors => {
  it('RFC 9420 §9: message keys and nonces of every leaf, sender data keys', async function () {
    this.timeout(120_000);
    await vectors.each(
      file => file,
      async v => {
        const suite = await loadVectorSuite(v.cipher_suite);
        const { sender_data_secret, ciphertext, key, nonce } = v.sender_data;
        const input = [suite, decodeHex(sender_data_secret), decodeHex(ciphertext)] as const;
        expect(encodeHex(await expandSenderDataKey(...input))).to.equal(key);
        expect(encodeHex(await expandSenderDataNonce(...input))).to.equal(nonce);
        const tree = await createSecretTree(v.leaves.length, decodeHex(v.encryption_secret), suite.kdf);
        for (const [leaf, generations] of v.leaves.entries()) {
          expect(generations.length).to.be.greaterThan(0);
          for (const g of generations) {
            const node = tree[2 * leaf];
            if (node === undefined) throw new Error('no such leaf');
            const handshake = await keysAt(node.handshake, g.generation, suite);
            expect(handshake).to.deep.equal([g.handshake_key, g.handshake_nonce]);
            const application = await keysAt(node.application, g.generation, suite);
            expect(application).to.deep.equal([g.application_key, g.application_nonce]);
          }
        }
      },
    );
  });
});

async function keysAt(
  ratchet: Parameters<typeof ratchetUntil>[0],
  generation: number,
  suite: CiphersuiteImpl,
): Promise<[string, string]> {
  const retention = {
    retainKeysForGenerations: 10,
    retainKeysForEpochs: 4,
    maximumForwardRatchetSteps: 1_000,
  };
  const [{ secret }] = await ratchetUntil(ratchet, generation, retention, suite.kdf);
  const key = await deriveKey(secret, generation, suite);
  const nonce = await deriveNonce(secret, generation, suite);
  return [encodeHex(key), encodeHex(nonce)];
}

interface TranscriptVector extends Suited {
  readonly confirmation_key: string;
  readonly authenticated_content: string;
  readonly interim_transcript_hash_before: string;
  readonly confirmed_transcript_hash_after: string;
  readonly interim_transcript_hash_after: string;
}

describeVectors<TranscriptVector[]>('mls/transcript-hashes.json', vectors => {
  it('RFC 9420 §8.2: transcript hashes and confirmation tags', async () => {
    await vectors.each(
      file => file,
      async v => {
        const { hash } = await loadVectorSuite(v.cipher_suite);
        const { content, auth, wireformat } = decodeAll(
          decodeAuthenticatedContent,
          decodeHex(v.authenticated_content),
        );
        if (content.contentType !== 'commit' || auth.contentType !== 'commit') throw new Error('no Commit');
        const after = decodeHex(v.confirmed_transcript_hash_after);
        const key = decodeHex(v.confirmation_key);
        expect(await verifyConfirmationTag(key, auth.confirmationTag, after, hash)).to.equal(true);
        const input = { wireformat, content, signature: auth.signature };
        const before = decodeHex(v.interim_transcript_hash_before);
        const confirmed = await createConfirmedHash(before, input, hash);
        expect(encodeHex(confirmed)).to.equal(v.confirmed_transcript_hash_after);
        const interim = await createInterimHash(after, auth.confirmationTag, hash);
        expect(encodeHex(interim)).to.equal(v.interim_transcript_hash_after);
      },
    );
  });
});
