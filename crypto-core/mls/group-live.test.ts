import { expect } from '@esm-bundle/chai';
import { isAllZero } from '../bytes/equal.ts';
import { utf8 } from '../bytes/utf8.ts';
import { wipe } from '../bytes/wipe.ts';
import { type GroupPeer, deliver, makeGroup, openEnvironment } from '../test/support/group-peer.ts';
import { expectCode } from '../test/support/rejections.ts';
import { encodeMlsGroup } from './group-codec.ts';
import { createGroupCommit, discardPendingCommit, mergePendingCommit } from './group-commit.ts';
import { sealGroupMessage } from './group-message.ts';
import { createGroupProposal } from './group-propose.ts';
import { receiveGroupMessage } from './group-receive.ts';
import { expirePastEpochs, exportGroupSecret, groupEpochAuthenticator, wipeGroup } from './group-state.ts';
import type { MlsGroup } from './group-state.ts';

const EXPORT = { label: 'sframe', context: utf8('call'), length: 32 };

describe('MLS group: superseded states', function () {
  this.timeout(120_000);
  let a: GroupPeer;
  let b: GroupPeer;
  const environment = openEnvironment();

  beforeEach(async () => {
    [a, b] = (await makeGroup('a', 'b')) as [GroupPeer, GroupPeer];
  });

  /** Every operation that uses a secret of `old`, with a message for it. */
  const expectDead = async (old: MlsGroup, message: Uint8Array): Promise<void> => {
    const operations: (() => unknown)[] = [
      () => sealGroupMessage(old, utf8('x')),
      () => exportGroupSecret(old, EXPORT),
      () => groupEpochAuthenticator(old),
      () => encodeMlsGroup(old),
      () => expirePastEpochs(old, 0n),
      () => receiveGroupMessage(old, message, environment),
      () => receiveGroupMessage(old, new Uint8Array(3), environment),
    ];
    if (old.kind === 'stable') {
      operations.push(
        () => createGroupCommit(old, { kind: 'update', identity: a.identity }, environment),
        () => createGroupProposal(old, { kind: 'update', identity: a.identity }, environment),
      );
    } else {
      operations.push(
        () => mergePendingCommit(old),
        () => discardPendingCommit(old),
      );
    }
    for (const operation of operations) {
      await expectCode('invalid-argument', async () => operation());
    }
  };

  it('CC-GRP-19: once the consumed of a sent message is wiped, the state before it does nothing more', async () => {
    const old = a.group;
    await a.seal(utf8('first'));
    await expectDead(old, await b.seal(utf8('x')));
    expect((await b.receive(await a.seal(utf8('second')))).kind).to.equal('application');
  });

  it('CC-GRP-19: neither does the state before a received message, which could still send', async () => {
    const old = a.group;
    await deliver(await b.seal(utf8('x')), [a], b);
    await expectDead(old, await b.seal(utf8('y')));
  });

  it('CC-GRP-19: neither does a merged-away pending Commit, nor what its closures still hold', async () => {
    const before = a.group;
    const exportLater = (): Promise<Uint8Array> => exportGroupSecret(before, EXPORT);
    const { message } = await a.commit({ kind: 'update', identity: a.identity });
    const pending = a.group;
    a.merge();
    await expectCode('invalid-argument', exportLater);
    const late = await b.seal(utf8('late'));
    await expectDead(before, late);
    await expectDead(pending, late);
    await deliver(message, [b], a);
    expect(groupEpochAuthenticator(b.group)).to.deep.equal(groupEpochAuthenticator(a.group));
  });

  it('CC-GRP-19: neither does a pending Commit that was discarded, nor the state before a Proposal', async () => {
    await a.commit({ kind: 'update', identity: a.identity });
    const pending = a.group;
    a.discard();
    await expectDead(pending, await b.seal(utf8('x')));
    const before = a.group;
    await a.propose({ kind: 'update', identity: a.identity });
    await expectDead(before, await b.seal(utf8('y')));
    await expectDead(await leave(a), await b.seal(utf8('z')));
  });

  it('CC-GRP-19: what comes of a state that is wiped meanwhile is dropped', async () => {
    const old = a.stable;
    const { exporterSecret } = old.client.keySchedule;
    const message = await b.seal(utf8('y'));
    const running: Promise<unknown>[] = [
      exportGroupSecret(old, EXPORT),
      sealGroupMessage(old, utf8('x')),
      receiveGroupMessage(old, message, environment),
    ];
    wipe(exporterSecret);
    expect(isAllZero(exporterSecret)).to.equal(true);
    await Promise.all(running.map(result => expectCode('invalid-argument', () => result)));
  });
});

async function leave(peer: GroupPeer): Promise<MlsGroup> {
  const { group } = peer;
  wipeGroup(group);
  return group;
}
