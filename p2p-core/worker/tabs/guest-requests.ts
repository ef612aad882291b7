/**
 * What a tab without the profile has asked of the tab that has it, until it is answered. An owner may die between
 * doing something and saying so: the next owner is asked again, where that does no harm. P2P-TAB-04.
 */
import { P2pError } from '../../errors.ts';
import { encodeBase64Url } from '../../storage/base64url.ts';
import type { EnkMethod, RequestMessage } from '../messages.ts';
import type { TabResponse } from './tab-channel.ts';

interface Waiting {
  readonly request: RequestMessage;
  /** An owner may have done it. */
  isSent: boolean;
  resolve(response: TabResponse): void;
}

/** Asked twice, they would do something twice. A message is recognized by its token instead. */
const ONCE: ReadonlySet<EnkMethod> = new Set([
  'createInvite',
  'addByPeerId',
  'changeFolders',
  'renewAddress',
  'unlock',
  'addUnlockMethod',
  'replaceUnlockMethod',
  'removeUnlockMethod',
]);
const TOKEN_BYTES = 16;

export class GuestRequests {
  readonly #waiting = new Map<number, Waiting>();

  /** Resolves with the owner's answer. `send` says whether there is an owner to send it to; see `takeAgain`. */
  ask(request: RequestMessage, send: (request: RequestMessage) => boolean): Promise<TabResponse> {
    const asked = withToken(request);
    return new Promise(resolve => {
      this.#waiting.set(asked.id, { request: asked, isSent: send(asked), resolve });
    });
  }

  /** The owner's answer; what nobody waits for is nothing. */
  answer(response: TabResponse): void {
    const waiting = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    waiting?.resolve(response);
  }

  /** What the owner from now on is to be asked. What an earlier one may have done, once only, fails: `owner-changed`. */
  takeAgain(): readonly RequestMessage[] {
    const again: RequestMessage[] = [];
    for (const waiting of [...this.#waiting.values()]) {
      const { request, isSent } = waiting;
      if (isSent && ONCE.has(request.method)) this.answer(failure(request.id));
      else again.push(isSent ? asRetry(request) : request);
      waiting.isSent = true;
    }
    return again;
  }
}

function withToken(request: RequestMessage): RequestMessage {
  if (request.method !== 'sendMessage') return request;
  const token = encodeBase64Url(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));
  return { ...request, params: { ...(request.params as object), token } } as RequestMessage;
}

function asRetry(request: RequestMessage): RequestMessage {
  if (request.method !== 'sendMessage') return request;
  return { ...request, params: { ...(request.params as object), isRetry: true } } as RequestMessage;
}

function failure(id: number): TabResponse {
  const { code, message } = new P2pError('owner-changed');
  return { kind: 'response', id, ok: false, code, message };
}
