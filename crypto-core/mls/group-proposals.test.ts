import { expect } from '@esm-bundle/chai';
import { utf8 } from '../bytes/utf8.ts';
import { deliver, GroupPeer, makeGroup } from '../test/support/group-peer.ts';
import { bareProposal } from '../test/support/hostile-mls.ts';
import { expectCode } from '../test/support/rejections.ts';
import { groupEpochAuthenticator, groupMembers } from './group-state.ts';

describe('MLS group: Proposals', function () {
  this.timeout(120_000);
  let a: GroupPeer;
  let b: GroupPeer;
  let c: GroupPeer;

  beforeEach(async () => {
    [a, b, c] = (await makeGroup('a', 'b', 'c')) as [GroupPeer, GroupPeer, GroupPeer];
  });

  const commitAll = async (of: 'add' | 'remove' | 'update') => {
    const step = await a.commit({ kind: 'proposals', of });
    a.merge();
    return { step, results: await deliver(step.message, [a, b, c], a) };
  };

  it('CC-GRP-20: adds, removes and updates of members wait for the committer', async () => {
    const d = await GroupPeer.create('d');
    const keyPackage = await d.keyPackage();
    await deliver(await b.propose({ kind: 'add', keyPackage: keyPackage.publicBytes }), [a, b, c], b);
    await deliver(await c.propose({ kind: 'update', identity: c.identity }), [a, b, c], c);
    await deliver(await b.propose({ kind: 'update', identity: b.identity }), [a, b, c], b);
    const { results: updates } = await commitAll('update');
    expect(updates.map(({ kind }) => kind)).to.deep.equal(['commit', 'commit']);
    expect(groupEpochAuthenticator(b.group)).to.deep.equal(groupEpochAuthenticator(c.group));
    await expectCode('invalid-argument', () => a.commit({ kind: 'proposals', of: 'add' }));

    await deliver(await b.propose({ kind: 'add', keyPackage: keyPackage.publicBytes }), [a, b, c], b);
    const { step } = await commitAll('add');
    if (step.welcome === null) return expect.fail('no Welcome');
    await d.join(keyPackage, step.welcome, a.stable.client.groupContext.groupId);
    await deliver(await c.propose({ kind: 'remove', leafIndex: 2 }), [a, b, d], c);
    const removal = await a.commit({ kind: 'proposals', of: 'remove' });
    a.merge();
    const kinds = (await deliver(removal.message, [b, c, d], a)).map(({ kind }) => kind);
    expect(kinds, 'c left by its own wish').to.deep.equal(['commit', 'removed-self', 'commit']);
    expect(groupMembers(d.group).map(({ leafIndex }) => leafIndex)).to.deep.equal([0, 1, 3]);
  });

  it('CC-GRP-20: messages flow while Proposals wait', async () => {
    await deliver(await b.propose({ kind: 'remove', leafIndex: 2 }), [a, b, c], b);
    for (const sender of [a, b, c]) {
      const results = await deliver(await sender.seal(utf8('on')), [a, b, c], sender);
      expect(results.map(({ kind }) => kind)).to.deep.equal(['application', 'application']);
    }
  });

  it('CC-GRP-20: at most 8 of one member wait, and one of them is applied', async () => {
    for (let i = 0; i < 8; i++) {
      const proposal = await c.propose({ kind: 'update', identity: c.identity });
      for (const peer of [a, b]) expect((await peer.receive(proposal)).kind).to.equal('proposal');
    }
    const remove = { proposalType: 'remove', remove: { removed: 1 } } as const;
    const received = await a.receive(await bareProposal(c.stable.client, remove));
    expect(received.kind === 'rejected' && received.reason).to.equal('not-allowed');
    await expectCode('protocol-error', () => c.propose({ kind: 'remove', leafIndex: 1 }));
    const { results } = await commitAll('update');
    expect(results.map(({ kind }) => kind)).to.deep.equal(['commit', 'commit']);
    for (const peer of [b, c]) {
      expect(groupEpochAuthenticator(peer.group)).to.deep.equal(groupEpochAuthenticator(a.group));
    }
  });

  it('CC-GRP-20: the same Proposal twice is one', async () => {
    for (let i = 0; i < 2; i++) {
      const proposal = await c.propose({ kind: 'remove', leafIndex: 1 });
      expect((await a.receive(proposal)).kind).to.equal('proposal');
    }
    expect(Object.keys(a.stable.client.unappliedProposals).length).to.equal(1);
    const step = await a.commit({ kind: 'proposals', of: 'remove' });
    a.merge();
    expect((await c.receive(step.message)).kind).to.equal('commit');
    expect(groupMembers(a.group).length).to.equal(2);
  });

  it('CC-GRP-20: refuses what no Commit could apply: blank leaves, members again, foreign or stale updates', async () => {
    const { client } = c.stable;
    const expectReason = async (reason: string, message: Uint8Array): Promise<void> => {
      const received = await a.receive(message);
      expect(received.kind === 'rejected' && received.reason).to.equal(reason);
    };
    for (const removed of [3, 99, 2 ** 32 - 1]) {
      await expectReason(
        'refused',
        await bareProposal(client, { proposalType: 'remove', remove: { removed } }),
      );
      await expectCode('protocol-error', () => c.propose({ kind: 'remove', leafIndex: removed }));
    }
    const { publicPackage, publicBytes } = await b.keyPackage();
    const add = { proposalType: 'add', add: { keyPackage: publicPackage } } as const;
    await expectReason('not-allowed', await bareProposal(client, add));
    await expectCode('protocol-error', () => c.propose({ kind: 'add', keyPackage: publicBytes }));

    await b.propose({ kind: 'update', identity: b.identity });
    const [ofB] = Object.values(b.stable.client.unappliedProposals);
    if (ofB?.proposal.proposalType !== 'update') return expect.fail('no update');
    await expectReason('refused', await bareProposal(client, ofB.proposal));
    const { leafNode } = ofB.proposal.update;
    const forged = { ...leafNode, hpkePublicKey: new Uint8Array(1_216) };
    await expectReason(
      'refused',
      await bareProposal(b.stable.client, { proposalType: 'update', update: { leafNode: forged } }),
    );
  });

  it('CC-GRP-20: the next Commit ends them, whoever makes it', async () => {
    await deliver(await c.propose({ kind: 'update', identity: c.identity }), [a, b, c], c);
    const step = await b.commit({ kind: 'update', identity: b.identity });
    b.merge();
    await deliver(step.message, [a, b, c], b);
    for (const peer of [a, b, c]) {
      expect(Object.keys(peer.stable.client.unappliedProposals).length).to.equal(0);
      expect(peer.stable.proposedUpdates.length).to.equal(0);
    }
    expect((await a.receive(await c.seal(utf8('still here')))).kind).to.equal('application');
  });

  it('CC-GRP-15: an empty change, our own leaf and unknown leaves are refused here', async () => {
    await expectCode('invalid-argument', () => a.commit({ kind: 'add', keyPackages: [] }));
    for (const leafIndexes of [[], [0], [1, 1], [3], [-1], [0.5], [2 ** 32]]) {
      await expectCode('invalid-argument', () => a.commit({ kind: 'remove', leafIndexes }));
    }
    expect(a.group.kind).to.equal('stable');
  });
});
