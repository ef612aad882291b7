import { expect } from '@esm-bundle/chai';
import {
  bytesToBase64,
  decodeMlsMessage,
  joinGroup,
  makePskIndex,
  processPrivateMessage,
  processPublicMessage,
} from 'ts-mls';
import type { CiphersuiteImpl, ClientState, KeyPackage } from 'ts-mls';
import { defaultClientConfig } from 'ts-mls/clientConfig.js';
import { decodeRatchetTree } from 'ts-mls/ratchetTree.js';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { MAX_TREE_NODES } from '../../mls/group-limits.ts';
import { isWellFormedTree } from '../../mls/tree-check.ts';
import { describeVectors } from '../support/vectors.ts';
import { decodeAll, decodeSignatureKey, loadVectorSuite } from './vector-suites.ts';

interface PassiveClientVector {
  readonly cipher_suite: number;
  readonly external_psks: { psk_id: string; psk: string }[];
  readonly key_package: string;
  readonly signature_priv: string;
  readonly encryption_priv: string;
  readonly init_priv: string;
  readonly welcome: string;
  readonly ratchet_tree: string | null;
  readonly initial_epoch_authenticator: string;
  readonly epochs: { proposals: string[]; commit: string; epoch_authenticator: string }[];
}

describeVectors<PassiveClientVector[]>('mls/passive-client-welcome.json', vectors => {
  it('RFC 9420 §12.4.3.1: joins by Welcomes, with trees inside and beside, with and without PSKs', async function () {
    this.timeout(180_000);
    await vectors.each(file => file, followGroup);
  });
});

describeVectors<PassiveClientVector[]>('mls/passive-client-handling-commit.json', vectors => {
  it('RFC 9420 §12.4.2: follows Proposals and Commits through the epochs', async function () {
    this.timeout(180_000);
    await vectors.each(
      file => file,
      async v => {
        expect(v.epochs.length).to.be.greaterThan(0);
        await followGroup(v);
      },
    );
  });
});

async function followGroup(v: PassiveClientVector): Promise<void> {
  const suite = await loadVectorSuite(v.cipher_suite);
  const psks = Object.fromEntries(
    v.external_psks.map(({ psk_id, psk }) => [bytesToBase64(decodeHex(psk_id)), decodeHex(psk)]),
  );
  let state = await join(v, psks, suite);
  expect(encodeHex(state.keySchedule.epochAuthenticator)).to.equal(v.initial_epoch_authenticator);
  expect(isWellFormedTree(state.ratchetTree, MAX_TREE_NODES), 'our own check').to.equal(true);
  for (const epoch of v.epochs) {
    for (const message of [...epoch.proposals, epoch.commit]) {
      state = await process(state, message, psks, suite);
    }
    expect(encodeHex(state.keySchedule.epochAuthenticator)).to.equal(epoch.epoch_authenticator);
  }
}

async function join(
  v: PassiveClientVector,
  psks: Record<string, Uint8Array>,
  suite: CiphersuiteImpl,
): Promise<ClientState> {
  const keyPackage = decodeAll(decodeMlsMessage, decodeHex(v.key_package));
  const welcome = decodeAll(decodeMlsMessage, decodeHex(v.welcome));
  if (keyPackage.wireformat !== 'mls_key_package' || welcome.wireformat !== 'mls_welcome') {
    throw new Error('other messages than expected');
  }
  const privateKeys = {
    hpkePrivateKey: decodeHex(v.encryption_priv),
    initPrivateKey: decodeHex(v.init_priv),
    signaturePrivateKey: decodeSignatureKey(v.signature_priv, v.cipher_suite),
  };
  await expectKeys(keyPackage.keyPackage, privateKeys, suite);
  const tree = v.ratchet_tree === null ? undefined : decodeAll(decodeRatchetTree, decodeHex(v.ratchet_tree));
  return joinGroup(
    welcome.welcome,
    keyPackage.keyPackage,
    privateKeys,
    makePskIndex(undefined, psks),
    suite,
    tree,
    undefined,
    defaultClientConfig,
  );
}

async function expectKeys(
  keyPackage: KeyPackage,
  keys: { hpkePrivateKey: Uint8Array; initPrivateKey: Uint8Array; signaturePrivateKey: Uint8Array },
  { hpke, signature }: CiphersuiteImpl,
): Promise<void> {
  const info = new Uint8Array(1);
  for (const [publicKey, privateKey] of [
    [keyPackage.leafNode.hpkePublicKey, keys.hpkePrivateKey],
    [keyPackage.initKey, keys.initPrivateKey],
  ] as const) {
    const sealed = await hpke.seal(await hpke.importPublicKey(publicKey), new Uint8Array(3), info);
    const opened = await hpke.open(await hpke.importPrivateKey(privateKey), sealed.enc, sealed.ct, info);
    expect(opened.length).to.equal(3);
  }
  const signed = await signature.sign(keys.signaturePrivateKey, info);
  expect(await signature.verify(keyPackage.leafNode.signaturePublicKey, info, signed)).to.equal(true);
}

async function process(
  state: ClientState,
  hex: string,
  psks: Record<string, Uint8Array>,
  suite: CiphersuiteImpl,
): Promise<ClientState> {
  const message = decodeAll(decodeMlsMessage, decodeHex(hex));
  const index = makePskIndex(state, psks);
  if (message.wireformat === 'mls_public_message') {
    return (await processPublicMessage(state, message.publicMessage, index, suite)).newState;
  }
  if (message.wireformat !== 'mls_private_message') throw new Error('neither Proposal nor Commit');
  return (await processPrivateMessage(state, message.privateMessage, index, suite)).newState;
}
