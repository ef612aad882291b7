/**
 * Whose connection it is, and how many it may have. The address is the socket's, unless the socket belongs to a
 * proxy that the operator listed: then the last address in X-Forwarded-For that is no such proxy.
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Sockets of loopback are not counted: the operator's own tools and a proxy without headers. */
export class ClientAddresses {
  readonly #proxies = new BlockList();
  readonly #counts = new Map<string, number>();

  /** `trusted`: addresses or CIDR blocks of proxies. Throws a TypeError for one that is neither. */
  constructor(
    trusted: readonly string[],
    private readonly maxPerAddress: number,
  ) {
    for (const block of trusted) {
      const [address = '', prefix] = block.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (isIP(address) === 0) throw new TypeError(`Not an address or CIDR block: ${block}`);
      this.#proxies.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
    }
  }

  of(request: IncomingMessage): string {
    const direct = plain(request.socket.remoteAddress ?? '');
    if (!this.#isProxy(direct)) return direct;
    const header = request.headers['x-forwarded-for'];
    const hops = (Array.isArray(header) ? header.join(',') : (header ?? ''))
      .split(',')
      .map(hop => plain(hop.trim()));
    return hops.reverse().find(hop => isIP(hop) !== 0 && !this.#isProxy(hop)) ?? direct;
  }

  /** Takes one place; false when the address has all of its own. Give it back with `leave`. */
  enter(address: string): boolean {
    const count = this.#counts.get(address) ?? 0;
    if (count >= this.maxPerAddress && !isLoopback(address)) return false;
    this.#counts.set(address, count + 1);
    return true;
  }

  leave(address: string): void {
    const count = (this.#counts.get(address) ?? 1) - 1;
    if (count > 0) this.#counts.set(address, count);
    else this.#counts.delete(address);
  }

  /** Straight from loopback or a listed address, not passed on by a proxy: who may read metrics. */
  isOwn(request: IncomingMessage): boolean {
    const address = plain(request.socket.remoteAddress ?? '');
    return (
      request.headers['x-forwarded-for'] === undefined && (isLoopback(address) || this.#isProxy(address))
    );
  }

  #isProxy(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#proxies.check(address, version === 6 ? 'ipv6' : 'ipv4');
  }
}

export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(?:\.\d{1,3}){3}$/.test(address);
}

/** IPv4 addresses that arrive in IPv6 form. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}
