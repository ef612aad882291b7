/** What the server of this page wrote into it: the broker and the ICE servers that the operator offers. */

export interface PageConfig {
  readonly brokerUrl: string;
  /** JSON list, as `<enk-provider ice-servers>` takes it. */
  readonly iceServers: string;
}

export function readPageConfig(): PageConfig {
  return { brokerUrl: readMeta('enk-broker'), iceServers: readMeta('enk-ice-servers') };
}

function readMeta(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? '';
}
