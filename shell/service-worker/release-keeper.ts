/**
 * Holds one release fast and offers the next one. The first visit pins what the site's keys vouch for; from then on
 * only what follows the pin is offered, and only what the person accepted becomes the pin. Nothing here runs by itself:
 * pages ask.
 *
 *   nothing ──first install──▶ current ──check: newer, whole──▶ current + offered ──accept──▶ current (+ previous)
 */
import type { ReleaseCheck, ReleaseRefusal, ReleaseSource, ReleaseView } from '@enk/context';
import { parseManifest, type Pin } from '@enk/release-manifest';
import { parseSiteConfig, type SiteConfig } from '../site-config.ts';
import { type AcceptedJudgement, judge, type Judgement } from './candidates.ts';
import type { WorkerState } from './messages.ts';
import { readRecord, type StoredRelease, writeRecords } from './release-store.ts';
import { keepOnly, obtainAll } from './verified-files.ts';
import { workerPathOf } from './worker-identity.ts';

/** A first release that is not acceptable, or an offer that is no longer. */
export class ReleaseRefused extends Error {
  constructor(readonly reason: ReleaseRefusal) {
    super('The release was refused.');
  }
}

export interface KeeperOptions {
  /** Of the site, with a slash at the end. */
  readonly base: string;
  readonly nowMs: () => number;
  /** Fetches config.json, from the network where that answers. */
  readonly loadConfigText: () => Promise<string>;
  readonly onChange: () => void;
}

function viewOf({ pin, manifest, signers, demanded }: StoredRelease): ReleaseView {
  const { version, seq, expires, changes, files, importMap } = parseManifest(manifest);
  const fileCount = Object.keys(files).length;
  return { version, seq, hash: pin.hash ?? '', expires, changes, signers, ...demanded, fileCount, importMap };
}

export class ReleaseKeeper {
  readonly #options: KeeperOptions;
  /** Checks and acceptances, one after another. */
  #queue: Promise<unknown> = Promise.resolve();
  #progress: WorkerState['progress'] = null;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  async state(): Promise<WorkerState> {
    const [current, offered, check, alarm] = await Promise.all([
      readRecord('current'),
      readRecord('offered'),
      readRecord('check'),
      readRecord('alarm'),
    ]);
    return {
      running: current && viewOf(current),
      workerPath: current && workerPathOf(parseManifest(current.manifest)),
      sources: current?.sources ?? [],
      offer: offered && viewOf(offered),
      progress: this.#progress,
      check,
      alarm,
    };
  }

  /** Pins the first release; does nothing when one is pinned. Throws ReleaseRefused. */
  install(): Promise<void> {
    return this.#inTurn(async () => {
      if (await readRecord('current')) return;
      const config = await this.#config();
      if (config.root === null) throw new ReleaseRefused('unsigned');
      const pin: Pin = { seq: 0, hash: null, root: config.root };
      // The origin's own, since that is what the page runs that asks; a newer one of a mirror is offered afterwards.
      const judgement = await judge(this.#options.base, pin, this.#options.nowMs());
      if (judgement.kind === 'refused') throw new ReleaseRefused(judgement.reason);
      await writeRecords({ current: await this.#obtain(judgement, pin, config) });
    });
  }

  /** Asks origin and mirrors for a newer release, downloads it, and offers it. */
  check(): Promise<void> {
    return this.#inTurn(async () => {
      const current = await readRecord('current');
      if (!current) return;
      const config = await this.#config();
      const judgements = await this.#judgeAll(config, current.pin);
      const outcome = await this.#offer(judgements, current, config);
      await writeRecords({ check: { atMs: this.#options.nowMs(), ...outcome } });
    });
  }

  /** Runs the offered release from now on. Throws ReleaseRefused when it is no longer acceptable. */
  accept(hash: string): Promise<void> {
    return this.#inTurn(async () => {
      const [current, offered] = await Promise.all([readRecord('current'), readRecord('offered')]);
      if (!current || offered?.pin.hash !== hash) throw new ReleaseRefused('unreachable');
      const release = parseManifest(offered.manifest);
      if (offered.pin.seq <= current.pin.seq) throw new ReleaseRefused('rolled-back');
      if (this.#options.nowMs() >= Date.parse(release.expires)) throw new ReleaseRefused('expired');
      const { isComplete } = await obtainAll(
        release.files,
        this.#sources(await this.#config()),
        () => undefined,
      );
      if (!isComplete) throw new ReleaseRefused('incomplete');
      await writeRecords({ current: offered, previous: current, offered: null });
      await keepOnly([release.files, parseManifest(current.manifest).files]);
    });
  }

  /** Somebody changed the service worker's script outside of a signed release. */
  async raiseAlarm(): Promise<void> {
    if (await readRecord('alarm')) return;
    await writeRecords({ alarm: { kind: 'worker-changed', atMs: this.#options.nowMs() } });
    this.#options.onChange();
  }

  async dismissAlarm(): Promise<void> {
    await writeRecords({ alarm: null });
    this.#options.onChange();
  }

  /** Origin first: it is near, and mirrors learn less. */
  #sources(config: SiteConfig): readonly string[] {
    return [this.#options.base, ...config.mirrors];
  }

  async #config(): Promise<SiteConfig> {
    return parseSiteConfig(await this.#options.loadConfigText());
  }

  /** Every source's offer, the newest acceptable one first. One that withholds an update does not hide it. */
  async #judgeAll(config: SiteConfig, pin: Pin): Promise<readonly Judgement[]> {
    const nowMs = this.#options.nowMs();
    const judgements = await Promise.all(this.#sources(config).map(source => judge(source, pin, nowMs)));
    const rank = (one: Judgement): number => (one.kind === 'accepted' ? one.acceptance.release.seq : 0);
    return [...judgements].sort((a, b) => rank(b) - rank(a));
  }

  async #offer(
    judgements: readonly Judgement[],
    current: StoredRelease,
    config: SiteConfig,
  ): Promise<Pick<ReleaseCheck, 'outcome' | 'refusals'>> {
    const refusals = judgements.flatMap(one =>
      one.kind === 'refused' ? [{ url: one.source, reason: one.reason }] : [],
    );
    const [best] = judgements;
    if (best?.kind !== 'accepted') {
      const told = refusals.find(({ reason }) => reason !== 'unreachable') ?? refusals[0];
      return { outcome: told?.reason ?? 'unreachable', refusals };
    }
    if (best.acceptance.hash === current.pin.hash) return { outcome: 'current', refusals };
    const known = await readRecord('offered');
    if (known?.pin.hash === best.acceptance.hash) return { outcome: 'offered', refusals };
    try {
      await writeRecords({ offered: await this.#obtain(best, current.pin, config) });
      return { outcome: 'offered', refusals };
    } catch (error) {
      if (error instanceof ReleaseRefused) return { outcome: error.reason, refusals };
      throw error;
    }
  }

  /** Downloads every file; throws ReleaseRefused `incomplete` when one cannot be had. */
  async #obtain(
    { candidate, acceptance }: AcceptedJudgement,
    pinned: Pin,
    config: SiteConfig,
  ): Promise<StoredRelease> {
    const onProgress = (done: number, total: number): void => {
      this.#progress = { done, total };
      this.#options.onChange();
    };
    const { isComplete, sources } = await obtainAll(
      acceptance.release.files,
      this.#sources(config),
      onProgress,
    );
    this.#progress = null;
    if (!isComplete) throw new ReleaseRefused('incomplete');
    return {
      pin: acceptance.pin,
      ...candidate,
      signers: acceptance.signers,
      demanded: { threshold: pinned.root.threshold, keyCount: pinned.root.keys.length },
      sources: sources satisfies readonly ReleaseSource[],
    };
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#queue.then(work, work);
    this.#queue = turn.catch(() => undefined); // the caller hears of it
    await turn.finally(() => this.#options.onChange());
  }
}
