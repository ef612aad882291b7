/**
 * A file over a line with 100 ms of round trip and 1 % loss: the session takes further connections, loses all of them
 * once, and the file arrives byte-equal.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { hasPython } from '../../tools/netlab/line.ts';
import { canMakeLab, Netlab } from '../../tools/netlab/netlab.ts';
import type { LabSite } from '../../tools/netlab/site.ts';
import { BrokerProcess } from './support/broker-process.ts';
import type {} from './support/lab-page.ts';
import { introduce, LabPerson } from './support/lab-person.ts';
import { type PageServer, servePage } from './support/page-server.ts';
import { hasTurnServer, startTurnServer, type TurnServer } from './support/turn-server.ts';

const SIZE_BYTES = 5_000_000;
const TURN_PORT = 3_478;
const WAIT_MS = 300_000;
const missing = !canMakeLab() || !hasTurnServer || !hasPython();
const skip = missing && 'needs coturn, python3 and a network namespace of our own';

describe('a file over a long line', { skip, timeout: WAIT_MS }, () => {
  let server: PageServer;
  let turn: TurnServer;
  let broker: BrokerProcess;
  let lab: Netlab;
  let people: readonly [ana: LabPerson, ben: LabPerson];
  let site: LabSite;

  before(async () => {
    server = await servePage(new URL('./support/lab-page.ts', import.meta.url), { withWorker: true });
    turn = await startTurnServer(TURN_PORT, '10.77.0.0-10.77.255.255');
    broker = new BrokerProcess(turn);
    await broker.start();
    lab = Netlab.open();
    const loopbackPorts = [broker.port, Number(new URL(server.url).port)];
    const network = { brokerUrl: broker.url, iceServers: [], relayOnly: false };
    const personAt = async (name: string): Promise<LabPerson> => {
      site = await lab.addSite({ nat: 'port-restricted', loopbackPorts });
      return new LabPerson({ name, site, pageUrl: server.url, network });
    };
    people = [await personAt('ana'), await personAt('ben')];
    await Promise.all(people.map(each => each.start()));
    await introduce(...people);
  });
  after(async () => {
    await Promise.all(people.map(each => each.close()));
    await lab.close();
    await broker.kill();
    await turn.kill();
    await server.close();
  });

  const stripes = (): Promise<number[]> =>
    Promise.all(people.map(({ page }) => page.evaluate(() => window.lab.stripes())));
  const bothHave = async (count: number): Promise<boolean> => (await stripes()).every(each => each === count);

  it('P2P-STR-04, P2P-STR-05: takes three more connections, outlives their loss, and arrives byte-equal', async () => {
    const [ana, ben] = people;
    await site.setLine({ delayMs: 50, lossPercent: 1 });
    await ana.page.evaluate(bytes => window.lab.files.send(bytes), SIZE_BYTES);
    await ben.page.evaluate(() => window.lab.files.accept());
    while (!(await bothHave(3))) await delay(50);
    await ana.page.evaluate(() => window.lab.closeConnections());
    while (!(await bothHave(0))) await delay(20);
    const isDone = ({ page }: LabPerson): Promise<boolean> => page.evaluate(() => window.lab.files.isDone());
    for (const person of people) while (!(await isDone(person))) await delay(50);
    const digests = await Promise.all(
      people.map(({ page }) => page.evaluate(() => window.lab.files.digest())),
    );
    assert.equal(digests[0], digests[1]);
  });
});
