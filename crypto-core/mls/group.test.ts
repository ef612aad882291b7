import { expect } from '@esm-bundle/chai';
import { isAllZero } from '../bytes/equal.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { wipe } from '../bytes/wipe.ts';
import { addAll, deliver, GroupPeer, makeGroup, openEnvironment } from '../test/support/group-peer.ts';
import { expectCode } from '../test/support/rejections.ts';
import { decodeMlsGroup, encodeMlsGroup } from './group-codec.ts';
import { createMlsGroup, joinMlsGroup } from './group-create.ts';
import type { WelcomeRoster } from './group-create.ts';
import { sealGroupMessage } from './group-message.ts';
import { exportGroupSecret, groupEpoch, groupEpochAuthenticator, groupMembers } from './group-state.ts';

function byName(peers: readonly GroupPeer[]): { a: GroupPeer; b: GroupPeer; c: GroupPeer } {
  const [a, b, c] = peers;
  if (a === undefined || b === undefined || c === undefined) throw new Error('three peers');
  return { a, b, c };
}

describe('MLS group', function () {
  this.timeout(120_000);
  let a: GroupPeer;
  let b: GroupPeer;
  let c: GroupPeer;

  beforeEach(async () => {
    ({ a, b, c } = byName(await makeGroup('a', 'b', 'c')));
  });

  it('CC-GRP-01: founds only under 32 bytes, at epoch 0 with one member', async () => {
    const { identity } = a;
    const nowMs = Date.now();
    for (const groupId of [new Uint8Array(0), randomBytes(31), randomBytes(33)]) {
      await expectCode('invalid-argument', () => createMlsGroup({ groupId, identity, nowMs }));
    }
    const group = await createMlsGroup({ groupId: randomBytes(32), identity, nowMs });
    expect(groupEpoch(group)).to.equal(0n);
    expect(groupMembers(group).map(member => member.identityKey)).to.deep.equal([identity.identityKey]);
  });

  it('CC-GRP-09: hands out who sent, and in which epoch', async () => {
    for (const sender of [a, b, c]) {
      const bytes = randomBytes(300);
      const message = await sender.seal(bytes);
      for (const received of await deliver(message, [a, b, c], sender)) {
        if (received.kind !== 'application') return expect.fail(received.kind);
        expect(received.bytes).to.deep.equal(bytes);
        expect(received.sender.identityKey).to.deep.equal(sender.identity.identityKey);
        expect(received.epoch).to.equal(1n);
      }
    }
  });

  it('CC-GRP-14: all members export the same secret, another one in each epoch, context and label', async () => {
    const secret = (peer: GroupPeer, label = 'sframe', context = utf8('call')): Promise<Uint8Array> =>
      exportGroupSecret(peer.group, { label, context, length: 32 });
    const first = await secret(a);
    expect(await secret(b)).to.deep.equal(first);
    expect(await secret(c)).to.deep.equal(first);
    expect(await secret(a, 'other')).not.to.deep.equal(first);
    expect(await secret(a, 'sframe', utf8('another'))).not.to.deep.equal(first);
    for (const length of [0, -1, 1.5, 8_161]) {
      await expectCode('invalid-argument', () =>
        exportGroupSecret(a.group, { label: 'x', context: utf8(''), length }),
      );
    }
    const authenticator = groupEpochAuthenticator(a.group);
    expect(groupEpochAuthenticator(c.group)).to.deep.equal(authenticator);
    const before = a.stable.client.keySchedule.exporterSecret;
    const step = await a.commit({ kind: 'update', identity: a.identity });
    expect(isAllZero(before), 'kept while the Commit is pending').to.equal(false);
    a.merge();
    expect(isAllZero(before), 'consumed with its epoch').to.equal(true);
    await deliver(step.message, [a, b, c], a);
    expect(await secret(a)).not.to.deep.equal(first);
    expect(await secret(b)).to.deep.equal(await secret(a));
    expect(groupEpochAuthenticator(b.group)).not.to.deep.equal(authenticator);
  });

  it('CC-GRP-21: an update renews our HPKE key and certificate, by Commit and by Proposal', async () => {
    const later = Date.now() + 3_600_000;
    const validUntil = (peer: GroupPeer, leafIndex: number): number | undefined =>
      groupMembers(peer.group).find(member => member.leafIndex === leafIndex)?.validUntilS;
    a.environment = { ...a.environment, nowMs: later };
    const before = validUntil(b, 0) ?? 0;
    const step = await a.commit({ kind: 'update', identity: a.identity });
    a.merge();
    await deliver(step.message, [a, b, c], a);
    expect(validUntil(b, 0)).to.equal(before + 3_600);

    c.environment = { ...c.environment, nowMs: later };
    const oldKey = c.stable.client.ratchetTree[4];
    await deliver(await c.propose({ kind: 'update', identity: c.identity }), [a, b, c], c);
    await c.crash();
    const applied = await a.commit({ kind: 'proposals', of: 'update' });
    a.merge();
    await deliver(applied.message, [a, b, c], a);
    expect(validUntil(b, 2)).to.equal(before + 3_600);
    expect(c.stable.client.ratchetTree[4]).not.to.deep.equal(oldKey);
    expect(groupEpochAuthenticator(c.group)).to.deep.equal(groupEpochAuthenticator(a.group));
    const again = await c.commit({ kind: 'update', identity: c.identity });
    c.merge();
    expect((await deliver(again.message, [a, b, c], c)).map(({ kind }) => kind)).to.deep.equal([
      'commit',
      'commit',
    ]);
  });

  it('CC-GRP-21: an update under another identity than the leaf has is refused', async () => {
    const { identity } = b;
    await expectCode('invalid-argument', () => a.commit({ kind: 'update', identity }));
    await expectCode('invalid-argument', () => a.propose({ kind: 'update', identity }));
  });

  it('CC-GRP-13: a removed member can read nothing after its removal', async () => {
    const removedState = await decodeMlsGroup(encodeMlsGroup(c.group));
    const step = await a.commit({ kind: 'remove', leafIndexes: [2] });
    a.merge();
    const [fromB, fromC] = await deliver(step.message, [a, b, c], a);
    expect(fromB?.kind).to.equal('commit');
    expect(fromC?.kind).to.equal('removed-self');
    expect(c.isMember).to.equal(false);
    expect(groupMembers(b.group).map(({ leafIndex }) => leafIndex)).to.deep.equal([0, 1]);
    const secret = await a.seal(utf8('after'));
    expect((await b.receive(secret)).kind).to.equal('application');
    // Even with everything that it ever held, and ignoring its removal:
    const hoarder = new GroupPeer('hoarder', c.identity);
    hoarder.unsafeTestingAdopt(removedState);
    const received = await hoarder.receive(secret);
    expect(received.kind === 'rejected' && received.reason).to.equal('future-epoch');
  });

  it('CC-GRP-13: a newcomer can read nothing of before its joining', async () => {
    const early = await a.seal(utf8('before'));
    const d = await GroupPeer.create('d');
    await addAll(a, [d], [a, b, c]);
    const received = await d.receive(early);
    expect(received.kind === 'rejected' && received.reason).to.equal('past-epoch');
    expect((await b.receive(early)).kind).to.equal('application');
    expect((await d.receive(await a.seal(utf8('now')))).kind).to.equal('application');
  });

  it('CC-GRP-12: nothing opens any more that a removed member sent, of no epoch', async () => {
    const one = await c.seal(utf8('1'));
    const two = await c.seal(utf8('2'));
    expect((await b.receive(one)).kind).to.equal('application');
    const fromB = await b.seal(utf8('late, of a member'));
    const step = await a.commit({ kind: 'remove', leafIndexes: [2] });
    a.merge();
    await deliver(step.message, [a, b], a);
    for (const peer of [a, b]) {
      const received = await peer.receive(two);
      expect(received.kind === 'rejected' && received.reason).to.equal('refused');
    }
    expect((await a.receive(fromB)).kind).to.equal('application');
    await addAll(a, [c], [a, b]);
    const received = await b.receive(two);
    expect(received.kind, 'not even after it came back').to.equal('rejected');
  });

  it('CC-GRP-04: a key package joins one group, once', async () => {
    const d = await GroupPeer.create('d');
    const keyPackage = await d.keyPackage();
    const step = await a.commit({ kind: 'add', keyPackages: [keyPackage.publicBytes] });
    const { welcome } = step;
    if (welcome === null) return expect.fail('no Welcome');
    a.merge();
    await expectCode('protocol-error', () =>
      a.commit({ kind: 'add', keyPackages: [keyPackage.publicBytes] }),
    );
    const { groupId } = a.stable.client.groupContext;
    const environment = openEnvironment();
    const input = { keyPackage, welcome, expectedGroupId: groupId, environment, acceptRoster: () => true };
    const joined = await joinMlsGroup(input);
    wipe(...joined.consumed);
    expect(isAllZero(keyPackage.privatePackage.initPrivateKey)).to.equal(true);
    await expectCode('protocol-error', () => joinMlsGroup(input));
  });

  it('CC-GRP-05: members and inviter are the application’s to accept', async () => {
    const d = await GroupPeer.create('d');
    const keyPackage = await d.keyPackage();
    const { welcome } = await b.commit({ kind: 'add', keyPackages: [keyPackage.publicBytes] });
    if (welcome === null) return expect.fail('no Welcome');
    const rosters: WelcomeRoster[] = [];
    const input = {
      keyPackage,
      welcome,
      expectedGroupId:
        b.group.kind === 'pendingCommit' ? b.group.staged.groupContext.groupId : randomBytes(32),
      environment: openEnvironment(),
      acceptRoster: (roster: WelcomeRoster): boolean => rosters.push(roster) > 1,
    };
    await expectCode('protocol-error', () => joinMlsGroup(input));
    expect(isAllZero(keyPackage.privatePackage.initPrivateKey), 'nothing consumed').to.equal(false);
    expect(rosters[0]?.addedBy.identityKey).to.deep.equal(b.identity.identityKey);
    expect(rosters[0]?.epoch).to.equal(2n);
    expect(rosters[0]?.members.map(({ identityKey }) => identityKey)).to.deep.equal(
      [a, b, c, d].map(({ identity }) => identity.identityKey),
    );
    await joinMlsGroup(input);
    const onlySome = openEnvironment({ mayBeMember: key => key[0] !== a.identity.identityKey[0] });
    await expectCode('protocol-error', () => joinMlsGroup({ ...input, environment: onlySome }));
    const other = randomBytes(32);
    await expectCode('protocol-error', () => joinMlsGroup({ ...input, expectedGroupId: other }));
    const another = await d.keyPackage();
    await expectCode('protocol-error', () => joinMlsGroup({ ...input, keyPackage: another }));
  });

  it('CC-GRP-08: a plaintext above the limit is refused here', async () => {
    await expectCode('invalid-argument', () => sealGroupMessage(a.group, new Uint8Array(520_001)));
    expect((await b.receive(await a.seal(new Uint8Array(520_000)))).kind).to.equal('application');
  });
});
