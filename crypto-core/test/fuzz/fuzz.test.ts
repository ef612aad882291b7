/** The short run of every `npm test`; `npm run fuzz` is the long one. A failure names seed and number for a replay. */
import { expect } from '@esm-bundle/chai';
import { libsignalEngine } from '@enk/signal-libsignal/engine';
import { encodeMlsMessage } from 'ts-mls';
import type { GroupInfo } from 'ts-mls';
import type { GroupSecrets } from 'ts-mls/groupSecrets.js';
import { concat } from '../../bytes/concat.ts';
import { openFrame } from '../../cascade/pair-state.ts';
import { createPairGroup } from '../../mls/pair-group.ts';
import { enkSignalEngine } from '../../signal/enk-engine.ts';
import { expectCode } from '../support/rejections.ts';
import { openStepwise, sealOutside } from '../support/stepwise.ts';
import { Fuzzer } from './fuzz.ts';
import { makeGroupWorld } from './group-target.ts';
import { join, makeGroupJoinWorld, reseal } from './group-join-target.ts';
import { FuzzRandom } from './random.ts';
import { FUZZ_NOW_MS } from './seeded-platform.ts';
import { deepCopy, findDifference } from './state-snapshot.ts';
import { makePairGroupWorld } from './pair-group-target.ts';
import { makeStations } from './stations.ts';
import { signLeafNodeKeyPackage } from 'ts-mls/leafNode.js';
import { signKeyPackage } from 'ts-mls/keyPackage.js';
import { loadMlsSuite } from '../../mls/suite.ts';

const SEED = 20_261_122;
const INPUTS = 2_000;

describe('hostile input', function () {
  this.timeout(240_000);
  let fuzzer: Fuzzer;

  before(async () => {
    fuzzer = await Fuzzer.create(SEED);
  });

  it('CC-FUZ-01, CC-FUZ-02: thousands of mutations at every depth are refused and change nothing', async () => {
    const { tally, failures } = await fuzzer.run({ from: 0, to: INPUTS });
    expect(failures).to.deep.equal([]);
    const { inputs, lines } = tally.record;
    expect(inputs).to.equal(INPUTS);
    for (const place of ['frame', 'AES', 'ML-KEM', 'Signal', 'MLS', 'handshake']) {
      expect(lines[place]?.reached, place).to.be.greaterThan(INPUTS / 20);
    }
    for (const place of ['AES', 'ML-KEM', 'Signal', 'MLS', 'padding', 'control PDU', 'SFrame']) {
      expect(lines[place]?.rejected, place).to.be.greaterThan(0);
    }
  });

  it('CC-FUZ-02: every lane of attack refuses at least once', async () => {
    const { tally, failures } = await fuzzer.runEachLane();
    expect(failures).to.deep.equal([]);
    const { inputs, lines } = tally.record;
    expect(inputs).to.equal(fuzzer.laneNames.length).and.to.be.greaterThan(60);
    const [enk, libsignal] = [enkSignalEngine, libsignalEngine].map(({ name }) => `Signal engine ${name}`);
    for (const place of [enk, libsignal, 'vault envelope', 'vault record', 'MLS group: inside']) {
      expect(lines[place as string]?.rejected, place).to.be.greaterThan(0);
    }
    expect(lines['MLS group Welcome: inside']?.rejected).to.equal(1);
  });

  it('CC-CAS-10: the message after the next one is refused inside the cascade, and by no other layer than Signal', async () => {
    for (const { sender, receiver, following } of (await makeStations(new FuzzRandom(SEED, 1))).messages) {
      const frame = await sealOutside(sender, 'signal', following.signal);
      await expectCode('protocol-error', () => openFrame(receiver, frame));
      const opened = await openStepwise(receiver, frame);
      expect(opened.kind === 'rejected' && opened.by).to.equal('signal');
    }
  });

  it('CC-FUZ-01: refuses bytes behind the tree, the GroupInfo and the secrets of a Welcome', async () => {
    const world = await makeGroupJoinWorld(new FuzzRandom(SEED));
    const more = new Uint8Array(1);
    const behindTree = (info: GroupInfo): GroupInfo => ({
      ...info,
      extensions: info.extensions.map(extension => ({
        ...extension,
        extensionData: concat(extension.extensionData, more),
      })),
    });
    // HMAC fills a short key with zeros: the same secret, longer.
    const behindJoiner = (secrets: GroupSecrets): GroupSecrets => ({
      ...secrets,
      joinerSecret: concat(secrets.joinerSecret, more),
    });
    const changes = [
      { changeInfo: behindTree },
      { changeSecrets: behindJoiner },
      { behindInfo: more },
      { behindSecrets: more },
    ];
    for (const change of changes) {
      const welcome = await reseal(world, change);
      await expectCode('protocol-error', () => join(world, welcome));
    }
    await join(world, await reseal(world, {}));
  });

  it('CC-FUZ-01: an input is the same in every run', async () => {
    const again = await Fuzzer.create(SEED);
    const [first, second] = [new Map<number, string>(), new Map<number, string>()];
    const range = { from: 100, to: 150 };
    const one = await fuzzer.run(range, { onInput: (index, lane) => void first.set(index, lane) });
    const other = await again.run(range, { onInput: (index, lane) => void second.set(index, lane) });
    expect([...first]).to.deep.equal([...second]);
    expect(one.tally.record.mutations).to.deep.equal(other.tally.record.mutations);
    const [world, sameWorld] = [
      await makeGroupWorld(new FuzzRandom(SEED)),
      await makeGroupWorld(new FuzzRandom(SEED)),
    ];
    expect(sameWorld.saved).to.deep.equal(world.saved);
    expect(sameWorld.messages).to.deep.equal(world.messages);
  });

  it('CC-FUZ-02: the comparison of states sees a single changed bit anywhere', () => {
    const state = { a: new Uint8Array(4), map: new Map([['k', new Uint8Array(2)]]), list: [{ n: 1n }] };
    expect(findDifference(deepCopy(state), state)).to.equal(null);
    expect(findDifference({ ...state, a: Uint8Array.of(0, 0, 1, 0) }, state)).to.equal('state.a[2]');
    const map = new Map([['k', Uint8Array.of(0, 1)]]);
    expect(findDifference({ ...state, map }, state)).to.match(/^state\.map/);
    expect(findDifference({ ...state, list: [{ n: 2n }] }, state)).to.equal('state.list[0].n');
    expect(findDifference({ ...state, more: 1 }, state)).to.equal('state');
  });

  it('CC-MLS-12: refuses leaves that do not support the profile, or with an HPKE key of another size', async () => {
    const world = await makePairGroupWorld(new FuzzRandom(SEED));
    const { publicPackage, privatePackage } = world.keyPackage;
    const { signature } = await loadMlsSuite();
    const { leafNode } = publicPackage;
    const none = (field: 'versions' | 'ciphersuites' | 'credentials') => ({
      capabilities: { ...leafNode.capabilities, [field]: [] },
    });
    const hpkePublicKey = leafNode.hpkePublicKey.slice(1);
    const key = privatePackage.signaturePrivateKey;
    for (const change of [none('versions'), none('ciphersuites'), none('credentials'), { hpkePublicKey }]) {
      const leaf = await signLeafNodeKeyPackage({ ...leafNode, ...change }, key, signature);
      const keyPackage = await signKeyPackage({ ...publicPackage, leafNode: leaf }, key, signature);
      const peerKeyPackage = encodeMlsMessage({
        version: 'mls10',
        wireformat: 'mls_key_package',
        keyPackage,
      });
      const create = (): Promise<unknown> =>
        createPairGroup({
          groupId: world.groupId,
          identity: world.a,
          peerKeyPackage,
          expectedPeerIdentity: world.b.identityKey,
          nowMs: FUZZ_NOW_MS,
        });
      await expectCode('protocol-error', create);
    }
  });
});
