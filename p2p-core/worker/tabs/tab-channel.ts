/**
 * What the tabs of one profile say to each other, over a BroadcastChannel of their origin. Plaintext messages pass
 * here, as they do between a worker and its page; keys never do. Every script of the origin can read and write here, as
 * it can in the page itself, so nothing that arrives is taken for more than a request of this origin.
 */
import { isP2pErrorCode } from '../../errors.ts';
import type { EnkEvent } from '../api.ts';
import type { WorkerToPage } from '../messages.ts';

/** Grows when a message changes; tabs of two numbers do not understand each other, and the second one waits. */
export const TAB_PROTOCOL = 1;

/** One worker's name for as long as it lives: 16 random bytes as base64url. */
export type TabId = string & { readonly __brand: 'TabId' };

export type TabResponse = Extract<WorkerToPage, { kind: 'response' }>;

export type TabMessage =
  /** Who owns the profile? */
  | { readonly kind: 'seek'; readonly from: TabId }
  /** I do, since now: whoever asked something of the owner before me asks again. */
  | { readonly kind: 'owner'; readonly owner: TabId }
  /** The answer to `seek`: everything that the owner's page was told and that still holds. */
  | {
      readonly kind: 'welcome';
      readonly owner: TabId;
      readonly to: TabId;
      readonly events: readonly EnkEvent[];
    }
  | { readonly kind: 'event'; readonly owner: TabId; readonly event: EnkEvent }
  | {
      readonly kind: 'request';
      readonly owner: TabId;
      readonly from: TabId;
      readonly id: number;
      readonly method: string;
      readonly params: unknown;
    }
  | { readonly kind: 'response'; readonly to: TabId; readonly response: TabResponse };

/** What this module needs of BroadcastChannel. */
export interface BroadcastPort {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<unknown>) => void): void;
  close(): void;
}

export class TabChannel {
  readonly #port: BroadcastPort;

  constructor(port: BroadcastPort, onMessage: (message: TabMessage) => void) {
    this.#port = port;
    port.addEventListener('message', ({ data }) => {
      const message = read(data);
      if (message !== null) onMessage(message);
    });
  }

  post(message: TabMessage): void {
    this.#port.postMessage({ protocol: TAB_PROTOCOL, ...message });
  }

  close(): void {
    this.#port.close();
  }
}

/** Null for what no tab of this protocol says. */
function read(data: unknown): TabMessage | null {
  if (typeof data !== 'object' || data === null) return null;
  const message = data as Record<string, unknown>;
  if (message['protocol'] !== TAB_PROTOCOL) return null;
  return isTabMessage(message) ? (message as unknown as TabMessage) : null;
}

function isTabMessage(message: Readonly<Record<string, unknown>>): boolean {
  const isText = (...keys: string[]): boolean => keys.every(key => typeof message[key] === 'string');
  switch (message['kind']) {
    case 'seek':
      return isText('from');
    case 'owner':
      return isText('owner');
    case 'welcome':
      return isText('owner', 'to') && Array.isArray(message['events']) && message['events'].every(isEvent);
    case 'event':
      return isText('owner') && isEvent(message['event']);
    case 'request':
      return isText('owner', 'from', 'method') && Number.isSafeInteger(message['id']);
    case 'response':
      return isText('to') && isResponse(message['response']);
    default:
      return false;
  }
}

function isEvent(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
  );
}

function isResponse(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, id, ok, code } = value as Record<string, unknown>;
  return (
    kind === 'response' && Number.isSafeInteger(id) && (ok === true || (ok === false && isP2pErrorCode(code)))
  );
}
