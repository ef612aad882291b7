/** Two people in browsers of their own, who know each other, with a real broker: for files from one to the other. */
import assert from 'node:assert/strict';
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { type Broker, startBroker } from '@enk/broker';
import { introduce, LabPerson } from './lab-person.ts';
import { type PageServer, servePage } from './page-server.ts';

export class LabPair {
  private constructor(
    readonly people: readonly [ana: LabPerson, ben: LabPerson],
    private readonly server: PageServer,
    private broker: Broker,
  ) {}

  /** `roomBytes`: what the two need on the disk. */
  static async start(roomBytes: number): Promise<LabPair> {
    const { bavail, bsize } = statfsSync(tmpdir());
    assert(bavail * bsize > roomBytes, 'no room for the file on both sides');
    const server = await servePage(new URL('./lab-page.ts', import.meta.url), { withWorker: true });
    const broker = await startBroker({ port: 0 });
    const network = { brokerUrl: broker.url, iceServers: [], relayOnly: false };
    const person = (name: string): LabPerson => new LabPerson({ name, pageUrl: server.url, network });
    const people = [person('ana'), person('ben')] as const;
    await Promise.all(people.map(each => each.start()));
    await introduce(...people);
    return new LabPair(people, server, broker);
  }

  /** Ends the broker; another one is at its address once what is returned is called. */
  async stopBroker(): Promise<() => Promise<void>> {
    const port = Number(new URL(this.broker.url).port);
    await this.broker.close();
    return async () => void (this.broker = await startBroker({ port }));
  }

  async close(): Promise<void> {
    await Promise.all(this.people.map(each => each.close()));
    await this.broker.close();
    await this.server.close();
  }
}
