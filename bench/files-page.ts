/**
 * Runs in the two pages of files.bench.ts: the real client with its worker, a bare data channel, PeerJS's own binary
 * DataConnection and simple-peer, each of which carries as many bytes from one page to the other.
 */
import type { ContactId, EnkEvent, TransferView } from '@enk/p2p-core';
import { EnkClient } from '@enk/p2p-core';
import { type DataConnection, Peer } from 'peerjs';

const MIB = 1024 * 1024;
/** Largest message that every browser takes, and what is queued at most. */
const RAW_MESSAGE_BYTES = 256 * 1024;
const QUEUED_BYTES = 4 * MIB;
const PEERJS_MESSAGE_BYTES = MIB;
/** What its own stream writes. */
const SIMPLE_PEER_MESSAGE_BYTES = 64 * 1024;

/** simple-peer, as far as it is used here; the benchmark puts its browser build into the page. */
interface SimplePeer {
  on(event: 'signal', listener: (data: unknown) => void): void;
  on(event: 'data', listener: (bytes: Uint8Array) => void): void;
  once(event: 'connect' | 'drain', listener: () => void): void;
  signal(data: unknown): void;
  write(bytes: Uint8Array): boolean;
}

declare global {
  var SimplePeer: (new (options: object) => SimplePeer) | undefined;
}

let client: EnkClient;
let contactId: ContactId | undefined;
let transfers: readonly TransferView[] = [];
let connection: RTCPeerConnection;
let channel: RTCDataChannel;
let peer: Peer;
let peerConnection: DataConnection;
let simplePeer: SimplePeer;
let blob: Blob;
/** Of the main thread, since they were last asked for. */
let longTasksMs: number[] = [];
/** From sending to arrival of lines of chat, by the machine's one clock. */
let arrivalsMs: number[] = [];
const arrived = new Set<string>();

function until(fits: (event: EnkEvent) => boolean): Promise<void> {
  return new Promise(resolve => {
    const unsubscribe = client.subscribe(event => {
      if (!fits(event)) return;
      unsubscribe();
      resolve();
    });
  });
}

function isDone(count: number): boolean {
  return transfers.filter(({ state }) => state === 'done').length >= count;
}

function noteArrivals(texts: readonly string[]): void {
  for (const text of texts.filter(each => each.startsWith('line ') && !arrived.has(each))) {
    arrived.add(text);
    arrivalsMs.push(Date.now() - Number(text.split(' ')[2]));
  }
}

/** Random bytes, a part repeated: the browser keeps each part once. */
function randomBlob(sizeBytes: number): Blob {
  const part = new Uint8Array(Math.min(sizeBytes, 16 * MIB));
  for (let at = 0; at < part.length; at += 65_536) crypto.getRandomValues(part.subarray(at, at + 65_536));
  return repeated(part, sizeBytes);
}

function repeated(part: Uint8Array<ArrayBuffer>, sizeBytes: number): Blob {
  const parts: BlobPart[] = [];
  for (let left = sizeBytes; left > 0; left -= part.length)
    parts.push(part.subarray(0, Math.min(left, part.length)));
  return new Blob(parts);
}

const bench = {
  async open(displayName: string, brokerUrl: string): Promise<void> {
    const observer = new PerformanceObserver(list => {
      longTasksMs.push(...list.getEntries().map(({ duration }) => duration));
    });
    observer.observe({ type: 'longtask' });
    client = await EnkClient.start();
    const registered = until(event => event.type === 'signaling' && event.state.kind === 'registered');
    client.subscribe(event => {
      if (event.type === 'contacts') contactId = event.contacts[0]?.id;
      if (event.type === 'transfers') transfers = event.transfers;
      if (event.type === 'messages') noteArrivals(event.messages.map(({ text }) => text ?? ''));
    });
    const network = { brokerUrl, iceServers: [], relayOnly: false };
    await client.request('open', { profile: 'bench', network });
    await client.request('setDisplayName', { displayName });
    await registered;
  },
  invite: async (): Promise<string> => (await client.request('createInvite', {})).token,
  async accept(token: string): Promise<void> {
    await client.request('acceptInvite', { token, name: 'other' });
  },
  untilReady: (): Promise<void> =>
    until(event => event.type === 'contacts' && event.contacts[0]?.connection.kind === 'ready'),
  makeFile(sizeBytes: number): void {
    blob = randomBlob(sizeBytes);
  },
  /** Real files, one behind the other, again and again. */
  makeRealFile(sizeBytes: number, base64: string): void {
    const part = Uint8Array.from(atob(base64), char => char.charCodeAt(0));
    blob = repeated(part, sizeBytes);
  },
  takeLongTasks(): number[] {
    const taken = longTasksMs;
    longTasksMs = [];
    return taken;
  },
  // ---------------------------------------------------------------- ours
  /** Says yes to everything. */
  takeAll(): void {
    const answered = new Set<string>();
    client.subscribe(event => {
      if (event.type !== 'transfers') return;
      for (const { id, state } of event.transfers) {
        if (state !== 'offered' || answered.has(id)) continue;
        answered.add(id);
        void client.request('answerTransfer', { transferId: id, accept: true });
      }
    });
  },
  async send(isFast: boolean): Promise<void> {
    if (contactId === undefined) throw new Error('there is no contact');
    await client.request('setFileSettings', { files: { isFast } });
    const what = { kind: 'blob', blob, name: 'bench.bin' } as const;
    await client.request('sendFile', { contactId, what, caption: '' });
  },
  /** Resolves when so many transfers are stored. */
  async untilDone(count: number): Promise<void> {
    if (!isDone(count)) await until(() => isDone(count));
  },
  async clear(): Promise<void> {
    for (const { fileId } of transfers) {
      if (fileId !== null) await client.request('deleteFile', { fileId });
    }
  },
  /** A file, or as many bytes in a folder of small ones, out of the vault: from the first byte that is stored here. */
  async sendStored(sizeBytes: number, fileCount: number): Promise<void> {
    if (contactId === undefined) throw new Error('there is no contact');
    const part = new Blob([blob.slice(0, sizeBytes / fileCount)]);
    const files = Array.from({ length: fileCount }, (_, at) => ({ path: `f/${at % 20}/${at}`, file: part }));
    const fileId =
      fileCount === 1
        ? await client.request('addFile', { file: part, name: 'archive.tar' })
        : await client.request('addFolder', { name: 'f', files });
    await client.request('sendFile', { contactId, what: { kind: 'stored', fileId }, caption: '' });
  },
  /** One line of chat after the other until so many transfers are done; each when the last one is delivered. */
  async chatUntilDone(count: number): Promise<void> {
    for (let line = 0; !isDone(count); line++) {
      if (contactId === undefined) break;
      const text = `line ${line} ${Date.now()}`;
      const delivered = until(
        event =>
          event.type === 'messages' && event.messages.some(m => m.text === text && m.state === 'delivered'),
      );
      await client.request('sendMessage', { contactId, text });
      await delivered;
    }
  },
  takeArrivals(): number[] {
    const taken = arrivalsMs;
    arrivalsMs = [];
    return taken;
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
  async bareSend(sizeBytes: number): Promise<void> {
    const message = new Uint8Array(RAW_MESSAGE_BYTES);
    channel.bufferedAmountLowThreshold = QUEUED_BYTES / 2;
    for (let sent = 0; sent < sizeBytes; sent += message.length) {
      if (channel.bufferedAmount > QUEUED_BYTES) {
        await new Promise(resolve => (channel.onbufferedamountlow = resolve));
      }
      channel.send(message);
    }
  },
  bareReceive: (sizeBytes: number): Promise<void> =>
    new Promise(resolve => {
      let received = 0;
      channel.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
        received += data.byteLength;
        if (received >= sizeBytes) resolve();
      };
    }),
  // ---------------------------------------------------------------- PeerJS
  async peerjsOpen(brokerUrl: string): Promise<string> {
    const { hostname, port, pathname } = new URL(brokerUrl);
    peer = new Peer({
      host: hostname,
      port: Number(port),
      path: pathname,
      secure: false,
      config: { iceServers: [] },
    });
    peer.on('connection', incoming => (peerConnection = incoming));
    return new Promise((resolve, reject) => {
      peer.on('open', resolve);
      peer.on('error', reject);
    });
  },
  async peerjsConnect(id: string): Promise<void> {
    peerConnection = peer.connect(id, { reliable: true, serialization: 'binary' });
    await new Promise<void>(resolve => peerConnection.on('open', resolve));
  },
  async peerjsSend(sizeBytes: number): Promise<void> {
    const message = new Uint8Array(PEERJS_MESSAGE_BYTES);
    const { dataChannel } = peerConnection;
    for (let sent = 0; sent < sizeBytes; sent += message.length) {
      while (dataChannel.bufferedAmount > QUEUED_BYTES) await new Promise(resolve => setTimeout(resolve, 1));
      await peerConnection.send(message.slice().buffer);
    }
  },
  peerjsReceive: (sizeBytes: number): Promise<void> =>
    new Promise(resolve => {
      let received = 0;
      peerConnection.on('data', data => {
        received += (data as ArrayBuffer).byteLength;
        if (received >= sizeBytes) resolve();
      });
    }),
  // ---------------------------------------------------------------- simple-peer
  /** Its description with all candidates; an answer to one that is given. */
  async simplePeerDescribe(offer: unknown): Promise<unknown> {
    if (globalThis.SimplePeer === undefined) throw new Error('simple-peer is not in the page');
    const made = new globalThis.SimplePeer({
      initiator: offer === null,
      trickle: false,
      config: { iceServers: [] },
    });
    simplePeer = made;
    const described = new Promise(resolve => made.on('signal', resolve));
    if (offer !== null) made.signal(offer);
    return described;
  },
  async simplePeerOpen(answer: unknown): Promise<void> {
    const opened = new Promise<void>(resolve => simplePeer.once('connect', resolve));
    simplePeer.signal(answer);
    await opened;
  },
  async simplePeerSend(sizeBytes: number): Promise<void> {
    for (let sent = 0; sent < sizeBytes; sent += SIMPLE_PEER_MESSAGE_BYTES) {
      const hasRoom = simplePeer.write(new Uint8Array(SIMPLE_PEER_MESSAGE_BYTES));
      if (!hasRoom) await new Promise<void>(resolve => simplePeer.once('drain', resolve));
    }
  },
  simplePeerReceive: (sizeBytes: number): Promise<void> =>
    new Promise(resolve => {
      let received = 0;
      simplePeer.on('data', ({ byteLength }) => {
        received += byteLength;
        if (received >= sizeBytes) resolve();
      });
    }),
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

export type FilesBench = typeof bench;
Object.assign(window, { files: bench });
