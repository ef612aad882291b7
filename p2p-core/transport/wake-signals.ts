/** When the browser may have missed something: back online, tab visible again, page restored, network changed. */

/** `network`: sockets may be dead without knowing it. `awake`: timers may have been held back. */
export type WakeCause = 'network' | 'awake';

interface NetworkInformation extends EventTarget {
  readonly type?: string;
  readonly effectiveType?: string;
}

/** Calls `listener` on every wake-up until `signal` aborts. */
export function watchWake(listener: (cause: WakeCause) => void, signal: AbortSignal): void {
  addEventListener('online', () => listener('network'), { signal });
  addEventListener('pageshow', event => event.persisted && listener('network'), { signal });
  document.addEventListener('resume', () => listener('awake'), { signal });
  document.addEventListener(
    'visibilitychange',
    () => document.visibilityState === 'visible' && listener('awake'),
    { signal },
  );
  watchConnection(listener, signal);
}

/** Chromium only. It also fires when an estimate of the rate changes, which is no reason to wake. */
function watchConnection(listener: (cause: WakeCause) => void, signal: AbortSignal): void {
  const connection = (navigator as { readonly connection?: NetworkInformation }).connection;
  if (connection === undefined) return;
  const kind = (): readonly string[] => [connection.type ?? '', connection.effectiveType ?? ''];
  let last = kind();
  const onChange = (): void => {
    const [type, rate] = kind();
    const [lastType, lastRate] = last;
    last = kind();
    if (type !== lastType) listener('network');
    else if (rate !== lastRate) listener('awake');
  };
  connection.addEventListener('change', onChange, { signal });
}
