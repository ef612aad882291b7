/**
 * Runs in the two pages of latency.bench.ts: the real client with its worker, a bare data channel beside it, and the
 * prices of what a message passes on its way (a hop to a worker and back, one commit of the browser's database).
 */
import type { ContactId, EnkEvent } from '@enk/p2p-core';
import { EnkClient } from '@enk/p2p-core';

/** One message and its echo, ms. */
export interface RoundTrip {
  /** Until the echo stands in the page. */
  readonly echoMs: number;
  /** Until `sendMessage` resolves: durable in the outbox. */
  readonly durableMs: number;
  /** Until the other's acknowledgement: stored there, and noted here. */
  readonly deliveredMs: number;
}

const TEXT = 'x'.repeat(100);
const PREFIX = 'echo ';

let client: EnkClient;
let contactId: ContactId | undefined;
let connection: RTCPeerConnection;
let channel: RTCDataChannel;
let database: IDBDatabase;
const hopWorker = new Worker(
  URL.createObjectURL(new Blob(['onmessage = ({ data }) => postMessage(data)'], { type: 'text/javascript' })),
);

function until(fits: (event: EnkEvent) => boolean): Promise<void> {
  return new Promise(resolve => {
    const unsubscribe = client.subscribe(event => {
      if (!fits(event)) return;
      unsubscribe();
      resolve();
    });
  });
}

function untilMessage(isMine: boolean, states: RegExp, text: string): Promise<void> {
  return until(
    event =>
      event.type === 'messages' &&
      event.messages.some(
        message => message.isMine === isMine && message.text === text && states.test(message.state),
      ),
  );
}

const bench = {
  async open(displayName: string, brokerUrl: string): Promise<void> {
    client = await EnkClient.start();
    const registered = until(event => event.type === 'signaling' && event.state.kind === 'registered');
    client.subscribe(event => {
      if (event.type === 'contacts') contactId = event.contacts[0]?.id;
    });
    await client.request('open', {
      profile: 'bench',
      network: { brokerUrl, iceServers: [], relayOnly: false },
    });
    await client.request('setDisplayName', { displayName });
    await registered;
    database = await openDatabase();
  },
  invite: async (): Promise<string> => (await client.request('createInvite', {})).token,
  async accept(token: string): Promise<void> {
    await client.request('acceptInvite', { token, name: 'other' });
  },
  untilReady: (): Promise<void> =>
    until(event => event.type === 'contacts' && event.contacts[0]?.connection.kind === 'ready'),
  /** Answers every message with one as long. */
  echo(): void {
    const answered = new Set<string>();
    client.subscribe(event => {
      if (event.type !== 'messages') return;
      for (const { id, isMine, text, contactId: from } of event.messages) {
        if (isMine || answered.has(id)) continue;
        answered.add(id);
        void client.request('sendMessage', { contactId: from, text: PREFIX + text });
      }
    });
  },
  async roundTrip(run: number): Promise<RoundTrip> {
    if (contactId === undefined) throw new Error('there is no contact');
    const text = `${TEXT}${run}`;
    const echo = untilMessage(false, /received/, PREFIX + text).then(() => performance.now());
    const delivered = untilMessage(true, /delivered|read/, text).then(() => performance.now());
    const startedAt = performance.now();
    await client.request('sendMessage', { contactId, text });
    const durableAt = performance.now();
    const [echoAt, deliveredAt] = await Promise.all([echo, delivered]);
    return {
      echoMs: echoAt - startedAt,
      durableMs: durableAt - startedAt,
      deliveredMs: deliveredAt - startedAt,
    };
  },
  // ---------------------------------------------------------------- the bare channel
  async bareOffer(): Promise<string> {
    connection = new RTCPeerConnection();
    channel = connection.createDataChannel('bare', { ordered: true });
    channel.binaryType = 'arraybuffer';
    await connection.setLocalDescription();
    return describeGathered();
  },
  async bareAnswer(offer: string): Promise<string> {
    connection = new RTCPeerConnection();
    connection.ondatachannel = event => {
      channel = event.channel;
      channel.binaryType = 'arraybuffer';
      channel.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => channel.send(data);
    };
    await connection.setRemoteDescription({ type: 'offer', sdp: offer });
    await connection.setLocalDescription();
    return describeGathered();
  },
  async bareOpen(answer: string): Promise<void> {
    const opened = new Promise(resolve => (channel.onopen = resolve));
    await connection.setRemoteDescription({ type: 'answer', sdp: answer });
    await opened;
  },
  /** As many bytes as one of our messages takes on the wire, there and back. */
  async bareRoundTrip(sizeBytes: number): Promise<number> {
    const echoed = new Promise(resolve => (channel.onmessage = resolve));
    const startedAt = performance.now();
    channel.send(new Uint8Array(sizeBytes));
    await echoed;
    return performance.now() - startedAt;
  },
  // ---------------------------------------------------------------- prices
  async hop(): Promise<number> {
    const back = new Promise(resolve => (hopWorker.onmessage = resolve));
    const startedAt = performance.now();
    hopWorker.postMessage({ text: TEXT });
    await back;
    return performance.now() - startedAt;
  },
  /** One transaction that writes three small records, as storing a message does. */
  async commit(durability: IDBTransactionDurability): Promise<number> {
    const startedAt = performance.now();
    const transaction = database.transaction('records', 'readwrite', { durability });
    const store = transaction.objectStore('records');
    for (const key of ['message', 'sequence', 'contact']) store.put(new Uint8Array(400), key);
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onerror = () => reject(transaction.error ?? new Error('The commit failed.'));
    });
    return performance.now() - startedAt;
  },
};

async function describeGathered(): Promise<string> {
  await new Promise<void>(resolve => {
    const check = (): void => {
      if (connection.iceGatheringState === 'complete') resolve();
    };
    connection.onicegatheringstatechange = check;
    check();
  });
  return connection.localDescription?.sdp ?? '';
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('latency-bench', 1);
    request.onupgradeneeded = () => void request.result.createObjectStore('records');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('The database did not open.'));
  });
}

export type LatencyBench = typeof bench;
Object.assign(window, { latency: bench });
