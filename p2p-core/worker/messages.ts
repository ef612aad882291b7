/**
 * The wire between page and worker: every `postMessage` in either direction is one of these. Types only, so the
 * page's bundle may import it. Requests carry what EnkApi names; ids are per page and never reused.
 */
import type { P2pErrorCode } from '../errors.ts';
import type { CallId, CallMediaCommand, CallMediaEvent } from '../ports/call-media.ts';
import type { ChannelState, LinkId, TransportCommand, TransportEvent } from '../ports/transport.ts';
import type { EnkApi, EnkEvent } from './api.ts';

export type EnkMethod = keyof EnkApi;
/** The one parameter object of a method, or undefined for methods without. */
export type EnkParams<M extends EnkMethod> = Parameters<EnkApi[M]>[0];
export type EnkResult<M extends EnkMethod> = Awaited<ReturnType<EnkApi[M]>>;

export interface RequestMessage<M extends EnkMethod = EnkMethod> {
  readonly kind: 'request';
  readonly id: number;
  readonly method: M;
  readonly params: EnkParams<M>;
}

/** Page → worker. */
export type PageToWorker =
  | RequestMessage
  | { readonly kind: 'transport-event'; readonly event: TransportEvent }
  /** A new link's data channel, handed over: messages do not pass the page. */
  | { readonly kind: 'channel'; readonly linkId: LinkId; readonly channel: RTCDataChannel }
  | { readonly kind: 'media-event'; readonly event: CallMediaEvent }
  /** The session worker's end of a call's key port; the page has passed it on unread. */
  | { readonly kind: 'call-keys'; readonly call: CallId; readonly port: MessagePort };

/** Worker → page. `message` is constant per code: no content, key, name or address. */
export type WorkerToPage =
  | { readonly kind: 'response'; readonly id: number; readonly ok: true; readonly result: unknown }
  | {
      readonly kind: 'response';
      readonly id: number;
      readonly ok: false;
      readonly code: P2pErrorCode;
      readonly message: string;
    }
  | { readonly kind: 'event'; readonly event: EnkEvent }
  | { readonly kind: 'transport-command'; readonly command: TransportCommand }
  | { readonly kind: 'channel-state'; readonly linkId: LinkId; readonly state: ChannelState }
  | { readonly kind: 'media-command'; readonly command: CallMediaCommand };

/** What is posted: one message, or those of one turn in their order. */
export type WorkerPost =
  WorkerToPage | { readonly kind: 'batch'; readonly messages: readonly WorkerToPage[] };
