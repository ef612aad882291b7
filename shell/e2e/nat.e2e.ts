/**
 * Two real browsers behind NATs of each kind, with a real coturn for STUN and TURN: directly where that is possible,
 * through the relay where not, and a chat gets through either way. ENK_LONG=1 runs all pairs of kinds.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Broker, startBroker } from '@enk/broker';
import { type NatKind, natKinds } from '../../tools/netlab/nat.ts';
import { canMakeLab, Netlab } from '../../tools/netlab/netlab.ts';
import { introduce, LabPerson } from './support/lab-person.ts';
import { type PageServer, servePage } from './support/page-server.ts';
import { hasTurnServer, startTurnServer, type TurnServer } from './support/turn-server.ts';

const TURN_PORT = 3_478;
/** All addresses of the lab's internet. */
const INTERNET = '10.77.0.0-10.77.255.255';

const inCi: readonly (readonly [NatKind, NatKind])[] = [
  ['full-cone', 'port-restricted'],
  ['address-restricted', 'symmetric'],
  ['symmetric', 'symmetric'],
];
const all = natKinds.flatMap(a => natKinds.map(b => [a, b] as const));
const pairs = process.env['ENK_LONG'] ? all : inCi;

/**
 * RFC 5128 §3.3: hole punching fails when one side's port cannot be known beforehand and the other lets in nothing
 * but the port that it sent to.
 */
function isDirect(a: NatKind, b: NatKind): boolean {
  const isStrict = (kind: NatKind): boolean => kind === 'port-restricted' || kind === 'symmetric';
  return !((a === 'symmetric' && isStrict(b)) || (b === 'symmetric' && isStrict(a)));
}

const missing = !canMakeLab() || !hasTurnServer;

describe(
  'two people behind NATs',
  { skip: missing && 'needs coturn and a network namespace of our own' },
  () => {
    let server: PageServer;
    let turn: TurnServer;
    let broker: Broker;
    before(async () => {
      server = await servePage(new URL('./support/lab-page.ts', import.meta.url), { withWorker: true });
      turn = await startTurnServer(TURN_PORT, INTERNET);
      broker = await startBroker({ port: 0, turn: { secret: turn.secret, urls: [turn.url] } });
    });
    after(async () => {
      await server?.close();
      await broker?.close();
      await turn?.kill();
    });

    for (const [a, b] of pairs) {
      const how = isDirect(a, b) ? 'directly' : 'through the relay';
      it(`${a} and ${b} talk ${how}`, async () => {
        const lab = Netlab.open();
        const people: LabPerson[] = [];
        const loopbackPorts = [broker.port, Number(new URL(server.url).port)];
        const network = { brokerUrl: broker.url, iceServers: [], relayOnly: false };
        try {
          for (const [nat, name] of [
            [a, 'ana'],
            [b, 'ben'],
          ] as const) {
            const site = await lab.addSite({ nat, loopbackPorts });
            people.push(new LabPerson({ name, site, pageUrl: server.url, network }));
          }
          await Promise.all(people.map(person => person.start()));
          const [ana, ben] = people as [LabPerson, LabPerson];
          await introduce(ana, ben);
          await talk(ana, ben);
          for (const { page } of people) {
            const route = await page.evaluate(() => window.lab.route());
            const isRelayed = route?.local === 'relay' || route?.remote === 'relay';
            assert.equal(isRelayed, how !== 'directly', JSON.stringify(route));
          }
        } finally {
          await Promise.all(people.map(person => person.close()));
          await lab.close();
        }
      });
    }
  },
);

async function talk(...people: readonly [LabPerson, LabPerson]): Promise<void> {
  const now = Date.now();
  for (const { page, name } of people) await page.evaluate(text => window.lab.send(text), `${name} 0 ${now}`);
  for (const { page } of people) await page.evaluate(since => window.lab.untilArrival(since), now);
}
