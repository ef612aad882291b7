/**
 * The network of the namespace that a test runs in: cutting it, and seeing where packets went. Needs root, nft and
 * a namespace of our own (`isOwnNamespace`); without, tests that use it are skipped by name.
 */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { Page } from 'puppeteer-core';

const TABLE = 'inet enk_e2e';
const DNS_HEADER_BYTES = 12;
const MDNS_PORT = 5_353;

function nft(...commands: readonly string[]): string {
  const input = commands.map(command => `${command}\n`).join('');
  return execFileSync('nft', ['-f', '-'], { input, encoding: 'utf8' });
}

/** True in the namespace that tools/e2e makes: it has our address and nothing of the machine's. */
export function isOwnNamespace(): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? []);
  const outside = addresses.filter(({ internal, family }) => !internal && family === 'IPv4');
  if (process.getuid?.() !== 0 || !outside.every(({ address }) => address.startsWith('10.77.'))) return false;
  try {
    execFileSync('nft', ['list', 'tables'], { stdio: 'ignore' });
    return outside.length > 0;
  } catch {
    return false; // No nft, or no right to use it.
  }
}

export interface Cut {
  restore(): Promise<void>;
}

/**
 * Cuts WebRTC (all UDP) and the broker (its TCP port), and tells the pages that they are offline. The DevTools pipe
 * is no network and goes on.
 */
export async function cutNetwork(brokerPort: number, pages: readonly Page[] = []): Promise<Cut> {
  nft(
    `add table ${TABLE}`,
    `add chain ${TABLE} cut { type filter hook output priority 0; policy accept; }`,
    `add rule ${TABLE} cut meta l4proto udp drop`,
    `add rule ${TABLE} cut tcp dport ${brokerPort} drop`,
    `add rule ${TABLE} cut tcp sport ${brokerPort} drop`,
  );
  await setOffline(pages, true);
  return {
    async restore() {
      nft(`delete table ${TABLE}`);
      await setOffline(pages, false);
    },
  };
}

/** `navigator.onLine` and its events; the packets themselves are nft's business. */
async function setOffline(pages: readonly Page[], isOffline: boolean): Promise<void> {
  await Promise.all(pages.map(page => page.setOfflineMode(isOffline)));
}

/** Closes every UDP port that is in use now, for good: only new sockets find a way. Returns what opens them again. */
export function closeUdpPorts(): () => void {
  const listed = execFileSync('ss', ['-Huna'], { encoding: 'utf8' });
  const ports = listed
    .split('\n')
    .map(line => Number(/^\S+\s+\S+\s+\S+\s+\S+:(\d+)\s/.exec(line)?.[1]))
    .filter(port => port > MDNS_PORT);
  if (ports.length === 0) throw new Error('No UDP port is in use.');
  const set = `{ ${[...new Set(ports)].join(', ')} }`;
  const table = `${TABLE}_ports`;
  nft(
    `add table ${table}`,
    `add chain ${table} cut { type filter hook output priority 0; policy accept; }`,
    `add rule ${table} cut udp sport ${set} drop`,
    `add rule ${table} cut udp dport ${set} drop`,
  );
  return () => void nft(`delete table ${table}`);
}

export interface PacketWatch {
  /** `address . port` of every destination outside loopback and the namespace's own address, so far. */
  destinations(): readonly string[];
  stop(): void;
}

/** Notes every destination that a packet left for, by TCP or UDP, until stopped. */
export function watchPackets(): PacketWatch {
  const table = `${TABLE}_watch`;
  nft(
    `add table ${table}`,
    `add set ${table} seen { type ipv4_addr . inet_proto . inet_service; flags dynamic; size 65535; }`,
    `add chain ${table} out { type filter hook output priority 1; policy accept; }`,
    `add rule ${table} out oifname != "lo" meta l4proto { tcp, udp } add @seen { ip daddr . meta l4proto . th dport }`,
  );
  return {
    destinations() {
      const listed = execFileSync('nft', ['-j', 'list', 'set', ...table.split(' '), 'seen'], {
        encoding: 'utf8',
      });
      const { nftables } = JSON.parse(listed) as { nftables: { set?: { elem?: unknown[] } }[] };
      return (nftables.find(entry => entry.set)?.set?.elem ?? []).map(readElement);
    },
    stop: () => void nft(`delete table ${table}`),
  };
}

export interface NameWatch {
  /** Host names that anybody in this namespace asked the resolver for, so far, each once. */
  names(): readonly string[];
  stop(): void;
}

/** Takes the resolver's place: notes every name and answers that there is none. */
export async function watchNames(): Promise<NameWatch> {
  const resolver = /^nameserver\s+(\d+\.\d+\.\d+\.\d+)/m.exec(readFileSync('/etc/resolv.conf', 'utf8'))?.[1];
  if (resolver === undefined) throw new Error('There is no IPv4 resolver to take the place of.');
  const isOurs = resolver.startsWith('127.');
  if (!isOurs) execFileSync('ip', ['address', 'replace', `${resolver}/32`, 'dev', 'lo']);
  const names = new Set<string>();
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    names.add(readQueryName(query));
    socket.send(answerNoSuchName(query), from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject).bind(53, resolver, resolve);
  });
  return {
    names: () => [...names],
    stop() {
      socket.close();
      if (!isOurs) execFileSync('ip', ['address', 'del', `${resolver}/32`, 'dev', 'lo']);
    },
  };
}

/** The first question's name (RFC 1035 §4.1.2): labels, each after its length, up to an empty one. */
function readQueryName(query: Buffer): string {
  const labels: string[] = [];
  for (let at = DNS_HEADER_BYTES; query[at]; at += 1 + (query[at] ?? 0))
    labels.push(query.toString('latin1', at + 1, at + 1 + (query[at] ?? 0)));
  return labels.join('.').toLowerCase();
}

/** The query as a response with the code NXDOMAIN. */
function answerNoSuchName(query: Buffer): Buffer {
  const answer = Buffer.from(query);
  answer[2] = (query[2] ?? 0) | 0x80;
  answer[3] = 0x83;
  return answer;
}

function readElement(element: unknown): string {
  const { concat } = element as { concat?: readonly unknown[] };
  return (concat ?? [element]).join(' ');
}
