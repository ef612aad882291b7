/** What the server of this page wrote into it: the broker and the ICE servers that the operator offers. */
import type { NetworkSettings } from '@enk/context';
import { parseNetworkAttributes } from '@enk/provider';

export interface PageConfig {
  readonly brokerUrl: string;
  /** JSON list, as `<enk-provider ice-servers>` takes it. */
  readonly iceServers: string;
  /** Both, parsed; null when the page carries no usable broker. */
  readonly network: NetworkSettings | null;
}

export function readPageConfig(): PageConfig {
  const brokerUrl = readMeta('enk-broker');
  const iceServers = readMeta('enk-ice-servers');
  return {
    brokerUrl,
    iceServers,
    network: parseNetworkAttributes({ broker: brokerUrl, iceServers, relayOnly: false }),
  };
}

function readMeta(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? '';
}
