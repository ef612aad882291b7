/**
 * Takes an invite out of the address: `#invite=<token>`. The token holds a secret, so it leaves the address bar and
 * the history entry at once; whoever looks at this tab later does not find it.
 */

const INVITE_HASH = /^#invite=([A-Za-z0-9_-]+)$/;

/** The token, or null when the address carries none. */
export function takeInviteFromUrl(): string | null {
  const token = INVITE_HASH.exec(location.hash)?.[1];
  if (token === undefined) return null;
  history.replaceState(history.state, '', location.pathname + location.search);
  return token;
}
