import { expect } from '@esm-bundle/chai';
import {
  createApplicationMessage,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  processPrivateMessage,
} from 'ts-mls';
import type { ClientState, PrivateMessage, Proposal, UpdatePath } from 'ts-mls';
import { signKeyPackage } from 'ts-mls/keyPackage.js';
import { unprotectPrivateMessage } from 'ts-mls/messageProtection.js';
import { concat } from '../bytes/concat.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { issueLeafCertificate } from '../identity/leaf-certificate.ts';
import { GroupPeer, makeGroup, openEnvironment } from '../test/support/group-peer.ts';
import {
  bareCommit,
  bareProposal,
  commitWithPathKey,
  craftCommit,
  lax,
} from '../test/support/hostile-mls.ts';
import { damagedForms, expectCode, flip } from '../test/support/rejections.ts';
import { encodeCredential } from './credential.ts';
import { decodePrivateMessage } from './decode.ts';
import { encodeMlsGroup } from './group-codec.ts';
import { isAcceptableHpkeKey } from './hpke-key.ts';
import type { GroupReceived } from './group-receive.ts';
import { LEAF_CAPABILITIES } from './key-package.ts';
import { loadMlsSuite } from './suite.ts';

const DAY_S = 86_400;

function encode(privateMessage: PrivateMessage): Uint8Array {
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
}

function reasonOf(received: GroupReceived): string {
  return received.kind === 'rejected' ? received.reason : `not rejected: ${received.kind}`;
}

/** The path of a Commit that this member can open. */
async function pathOf(peer: GroupPeer, commit: Uint8Array): Promise<UpdatePath | undefined> {
  const { client } = peer.stable;
  const { content } = await unprotectPrivateMessage(
    client.keySchedule.senderDataSecret,
    decodePrivateMessage(commit, 524_288),
    client.secretTree,
    client.ratchetTree,
    client.groupContext,
    client.clientConfig.keyRetentionConfig,
    await loadMlsSuite(),
  );
  return content.content.contentType === 'commit' ? content.content.commit.path : undefined;
}

describe('MLS group: hostile members', function () {
  this.timeout(120_000);
  let a: GroupPeer;
  let b: GroupPeer;
  let c: GroupPeer;

  beforeEach(async () => {
    [a, b, c] = (await makeGroup('a', 'b', 'c')) as [GroupPeer, GroupPeer, GroupPeer];
  });

  /** Gives b a message; expects this reason, `protocol-error`, and an unchanged state. */
  const expectRefused = async (reason: string, message: Uint8Array): Promise<void> => {
    const before = encodeMlsGroup(b.group);
    const received = await b.receive(message);
    expect(reasonOf(received)).to.equal(reason);
    if (received.kind === 'rejected') expect(received.error.code).to.equal('protocol-error');
    expect(encodeMlsGroup(b.group)).to.deep.equal(before);
  };

  /** A message of `peer` by the bare library: its state does not move. */
  const bareMessage = async (client: ClientState, aad = new Uint8Array(0)): Promise<Uint8Array> => {
    const sealed = await createApplicationMessage(client, utf8('x'), await loadMlsSuite(), aad);
    return encode(sealed.privateMessage);
  };

  it('CC-GRP-08: refuses truncated, extended and damaged messages and Commits; the right ones open after', async () => {
    const message = await a.seal(utf8('hello'));
    const commit = (await a.commit({ kind: 'update', identity: a.identity })).message;
    for (const damaged of damagedForms(message)) {
      expect((await b.receive(damaged)).kind).to.equal('rejected');
    }
    for (let i = 0; i < commit.length; i += 53) {
      expect((await b.receive(flip(commit, i, 1 << (i % 8)))).kind).to.equal('rejected');
      expect((await b.receive(commit.slice(0, i))).kind).to.equal('rejected');
    }
    await expectRefused('malformed', concat(commit, new Uint8Array(1)));
    await expectRefused('malformed', new Uint8Array(524_289));
    await expectRefused('malformed', new Uint8Array(0));
    expect((await b.receive(message)).kind).to.equal('application');
    expect((await b.receive(commit)).kind).to.equal('commit');
  });

  it('CC-GRP-08: refuses another group, a moved epoch, and another wire format', async () => {
    const [stranger] = (await makeGroup('x', 'y')) as [GroupPeer];
    await expectRefused('other-group', await stranger.seal(utf8('x')));
    const message = decodePrivateMessage(await a.seal(utf8('x')), 524_288);
    await expectRefused('past-epoch', encode({ ...message, epoch: 0n }));
    await expectRefused('future-epoch', encode({ ...message, epoch: 2n }));
    await expectRefused('future-epoch', encode({ ...message, epoch: 2n ** 64n - 1n }));
    const { publicBytes } = await c.keyPackage();
    await expectRefused('malformed', publicBytes);
    const { client } = a.stable;
    const keySchedule = { ...client.keySchedule, membershipKey: randomBytes(64) };
    const open = await bareCommit({ ...client, keySchedule }, [], { wireAsPublicMessage: true });
    await expectRefused('malformed', open.bytes);
  });

  it('CC-GRP-08: refuses a group id that a member signed for another group', async () => {
    const { client } = a.stable;
    const groupContext = { ...client.groupContext, groupId: randomBytes(32) };
    await expectRefused('other-group', await bareMessage({ ...client, groupContext }));
  });

  it('CC-GRP-08: refuses authenticated_data, in messages and Commits', async () => {
    await expectRefused('not-allowed', await bareMessage(a.stable.client, utf8('aad')));
    const commit = await bareCommit(a.stable.client, [], { authenticatedData: utf8('aad') });
    await expectRefused('not-allowed', commit.bytes);
  });

  it('CC-GRP-09: a member cannot send in another’s name', async () => {
    const mine = c.stable.client;
    // c knows every symmetric secret of the epoch. It lacks a's leaf key.
    const asA = { ...mine, privatePath: { ...mine.privatePath, leafIndex: 0 } };
    await expectRefused('refused', await bareMessage(asA));
    const secretTree = mine.secretTree.slice();
    secretTree[6] = secretTree[4] as (typeof secretTree)[number];
    const asBlank = { ...mine, secretTree, privatePath: { ...mine.privatePath, leafIndex: 3 } };
    await expectRefused('refused', await bareMessage(asBlank));
    const asReader = { ...mine, privatePath: { ...mine.privatePath, leafIndex: 1 } };
    await expectRefused('refused', await bareMessage(asReader));
    expect((await b.receive(await bareMessage(mine))).kind).to.equal('application');
  });

  it('CC-GRP-15: adds and removes are not mixed: refused here, and as removal by whom it removes', async () => {
    const d = await GroupPeer.create('d');
    const { publicPackage: keyPackage } = await d.keyPackage();
    const remove = (removed: number) => ({ proposalType: 'remove', remove: { removed } }) as const;
    const add = { proposalType: 'add', add: { keyPackage } } as const;
    const removesC = await bareCommit(a.stable.client, [remove(2), add]);
    await expectRefused('not-allowed', removesC.bytes);
    const removed = await c.receive(removesC.bytes);
    expect(removed.kind).to.equal('removed-self');
    expect(c.isMember).to.equal(false);
  });

  it('CC-GRP-15: adds and updates are not mixed either; a Commit that adds has no path', async () => {
    const { publicPackage: keyPackage } = await (await GroupPeer.create('d')).keyPackage();
    const add = { proposalType: 'add', add: { keyPackage } } as const;
    const { client } = a.stable;
    const update = await bareCommit(client, []);
    const opened = await c.receive(update.bytes);
    expect(opened.kind).to.equal('commit');
    const path = await pathOf(b, update.bytes);
    await expectRefused(
      'not-allowed',
      await craftCommit(client, { proposals: [{ proposalOrRefType: 'proposal', proposal: add }], path }),
    );
    await a.receive(await b.propose({ kind: 'update', identity: b.identity }));
    await expectRefused('not-allowed', (await bareCommit(a.stable.client, [add])).bytes);
  });

  it('CC-GRP-15: only an authorized Commit removes us', async () => {
    b.environment = openEnvironment({ mayCommit: committer => committer.leafIndex === 0 });
    const remove = { proposalType: 'remove', remove: { removed: 1 } } as const;
    await expectRefused('not-allowed', (await bareCommit(c.stable.client, [remove])).bytes);
    const allowed = await b.receive((await bareCommit(a.stable.client, [remove])).bytes);
    expect(allowed.kind).to.equal('removed-self');
  });

  it('CC-GRP-16: refuses PSK, ReInit, GroupContextExtensions and unknown Proposals, alone and committed', async () => {
    const { client } = a.stable;
    const groupId = randomBytes(32);
    const forbidden: Proposal[] = [
      { proposalType: 'group_context_extensions', groupContextExtensions: { extensions: [] } },
      {
        proposalType: 'reinit',
        reinit: { groupId, version: 'mls10', cipherSuite: client.groupContext.cipherSuite, extensions: [] },
      },
      {
        proposalType: 'psk',
        psk: {
          preSharedKeyId: { psktype: 'external', pskId: utf8('id'), pskNonce: randomBytes(64) },
        },
      },
      { proposalType: 0xf0a0, proposalData: utf8('?') },
    ];
    for (const proposal of forbidden) {
      await expectRefused('not-allowed', await bareProposal(client, proposal));
      if (proposal.proposalType === 'psk') continue;
      await expectRefused('not-allowed', (await bareCommit(client, [proposal])).bytes);
    }
  });

  it('CC-GRP-17: asks whether this member may commit and propose this', async () => {
    const asked: string[] = [];
    b.environment = openEnvironment({
      mayCommit: (committer, change, epoch) => {
        asked.push(`commit ${committer.leafIndex} ${change.kind} ${epoch}`);
        return committer.leafIndex === 0;
      },
      mayPropose: (proposer, change) => {
        asked.push(`propose ${proposer.leafIndex} ${change.kind}`);
        return change.kind !== 'remove';
      },
    });
    await expectRefused('not-allowed', (await bareCommit(c.stable.client, [])).bytes);
    const remove = { proposalType: 'remove', remove: { removed: 0 } } as const;
    await expectRefused('not-allowed', await bareProposal(c.stable.client, remove));
    expect((await b.receive(await c.propose({ kind: 'update', identity: c.identity }))).kind).to.equal(
      'proposal',
    );
    expect((await b.receive((await bareCommit(a.stable.client, [])).bytes)).kind).to.equal('commit');
    expect(asked).to.deep.equal([
      'commit 2 update 1',
      'propose 2 remove',
      'propose 2 update',
      'commit 0 update 1',
    ]);
  });

  it('CC-GRP-17: whom the roster does not have is not added', async () => {
    const d = await GroupPeer.create('d');
    const { publicPackage: keyPackage, publicBytes } = await d.keyPackage();
    const isNotD = (key: Uint8Array): boolean => String(key) !== String(d.identity.identityKey);
    a.environment = b.environment = openEnvironment({ mayBeMember: isNotD });
    await expectCode('protocol-error', () => a.commit({ kind: 'add', keyPackages: [publicBytes] }));
    await expectCode('protocol-error', () => a.propose({ kind: 'add', keyPackage: publicBytes }));
    const add = { proposalType: 'add', add: { keyPackage } } as const;
    await expectRefused('not-allowed', (await bareCommit(a.stable.client, [add])).bytes);
    await expectRefused('not-allowed', await bareProposal(a.stable.client, add));
  });

  it('CC-GRP-02: a second leaf of an identity is refused', async () => {
    const { publicPackage: keyPackage, publicBytes } = await c.keyPackage();
    await expectCode('protocol-error', () => a.commit({ kind: 'add', keyPackages: [publicBytes] }));
    const add = { proposalType: 'add', add: { keyPackage } } as const;
    await expectRefused('not-allowed', (await bareCommit(a.stable.client, [add])).bytes);
    const d = await GroupPeer.create('d');
    const twice = [(await d.keyPackage()).publicBytes, (await d.keyPackage()).publicBytes];
    await expectCode('protocol-error', () => a.commit({ kind: 'add', keyPackages: twice }));
  });

  it('CC-GRP-02: a leaf cannot take another identity', async () => {
    const { client } = a.stable;
    const leaf = client.ratchetTree[0];
    if (leaf?.nodeType !== 'leaf') return expect.fail('no leaf');
    const nowS = Math.floor(Date.now() / 1000);
    const d = await GroupPeer.create('d');
    const certificate = await issueLeafCertificate(d.identity, {
      leafPublicKey: leaf.leaf.signaturePublicKey,
      notBeforeS: nowS - 60,
      notAfterS: nowS + DAY_S,
    });
    const credential = encodeCredential(d.identity.identityKey, certificate);
    const ratchetTree = client.ratchetTree.slice();
    ratchetTree[0] = { nodeType: 'leaf', leaf: { ...leaf.leaf, credential } };
    await expectRefused('refused', (await bareCommit({ ...client, ratchetTree }, [])).bytes);
  });

  it('CC-GRP-02: a certificate over another leaf key, expired, or of a long span is refused', async () => {
    const nowS = Math.floor(Date.now() / 1000);
    const leaf = a.stable.client.ratchetTree[0];
    if (leaf?.nodeType !== 'leaf') return expect.fail('no leaf');
    const { signaturePublicKey } = leaf.leaf;
    const other = (await (await loadMlsSuite()).signature.keygen()).publicKey;
    const cases: [Uint8Array, number, number][] = [
      [other, nowS - 60, nowS + DAY_S],
      [signaturePublicKey, nowS - 10 * DAY_S, nowS - 2 * DAY_S],
      [signaturePublicKey, nowS - 10 * DAY_S, nowS + 91 * DAY_S],
    ];
    for (const [leafPublicKey, notBeforeS, notAfterS] of cases) {
      const request = { leafPublicKey, notBeforeS, notAfterS };
      const certificate = await issueLeafCertificate(a.identity, request);
      const credential = encodeCredential(a.identity.identityKey, certificate);
      const ratchetTree = a.stable.client.ratchetTree.slice();
      ratchetTree[0] = { nodeType: 'leaf', leaf: { ...leaf.leaf, credential } };
      await expectRefused('refused', (await bareCommit({ ...a.stable.client, ratchetTree }, [])).bytes);
    }
  });

  it('CC-GRP-03: the lifetime of a key package is that of its certificate, finite, and valid now', async () => {
    const nowS = Math.floor(Date.now() / 1000);
    const d = await GroupPeer.create('d');
    const build = async (certified: [number, number], lifetime: [number, number]) => {
      const suite = await loadMlsSuite();
      const keys = await suite.signature.keygen();
      const certificate = await issueLeafCertificate(d.identity, {
        leafPublicKey: keys.publicKey,
        notBeforeS: certified[0],
        notAfterS: certified[1],
      });
      const { publicPackage: keyPackage } = await generateKeyPackageWithKey(
        encodeCredential(d.identity.identityKey, certificate),
        LEAF_CAPABILITIES,
        { notBefore: BigInt(lifetime[0]), notAfter: BigInt(lifetime[1]) },
        [],
        keys,
        suite,
      );
      return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage });
    };
    const good: [number, number] = [nowS - 60, nowS + DAY_S];
    const over: [number, number] = [nowS - 3 * DAY_S, nowS - DAY_S / 2];
    for (const bad of [
      await build(good, [0, 2 ** 40]),
      await build(good, [nowS - 60, nowS + 2 * DAY_S]),
      await build(over, over),
      await build([nowS + 60, nowS + DAY_S], [nowS + 60, nowS + DAY_S]),
    ]) {
      await expectCode('protocol-error', () => a.commit({ kind: 'add', keyPackages: [bad] }));
    }
    const { publicBytes } = await d.keyPackage();
    a.environment = { ...a.environment, nowMs: (nowS + 91 * DAY_S) * 1000 };
    await expectCode('protocol-error', () => a.commit({ kind: 'add', keyPackages: [publicBytes] }));
    a.environment = openEnvironment();
    await a.commit({ kind: 'add', keyPackages: [publicBytes] });
  });

  it('CC-GRP-01: a leaf that supports more or less than the profile is refused', async () => {
    const d = await GroupPeer.create('d');
    const own = await d.keyPackage();
    const suite = await loadMlsSuite();
    const keys = {
      signKey: own.privatePackage.signaturePrivateKey,
      publicKey: own.publicPackage.leafNode.signaturePublicKey,
    };
    const { credential, leafNodeSource } = own.publicPackage.leafNode;
    const lifetime = leafNodeSource === 'key_package' ? own.publicPackage.leafNode.lifetime : null;
    if (lifetime === null) return expect.fail('no lifetime');
    const build = async (capabilities: typeof LEAF_CAPABILITIES): Promise<Uint8Array> => {
      const { publicPackage: keyPackage } = await generateKeyPackageWithKey(
        credential,
        capabilities,
        lifetime,
        [],
        keys,
        suite,
      );
      return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage });
    };
    for (const change of [
      { extensions: [1] },
      { proposals: [8] },
      { credentials: [] },
      { ciphersuites: [] },
    ]) {
      const bad = await build({ ...LEAF_CAPABILITIES, ...change });
      await expectCode('protocol-error', () => a.commit({ kind: 'add', keyPackages: [bad] }));
    }
    await a.commit({ kind: 'add', keyPackages: [await build(LEAF_CAPABILITIES)] });
  });

  it('CC-GRP-25: HPKE keys to which nobody could encapsulate are refused, wherever they enter', async () => {
    const { publicKey } = await (await loadMlsSuite()).hpke.generateKeyPair();
    const good = await (await loadMlsSuite()).hpke.exportPublicKey(publicKey);
    expect(isAcceptableHpkeKey(good)).to.equal(true);
    const unreduced = good.slice();
    unreduced.set([0xff, 0xff, 0xff], 1_149);
    const smallOrder = good.slice().fill(0, 1_184);
    const bad = [good.slice(1), concat(good, new Uint8Array(1)), new Uint8Array(0), unreduced, smallOrder];
    for (const key of bad) expect(isAcceptableHpkeKey(key)).to.equal(false);
    const { client } = a.stable;
    for (const key of bad) {
      await expectRefused('refused', await commitWithPathKey(client, key));
    }
    const d = await GroupPeer.create('d');
    const own = await d.keyPackage();
    for (const initKey of bad) {
      const { signaturePrivateKey } = own.privatePackage;
      const { signature } = await loadMlsSuite();
      const keyPackage = await signKeyPackage(
        { ...own.publicPackage, initKey },
        signaturePrivateKey,
        signature,
      );
      const bytes = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage });
      await expectCode('protocol-error', () => a.commit({ kind: 'add', keyPackages: [bytes] }));
    }
    await a.commit({ kind: 'update', identity: a.identity });
  });

  it('CC-GRP-26: a path whose secrets do not give the keys of the tree is refused; the bare library takes it', async () => {
    const suite = await loadMlsSuite();
    const { publicKey } = await suite.hpke.generateKeyPair();
    const commit = await commitWithPathKey(a.stable.client, await suite.hpke.exportPublicKey(publicKey));
    const bare = lax(b.stable.client);
    const taken = await processPrivateMessage(
      bare,
      decodePrivateMessage(commit, 524_288),
      emptyPskIndex,
      suite,
    );
    expect(taken.kind, 'the hazard').to.equal('newState');
    await expectRefused('refused', commit);
  });

  it('CC-GRP-08: a damaged key package is refused', async () => {
    const { publicBytes } = await (await GroupPeer.create('d')).keyPackage();
    for (let i = 0; i < publicBytes.length; i += 61) {
      const keyPackages = [flip(publicBytes, i, 1 << (i % 8))];
      await expectCode('protocol-error', () => a.commit({ kind: 'add', keyPackages }));
    }
    for (const bad of [concat(publicBytes, new Uint8Array(1)), randomBytes(8_193), new Uint8Array(0)]) {
      await expectCode('protocol-error', () => a.commit({ kind: 'add', keyPackages: [bad] }));
    }
  });

  it('CC-GRP-08: a Commit that names a Proposal we do not have can wait for it', async () => {
    const proposal = await c.propose({ kind: 'update', identity: c.identity });
    await a.receive(proposal);
    const step = await a.commit({ kind: 'proposals', of: 'update' });
    await expectRefused('missing-proposal', step.message);
    expect((await b.receive(proposal)).kind).to.equal('proposal');
    expect((await b.receive(step.message)).kind).to.equal('commit');
  });

  it('CC-GRP-17: the bare library would take what the policy refuses', async () => {
    const { bytes } = await bareCommit(lax(c.stable.client), []);
    expect((await b.receive(bytes)).kind).to.equal('commit');
  });
});
