/**
 * Everything that a page, its frames and its workers ask of a network, as DevTools sees it: addresses of requests
 * and WebSockets, and the WebSockets' frames. WebRTC's packets are not in it (see `watchPackets`). Chromium only.
 */
import type { CDPSession, Page } from 'puppeteer-core';

export interface RequestRecording {
  /** Addresses in order, WebSockets included; `data:` and `blob:` too. */
  readonly urls: readonly string[];
  /** Text and binary frames of every WebSocket, both directions. */
  readonly webSocketFrames: readonly string[];
  /** Origins that something was asked of, without `data:` and `blob:`. */
  origins(): readonly string[];
}

/** Call before the page navigates. */
export async function recordRequests(page: Page): Promise<RequestRecording> {
  const urls: string[] = [];
  const webSocketFrames: string[] = [];

  async function watch(session: CDPSession): Promise<void> {
    session.on('Network.requestWillBeSent', ({ request }) => urls.push(request.url));
    session.on('Network.webSocketCreated', ({ url }) => urls.push(url));
    session.on('Network.webTransportCreated', ({ url }) => urls.push(url));
    session.on('Network.webSocketFrameSent', ({ response }) => webSocketFrames.push(response.payloadData));
    session.on('Network.webSocketFrameReceived', ({ response }) =>
      webSocketFrames.push(response.payloadData),
    );
    await session.send('Network.enable');
  }

  const session = await page.createCDPSession();
  await watch(session);
  // Workers begin held back, so that not even their first request is missed.
  await session.send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: true,
    flatten: true,
  });
  session.on('Target.attachedToTarget', ({ sessionId }) => {
    const child = session.connection()?.session(sessionId);
    if (!child) return;
    // A worker that ends at once has no session to watch; its requests then came to nothing.
    void watch(child)
      .then(() => child.send('Runtime.runIfWaitingForDebugger'))
      .catch(() => undefined);
  });
  return {
    urls,
    webSocketFrames,
    origins: () => [
      ...new Set(urls.filter(url => /^(?:https?|wss?):/.test(url)).map(url => new URL(url).origin)),
    ],
  };
}
