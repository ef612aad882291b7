/**
 * The service worker of the shell: entry and wiring. It serves the pinned release, from here, whatever the origin has
 * become; looks for the next one when a page asks; and never takes over from another worker by itself.
 *
 * The server can still replace this very script: browsers ask for it past every worker. That cannot be prevented from
 * inside, only noticed (worker-identity.ts), so this file is small and meant not to change.
 */
import { answer, configText, isPassedOn, pathIn } from './answers.ts';
import { numberOfKnown } from './known-release.ts';
import type { StateMessage, WorkerReply, WorkerRequest } from './messages.ts';
import { ReleaseKeeper, ReleaseRefused } from './release-keeper.ts';
import { scope } from './scope.ts';
import { isScriptReplaced } from './script-check.ts';
import { isForeignWorker } from './worker-identity.ts';

const base = new URL('./', scope.location.href).href;

const keeper = new ReleaseKeeper({
  base,
  nowMs: () => Date.now(),
  loadConfigText: () => configText(base),
  onChange: () => void broadcast(),
});

async function broadcast(): Promise<void> {
  const message: StateMessage = { type: 'enk-release-state', state: await keeper.state() };
  for (const client of await scope.clients.matchAll({ includeUncontrolled: true }))
    client.postMessage(message);
}

async function namedWorker(): Promise<string | null> {
  const { workerPath } = await keeper.state();
  return workerPath === null ? null : new URL(workerPath, base).href;
}

async function perform(request: Exclude<WorkerRequest, { type: 'recognize' }>): Promise<void> {
  switch (request.type) {
    case 'state':
      return;
    case 'check':
      if (await isScriptReplaced(base)) await keeper.raiseAlarm();
      await keeper.install();
      return keeper.check();
    case 'accept':
      return keeper.accept(request.hash);
    case 'activate':
      if ((await namedWorker()) === scope.location.href) await scope.skipWaiting();
      return;
    case 'alarm':
      return keeper.raiseAlarm();
    case 'look-again':
      if (!(await isScriptReplaced(base)) && !(await hasForeignWorker())) await keeper.dismissAlarm();
      return;
    case 'dismiss-alarm':
      return keeper.dismissAlarm();
  }
}

async function reply(request: WorkerRequest): Promise<WorkerReply> {
  try {
    if (request.type === 'recognize') return { kind: 'recognized', seq: await numberOfKnown(base, request) };
    await perform(request);
    return { kind: 'state', state: await keeper.state() };
  } catch (error) {
    if (error instanceof ReleaseRefused) return { kind: 'refused', reason: error.reason };
    return { kind: 'refused', reason: 'unreachable' }; // no configuration, or storage that refused: nothing changed
  }
}

/** Is a worker on its way that neither runs nor is named by the accepted release? */
async function hasForeignWorker(): Promise<boolean> {
  const { installing, waiting, active } = scope.registration;
  if (active === null) return false; // the first one
  const named = await namedWorker();
  return [installing, waiting].some(
    worker =>
      worker !== null && isForeignWorker({ installing: worker.scriptURL, active: active.scriptURL }, named),
  );
}

async function onUpdateFound(): Promise<void> {
  if (await hasForeignWorker()) await keeper.raiseAlarm();
}

scope.addEventListener('install', event => event.waitUntil(keeper.install()));
scope.addEventListener('activate', event => event.waitUntil(scope.clients.claim()));
scope.registration.addEventListener('updatefound', () => void onUpdateFound());
scope.addEventListener('message', event => {
  const [port] = event.ports;
  if (!port) return;
  event.waitUntil(reply(event.data as WorkerRequest).then(answered => port.postMessage(answered)));
});
scope.addEventListener('fetch', event => {
  const { request } = event;
  const path = pathIn(base, request.url);
  if (path === null || isPassedOn(path, request)) return;
  event.respondWith(answer(base, path, request).then(found => found ?? fetch(request)));
});
