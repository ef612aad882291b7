/** The servers behind `npm start`: broker, shell, and the two-tag example on an origin of its own. */
import { startBroker, type Broker } from '@enk/broker';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { root } from '../vite.config.ts';
import type { IceServer } from './build/page.ts';
import { keptCertificate } from './certificate.ts';
import { defaultBrokerPort, defaultEmbedPort, defaultPort } from './ports.mjs';
import { serveEmbed, serveSite, type Site } from './serve.ts';

export interface StartOptions {
  readonly port?: number;
  readonly brokerPort?: number;
  /** HTTPS and WSS on the network, with a certificate of our own. */
  readonly isLan?: boolean;
  /** Use this broker instead of starting one. */
  readonly broker?: string;
  readonly iceServers?: readonly IceServer[];
}

export interface Started {
  readonly url: string;
  readonly brokerUrl: string;
  /** The two-tag example; absent with `isLan`. */
  readonly embedUrl?: string;
  /** Stops every server. */
  close(): Promise<void>;
}

const brokerAttempts = 50;

/** Starts everything, on loopback unless `isLan`. */
export async function startServers(options: StartOptions): Promise<Started> {
  const broker = options.broker === undefined ? await brokerOnFreePort(options.brokerPort) : null;
  const opened: { close(): Promise<void> }[] = broker ? [broker] : [];
  const close = async () => void (await Promise.all(opened.map(server => server.close())));
  try {
    const started = options.isLan ? await openLan(options, broker) : await openLocal(options, broker);
    opened.push(...started.sites);
    return { ...started.addresses, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Opened {
  readonly sites: readonly Site[];
  readonly addresses: Omit<Started, 'close'>;
}

async function openLocal(options: StartOptions, broker: Broker | null): Promise<Opened> {
  const brokerUrl = options.broker ?? `ws://localhost:${broker?.port}/`;
  const iceServers = options.iceServers ?? [];
  const site = await serveSite({ port: options.port ?? defaultPort, broker: brokerUrl, iceServers });
  const embed = await serveEmbed({ port: defaultEmbedPort, modules: site, broker: brokerUrl });
  return { sites: [site, embed], addresses: { url: site.url, brokerUrl, embedUrl: embed.url } };
}

/** One origin for page and broker, so that a person accepts the certificate once. */
async function openLan(options: StartOptions, broker: Broker | null): Promise<Opened> {
  const address = lanAddress();
  const file = join(root, '.cache', 'lan-certificate.json');
  const tls = keptCertificate(file, [address, 'localhost'], Date.now());
  const brokerAt = (origin: string) => options.broker ?? `${origin.replace(/^https/, 'wss')}/`;
  const site = await serveSite({
    host: '0.0.0.0',
    hostname: address,
    port: options.port ?? defaultPort,
    tls,
    broker: brokerAt,
    iceServers: options.iceServers ?? [],
    ...(broker ? { brokerPort: broker.port } : {}),
  });
  return { sites: [site], addresses: { url: site.url, brokerUrl: brokerAt(site.origin) } };
}

/** The first IPv4 address of this machine on a network; throws when there is none. */
function lanAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!found) throw new Error('This machine has no network address, so --lan has nothing to serve on.');
  return found.address;
}

async function brokerOnFreePort(firstPort = defaultBrokerPort): Promise<Broker> {
  for (let port = firstPort; ; port += 1) {
    try {
      return await startBroker({ host: '127.0.0.1', port });
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!isTaken || port >= Math.min(firstPort + brokerAttempts, 65_535)) throw error;
    }
  }
}
