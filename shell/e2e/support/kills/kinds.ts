/** What a browser is killed at: how it begins, and what must hold when the vault is opened again. */
import type { Page } from 'puppeteer-core';
import type {} from './page.ts';

/** One life of the browser that ends by a kill. */
export interface Life {
  /** Unlike every other life's. */
  readonly id: string;
  /** Shared by some lives of one kind that follow one another. */
  readonly profile: string;
  /** An age key, for exports. */
  readonly key: { readonly recipient: string; readonly identity: string };
}

export interface KillKind {
  readonly name: string;
  /** Part of the short form, too. */
  readonly isShort: boolean;
  /** The kill comes at a random time up to this after the work began. */
  readonly spanMs: number;
  /** How many lives share a profile. */
  readonly livesAProfile: number;
  /** Nothing is killed here. */
  prepare?(page: Page, life: Life): Promise<void>;
  /** Never ends by itself. */
  work(page: Page, life: Life): Promise<void>;
  /** In words what is wrong. `steps`: all that was acknowledged in this profile, in order. */
  check(page: Page, life: Life, steps: readonly string[]): Promise<string[]>;
}

/** Profiles that a life has for itself. */
const several = ({ id }: Life, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${id}-${index}`);

const MIGRATED_AT_MOST = 5;
const IMPORTED_AT_MOST = 4;

const changeOfLock = (kind: 'passcode' | 'passkey', spanMs: number): KillKind => ({
  name: `change of the ${kind}`,
  isShort: kind === 'passkey', // Argon2id takes its time
  spanMs,
  livesAProfile: 1,
  work: (page, { profile }) =>
    page.evaluate((name, way) => window.killsPage.changeLock(name, way), profile, kind),
  check: (page, { profile }, steps) =>
    page.evaluate((name, way, done) => window.killsPage.checkLock(name, way, done), profile, kind, steps),
});

export const killKinds: readonly KillKind[] = [
  {
    name: 'messages',
    isShort: true,
    spanMs: 1_500,
    livesAProfile: 8,
    work: (page, { profile, id }) =>
      page.evaluate((name, run) => window.killsPage.writeMessages(name, run), profile, id),
    check: (page, { profile }, steps) =>
      page.evaluate((name, done) => window.killsPage.checkMessages(name, done), profile, steps),
  },
  {
    name: 'files',
    isShort: true,
    spanMs: 2_000,
    livesAProfile: 4,
    work: (page, { profile, id }) =>
      page.evaluate((name, run) => window.killsPage.writeFiles(name, run), profile, id),
    check: (page, { profile }, steps) =>
      page.evaluate((name, done) => window.killsPage.checkFiles(name, done), profile, steps),
  },
  {
    name: 'migration',
    isShort: true,
    spanMs: 2_500,
    livesAProfile: 1,
    prepare: (page, life) =>
      page.evaluate(names => window.killsPage.makeOld(names), several(life, MIGRATED_AT_MOST)),
    work: (page, life) =>
      page.evaluate(names => window.killsPage.migrate(names), several(life, MIGRATED_AT_MOST)),
    check: (page, life) =>
      page.evaluate(names => window.killsPage.checkMigrated(names), several(life, MIGRATED_AT_MOST)),
  },
  {
    name: 'export',
    isShort: true,
    spanMs: 2_000,
    livesAProfile: Infinity,
    work: (page, { key }) => page.evaluate(to => window.killsPage.exportAgain('source', to), key.recipient),
    check: (page, { id, key }) =>
      page.evaluate(
        (identity, scratch) => window.killsPage.checkExported('source', identity, scratch),
        key.identity,
        `${id}-check`,
      ),
  },
  {
    name: 'import',
    isShort: true,
    spanMs: 3_000,
    livesAProfile: 1,
    prepare: (page, life) =>
      page.evaluate(names => window.killsPage.makeTargets(names), several(life, IMPORTED_AT_MOST)),
    work: (page, life) =>
      page.evaluate(
        (names, identity) => window.killsPage.importInto(names, identity),
        several(life, IMPORTED_AT_MOST),
        life.key.identity,
      ),
    check: (page, life, steps) =>
      page.evaluate(
        (names, identity, done) => window.killsPage.checkImported(names, identity, done),
        several(life, IMPORTED_AT_MOST),
        life.key.identity,
        steps,
      ),
  },
  changeOfLock('passkey', 1_000),
  changeOfLock('passcode', 12_000),
];
