/** Invite links: the token travels in the URL fragment, which browsers send to nobody. */

const FRAGMENT = /#(?:.*&)?invite=([A-Za-z0-9_-]+)/u;
const TOKEN = /^[A-Za-z0-9_-]+$/u;

/** The link that carries `token`; `base` is the page that opens it, without fragment. */
export function inviteLink(base: string, token: string): string {
  return `${base.replace(/#.*$/su, '')}#invite=${token}`;
}

/** The token in a link, or a bare token; null when there is none. Whether it is valid is the worker's decision. */
export function inviteToken(text: string): string | null {
  const compact = text.replace(/\s+/gu, '');
  const token = FRAGMENT.exec(compact)?.[1];
  if (token !== undefined) return token;
  return TOKEN.test(compact) ? compact : null;
}
