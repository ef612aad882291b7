/**
 * Two people in a laboratory network who both write ten lines a second without a pause, while a test disturbs them.
 * In the end everything must stand exactly once and in order on both devices.
 *
 * Time to recover: from the disturbance (its end, where it lasts) until both have got a line that was written after it.
 */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Netlab } from '../../../tools/netlab/netlab.ts';
import type { NatKind } from '../../../tools/netlab/nat.ts';
import type { LabSite } from '../../../tools/netlab/site.ts';
import { BrokerProcess } from './broker-process.ts';
import { introduce, LabPerson } from './lab-person.ts';
import { type PageServer, servePage } from './page-server.ts';
import { startTurnServer, type TurnServer } from './turn-server.ts';

const TURN_PORT = 3_478;
const INTERNET = '10.77.0.0-10.77.255.255';
const EVERY_MS = 100;
/** Between two disturbances, so that each meets a stream that flows. */
const CALM_MS = 2_000;
const ARRIVAL_WAIT_MS = 180_000;

export interface StreamOptions {
  readonly nat: NatKind | 'none';
  readonly relayOnly: boolean;
}

interface Line {
  readonly text: string;
  readonly isMine: boolean;
  readonly state: string;
}

export class TwoWayStream {
  /** Milliseconds, by kind of disturbance. */
  readonly recoveriesMs = new Map<string, number[]>();
  readonly #startedAtMs = Date.now();

  private constructor(
    private readonly lab: Netlab,
    private readonly server: PageServer,
    readonly broker: BrokerProcess,
    public turn: TurnServer,
    readonly sites: readonly [LabSite, LabSite],
    readonly people: readonly [LabPerson, LabPerson],
  ) {}

  /** Both are connected and writing when it resolves. */
  static async start({ nat, relayOnly }: StreamOptions): Promise<TwoWayStream> {
    const server = await servePage(new URL('./lab-page.ts', import.meta.url), { withWorker: true });
    const turn = await startTurnServer(TURN_PORT, INTERNET);
    const broker = new BrokerProcess(turn);
    await broker.start();
    const lab = Netlab.open();
    const loopbackPorts = [broker.port, Number(new URL(server.url).port)];
    const sites = [
      await lab.addSite({ nat, loopbackPorts }),
      await lab.addSite({ nat, loopbackPorts }),
    ] as const;
    const network = { brokerUrl: broker.url, iceServers: [], relayOnly };
    const personAt = (site: LabSite, name: string): LabPerson =>
      new LabPerson({ name, site, pageUrl: server.url, network });
    const people = [personAt(sites[0], 'ana'), personAt(sites[1], 'ben')] as const;
    const stream = new TwoWayStream(lab, server, broker, turn, sites, people);
    try {
      await Promise.all(people.map(person => person.start()));
      await introduce(...people);
      for (const person of people) await stream.write(person, 0);
    } catch (error) {
      await stream.close();
      throw error;
    }
    return stream;
  }

  get elapsedMs(): number {
    return Date.now() - this.#startedAtMs;
  }

  /** Begins to write from this number on. */
  async write({ page, name }: LabPerson, first: number): Promise<void> {
    await page.evaluate((...args) => window.lab.stream(...args), name, first, EVERY_MS);
  }

  /** Kills a browser, starts it again with its profile, and goes on writing after the last line that it stored. */
  async killBrowser(person: LabPerson): Promise<number> {
    await person.kill();
    const killedAtMs = Date.now();
    await person.start();
    const stored = await person.page.evaluate(() => window.lab.transcript());
    const own = stored.filter(({ isMine }) => isMine).length;
    assert(
      own > person.lastDurable,
      `${person.name} lost a line that was durable: ${own} of ${person.lastDurable}`,
    );
    await this.write(person, own);
    return killedAtMs;
  }

  /** SIGKILL and a new coturn, which knows nothing of the old one's allocations. */
  async killTurn(): Promise<number> {
    await this.turn.kill();
    const killedAtMs = Date.now();
    this.turn = await startTurnServer(TURN_PORT, INTERNET);
    return killedAtMs;
  }

  /** SIGKILL and a new broker on the same port. */
  async killBroker(): Promise<number> {
    await this.broker.kill();
    const killedAtMs = Date.now();
    await this.broker.start();
    return killedAtMs;
  }

  /**
   * Runs `disturbance` in the middle of the stream and waits until both have lines that were written after it.
   * It returns the time, from `Date.now()`, from which on it was in force (or over, where it lasts).
   */
  async disturb(kind: string, disturbance: () => Promise<number>): Promise<void> {
    await this.#flow(Date.now());
    await delay(CALM_MS);
    const sinceMs = await disturbance();
    const arrivedAtMs = await this.#flow(sinceMs);
    const recoveries = this.recoveriesMs.get(kind) ?? [];
    this.recoveriesMs.set(kind, [...recoveries, arrivedAtMs - sinceMs]);
  }

  /** When both had got a line written at or after this time. */
  async #flow(sinceMs: number): Promise<number> {
    const arrivals = this.people.map(({ page, name }) =>
      inTime(
        `${name} got no line`,
        page.evaluate(since => window.lab.untilArrival(since), sinceMs),
      ),
    );
    return Math.max(...(await Promise.all(arrivals)).map(({ arrivedAtMs }) => arrivedAtMs));
  }

  /** Ends the writing, lets all of it arrive, and compares both devices. Returns how many lines there were. */
  async finish(): Promise<number> {
    for (const { page } of this.people) await page.evaluate(() => window.lab.stopStream());
    const settle = Promise.all(
      this.people.map(({ page }) =>
        page.waitForFunction(async () => (await window.lab.countUndelivered()) === 0, {
          timeout: ARRIVAL_WAIT_MS,
          polling: 500,
        }),
      ),
    );
    await settle;
    const [ana, ben] = this.people;
    const [atAna, atBen] = [await readLines(ana), await readLines(ben)];
    this.#compare(ana, atAna, atBen);
    this.#compare(ben, atBen, atAna);
    return atAna.length;
  }

  #compare(author: LabPerson, own: readonly Line[], other: readonly Line[]): void {
    const written = own.filter(({ isMine }) => isMine).map(({ text }) => text);
    const received = other.filter(({ isMine }) => !isMine).map(({ text }) => text);
    const numbers = written.map(text => Number(text.split(' ')[1]));
    assert.deepEqual(numbers, [...numbers.keys()], `${author.name} did not store each line once, in order`);
    assert(numbers.length > author.lastDurable, `${author.name} lost a line that was durable`);
    assert.deepEqual(received, written, `not every line of ${author.name} stands exactly once, in order`);
  }

  async close(): Promise<void> {
    await Promise.all(this.people.map(person => person.close()));
    await this.lab.close();
    await this.broker.kill();
    await this.turn.kill();
    await this.server.close();
  }
}

async function readLines({ page }: LabPerson): Promise<Line[]> {
  return page.evaluate(() => window.lab.transcript());
}

async function inTime<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited in vain: ${what}`)), ARRIVAL_WAIT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
