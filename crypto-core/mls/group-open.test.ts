import { expect } from '@esm-bundle/chai';
import { encodeMlsMessage } from 'ts-mls';
import type { ClientState } from 'ts-mls';
import { protectApplicationData } from 'ts-mls/messageProtection.js';
import { concat } from '../bytes/concat.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { GroupPeer, makeGroup } from '../test/support/group-peer.ts';
import { bareCommit, craftCommit } from '../test/support/hostile-mls.ts';
import { expectCode } from '../test/support/rejections.ts';
import { assertGroupState } from './group-check.ts';
import { decodeMlsGroup, encodeMlsGroup } from './group-codec.ts';
import { EPOCH_LIMIT } from './group-limits.ts';
import type { GroupReceived } from './group-receive.ts';
import { loadMlsSuite } from './suite.ts';

function reasonOf(received: GroupReceived): string {
  return received.kind === 'rejected' ? received.reason : received.kind;
}

/** A message of `client` whose content and sender data are changed before they are encrypted. */
async function craftMessage(
  client: ClientState,
  changeContent: (content: Uint8Array) => Uint8Array,
  senderDataTail = new Uint8Array(0),
): Promise<Uint8Array> {
  const suite = await loadMlsSuite();
  const { hpke } = suite;
  let isContent = true;
  const encryptAead: typeof hpke.encryptAead = (key, nonce, aad, plaintext) => {
    const changed = isContent ? changeContent(plaintext) : concat(plaintext, senderDataTail);
    isContent = false;
    return hpke.encryptAead(key, nonce, aad, changed);
  };
  const { privateMessage } = await protectApplicationData(
    client.signaturePrivateKey,
    client.keySchedule.senderDataSecret,
    utf8('x'),
    new Uint8Array(0),
    client.groupContext,
    client.secretTree,
    client.privatePath.leafIndex,
    client.clientConfig.paddingConfig,
    { ...suite, hpke: { ...hpke, encryptAead } },
  );
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
}

describe('MLS group: opening messages', function () {
  this.timeout(120_000);
  let a: GroupPeer;
  let b: GroupPeer;

  beforeEach(async () => {
    [a, b] = (await makeGroup('a', 'b')) as [GroupPeer, GroupPeer];
  });

  it('CC-GRP-08: content with a length that is not in its shortest form is refused', async () => {
    const widen = (content: Uint8Array): Uint8Array => {
      expect([...content.subarray(0, 2)]).to.deep.equal([1, 0x78]);
      return concat(new Uint8Array([0x40]), content);
    };
    expect(reasonOf(await b.receive(await craftMessage(a.stable.client, widen)))).to.equal('refused');
    const padded = await craftMessage(a.stable.client, content => concat(content, new Uint8Array(9)));
    expect(reasonOf(await b.receive(padded)), 'zero padding').to.equal('application');
  });

  it('CC-GRP-08: bytes behind the sender data are refused', async () => {
    const extended = await craftMessage(a.stable.client, content => content, new Uint8Array(1));
    expect(reasonOf(await b.receive(extended))).to.equal('refused');
    expect(reasonOf(await b.receive(await a.seal(utf8('x'))))).to.equal('application');
  });

  it('CC-GRP-27: a state that was restored from an older one is told by the first message it lacks', async () => {
    const old = encodeMlsGroup(a.group);
    const message = await a.seal(utf8('sent, then forgotten'));
    const { message: commit } = await a.commit({ kind: 'update', identity: a.identity });
    a.unsafeTestingAdopt(await decodeMlsGroup(old));
    expect(reasonOf(await a.receive(message))).to.equal('state-behind');
    expect(reasonOf(await a.receive(commit))).to.equal('state-behind');
    expect(encodeMlsGroup(a.group), 'unchanged').to.deep.equal(old);
  });

  it('CC-GRP-27: our leaf named by another member is neither our message nor a state behind', async () => {
    const mine = b.stable.client;
    const asA = { ...mine, privatePath: { ...mine.privatePath, leafIndex: 0 } };
    const forged = await craftMessage(asA, content => content);
    expect(reasonOf(await a.receive(forged))).to.equal('refused');
    const sent = await a.seal(utf8('x'));
    expect(reasonOf(await a.receive(sent)), 'an echo').to.equal('refused');
    expect(reasonOf(await a.receive(forged)), 'of a spent generation').to.equal('refused');
    const { message } = await a.commit({ kind: 'update', identity: a.identity });
    expect(reasonOf(await a.receive(message))).to.equal('own-message');
    a.merge();
    expect(reasonOf(await a.receive(sent)), 'of a past epoch').to.equal('past-epoch');
    expect(reasonOf(await a.receive(message))).to.equal('past-epoch');
  });

  it('CC-GRP-01: epochs from 2^53 − 2^32 on are refused, in states and Welcomes', async () => {
    const { client } = a.stable;
    const at = (epoch: bigint): ClientState => ({
      ...client,
      groupContext: { ...client.groupContext, epoch },
    });
    assertGroupState(at(EPOCH_LIMIT - 1n));
    await expectCode('protocol-error', () => assertGroupState(at(EPOCH_LIMIT)));
    const d = await GroupPeer.create('d');
    for (const [epoch, isAccepted] of [
      [EPOCH_LIMIT - 2n, true],
      [EPOCH_LIMIT - 1n, false],
    ] as const) {
      const own = await d.keyPackage();
      const add = { proposalType: 'add', add: { keyPackage: own.publicPackage } } as const;
      const { welcome } = await bareCommit(at(epoch), [add]);
      if (welcome === undefined) return expect.fail('no Welcome');
      const bytes = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome });
      const join = (): Promise<void> => d.join(own, bytes, client.groupContext.groupId);
      await (isAccepted ? join() : expectCode('protocol-error', join));
    }
  });

  it('CC-GRP-15: a Commit with more than 128 Proposals is refused before they are looked up', async () => {
    const named = (count: number) =>
      Array.from({ length: count }, () => ({
        proposalOrRefType: 'reference' as const,
        reference: randomBytes(64),
      }));
    const commitOf = (count: number): Promise<Uint8Array> =>
      craftCommit(a.stable.client, { proposals: named(count), path: undefined });
    expect(reasonOf(await b.receive(await commitOf(128)))).to.equal('missing-proposal');
    expect(reasonOf(await b.receive(await commitOf(129)))).to.equal('not-allowed');
  });
});
