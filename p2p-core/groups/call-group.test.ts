import { expect } from '@esm-bundle/chai';
import { generateIdentitySecrets, type IdentityKeys, importIdentity } from '@enk/crypto-core';
import { CallGroup, type CallGroupRules } from './call-group.ts';

interface Member {
  readonly identity: IdentityKeys;
  readonly gone: Set<IdentityKeys>;
  readonly rules: CallGroupRules;
  group: CallGroup;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, index) => byte === b[index]);

describe('the group of a call', function () {
  this.timeout(60_000);
  const groupId = crypto.getRandomValues(new Uint8Array(32));

  async function person(change: Partial<CallGroupRules> = {}): Promise<Omit<Member, 'group'>> {
    const identity = await importIdentity(await generateIdentitySecrets());
    const gone = new Set<IdentityKeys>();
    const rules = {
      isAllowed: () => true,
      isGone: (key: Uint8Array) => [...gone].some(({ identityKey }) => same(identityKey, key)),
      nowMs: () => Date.now(),
      ...change,
    };
    return { identity, gone, rules };
  }

  async function joined(
    founder: Member,
    change: Partial<CallGroupRules> = {},
  ): Promise<Member & { commit: Uint8Array }> {
    const newcomer = await person(change);
    const keyPackage = await CallGroup.keyPackage(newcomer.identity, Date.now());
    const { commit, welcome } = await founder.group.add(keyPackage.publicBytes);
    const inviterKey = founder.identity.identityKey;
    const group = await CallGroup.join({ keyPackage, welcome, groupId, inviterKey }, newcomer.rules);
    return { ...newcomer, group, commit };
  }

  async function three(): Promise<readonly [Member, Member, Member]> {
    const first = await person();
    const a: Member = {
      ...first,
      group: await CallGroup.found({ identity: first.identity, groupId }, first.rules),
    };
    const b = await joined(a);
    const c = await joined(a);
    await b.group.receive(c.commit);
    return [a, b, c];
  }

  const secret = (member: Member): Promise<Uint8Array> =>
    member.group.exporter()('label', new Uint8Array(1), 32);

  it('P2P-CAL-20: every member derives the same, in every epoch another', async () => {
    const [a, b, c] = await three();
    const before = await secret(a);
    expect(await secret(b)).to.deep.equal(before);
    expect(await secret(c)).to.deep.equal(before);
    await b.group.receive(await a.group.remove([c.group.ownLeaf]));
    expect(await secret(a)).to.deep.equal(await secret(b));
    expect(await secret(a)).not.to.deep.equal(before);
  });

  it('P2P-CAL-21: joins only by whom it accepted, and with nobody whom it does not know', async () => {
    const first = await person();
    const a: Member = {
      ...first,
      group: await CallGroup.found({ identity: first.identity, groupId }, first.rules),
    };
    const newcomer = await person();
    const keyPackage = await CallGroup.keyPackage(newcomer.identity, Date.now());
    const { welcome } = await a.group.add(keyPackage.publicBytes);
    const join = async (change: object, rules = newcomer.rules): Promise<string> => {
      const input = { keyPackage, welcome, groupId, inviterKey: a.identity.identityKey, ...change };
      return CallGroup.join(input, rules).then(
        () => 'joined',
        (error: { code?: string }) => error.code ?? 'unknown',
      );
    };
    expect(await join({ inviterKey: newcomer.identity.identityKey })).to.equal('protocol-error');
    expect(await join({ groupId: new Uint8Array(32) })).to.equal('protocol-error');
    expect(await join({}, { ...newcomer.rules, isAllowed: () => false })).to.equal('protocol-error');
    expect(await join({})).to.equal('joined');
  });

  it('P2P-CAL-23: nobody but the lowest leaf commits while that is there; when it is gone the next one does', async () => {
    const [a, b, c] = await three();
    expect([a, b, c].map(({ group }) => group.isCommitter)).to.deep.equal([true, false, false]);
    const rogue = await b.group.remove([c.group.ownLeaf]); // b's own state goes astray by that
    expect(await a.group.receive(rogue)).to.deep.equal([]);
    expect(await c.group.receive(rogue)).to.deep.equal([]);
    expect(a.group.epoch).to.equal(2n);
  });

  it('P2P-CAL-23: a successor’s Commit that comes before we know why waits until we do', async () => {
    const [a, b, c] = await three();
    b.gone.add(a.identity);
    expect(b.group.isCommitter).to.equal(true);
    const commit = await b.group.remove([a.group.ownLeaf]);
    expect(await c.group.receive(commit), 'the founder is there, as c sees it').to.deep.equal([]);
    c.gone.add(a.identity);
    expect(await c.group.retry()).to.deep.equal([{ kind: 'epoch', removesMembers: true }]);
    expect(await secret(c)).to.deep.equal(await secret(b));
    expect(await a.group.receive(commit), 'the founder does not let itself be put out').to.deep.equal([]);
  });

  it('P2P-CAL-23: a message of a later epoch waits for the Commit before it', async () => {
    const [a, b, c] = await three();
    const commit = await a.group.remove([c.group.ownLeaf]);
    const message = await a.group.seal(Uint8Array.of(7));
    expect(await b.group.receive(message)).to.deep.equal([]);
    const news = await b.group.receive(commit);
    expect(news.map(({ kind }) => kind)).to.deep.equal(['epoch', 'message']);
    expect(await c.group.receive(commit)).to.deep.equal([{ kind: 'removed' }]);
  });

  it('P2P-CAL-04: what is over exports nothing', async () => {
    const [a, , c] = await three();
    const before = a.group.exporter();
    await a.group.remove([c.group.ownLeaf]);
    let code = '';
    await before('label', new Uint8Array(1), 32).catch((error: { code: string }) => (code = error.code));
    expect(code).to.equal('session-closed');
  });
});
