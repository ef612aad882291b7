import { expect } from '@esm-bundle/chai';
import type { Commit } from 'ts-mls';
import { encode } from 'ts-mls/codec/tlsEncoder.js';
import { decryptWithLabel } from 'ts-mls/crypto/hpke.js';
import { groupContextEncoder } from 'ts-mls/groupContext.js';
import { unprotectPrivateMessage } from 'ts-mls/messageProtection.js';
import { isAllZero } from '../bytes/equal.ts';
import { utf8 } from '../bytes/utf8.ts';
import { wipe } from '../bytes/wipe.ts';
import type { GroupPeer } from '../test/support/group-peer.ts';
import { deliver, makeGroup } from '../test/support/group-peer.ts';
import { decodePrivateMessage } from './decode.ts';
import { secretsOf } from './group-secrets.ts';
import { expirePastEpochs, retainedEpochs, wipeGroup } from './group-state.ts';
import { loadMlsSuite } from './suite.ts';

describe('MLS group: what is kept and what is not', function () {
  this.timeout(120_000);
  let a: GroupPeer;
  let b: GroupPeer;
  let c: GroupPeer;

  beforeEach(async () => {
    [a, b, c] = (await makeGroup('a', 'b', 'c')) as [GroupPeer, GroupPeer, GroupPeer];
  });

  const rotate = async (): Promise<void> => {
    const step = await a.commit({ kind: 'update', identity: a.identity });
    a.merge();
    await deliver(step.message, [a, b, c], a);
  };

  it('CC-GRP-10: a message opens once, and in any order', async () => {
    const messages = [];
    for (let i = 0; i < 40; i++) messages.push(await a.seal(utf8(`${i}`)));
    for (const message of messages.toReversed()) {
      expect((await b.receive(message)).kind).to.equal('application');
    }
    for (const message of messages) {
      const replayed = await b.receive(message);
      expect(replayed.kind === 'rejected' && replayed.reason).to.equal('refused');
    }
  });

  it('CC-GRP-10: keeps 256 skipped generations and refuses a jump above 256', async () => {
    const messages: Uint8Array[] = [];
    for (let i = 0; i <= 300; i++) messages.push(await a.seal(utf8(`${i}`)));
    const kinds = async (peer: GroupPeer, ...indices: number[]): Promise<string[]> => {
      const results = [];
      for (const i of indices) results.push((await peer.receive(messages[i] as Uint8Array)).kind);
      return results;
    };
    expect(await kinds(b, 257, 100, 300, 299, 42, 43)).to.deep.equal([
      'rejected',
      'application',
      'application',
      'application',
      'rejected',
      'application',
    ]);
    expect(await kinds(c, 256, 0)).to.deep.equal(['application', 'application']);
  });

  it('CC-GRP-11: opens late messages of four past epochs, not of the fifth', async () => {
    const late: Uint8Array[] = [];
    for (let i = 0; i < 5; i++) {
      late.push(await b.seal(utf8(`epoch ${i + 1}`)));
      await rotate();
    }
    expect(retainedEpochs(c.group)).to.deep.equal([2n, 3n, 4n, 5n]);
    await c.crash();
    const results = [];
    for (const message of late) results.push(await c.receive(message));
    expect(results.map(({ kind }) => kind)).to.deep.equal([
      'rejected',
      'application',
      'application',
      'application',
      'application',
    ]);
    expect(results.map(result => (result.kind === 'application' ? result.epoch : null))).to.deep.equal([
      null,
      2n,
      3n,
      4n,
      5n,
    ]);
    const again = await c.receive(late[2] as Uint8Array);
    expect(again.kind, 'a replay').to.equal('rejected');
  });

  it('CC-GRP-11: the caller can forget past epochs; their secrets are consumed', async () => {
    const late = await b.seal(utf8('late'));
    await rotate();
    await rotate();
    const past = c.stable.client.historicalReceiverData.get(1n);
    const { group, consumed } = expirePastEpochs(c.group, 2n);
    expect(retainedEpochs(group)).to.deep.equal([2n]);
    expect(consumed.includes(past?.senderDataSecret ?? late)).to.equal(true);
    c.unsafeTestingAdopt(group);
    wipe(...consumed);
    const received = await c.receive(late);
    expect(received.kind === 'rejected' && received.reason).to.equal('past-epoch');
    await rotate();
    expect((await c.receive(await b.seal(utf8('on')))).kind).to.equal('application');
  });

  it('CC-GRP-11: nothing of a past epoch could send, propose, commit or export', async () => {
    const before = c.stable.client;
    await rotate();
    const past = c.stable.client.historicalReceiverData.get(1n);
    if (past === undefined) return expect.fail('no past epoch');
    const own = past.secretTree[2 * before.privatePath.leafIndex];
    expect([own?.application.secret.length, own?.handshake.secret.length]).to.deep.equal([0, 0]);
    expect(past.secretTree.every(node => node.handshake.secret.length === 0)).to.equal(true);
    expect(past.resumptionPsk.length).to.equal(0);
    expect(past.ratchetTree.filter(node => node?.nodeType === 'parent').length).to.equal(0);
    const { exporterSecret, confirmationKey, initSecret } = before.keySchedule;
    for (const secret of [exporterSecret, confirmationKey, initSecret]) {
      expect(isAllZero(secret)).to.equal(true);
    }
  });

  it('CC-GRP-11: private keys of nodes that became blank are consumed', async () => {
    await rotate();
    const step = await b.commit({ kind: 'update', identity: b.identity });
    b.merge();
    await deliver(step.message, [a, b, c], b);
    const root = a.stable.client.privatePath.privateKeys[3] ?? a.stable.client.privatePath.privateKeys[1];
    if (root === undefined) return expect.fail('no parent key');
    const removal = await a.commit({ kind: 'remove', leafIndexes: [1] });
    a.merge();
    await deliver(removal.message, [a, c], a);
    const { client } = a.stable;
    for (const index of Object.keys(client.privatePath.privateKeys)) {
      expect(client.ratchetTree[Number(index)], `node ${index}`).not.to.equal(undefined);
    }
    expect(isAllZero(root)).to.equal(true);
  });

  it('CC-GRP-13: none of the keys that a removed member held opens the path of its removal', async () => {
    await rotate();
    const hoard = c.stable.client;
    const keys = Object.values(hoard.privatePath.privateKeys).map(key => key.slice());
    const step = await a.commit({ kind: 'remove', leafIndexes: [2] });
    const suite = await loadMlsSuite();
    const opened = await unprotectPrivateMessage(
      hoard.keySchedule.senderDataSecret,
      decodePrivateMessage(step.message, 524_288),
      hoard.secretTree,
      hoard.ratchetTree,
      hoard.groupContext,
      hoard.clientConfig.keyRetentionConfig,
      suite,
    );
    const { content } = opened.content;
    if (content.contentType !== 'commit') return expect.fail(content.contentType);
    const { epoch, treeHash } = step.group.staged.groupContext;
    const context = encode(groupContextEncoder)({ ...hoard.groupContext, epoch, treeHash });
    expect(await openings(content.commit, keys, context)).to.equal(0);
    // The same attempt with a remaining member's keys works:
    const remaining = Object.values(b.stable.client.privatePath.privateKeys);
    expect(await openings(content.commit, remaining, context)).to.equal(1);
  });

  it('CC-GRP-19: leaving wipes every secret', async () => {
    const pending = await a.commit({ kind: 'update', identity: a.identity });
    const { parent, staged } = pending.group;
    wipeGroup(a.group);
    for (const secret of [...secretsOf(parent.client), ...secretsOf(staged)]) {
      expect(isAllZero(secret)).to.equal(true);
    }
  });
});

/** How many (ciphertext, key) pairs of an update path open. */
async function openings(commit: Commit, keys: readonly Uint8Array[], context: Uint8Array): Promise<number> {
  const suite = await loadMlsSuite();
  const ciphertexts = (commit.path?.nodes ?? []).flatMap(node => node.encryptedPathSecret);
  expect(ciphertexts.length).to.be.greaterThan(0);
  let opened = 0;
  for (const bytes of keys) {
    const key = await suite.hpke.importPrivateKey(bytes);
    for (const { kemOutput, ciphertext } of ciphertexts) {
      const attempt = decryptWithLabel(key, 'UpdatePathNode', context, kemOutput, ciphertext, suite.hpke);
      opened += await attempt.then(
        () => 1,
        () => 0,
      );
    }
  }
  return opened;
}
