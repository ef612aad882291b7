/**
 * The network of the namespace that a test runs in: cutting it, and seeing where packets went. Needs root, nft and
 * a namespace of our own (`isOwnNamespace`); without, tests that use it are skipped by name.
 */
import { execFileSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import type { Page } from 'puppeteer-core';

const TABLE = 'inet enk_e2e';

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

function readElement(element: unknown): string {
  const { concat } = element as { concat?: readonly unknown[] };
  return (concat ?? [element]).join(' ');
}
