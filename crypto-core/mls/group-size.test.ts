import { expect } from '@esm-bundle/chai';
import type { Proposal } from 'ts-mls';
import { utf8 } from '../bytes/utf8.ts';
import { GroupPeer, makeGroup } from '../test/support/group-peer.ts';
import { bareCommit } from '../test/support/hostile-mls.ts';
import { expectCode } from '../test/support/rejections.ts';
import { encodeMlsGroup } from './group-codec.ts';
import type { GroupKeyPackage } from './group-create.ts';
import {
  MAX_GROUP_MEMBERS,
  MAX_GROUP_MESSAGE_BYTES,
  MAX_GROUP_STATE_BYTES,
  MAX_GROUP_WELCOME_BYTES,
} from './group-limits.ts';
import { groupEpochAuthenticator, groupMembers } from './group-state.ts';

describe('MLS group: size', function () {
  this.timeout(240_000);

  it('CC-GRP-07: 128 members fit into every limit, the 129th does not come in', async () => {
    const [a, b] = (await makeGroup('a', 'b')) as [GroupPeer, GroupPeer];
    const last = await GroupPeer.create('last');
    const keyPackages: GroupKeyPackage[] = [];
    for (let i = 2; i < MAX_GROUP_MEMBERS - 1; i++) {
      keyPackages.push(await (await GroupPeer.create(`p${i}`)).keyPackage());
    }
    const lastKeyPackage = await last.keyPackage();
    keyPackages.push(lastKeyPackage);
    const step = await a.commit({ kind: 'add', keyPackages: keyPackages.map(kp => kp.publicBytes) });
    a.merge();
    if (step.welcome === null) return expect.fail('no Welcome');
    expect(step.message.length).to.be.below(MAX_GROUP_MESSAGE_BYTES);
    expect(step.welcome.length).to.be.below(MAX_GROUP_WELCOME_BYTES);
    expect((await b.receive(step.message)).kind).to.equal('commit');
    await last.join(lastKeyPackage, step.welcome, a.stable.client.groupContext.groupId);
    expect(groupMembers(last.group).length).to.equal(MAX_GROUP_MEMBERS);

    // A fresh tree: the dearest update there is.
    const update = await last.commit({ kind: 'update', identity: last.identity });
    last.merge();
    expect(update.message.length).to.be.below(MAX_GROUP_MESSAGE_BYTES);
    for (const peer of [a, b]) {
      expect((await peer.receive(update.message)).kind).to.equal('commit');
      expect(groupEpochAuthenticator(peer.group)).to.deep.equal(groupEpochAuthenticator(last.group));
    }
    expect((await b.receive(await a.seal(utf8('to 127 others')))).kind).to.equal('application');
    const state = encodeMlsGroup(a.group).length;
    expect(state).to.be.below(MAX_GROUP_STATE_BYTES / 2);
    const sizes = {
      add: step.message.length,
      welcome: step.welcome.length,
      update: update.message.length,
      state,
    };
    console.log(`128 members, bytes: ${JSON.stringify(sizes)}`);

    const oneMore = await (await GroupPeer.create('one more')).keyPackage();
    const request = { kind: 'add', keyPackages: [oneMore.publicBytes] } as const;
    await expectCode('invalid-argument', () => a.commit(request));
    const add: Proposal = { proposalType: 'add', add: { keyPackage: oneMore.publicPackage } };
    const { bytes } = await bareCommit(a.stable.client, [add]);
    const received = await b.receive(bytes);
    expect(received.kind === 'rejected' && received.reason).to.equal('refused');
  });
});
