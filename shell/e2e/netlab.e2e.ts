/** The lab itself: each kind of NAT behaves as it says, lines lose and delay, and nothing of it stays behind. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { ownNamespace } from '../../tools/netlab/namespace.ts';
import type { NatKind } from '../../tools/netlab/nat.ts';
import { canMakeLab, Netlab } from '../../tools/netlab/netlab.ts';
import { type NatBehaviour, type ProbeServer, startProbeServer } from '../../tools/netlab/probe.ts';
import { probeSite, probeSiteLine } from '../../tools/netlab/probe-site.ts';
import { hasPython } from '../../tools/netlab/line.ts';
import { eventually } from './support/eventually.ts';

const netlabModule = new URL('../../tools/netlab/netlab.ts', import.meta.url).href;

const expected: Readonly<Record<NatKind | 'none', NatBehaviour>> = {
  none: { mapping: 'endpoint-independent', filtering: 'endpoint-independent' },
  'full-cone': { mapping: 'endpoint-independent', filtering: 'endpoint-independent' },
  'address-restricted': { mapping: 'endpoint-independent', filtering: 'address-dependent' },
  'port-restricted': { mapping: 'endpoint-independent', filtering: 'address-and-port-dependent' },
  symmetric: { mapping: 'address-and-port-dependent', filtering: 'address-and-port-dependent' },
};

const skip = !canMakeLab() && 'needs root and a network namespace of our own';
const noPython = !hasPython() && 'needs python3';

describe('the network lab', { skip }, () => {
  let lab: Netlab;
  let server: ProbeServer;
  before(async () => {
    lab = Netlab.open();
    server = await startProbeServer();
  });
  after(async () => {
    server.close();
    await lab.close();
    const links = ownNamespace.run('ip', '-o', 'link');
    assert.doesNotMatch(links, /\blab\d/, 'a link stayed behind');
  });

  it('leaves nothing behind when its process is killed', async () => {
    const program = `
      const { Netlab } = await import(${JSON.stringify(netlabModule)});
      await Netlab.open().addSite({ nat: 'symmetric' });
      console.log('up');
      setInterval(() => undefined, 1_000);
    `;
    const args = ['--import', 'tsx', '--input-type=module', '-e', program];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    assert.match(ownNamespace.run('ip', '-o', 'link'), /\blab1\b/);
    child.kill('SIGKILL');
    const isGone = (): boolean => !/\blab1\b/.test(ownNamespace.run('ip', '-o', 'link'));
    await eventually('the site of the killed process to go', isGone);
  });

  for (const [nat, behaviour] of Object.entries(expected)) {
    it(`${nat}: mapping ${behaviour.mapping}, filtering ${behaviour.filtering}`, async () => {
      const site = await lab.addSite({ nat: nat as NatKind });
      assert.deepEqual(await probeSite(site, server), behaviour);
    });
  }

  it(
    'keeps its behaviour after another public address and another address of the host',
    { skip: noPython },
    async () => {
      const site = await lab.addSite({ nat: 'address-restricted' });
      const before = site.publicAddress;
      site.changePublicAddress();
      site.changeHostAddress();
      assert.notEqual(site.publicAddress, before);
      assert.deepEqual(await probeSite(site, server), expected['address-restricted']);
    },
  );

  it('delays and loses while the line is bad, and not any longer', { skip: noPython }, async () => {
    const site = await lab.addSite({ nat: 'port-restricted' });
    await site.setLine({ delayMs: 40, lossPercent: 50 });
    const bad = await probeSiteLine(site, server, 100);
    assert(bad.shortestMs >= 80, `the shortest round trip took ${bad.shortestMs} ms`);
    assert(bad.received > 0 && bad.received < 80, `${bad.received} of 100 came back`);
    await site.setLine(null);
    const good = await probeSiteLine(site, server, 100);
    assert.equal(good.received, 100);
  });
});
