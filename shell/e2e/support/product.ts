/** The whole product for a test: our broker, the built shell on its own origin, and people in real browsers. */
import { startBroker, type Broker } from '@enk/broker';
import type { Page } from 'puppeteer-core';
import { serveSite, type Site, type SiteOptions } from '../../../tools/serve.ts';
import { launchChromium, openPerson, type LaunchedBrowser } from './browsers.ts';
import { Person } from './person.ts';

export interface ProductOptions {
  /** Another broker than ours, already running. */
  readonly brokerUrl?: string;
  readonly site?: Omit<SiteOptions, 'broker'>;
  /** For every browser that is launched. */
  readonly flags?: readonly string[];
}

export class Product {
  readonly #browsers: LaunchedBrowser[] = [];

  private constructor(
    private broker: Broker | null,
    readonly brokerUrl: string,
    readonly site: Site,
    private readonly flags: readonly string[],
  ) {}

  static async start(options: ProductOptions = {}): Promise<Product> {
    const broker = options.brokerUrl === undefined ? await startBroker({ port: 0 }) : null;
    const brokerUrl = options.brokerUrl ?? broker?.url ?? '';
    const site = await serveSite({ ...options.site, broker: brokerUrl });
    return new Product(broker, brokerUrl, site, options.flags ?? []);
  }

  get brokerPort(): number {
    return Number(new URL(this.brokerUrl).port);
  }

  /** Ends the broker, as a crash would, and starts another on the same port. */
  async restartBroker(): Promise<void> {
    const port = this.brokerPort;
    await this.broker?.close();
    this.broker = await startBroker({ port });
  }

  /** A browser process of its own with a fresh profile. */
  async launch(profileFolder?: string): Promise<LaunchedBrowser> {
    const { flags } = this;
    const browser = await launchChromium(profileFolder === undefined ? { flags } : { flags, profileFolder });
    this.#browsers.push(browser);
    return browser;
  }

  /** A new person in a browser process of their own, past the first run. `prepare` runs before the page loads. */
  async person(name: string, prepare?: (page: Page) => Promise<void>): Promise<Person> {
    const { browser } = await this.launch();
    return this.personIn(browser, name, prepare);
  }

  /** The same in a context of a browser that runs already. */
  async personIn(
    browser: LaunchedBrowser['browser'],
    name: string,
    prepare?: (page: Page) => Promise<void>,
  ): Promise<Person> {
    const person = await this.newcomerIn(browser, name, prepare);
    await person.finishFirstRun();
    return person;
  }

  /** Somebody who sees the app for the first time. */
  async newcomerIn(
    browser: LaunchedBrowser['browser'],
    name: string,
    prepare?: (page: Page) => Promise<void>,
  ): Promise<Person> {
    const { page } = await openPerson(browser, this.site.url, prepare);
    return new Person(page, name);
  }

  /** Two people, each in a browser process of their own, who met by an invite and are connected. */
  async connectedPair(prepare?: (page: Page) => Promise<void>): Promise<[ana: Person, ben: Person]> {
    const [ana, ben] = await Promise.all([this.person('Ana', prepare), this.person('Ben', prepare)]);
    await ben.acceptInvite(await ana.createInvite(), 'Ana');
    for (const person of [ben, ana]) {
      await person.openConversation();
      await person.waitForConnected();
    }
    return [ana, ben];
  }

  async close(): Promise<void> {
    await Promise.all(this.#browsers.map(browser => browser.close()));
    await this.site.close();
    await this.broker?.close();
  }
}
