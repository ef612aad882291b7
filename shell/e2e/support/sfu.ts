/** A real SFU on the namespace's own address, a broker that gives rooms at it, and what a page's connections say. */
import { type Broker, startBroker } from '@enk/broker';
import type { Page } from 'puppeteer-core';
import { hasJanus, type JanusServer, startJanus } from '../../../deploy/sfu/janus-server.ts';
import { makeCertificate } from '../../../tools/certificate.ts';
import { isOwnNamespace } from './network.ts';
import { ownAddress } from './turn-server.ts';

/** Why tests with an SFU cannot run here; false: they can. */
export const noSfu = hasJanus && isOwnNamespace() ? false : 'needs janus and a network namespace of our own';

/** The SFU speaks TLS with a certificate of its own making. */
export const SFU_FLAGS = ['--ignore-certificate-errors'];

export interface SfuSite {
  readonly janus: JanusServer;
  readonly broker: Broker;
  close(): Promise<void>;
}

/** Calls of so many people and more go by the SFU. */
export async function startSfuSite(fromMembers: number): Promise<SfuSite> {
  const address = ownAddress();
  const janus = await startJanus({ address, certificate: makeCertificate([address], Date.now()) });
  const { url, apiUrl, secret, adminKey } = janus;
  const sfu = { urls: [url], apiUrls: [apiUrl], secret, adminKey, fromMembers };
  const broker = await startBroker({ port: 0, sfu });
  return {
    janus,
    broker,
    async close() {
      await broker.close();
      await janus.stop();
    },
  };
}

/** Keeps every RTCPeerConnection of the page, for `routes`. */
export async function keepConnections(page: Page): Promise<void> {
  await page.evaluateOnNewDocument(() => {
    const kept: RTCPeerConnection[] = [];
    Object.assign(window, { keptConnections: kept });
    const Real = RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        kept.push(this);
      }
    };
  });
}

export interface Routes {
  /** Connected media connections with members. */
  readonly mesh: number;
  /** To and from an SFU. */
  readonly up: number;
  readonly down: number;
}

/** Waits until a page's connections are these. */
export async function untilRoutes(page: Page, expected: Routes): Promise<void> {
  const endMs = Date.now() + 120_000;
  for (;;) {
    const found = await routes(page);
    if (JSON.stringify(found) === JSON.stringify(expected)) return;
    if (Date.now() > endMs) throw new Error(`Waited in vain for other routes than ${JSON.stringify(found)}`);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

/** Which media connections of a page are connected, by what they carry. */
export function routes(page: Page): Promise<Routes> {
  return page.evaluate(() => {
    const { keptConnections } = window as unknown as { keptConnections: RTCPeerConnection[] };
    const found = { mesh: 0, up: 0, down: 0 };
    for (const connection of keptConnections) {
      const directions = connection.getTransceivers().map(({ currentDirection }) => currentDirection);
      if (connection.connectionState !== 'connected' || directions.length === 0) continue;
      if (directions.every(direction => direction === 'sendonly')) found.up += 1;
      else if (directions.every(direction => direction === 'recvonly')) found.down += 1;
      else found.mesh += 1;
    }
    return found;
  });
}

/** When three frames more of so many members were shown on a page, by the clock of this machine. */
export function untilFreshFrames(page: Page, members: number): Promise<number> {
  return page.evaluate(async count => {
    const tilesOf = (root: ParentNode): HTMLElement[] =>
      [...root.querySelectorAll<HTMLElement>('*')].flatMap(element => [
        ...(element.dataset['testid'] === 'tile' ? [element] : []),
        ...(element.shadowRoot ? tilesOf(element.shadowRoot) : []),
      ]);
    const videos = tilesOf(document).flatMap(tile => tile.shadowRoot?.querySelector('video') ?? []);
    if (videos.length !== count) throw new Error(`${videos.length} tiles`);
    await Promise.all(
      videos.map(async video => {
        for (let frame = 0; frame < 3; frame++) {
          await new Promise(resolve => video.requestVideoFrameCallback(resolve));
        }
      }),
    );
    return Date.now();
  }, members);
}
