/**
 * One site of the lab: a host in a namespace of its own behind a router in another, joined to the internet, which is
 * the namespace of this process. What listens on loopback there can be reached from the host at the same loopback
 * address, so that a page is on localhost (a secure context) in every site.
 *
 *   host 192.168.N.x ── lan │ router (NAT) │ wan 10.77.N.2 ── 10.77.N.1 │ this process: broker, page, coturn
 */
import { fileURLToPath } from 'node:url';
import { type NatKind, natRules } from './nat.ts';
import { BadLine, type LineQuality } from './line.ts';
import { NetworkNamespace, ownNamespace } from './namespace.ts';

/** Two addresses of the internet, as servers that find out a NAT's behaviour need them. */
export const internetAddresses = ['10.77.0.1', '10.77.0.2'] as const;

export interface SiteOptions {
  /** `none`: the host's own address is reachable from everywhere. */
  readonly nat: NatKind | 'none';
  /** TCP ports of loopback here that are also at the host's loopback. */
  readonly loopbackPorts?: readonly number[];
}

const FIRST_HOST_NUMBER = 2;

export class LabSite {
  #hostNumber = FIRST_HOST_NUMBER;
  #publicNumber = 2;
  #line: BadLine | null = null;

  private constructor(
    private readonly index: number,
    private readonly options: SiteOptions,
    /** Where the host's programs run. */
    readonly host: NetworkNamespace,
    private readonly router: NetworkNamespace,
  ) {}

  /** `index`: 1 to 200, unique in this namespace. */
  static async create(index: number, options: SiteOptions): Promise<LabSite> {
    const [host, router] = await Promise.all([NetworkNamespace.create(), NetworkNamespace.create()]);
    const site = new LabSite(index, options, host, router);
    try {
      site.#join();
      site.#setRules();
    } catch (error) {
      host.close();
      router.close();
      throw error;
    }
    return site;
  }

  /** The address that others see: of the router with NAT, of the host without. */
  get publicAddress(): string {
    return this.options.nat === 'none' ? this.hostAddress : this.#wan(this.#publicNumber);
  }

  get hostAddress(): string {
    return `${this.#lan}.${this.#hostNumber}`;
  }

  /** The host gets another address in its network, as by another access point; open flows from the old one die. */
  changeHostAddress(): void {
    const old = this.hostAddress;
    this.#hostNumber += 1;
    this.host.run('ip', 'addr', 'del', `${old}/24`, 'dev', 'lan');
    this.host.run('ip', 'addr', 'add', `${this.hostAddress}/24`, 'dev', 'lan');
    this.host.run('ip', 'route', 'add', 'default', 'via', `${this.#lan}.1`, 'dev', 'lan');
    this.#setRules();
  }

  /** The router gets another public address, as from a provider, and forgets all mappings. Needs python3. */
  changePublicAddress(): void {
    const old = this.#wan(this.#publicNumber);
    this.#publicNumber += 1;
    const next = this.#wan(this.#publicNumber);
    this.router.run('ip', 'addr', 'del', `${old}/24`, 'dev', 'wan');
    this.router.run('ip', 'addr', 'add', `${next}/24`, 'dev', 'wan');
    this.#routeOut();
    this.#setRules();
    this.router.run('python3', fileURLToPath(new URL('./forget_flows.py', import.meta.url)));
    if (this.options.nat === 'none') this.#routeToHost('replace');
  }

  /** Makes the line to the internet bad, or with null good again. */
  async setLine(quality: LineQuality | null): Promise<void> {
    await this.#line?.end();
    this.#line = null;
    if (quality === null) return;
    const routes = [`${this.#wan(this.#publicNumber)}/32`];
    if (this.options.nat === 'none') routes.push(`${this.#lan}.0/24`);
    this.#line = await BadLine.start({ router: this.router, name: this.#link, routes }, quality);
  }

  /** Takes the line away altogether, or brings it back. */
  setConnected(isConnected: boolean): void {
    this.router.run('ip', 'link', 'set', 'wan', isConnected ? 'up' : 'down');
    if (isConnected) this.#routeOut();
  }

  async close(): Promise<void> {
    await this.#line?.end();
    ownNamespace.run('ip', 'link', 'del', this.#link);
    this.host.close();
    this.router.close();
  }

  /** Interface at the internet's end. */
  get #link(): string {
    return `lab${this.index}`;
  }

  get #lan(): string {
    return this.options.nat === 'none' ? `10.77.${this.index + 200}` : `192.168.${this.index}`;
  }

  #wan(number: number): string {
    return `10.77.${this.index}.${number}`;
  }

  #join(): void {
    const { host, router } = this;
    ownNamespace.run(
      'ip',
      'link',
      'add',
      this.#link,
      'type',
      'veth',
      'peer',
      'name',
      'wan',
      'netns',
      String(router.pid),
    );
    router.run('ip', 'link', 'add', 'lan', 'type', 'veth', 'peer', 'name', 'lan', 'netns', String(host.pid));
    ownNamespace.run('ip', 'addr', 'add', `${this.#wan(1)}/24`, 'dev', this.#link);
    router.run('ip', 'addr', 'add', `${this.#wan(2)}/24`, 'dev', 'wan');
    router.run('ip', 'addr', 'add', `${this.#lan}.1/24`, 'dev', 'lan');
    host.run('ip', 'addr', 'add', `${this.hostAddress}/24`, 'dev', 'lan');
    ownNamespace.run('ip', 'link', 'set', this.#link, 'up');
    for (const device of ['wan', 'lan']) router.run('ip', 'link', 'set', device, 'up');
    host.run('ip', 'link', 'set', 'lan', 'up');
    host.run('ip', 'route', 'add', 'default', 'via', `${this.#lan}.1`, 'dev', 'lan');
    for (const place of [ownNamespace, router]) place.setSysctl('net.ipv4.ip_forward', 1);
    // Answers may come over another device than questions leave by, while the line is bad.
    for (const place of [ownNamespace, router]) place.setSysctl('net.ipv4.conf.all.rp_filter', 0);
    for (const place of [ownNamespace, host]) place.setSysctl('net.ipv4.conf.all.route_localnet', 1);
    this.#routeOut();
    if (this.options.nat === 'none') this.#routeToHost('add');
  }

  #routeOut(): void {
    this.router.run('ip', 'route', 'replace', 'default', 'via', this.#wan(1), 'dev', 'wan', 'metric', '100');
  }

  #routeToHost(verb: 'add' | 'replace'): void {
    const route = [
      `${this.#lan}.0/24`,
      'via',
      this.#wan(this.#publicNumber),
      'dev',
      this.#link,
      'metric',
      '100',
    ];
    ownNamespace.run('ip', 'route', verb, ...route);
  }

  #setRules(): void {
    const { nat, loopbackPorts = [] } = this.options;
    const addresses = { inside: 'lan', publicAddress: this.publicAddress, hostAddress: this.hostAddress };
    if (nat !== 'none') this.router.loadRules(natRules(nat, addresses));
    if (loopbackPorts.length > 0) this.host.loadRules(loopbackAtHost(loopbackPorts));
  }
}

/** What a program of the host sends to its own loopback goes to the internet's first address. */
function loopbackAtHost(ports: readonly number[]): string {
  return `
table ip loopback
delete table ip loopback
table ip loopback {
  chain out {
    type nat hook output priority -100; policy accept;
    ip daddr 127.0.0.1 tcp dport { ${ports.join(', ')} } dnat to ${internetAddresses[0]}
  }
  chain source {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr 127.0.0.0/8 oifname "lan" masquerade
  }
}
`;
}

/** … and arrives at the loopback of the internet, where the servers of a test listen. */
export function loopbackAtInternet(ports: readonly number[]): string {
  const elements = ports.length > 0 ? `elements = { ${ports.join(', ')} }` : '';
  return `
table ip lab
delete table ip lab
table ip lab {
  set ports { type inet_service; ${elements} }
  chain in {
    type nat hook prerouting priority dstnat; policy accept;
    iifname "lab*" ip daddr ${internetAddresses[0]} tcp dport @ports dnat to 127.0.0.1
  }
}
`;
}
