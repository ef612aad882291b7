/**
 * Takes an invite out of the address: `#invite=<token>`. The token holds a secret, so it leaves the address bar and
 * the history entry at once; whoever looks at this tab later does not find it. Whether it is one is not decided here:
 * the chat says what is wrong with a link that was cut off on its way.
 */

const INVITE_HASH = /^#invite=(.*)$/su;

/** What stands where the token belongs, or null when the address carries no invite. */
export function takeInviteFromUrl(): string | null {
  const token = INVITE_HASH.exec(location.hash)?.[1];
  if (token === undefined) return null;
  history.replaceState(history.state, '', location.pathname + location.search);
  return token;
}
