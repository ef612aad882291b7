/**
 * Records every byte that a page puts on or takes off a data channel, by wrapping the browser's own API before any
 * script of the page runs. The recording lives in the test's process: nothing of it is visible to the page's code.
 */
import type { Page } from 'puppeteer-core';

export interface TappedMessage {
  readonly direction: 'out' | 'in';
  readonly bytes: Buffer;
}

declare global {
  interface Window {
    __tap?: (direction: 'out' | 'in', base64: string) => void;
  }
}

/** Call before the page navigates. The returned list grows while the page lives. */
export async function tapDataChannels(page: Page): Promise<TappedMessage[]> {
  const messages: TappedMessage[] = [];
  await page.exposeFunction('__tap', (direction: 'out' | 'in', base64: string) => {
    messages.push({ direction, bytes: Buffer.from(base64, 'base64') });
  });
  // The compiler marks inner functions with `__name`, which a page does not know.
  await page.evaluateOnNewDocument('globalThis.__name ??= value => value');
  await page.evaluateOnNewDocument(installTap);
  return messages;
}

/** Runs in the page. */
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
  const tapped = new WeakSet<RTCDataChannel>();
  const listen = (channel: RTCDataChannel): void => {
    if (tapped.has(channel)) return;
    tapped.add(channel);
    channel.addEventListener('message', event => window.__tap?.('in', toBase64(event.data)));
  };
  const send = RTCDataChannel.prototype.send as (this: RTCDataChannel, data: unknown) => void;
  RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown): void {
    window.__tap?.('out', toBase64(data));
    send.call(this, data);
  } as RTCDataChannel['send'];
  const create = RTCPeerConnection.prototype.createDataChannel;
  RTCPeerConnection.prototype.createDataChannel = function (label, options): RTCDataChannel {
    const channel = create.call(this, label, options);
    listen(channel);
    return channel;
  };
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
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
