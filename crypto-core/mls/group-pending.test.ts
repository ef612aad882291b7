import { expect } from '@esm-bundle/chai';
import { decryptSenderData } from 'ts-mls/privateMessage.js';
import { isAllZero } from '../bytes/equal.ts';
import { utf8 } from '../bytes/utf8.ts';
import type { GroupPeer } from '../test/support/group-peer.ts';
import { deliver, makeGroup } from '../test/support/group-peer.ts';
import { decodePrivateMessage } from './decode.ts';
import { secretsOf } from './group-secrets.ts';
import { currentEpoch, groupEpoch, groupEpochAuthenticator } from './group-state.ts';
import { createGroupCommit, discardPendingCommit } from './group-commit.ts';
import { loadMlsSuite } from './suite.ts';

describe('MLS group: a pending Commit', function () {
  this.timeout(120_000);
  let a: GroupPeer;
  let b: GroupPeer;
  let c: GroupPeer;

  beforeEach(async () => {
    [a, b, c] = (await makeGroup('a', 'b', 'c')) as [GroupPeer, GroupPeer, GroupPeer];
  });

  const expectSameEpoch = (...peers: GroupPeer[]): void => {
    for (const peer of peers) {
      expect(groupEpochAuthenticator(peer.group)).to.deep.equal(groupEpochAuthenticator(a.group));
    }
  };

  it('CC-GRP-18: the parent epoch goes on while it waits, in both directions', async () => {
    const step = await a.commit({ kind: 'update', identity: a.identity });
    expect(groupEpoch(a.group)).to.equal(1n);
    expect((await b.receive(await a.seal(utf8('from a')))).kind).to.equal('application');
    expect((await a.receive(await b.seal(utf8('from b')))).kind).to.equal('application');
    const underWay = await c.seal(utf8('under way'));
    await a.crash();
    a.merge();
    await deliver(step.message, [a, b, c], a);
    expect((await a.receive(underWay)).kind, 'late, of the parent').to.equal('application');
    expectSameEpoch(b, c);
  });

  it('CC-GRP-18: two crossing Commits: whoever gives way follows the other from the parent', async () => {
    const fromA = await a.commit({ kind: 'update', identity: a.identity });
    const fromB = await b.commit({ kind: 'remove', leafIndexes: [2] });
    const lost = await b.receive(fromA.message);
    if (lost.kind !== 'commit') return expect.fail(lost.kind);
    expect(lost.droppedPendingCommit).to.equal(true);
    expect(lost.group.kind).to.equal('stable');
    a.merge();
    expect((await c.receive(fromA.message)).kind).to.equal('commit');
    for (const peer of [a, c]) {
      const late = await peer.receive(fromB.message);
      expect(late.kind === 'rejected' && late.reason).to.equal('past-epoch');
    }
    expectSameEpoch(b, c);
    expect((await c.receive(await b.seal(utf8('on')))).kind).to.equal('application');
  });

  it('CC-GRP-18: a discarded Commit leaves the parent as it was, and the group as one', async () => {
    const before = groupEpochAuthenticator(a.group);
    const discarded = await a.commit({ kind: 'remove', leafIndexes: [1] });
    a.discard();
    await a.crash();
    expect(groupEpochAuthenticator(a.group)).to.deep.equal(before);
    const step = await b.commit({ kind: 'update', identity: b.identity });
    b.merge();
    await deliver(step.message, [a, b, c], b);
    expectSameEpoch(b, c);
    const late = await c.receive(discarded.message);
    expect(late.kind === 'rejected' && late.reason).to.equal('past-epoch');
  });

  it('CC-GRP-18: our own Commit that comes back is known as ours', async () => {
    const step = await a.commit({ kind: 'update', identity: a.identity });
    const echoed = await a.receive(step.message);
    expect(echoed.kind === 'rejected' && echoed.reason).to.equal('own-message');
    expect(a.group.kind).to.equal('pendingCommit');
  });

  it('CC-GRP-18: the handshake key of a discarded Commit is never used again', async () => {
    const { senderDataSecret } = b.stable.client.keySchedule;
    const generationOf = async (commit: Uint8Array): Promise<number | undefined> => {
      const message = decodePrivateMessage(commit, 524_288);
      return (await decryptSenderData(message, senderDataSecret, await loadMlsSuite()))?.generation;
    };
    const first = await a.commit({ kind: 'update', identity: a.identity });
    a.discard();
    await a.crash();
    const second = await a.commit({ kind: 'remove', leafIndexes: [2] });
    expect(await generationOf(first.message)).to.equal(0);
    expect(await generationOf(second.message)).to.equal(1);
    a.merge();
    expect((await b.receive(second.message)).kind).to.equal('commit');
    expectSameEpoch(b);
  });

  it('CC-GRP-19: nothing that the parent or the staged epoch needs is among consumed', async () => {
    const parent = a.stable;
    const step = await createGroupCommit(parent, { kind: 'update', identity: a.identity }, a.environment);
    const kept = new Set([...secretsOf(step.group.parent.client), ...secretsOf(step.group.staged)]);
    expect(step.consumed.length).to.be.greaterThan(0);
    for (const secret of step.consumed) expect(kept.has(secret)).to.equal(false);
    const discarded = discardPendingCommit(step.group);
    for (const secret of discarded.consumed) {
      expect(secretsOf(discarded.group.client).has(secret)).to.equal(false);
    }
  });

  it('CC-GRP-19: after each step no secret that is still held is zero', async () => {
    const assertWhole = (): void => {
      for (const peer of [a, b, c]) {
        for (const secret of secretsOf(currentEpoch(peer.group).client)) {
          expect(isAllZero(secret)).to.equal(false);
        }
      }
    };
    const steps = [
      () => a.commit({ kind: 'update', identity: a.identity }),
      () => b.commit({ kind: 'update', identity: b.identity }),
      () => c.commit({ kind: 'update', identity: c.identity }),
    ];
    for (const [i, make] of steps.entries()) {
      const peer = [a, b, c][i] as GroupPeer;
      const step = await make();
      assertWhole();
      await deliver(await peer.seal(utf8('meanwhile')), [a, b, c], peer);
      peer.merge();
      await deliver(step.message, [a, b, c], peer);
      assertWhole();
    }
    expectSameEpoch(b, c);
  });

  it('CC-GRP-22: crashes between any two steps of Commit, send, receive and merge lose nothing', async () => {
    const step = await a.commit({ kind: 'remove', leafIndexes: [2] });
    await a.crash();
    if (a.group.kind !== 'pendingCommit') return expect.fail(a.group.kind);
    expect(a.group.commit, 'can be sent again').to.deep.equal(step.message);
    const message = await a.seal(utf8('while pending'));
    await a.crash();
    await b.crash();
    expect((await b.receive(message)).kind).to.equal('application');
    await b.crash();
    expect((await b.receive(message)).kind, 'a replay').to.equal('rejected');
    expect((await b.receive(step.message)).kind).to.equal('commit');
    await b.crash();
    a.merge();
    await a.crash();
    expectSameEpoch(b);
    expect((await b.receive(await a.seal(utf8('next epoch')))).kind).to.equal('application');
    expect((await a.receive(await b.seal(utf8('and back')))).kind).to.equal('application');
  });
});
