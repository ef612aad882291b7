/**
 * Child of broker.bench.ts: clients of one broker. `pairs N MESSAGES`: N pairs, each sends MESSAGES offers of 1 KiB
 * one after another as they arrive, and tells the milliseconds. `idle N`: N sockets that stay open.
 */
import { WebSocket } from 'ws';

const [url = '', mode = '', count = '0', messages = '0'] = process.argv.slice(2);
const payload = { sdp: { type: 'offer', sdp: 'x'.repeat(1_000) }, type: 'data', connectionId: 'dc_bench' };

async function open(id: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url}peerjs?key=peerjs&id=${id}&token=t`, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject));
  return socket;
}

/** `WINDOW` frames are on their way at any time. */
async function exchange(index: number): Promise<void> {
  const WINDOW = 8;
  const [a, b] = await Promise.all([open(`a${process.pid}x${index}`), open(`b${process.pid}x${index}`)]);
  const frame = JSON.stringify({ type: 'OFFER', dst: `b${process.pid}x${index}`, payload });
  let sent = 0;
  let received = 0;
  await started;
  await new Promise<void>(resolve => {
    const send = (): void => {
      if (sent < Number(messages)) {
        sent += 1;
        a.send(frame);
      }
    };
    b.on('message', () => {
      received += 1;
      if (received === Number(messages)) resolve();
      else send();
    });
    for (let i = 0; i < WINDOW; i++) send();
  });
  a.terminate();
  b.terminate();
}

let start: () => void = () => undefined;
const started = new Promise<void>(resolve => (start = resolve));

if (mode === 'pairs') {
  const all = Array.from({ length: Number(count) }, (_, index) => exchange(index));
  process.on('message', () => start());
  process.send?.('ready');
  await started;
  const from = performance.now();
  await Promise.all(all);
  process.send?.({ ms: performance.now() - from });
  process.disconnect();
} else {
  const BATCH = 200;
  for (let i = 0; i < Number(count); i += BATCH) {
    const size = Math.min(BATCH, Number(count) - i);
    await Promise.all(Array.from({ length: size }, (_, j) => open(`i${process.pid}x${i + j}`)));
  }
  process.send?.('ready');
}
