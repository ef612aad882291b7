/**
 * A small internet inside this process's own network namespace: sites behind NATs, bad lines, changing addresses.
 * Not responsible for making that namespace (tools/e2e.ts, or cli.ts): in the machine's own it refuses to work.
 */
import { canMakeNamespaces, isPrivateNamespace, ownNamespace } from './namespace.ts';
import { internetAddresses, LabSite, loopbackAtInternet, type SiteOptions } from './site.ts';

/** Whether a lab can be made here: root on Linux with nft, ip and nsenter, in a namespace of our own. */
export const canMakeLab = (): boolean => canMakeNamespaces() && isPrivateNamespace();

export class Netlab {
  readonly #sites: LabSite[] = [];
  readonly #ports = new Set<number>();

  private constructor() {
    for (const address of internetAddresses)
      ownNamespace.run('ip', 'addr', 'replace', `${address}/32`, 'dev', 'lo');
  }

  /** Throws in the machine's own namespace, whose routing it must not touch. */
  static open(): Netlab {
    if (!canMakeLab()) throw new Error('A lab needs root and a network namespace of its own.');
    return new Netlab();
  }

  /** A host behind a router of this kind. */
  async addSite(options: SiteOptions): Promise<LabSite> {
    for (const port of options.loopbackPorts ?? []) this.#ports.add(port);
    ownNamespace.loadRules(loopbackAtInternet([...this.#ports]));
    const index = this.#sites.length + 1;
    const site = await LabSite.create(index, options);
    this.#sites.push(site);
    return site;
  }

  /** Takes every site away. Programs in them should have ended before. */
  async close(): Promise<void> {
    await Promise.all(this.#sites.splice(0).map(site => site.close()));
    ownNamespace.loadRules('table ip lab\ndelete table ip lab\n');
  }
}
