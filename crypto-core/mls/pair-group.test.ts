import { expect } from '@esm-bundle/chai';
import { createCommit, encodeMlsMessage, generateKeyPackageWithKey } from 'ts-mls';
import type { GroupSecrets } from 'ts-mls/groupSecrets.js';
import { encodeRatchetTree } from 'ts-mls/ratchetTree.js';
import { concat } from '../bytes/concat.ts';
import { constantTimeEqual, isAllZero } from '../bytes/equal.ts';
import { randomBytes } from '../bytes/random.ts';
import type { IdentityKeys } from '../identity/identity.ts';
import { issueLeafCertificate } from '../identity/leaf-certificate.ts';
import type { Both } from '../test/support/make-pair.ts';
import { rewriteWelcome } from '../test/support/hostile-mls.ts';
import { makeIdentity, makeMlsPair, makePairStates } from '../test/support/make-pair.ts';
import { expectCode, flip } from '../test/support/rejections.ts';
import { encodeCredential } from './credential.ts';
import type { MlsState } from './mls-state.ts';
import { exportMlsSecret, mlsEpochAuthenticator, wipeMlsSetupSecrets } from './mls-state.ts';
import type { PairKeyPackage } from './pair-group.ts';
import { createPairGroup, generatePairKeyPackage, joinPairGroup } from './pair-group.ts';
import { loadMlsSuite, MLS_SUITE } from './suite.ts';

const DAY_MS = 86_400_000;

describe('pair group', () => {
  let identities: Both<IdentityKeys>;
  let stranger: IdentityKeys;
  let keyPackage: PairKeyPackage;
  const groupId = randomBytes(32);
  const nowMs = Date.now();

  before(async () => {
    identities = { a: await makeIdentity(), b: await makeIdentity() };
    stranger = await makeIdentity();
  });

  beforeEach(async () => {
    keyPackage = await generatePairKeyPackage({ identity: identities.b, nowMs });
  });

  const create = (change: Partial<Parameters<typeof createPairGroup>[0]> = {}) =>
    createPairGroup({
      groupId,
      identity: identities.a,
      peerKeyPackage: keyPackage.publicBytes,
      expectedPeerIdentity: identities.b.identityKey,
      nowMs,
      ...change,
    });

  const join = (created: Awaited<ReturnType<typeof create>>, change: object = {}) =>
    joinPairGroup({
      keyPackage,
      welcome: created.welcome,
      ratchetTree: created.ratchetTree,
      groupId,
      expectedPeerIdentity: identities.a.identityKey,
      nowMs,
      ...change,
    });

  it('CC-MLS-01: both members export the same secrets at epoch 1', async () => {
    const created = await create();
    const joined = await join(created);
    expect(joined.client.groupContext.epoch).to.equal(1n);
    const exports = [created.state, joined].map(state => exportMlsSecret(state, 'test', groupId, 32));
    const [a, b] = await Promise.all(exports);
    expect(a).to.deep.equal(b);
    expect(mlsEpochAuthenticator(created.state)).to.deep.equal(mlsEpochAuthenticator(joined));
    expect(mlsEpochAuthenticator(joined).length).to.equal(64);
  });

  it('CC-MLS-01: the suite has the parameters that its name says', async () => {
    const suite = await loadMlsSuite();
    expect(suite.name).to.equal(MLS_SUITE);
    expect(suite.kdf.size).to.equal(64);
    expect(suite.hpke.keyLength).to.equal(32);
    expect(suite.hpke.nonceLength).to.equal(12);
    expect((await suite.hash.digest(new Uint8Array())).length).to.equal(64);
    const { publicKey } = await suite.hpke.generateKeyPair();
    expect((await suite.hpke.exportPublicKey(publicKey)).length).to.equal(1_216);
    const keys = await suite.signature.keygen();
    expect(keys.publicKey.length).to.equal(32);
    const signature = await suite.signature.sign(keys.signKey, groupId);
    expect(await suite.signature.verify(keys.publicKey, groupId, signature)).to.equal(true);
  });

  it('CC-MLS-01: the joiner refuses another group id', async () => {
    const created = await create({ groupId: randomBytes(32) });
    await expectCode('protocol-error', () => join(created));
  });

  it('CC-MLS-02: the creator refuses a key package of another identity', async () => {
    const peerKeyPackage = (await generatePairKeyPackage({ identity: stranger, nowMs })).publicBytes;
    await expectCode('protocol-error', () => create({ peerKeyPackage }));
  });

  it('CC-MLS-02: the joiner refuses a group of another creator', async () => {
    const created = await create({ identity: stranger });
    await expectCode('protocol-error', () => join(created));
  });

  it('CC-MLS-02: refuses a certificate of the right identity over another leaf key', async () => {
    const suite = await loadMlsSuite();
    const leafKeys = await suite.signature.keygen();
    const other = await suite.signature.keygen();
    const notBeforeS = Math.floor(nowMs / 1000) - 10;
    const notAfterS = notBeforeS + 86_400;
    const certificate = await issueLeafCertificate(identities.b, {
      leafPublicKey: other.publicKey,
      notBeforeS,
      notAfterS,
    });
    const { capabilities } = keyPackage.publicPackage.leafNode;
    const forged = await generateKeyPackageWithKey(
      encodeCredential(identities.b.identityKey, certificate),
      capabilities,
      { notBefore: BigInt(notBeforeS), notAfter: BigInt(notAfterS) },
      [],
      leafKeys,
      suite,
    );
    const peerKeyPackage = encodeMlsMessage({
      version: 'mls10',
      wireformat: 'mls_key_package',
      keyPackage: forged.publicPackage,
    });
    await expectCode('protocol-error', () => create({ peerKeyPackage }));
  });

  it('CC-MLS-03: refuses a leaf that is not valid now', async () => {
    const late = await create();
    await expectCode('protocol-error', () => join(late, { nowMs: nowMs + 15 * DAY_MS }));
    await expectCode('protocol-error', () => join(late, { nowMs: nowMs - 3 * DAY_MS }));
    await expectCode('protocol-error', () => create({ nowMs: nowMs + 15 * DAY_MS }));
  });

  it('CC-MLS-04: a Welcome for another key package is refused, and joining wipes the init key', async () => {
    const created = await create();
    const another = await generatePairKeyPackage({ identity: identities.b, nowMs });
    await expectCode('protocol-error', () => join(created, { keyPackage: another }));
    expect(isAllZero(keyPackage.privatePackage.initPrivateKey)).to.equal(false);
    await join(created);
    expect(isAllZero(keyPackage.privatePackage.initPrivateKey)).to.equal(true);
  });

  it('CC-MLS-01: refuses a group of three', async () => {
    const suite = await loadMlsSuite();
    const { state } = await create();
    const third = await generatePairKeyPackage({ identity: stranger, nowMs });
    const accepting = {
      ...state.client,
      clientConfig: { ...state.client.clientConfig, authService: { validateCredential: async () => true } },
    };
    const mine = await generatePairKeyPackage({ identity: identities.b, nowMs });
    const { welcome, newState } = await createCommit(
      { state: accepting, cipherSuite: suite },
      {
        extraProposals: [third, mine].map(({ publicPackage }) => ({
          proposalType: 'add' as const,
          add: { keyPackage: publicPackage },
        })),
        ratchetTreeExtension: true,
      },
    );
    if (welcome === undefined) return expect.fail('no welcome');
    expect(newState.ratchetTree.length).to.be.greaterThan(3);
    const bytes = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome });
    const created = { ...(await create()), welcome: bytes };
    await expectCode('protocol-error', () => join(created, { keyPackage: mine }));
  });

  it('CC-MLS-05: refuses truncated, extended, damaged and oversized key packages', async () => {
    const bytes = keyPackage.publicBytes;
    for (let i = 0; i < bytes.length; i += 97) {
      await expectCode('protocol-error', () => create({ peerKeyPackage: flip(bytes, i) }));
      await expectCode('protocol-error', () => create({ peerKeyPackage: bytes.slice(0, i) }));
    }
    for (const bad of [concat(bytes, new Uint8Array(1)), concat(bytes, randomBytes(8_192))]) {
      await expectCode('protocol-error', () => create({ peerKeyPackage: bad }));
    }
  });

  it('CC-MLS-05: refuses truncated, extended and damaged Welcomes and trees', async () => {
    const created = await create();
    for (const part of ['welcome', 'ratchetTree'] as const) {
      const bytes = created[part];
      for (let i = 0; i < bytes.length; i += 97) {
        await expectCode('protocol-error', () => join(created, { [part]: flip(bytes, i) }));
        await expectCode('protocol-error', () => join(created, { [part]: bytes.slice(0, i) }));
      }
      const extended = concat(bytes, new Uint8Array(1));
      await expectCode('protocol-error', () => join(created, { [part]: extended }));
      await expectCode('protocol-error', () => join(created, { [part]: randomBytes(8_193) }));
    }
    await join(created);
  });

  it('CC-MLS-10: refuses a tree with a parent, or with an unmerged leaf that ts-mls would walk for ever', async () => {
    const created = await create();
    const hpkePublicKey = randomBytes(1_216);
    for (const unmergedLeaves of [[], [1], [2], [2 ** 32 - 1]]) {
      const parent = { hpkePublicKey, parentHash: new Uint8Array(0), unmergedLeaves };
      const tree = created.state.client.ratchetTree.with(1, { nodeType: 'parent', parent });
      await expectCode('protocol-error', () => join(created, { ratchetTree: encodeRatchetTree(tree) }));
      const extension = { extensionType: 'ratchet_tree', extensionData: encodeRatchetTree(tree) } as const;
      const welcome = await rewriteWelcome({
        welcome: created.welcome,
        keyPackage,
        signatureKey: created.state.client.signaturePrivateKey,
        changeInfo: info => ({ ...info, extensions: [extension] }),
      });
      await expectCode('protocol-error', () => join(created, { welcome }));
    }
    await join(created);
  });

  it('CC-MLS-04: refuses a Welcome with a PSK or a path secret', async () => {
    const created = await create();
    const { welcome } = created;
    const signatureKey = created.state.client.signaturePrivateKey;
    const psk = { psktype: 'external', pskId: randomBytes(8), pskNonce: randomBytes(64) } as const;
    for (const change of [{ pathSecret: randomBytes(64) }, { psks: [psk] }]) {
      const changeSecrets = (secrets: GroupSecrets): GroupSecrets => ({ ...secrets, ...change });
      const changed = await rewriteWelcome({ welcome, keyPackage, signatureKey, changeSecrets });
      await expectCode('protocol-error', () => join(created, { welcome: changed }));
    }
  });

  it('CC-MLS-10: refuses even the right tree in the GroupInfo', async () => {
    const created = await create();
    const { ratchetTree, signaturePrivateKey: signatureKey } = created.state.client;
    const extension = {
      extensionType: 'ratchet_tree',
      extensionData: encodeRatchetTree(ratchetTree),
    } as const;
    const { welcome } = created;
    const changed = await rewriteWelcome({
      welcome,
      keyPackage,
      signatureKey,
      changeInfo: info => ({ ...info, extensions: [extension] }),
    });
    await expectCode('protocol-error', () => join(created, { welcome: changed }));
    await join(created, { welcome: await rewriteWelcome({ welcome, keyPackage, signatureKey }) });
  });

  it('CC-MLS-09: setup secrets are gone afterwards, on both sides', async () => {
    const pair = await makeMlsPair(identities, groupId);
    for (const side of [pair.a, pair.b]) {
      const exported = await exportMlsSecret(side, 'test', groupId, 32);
      const secrets = setupSecrets(side);
      expect(secrets.length).to.be.greaterThan(SETUP_SECRETS.length); // and an HPKE key
      expect(secrets.filter(isAllZero)).to.deep.equal([]);
      wipeMlsSetupSecrets(side);
      expect(secrets.every(isAllZero)).to.equal(true);
      expect(constantTimeEqual(exported, await exportMlsSecret(side, 'test', groupId, 32))).to.equal(false);
    }
  });

  it('CC-MLS-09: the states of a session have none of them', async () => {
    const states = await makePairStates();
    for (const { mls } of [states.a, states.b]) {
      expect(setupSecrets(mls).every(isAllZero)).to.equal(true);
      expect(isAllZero(mls.client.keySchedule.senderDataSecret)).to.equal(false);
    }
  });
});

const SETUP_SECRETS = [
  'exporterSecret',
  'initSecret',
  'resumptionPsk',
  'externalSecret',
  'membershipKey',
  'confirmationKey',
] as const;

function setupSecrets({ client }: MlsState): readonly Uint8Array[] {
  const { keySchedule, privatePath } = client;
  return [...SETUP_SECRETS.map(name => keySchedule[name]), ...Object.values(privatePath.privateKeys)];
}
