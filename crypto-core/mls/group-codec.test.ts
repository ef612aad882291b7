import { expect } from '@esm-bundle/chai';
import type { UnappliedProposals } from 'ts-mls';
import { encode } from 'ts-mls/codec/tlsEncoder.js';
import { decodeUnappliedProposals, unappliedProposalsEncoder } from 'ts-mls/unappliedProposals.js';
import { concat } from '../bytes/concat.ts';
import { utf8 } from '../bytes/utf8.ts';
import { randomBytes } from '../bytes/random.ts';
import { GroupPeer, addAll, deliver, makeGroup } from '../test/support/group-peer.ts';
import { expectCode, flip } from '../test/support/rejections.ts';
import {
  decodeGroupKeyPackage,
  decodeMlsGroup,
  encodeGroupKeyPackage,
  encodeMlsGroup,
} from './group-codec.ts';
import type { MlsGroup } from './group-state.ts';
import { groupEpochAuthenticator } from './group-state.ts';
import { MLS_SUITE } from './suite.ts';

describe('MLS group: saved states', function () {
  this.timeout(120_000);

  /** Copies, for their originals are superseded: each as it was when it was stored. */
  async function variedStates(): Promise<MlsGroup[]> {
    const states: MlsGroup[] = [];
    const snapshot = async (peer: GroupPeer): Promise<void> => {
      states.push(await decodeMlsGroup(encodeMlsGroup(peer.group)));
    };
    const [a, b, c] = (await makeGroup('a', 'b', 'c')) as [GroupPeer, GroupPeer, GroupPeer];
    await deliver(await c.seal(utf8('skipped')), [a], c);
    await c.seal(utf8('never came'));
    await deliver(await c.seal(utf8('after a gap')), [a, b], c);
    const d = await GroupPeer.create('d');
    const keyPackage = await d.keyPackage();
    const proposal = await c.propose({ kind: 'add', keyPackage: keyPackage.publicBytes });
    const update = await c.propose({ kind: 'update', identity: c.identity });
    for (const peer of [a, b]) for (const message of [proposal, update]) await peer.receive(message);
    for (const peer of [c, b]) await snapshot(peer);
    const step = await a.commit({ kind: 'proposals', of: 'add' });
    await snapshot(a);
    a.merge();
    await deliver(step.message, [a, b, c], a);
    for (const peer of [a, b]) await snapshot(peer);
    return states;
  }

  it('CC-GRP-23: a state is the same after saving and restoring, and its bytes are', async () => {
    for (const group of await variedStates()) {
      const bytes = encodeMlsGroup(group);
      const restored = await decodeMlsGroup(bytes);
      expect(restored.kind).to.equal(group.kind);
      expect(groupEpochAuthenticator(restored)).to.deep.equal(groupEpochAuthenticator(group));
      expect(encodeMlsGroup(restored)).to.deep.equal(bytes);
      bytes.fill(0);
      expect(groupEpochAuthenticator(restored)).to.deep.equal(groupEpochAuthenticator(group));
    }
  });

  it('CC-GRP-23: the suite stands there by its name, and no other is accepted', async () => {
    const [a] = (await makeGroup('a')) as [GroupPeer];
    const bytes = encodeMlsGroup(a.group);
    const header = concat(utf8('ENKG'), new Uint8Array([1, 0, 0, 0, MLS_SUITE.length]), utf8(MLS_SUITE));
    expect(bytes.slice(0, header.length)).to.deep.equal(header);
    const other = 'MLS_256_XWING_AES256GCM_SHA512_MLDSA87';
    const length = new Uint8Array([1, 0, 0, 0, other.length]);
    const renamed = concat(utf8('ENKG'), length, utf8(other), bytes.slice(header.length));
    await expectCode('invalid-argument', () => decodeMlsGroup(renamed));
  });

  it('CC-GRP-23: a restored state accepts nobody until an operation brings its policy', async () => {
    const [a] = (await makeGroup('a', 'b')) as [GroupPeer];
    const { client } = (await decodeMlsGroup(encodeMlsGroup(a.group))) as typeof a.stable;
    const leaf = client.ratchetTree[0];
    if (leaf?.nodeType !== 'leaf') return expect.fail('no leaf');
    const { credential, signaturePublicKey } = leaf.leaf;
    const { authService } = client.clientConfig;
    expect(await authService.validateCredential(credential, signaturePublicKey)).to.equal(false);
  });

  it('CC-GRP-23: refuses truncated, extended and oversized states, and another version', async () => {
    const [, , pending] = await variedStates();
    if (pending === undefined) return expect.fail('no state');
    const bytes = encodeMlsGroup(pending);
    for (let length = 0; length < bytes.length; length += 499) {
      await expectCode('invalid-argument', () => decodeMlsGroup(bytes.slice(0, length)));
    }
    await expectCode('invalid-argument', () => decodeMlsGroup(concat(bytes, new Uint8Array(1))));
    await expectCode('invalid-argument', () => decodeMlsGroup(new Uint8Array(8_388_609)));
    await expectCode('invalid-argument', () => decodeMlsGroup(randomBytes(5_000)));
    for (const index of [0, 4, 5]) {
      await expectCode('invalid-argument', () => decodeMlsGroup(flip(bytes, index)));
    }
  });

  it('CC-GRP-23: a flipped byte is refused, or changes nothing but the value that it is in', async () => {
    const [, , pending] = await variedStates();
    if (pending === undefined) return expect.fail('no state');
    const bytes = encodeMlsGroup(pending);
    let refused = 0;
    for (let index = 0; index < bytes.length; index += 101) {
      const damaged = flip(bytes, index, 1 << (index % 8));
      try {
        expect(encodeMlsGroup(await decodeMlsGroup(damaged))).to.deep.equal(damaged);
      } catch (error) {
        await expectCode('invalid-argument', () => Promise.reject(error));
        refused++;
      }
    }
    expect(refused).to.be.greaterThan(0);
  });

  it('CC-GRP-23: a key package is saved and joins after it was restored', async () => {
    const [a] = (await makeGroup('a')) as [GroupPeer];
    const d = await GroupPeer.create('d');
    const keyPackage = await d.keyPackage();
    const bytes = encodeGroupKeyPackage(keyPackage);
    const restored = await decodeGroupKeyPackage(bytes);
    expect(encodeGroupKeyPackage(restored)).to.deep.equal(bytes);
    expect(restored.identityKey).to.deep.equal(d.identity.identityKey);
    for (const bad of [
      bytes.slice(0, -1),
      concat(bytes, new Uint8Array(1)),
      flip(bytes, 0),
      randomBytes(9),
    ]) {
      await expectCode('invalid-argument', () => decodeGroupKeyPackage(bad));
    }
    await expectCode('invalid-argument', () => decodeMlsGroup(bytes));
    const step = await a.commit({ kind: 'add', keyPackages: [keyPackage.publicBytes] });
    a.merge();
    if (step.welcome === null) return expect.fail('no Welcome');
    await d.join(restored, step.welcome, a.stable.client.groupContext.groupId);
    expect(groupEpochAuthenticator(d.group)).to.deep.equal(groupEpochAuthenticator(a.group));
  });

  it('CC-GRP-22: a pending Proposal of leaf 0 keeps its sender; the library’s own encoding loses it', async () => {
    const [a, b] = (await makeGroup('a', 'b')) as [GroupPeer, GroupPeer];
    const proposal = await a.propose({ kind: 'update', identity: a.identity });
    await b.receive(proposal);
    const { unappliedProposals } = b.stable.client;
    const senders = (pending: UnappliedProposals) => Object.values(pending).map(p => p.senderLeafIndex);
    expect(senders(unappliedProposals)).to.deep.equal([0]);
    const bare = decodeUnappliedProposals(encode(unappliedProposalsEncoder)(unappliedProposals), 0);
    expect(senders(bare?.[0] ?? {}), 'the hazard').to.deep.equal([undefined]);
    await a.crash();
    await b.crash();
    expect(senders(b.stable.client.unappliedProposals)).to.deep.equal([0]);
    const step = await b.commit({ kind: 'proposals', of: 'update' });
    b.merge();
    expect((await a.receive(step.message)).kind).to.equal('commit');
    expect(groupEpochAuthenticator(a.group)).to.deep.equal(groupEpochAuthenticator(b.group));
  });

  it('CC-GRP-22: a restored member goes on in the next epochs', async () => {
    const [a, b] = (await makeGroup('a', 'b')) as [GroupPeer, GroupPeer];
    for (let i = 0; i < 3; i++) {
      await b.crash();
      const step = await (i % 2 === 0 ? a : b).commit({
        kind: 'update',
        identity: (i % 2 === 0 ? a : b).identity,
      });
      await a.crash();
      (i % 2 === 0 ? a : b).merge();
      await deliver(step.message, [a, b], i % 2 === 0 ? a : b);
    }
    const c = await GroupPeer.create('c');
    await addAll(b, [c], [a, b]);
    for (const received of await deliver(await c.seal(utf8('hello')), [a, b], c)) {
      expect(received.kind).to.equal('application');
    }
  });
});
