/**
 * ReleaseService of the shell, over its service worker. Decides before anything is opened whether this page may run:
 * a site whose first release is not acceptable may not, nor may one whose service worker was changed. Where nothing
 * is signed it says so, and pins nothing.
 *
 *   loading ─┬─ a worker is active ──────────────▶ pinned (alarm or not)
 *            ├─ no keys configured ──────────────▶ development
 *            ├─ release not acceptable ──────────▶ refused
 *            └─ release acceptable ─▶ unpinned ──installed──▶ pinned
 */
import type {
  ReleaseClaim,
  ReleaseService,
  ReleaseSnapshot,
  ReleaseStanding,
  ReleaseView,
} from '@enk/context';
import { fingerprintWords, parseManifest } from '@enk/release-manifest';
import { judge, type AcceptedJudgement } from '../service-worker/candidates.ts';
import {
  isStateMessage,
  type WorkerReply,
  type WorkerRequest,
  type WorkerState,
} from '../service-worker/messages.ts';
import { isForeignWorker, workerPathOf } from '../service-worker/worker-identity.ts';
import type { SiteConfig } from '../site-config.ts';
import { Listeners } from './listeners.ts';
import { askWorker, registerWorker, untilState } from './worker-link.ts';

const CHECK_EVERY_MS = 6 * 3_600_000;

export interface GuardOptions {
  /** Of the site, with a slash at the end. */
  readonly base: string;
  /** Absent where the browser has none, or shows none on this page. */
  readonly container: ServiceWorkerContainer | undefined;
  readonly reload: () => void;
}

export class ReleaseGuard implements ReleaseService {
  readonly #options: GuardOptions;
  readonly #listeners = new Listeners();
  readonly #lifetime = new AbortController();
  #snapshot: ReleaseSnapshot = { kind: 'loading' };
  #registration: ServiceWorkerRegistration | undefined;
  /** The release that this page was opened under: what it runs until it is loaded again. */
  #opened: ReleaseView | null = null;
  #hasSeenForeignWorker = false;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  get snapshot(): ReleaseSnapshot {
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** True when the vault may be opened and used. */
  get isClear(): boolean {
    const { kind } = this.#snapshot;
    if (this.#snapshot.kind === 'pinned') return this.#snapshot.alarm === null;
    return kind === 'development' || kind === 'unpinned';
  }

  /** Finds out where this page stands; resolves when the snapshot is no longer `loading`. */
  async start(config: SiteConfig): Promise<void> {
    const { container, base } = this.#options;
    const registration = await container?.getRegistration(base).catch(() => undefined); // no storage: as if none
    if (container && registration?.active) return this.#follow(container, registration);
    if (config.root === null) return this.#show({ kind: 'development' });
    const judgement = await judge(base, { seq: 0, hash: null, root: config.root }, Date.now());
    if (judgement.kind === 'refused') return this.#show({ kind: 'refused', reason: judgement.reason });
    const running = viewOf(judgement, config.root);
    if (!container) return this.#show({ kind: 'unpinned', reason: 'unsupported', running });
    this.#show({ kind: 'unpinned', reason: 'installing', running });
    void this.#install(container, judgement, running);
  }

  close(): void {
    this.#lifetime.abort();
  }

  async check(): Promise<void> {
    const active = this.#registration?.active;
    if (!active) return;
    if (this.#snapshot.kind === 'pinned' && this.#snapshot.alarm) return this.#lookAgain(active);
    this.#apply(await this.#ask(active, { type: 'check' }));
  }

  /** Starts anew once nothing is wrong any more. */
  async #lookAgain(active: ServiceWorker): Promise<void> {
    const reply = await this.#ask(active, { type: 'look-again' });
    if (reply?.kind === 'state' && reply.state.alarm === null) this.#options.reload();
    else this.#apply(reply);
  }

  async accept(hash: string): Promise<void> {
    const active = this.#registration?.active;
    if (!active) throw new ReleaseNotAccepted('unreachable');
    const reply = await askWorker(active, { type: 'accept', hash });
    if (reply.kind !== 'state') {
      this.#apply(await this.#ask(active, { type: 'state' }));
      throw new ReleaseNotAccepted(reply.kind === 'refused' ? reply.reason : 'unreachable');
    }
    await this.#adoptWorker(reply.state);
    this.#options.reload();
  }

  async dismissAlarm(): Promise<void> {
    this.#hasSeenForeignWorker = false;
    const active = this.#registration?.active;
    if (active) this.#apply(await this.#ask(active, { type: 'dismiss-alarm' }));
    this.#options.reload();
  }

  /** The worker knows which keys are pinned; a page that has none can tell the same from another one, no more. */
  async recognize({ seq, hash }: ReleaseClaim): Promise<ReleaseStanding> {
    const words = fingerprintWords(hash);
    const running = 'running' in this.#snapshot ? this.#snapshot.running : null;
    if (running === null) return { kind: 'nothing-here', words };
    if (hash === running.hash) return { kind: 'same', words };
    const active = this.#registration?.active;
    const reply = active && (await this.#ask(active, { type: 'recognize', seq, hash }));
    const known = reply?.kind === 'recognized' ? reply.seq : null;
    if (known === null || known === running.seq) return { kind: 'unknown', words };
    return { kind: known < running.seq ? 'older' : 'newer', words };
  }

  // ---------------------------------------------------------------- following a worker

  async #install(
    container: ServiceWorkerContainer,
    judgement: AcceptedJudgement,
    running: ReleaseView,
  ): Promise<void> {
    try {
      const path = workerPathOf(judgement.acceptance.release);
      if (path === null) throw new Error('This release has no service worker.');
      const registration = await registerWorker(container, path, this.#options.base);
      const worker = registration.installing ?? registration.waiting ?? registration.active;
      if (worker) await untilState(worker, ['activated']);
      await this.#follow(container, registration);
    } catch {
      this.#show({ kind: 'unpinned', reason: 'failed', running });
    }
  }

  async #follow(container: ServiceWorkerContainer, registration: ServiceWorkerRegistration): Promise<void> {
    const { signal } = this.#lifetime;
    this.#registration = registration;
    container.addEventListener('message', ({ data }) => this.#hear(data), { signal });
    container.startMessages();
    registration.addEventListener('updatefound', () => void this.#lookForForeignWorker(), { signal });
    const { active } = registration;
    if (!active) return;
    this.#apply(await this.#ask(active, { type: 'state' }));
    await this.#lookForForeignWorker();
    void this.#checkNowAndThen();
  }

  async #checkNowAndThen(): Promise<void> {
    const { signal } = this.#lifetime;
    if (!this.isClear) return;
    const timer = setInterval(() => void this.check(), CHECK_EVERY_MS);
    signal.addEventListener('abort', () => clearInterval(timer));
    await this.check();
    const state =
      this.#registration?.active && (await this.#ask(this.#registration.active, { type: 'state' }));
    if (state?.kind === 'state') await this.#adoptWorker(state.state);
  }

  /** The accepted release may name another worker than the one that runs. */
  async #adoptWorker({ workerPath, alarm }: WorkerState): Promise<void> {
    const { container, base } = this.#options;
    const active = this.#registration?.active?.scriptURL;
    if (!container || workerPath === null || alarm || active === new URL(workerPath, base).href) return;
    try {
      const registration = await registerWorker(container, workerPath, base);
      const worker = registration.installing ?? registration.waiting;
      if (!worker) return;
      await untilState(worker, ['installed', 'activating', 'activated']);
      if (worker.state === 'installed') void askWorker(worker, { type: 'activate' }).catch(() => undefined);
      await untilState(worker, ['activated']);
    } catch {
      return; // the worker before serves the accepted release as well, and the next start tries again
    }
  }

  async #lookForForeignWorker(): Promise<void> {
    const registration = this.#registration;
    const active = registration?.active?.scriptURL ?? null;
    const seen = [registration?.installing, registration?.waiting].flatMap(worker => worker?.scriptURL ?? []);
    if (!registration || seen.length === 0) return;
    const reply = registration.active && (await this.#ask(registration.active, { type: 'state' }));
    const path = reply?.kind === 'state' ? reply.state.workerPath : null;
    const named = path === null ? null : new URL(path, this.#options.base).href;
    if (!seen.some(installing => isForeignWorker({ installing, active }, named))) return;
    this.#hasSeenForeignWorker = true;
    this.#apply(reply ?? null);
    if (registration.active) this.#apply(await this.#ask(registration.active, { type: 'alarm' }));
  }

  /** Null when the worker does not answer. */
  #ask(worker: ServiceWorker, request: WorkerRequest): Promise<WorkerReply | null> {
    return askWorker(worker, request).catch(() => null);
  }

  #hear(data: unknown): void {
    if (isStateMessage(data)) this.#apply({ kind: 'state', state: data.state });
  }

  #apply(reply: WorkerReply | null): void {
    if (reply?.kind === 'state' && reply.state.running)
      return this.#showPinned(reply.state, reply.state.running);
    if (this.#snapshot.kind === 'loading') this.#show({ kind: 'unpinned', reason: 'failed', running: null });
  }

  #showPinned({ sources, offer, progress, check, alarm }: WorkerState, pinned: ReleaseView): void {
    const opened = (this.#opened ??= pinned);
    const isReloadNeeded = opened.hash !== pinned.hash;
    const seen = this.#hasSeenForeignWorker ? ({ kind: 'worker-changed', atMs: Date.now() } as const) : null;
    this.#show({
      kind: 'pinned',
      running: opened,
      sources,
      offer,
      progress,
      check,
      alarm: alarm ?? seen,
      isReloadNeeded,
    });
  }

  #show(snapshot: ReleaseSnapshot): void {
    this.#snapshot = snapshot;
    this.#listeners.ring();
  }
}

/** `code` is the reason, as elements show it. */
export class ReleaseNotAccepted extends Error {
  constructor(readonly code: string) {
    super('The release is no longer acceptable.');
  }
}

function viewOf(
  { candidate, acceptance }: AcceptedJudgement,
  root: NonNullable<SiteConfig['root']>,
): ReleaseView {
  const { version, seq, expires, changes, files, importMap } = parseManifest(candidate.manifest);
  return {
    ...{ version, seq, expires, changes, importMap },
    hash: acceptance.hash,
    signers: acceptance.signers,
    threshold: root.threshold,
    keyCount: root.keys.length,
    fileCount: Object.keys(files).length,
  };
}
