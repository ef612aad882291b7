/** A site whose server changes, or turned hostile, behind a person's back. */
import { serveSite, type Site, type SiteOptions } from '../../../tools/serve.ts';

/** A server that becomes another one at the same address. */
export class Origin {
  #site: Site | null = null;
  #port = 0;

  get url(): string {
    return `http://localhost:${this.#port}/`;
  }

  async serve(folder: string, options: Omit<SiteOptions, 'folder' | 'port'>): Promise<Site> {
    await this.stop();
    this.#site = await serveSite({ folder, port: this.#port, ...options });
    this.#port = this.#site.port;
    return this.#site;
  }

  async stop(): Promise<void> {
    await this.#site?.close();
    this.#site = null;
  }
}
