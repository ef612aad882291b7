/**
 * Records every byte that a page or its worker puts on or takes off a data channel, by wrapping the browser's own API
 * before any channel exists. The recording lives in the test's process: nothing of it is visible to the page's code.
 */
import type { Page } from 'puppeteer-core';
import { DEFINE_NAME, installInWorkers } from './in-worker.ts';

export interface TappedMessage {
  readonly direction: 'out' | 'in';
  readonly bytes: Buffer;
}

declare global {
  var __tap: ((message: string) => void) | undefined;
}

/**
 * Call before the page navigates. The returned list grows while the page lives. The page's channels stay in the page,
 * as in browsers that cannot hand them over, or go to its worker, where they are tapped as well.
 */
export async function tapDataChannels(page: Page, place: 'page' | 'worker'): Promise<TappedMessage[]> {
  const messages: TappedMessage[] = [];
  const take = (message: string): void => {
    const [direction, base64 = ''] = message.split(' ');
    messages.push({ direction: direction === 'out' ? 'out' : 'in', bytes: Buffer.from(base64, 'base64') });
  };
  await page.exposeFunction('__tap', take);
  await page.evaluateOnNewDocument(DEFINE_NAME);
  if (place === 'page') await page.evaluateOnNewDocument(keepChannels);
  await page.evaluateOnNewDocument(installTap);
  installInWorkers(page, '__tap', installTap, take);
  return messages;
}

/** Runs in the page: a channel cannot be transferred here. */
function keepChannels(): void {
  const post = Worker.prototype.postMessage as (this: Worker, message: unknown, transfer: unknown) => void;
  Worker.prototype.postMessage = function (this: Worker, message: unknown, transfer: unknown): void {
    const isKept = Array.isArray(transfer) && transfer.some(object => object instanceof RTCDataChannel);
    if (isKept) throw new DOMException('kept', 'DataCloneError');
    post.call(this, message, transfer);
  };
}

/** Runs in the page, or in its worker. */
function installTap(): void {
  const toBase64 = (data: unknown): string => {
    const bytes =
      typeof data === 'string'
        ? new TextEncoder().encode(data)
        : data instanceof ArrayBuffer
          ? new Uint8Array(data)
          : ArrayBuffer.isView(data)
            ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
            : new TextEncoder().encode(`unreadable ${Object.prototype.toString.call(data)}`);
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  };
  if (typeof RTCDataChannel === 'undefined') return;
  const tapped = new WeakSet<EventTarget>();
  const add = EventTarget.prototype.addEventListener;
  const listen = (channel: EventTarget): void => {
    if (tapped.has(channel)) return;
    tapped.add(channel);
    add.call(channel, 'message', event => globalThis.__tap?.(`in ${toBase64((event as MessageEvent).data)}`));
  };
  const send = RTCDataChannel.prototype.send as (this: RTCDataChannel, data: unknown) => void;
  RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown): void {
    globalThis.__tap?.(`out ${toBase64(data)}`);
    send.call(this, data);
  } as RTCDataChannel['send'];
  // A worker makes none: it listens to what it was handed.
  RTCDataChannel.prototype.addEventListener = function (this: RTCDataChannel, ...args: unknown[]): void {
    if (args[0] === 'message') listen(this);
    add.apply(this, args as Parameters<typeof add>);
  };
  if (typeof RTCPeerConnection === 'undefined') return;
  const create = RTCPeerConnection.prototype.createDataChannel;
  RTCPeerConnection.prototype.createDataChannel = function (label, options): RTCDataChannel {
    const channel = create.call(this, label, options);
    listen(channel);
    return channel;
  };
  const Native = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      this.addEventListener('datachannel', event => listen(event.channel));
    }
  };
}

/** Sends a clear text over a data channel between two fresh connections of this page: the tap must see it. */
export async function plantCanaryOnDataChannel(page: Page, canary: string): Promise<void> {
  await page.evaluate(async text => {
    const a = new RTCPeerConnection();
    const b = new RTCPeerConnection();
    a.onicecandidate = event => void (event.candidate && b.addIceCandidate(event.candidate));
    b.onicecandidate = event => void (event.candidate && a.addIceCandidate(event.candidate));
    const channel = a.createDataChannel('canary');
    const received = new Promise<void>(resolve => {
      b.ondatachannel = event => {
        event.channel.onmessage = () => resolve();
      };
    });
    await a.setLocalDescription();
    await b.setRemoteDescription(a.localDescription as RTCSessionDescription);
    await b.setLocalDescription();
    await a.setRemoteDescription(b.localDescription as RTCSessionDescription);
    await new Promise<void>(resolve => {
      channel.onopen = () => resolve();
    });
    channel.send(text);
    await received;
    a.close();
    b.close();
  }, canary);
}
