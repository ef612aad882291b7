/**
 * Runs in the pages of tests over laboratory networks: the real client with its worker, without a screen, and a
 * stream of numbered messages with the time at which each was sent. Both browsers read one clock: one machine.
 */
import type { ContactId, EnkEvent, MessageView, NetworkSettings } from '@enk/p2p-core';
import { EnkClient } from '@enk/p2p-core';
import { LabFiles } from './lab-files.ts';

/** Every connection that the page made, for their statistics. */
const connections: RTCPeerConnection[] = [];
const Real = RTCPeerConnection;
window.RTCPeerConnection = class extends Real {
  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    connections.push(this);
  }
};

declare global {
  interface Window {
    lab: LabPage;
    /** Of the test: this message of ours is durable. */
    tellDurable?: (index: number) => void;
  }
}

/** One message of a stream that came in, in the order of arrival. */
interface Arrival {
  readonly index: number;
  readonly sentAtMs: number;
  readonly arrivedAtMs: number;
}

export interface Route {
  /** Candidate types of the selected pair: `host`, `srflx`, `prflx`, `relay`. */
  readonly local: string;
  readonly remote: string;
}

const PAGE_SIZE = 200;

let client: EnkClient;
let contactId: ContactId | undefined;
let isReady = false;
let isRegistered = false;
let failure: string | undefined;
const arrivals: Arrival[] = [];
const registeredAtMs: number[] = [];
const known = new Set<string>();
let timer: ReturnType<typeof setInterval> | undefined;
let sending = new Set<Promise<void>>();
let checks: (() => void)[] = [];

/** Resolves once `holds`, which is looked at after every event. */
function until(holds: () => boolean): Promise<void> {
  return new Promise(resolve => {
    const check = (): void => {
      if (!holds()) return;
      checks = checks.filter(other => other !== check);
      resolve();
    };
    checks.push(check);
    check();
  });
}

const files = new LabFiles({ client: () => client, contactId: () => contactId, until });

function take(event: EnkEvent): void {
  files.take(event);
  if (event.type === 'contacts') {
    contactId = event.contacts[0]?.id;
    isReady = event.contacts[0]?.connection.kind === 'ready';
  }
  if (event.type === 'signaling') {
    isRegistered = event.state.kind === 'registered';
    if (isRegistered) registeredAtMs.push(Date.now());
  }
  if (event.type === 'messages') event.messages.forEach(noteArrival);
  for (const check of [...checks]) check();
}

function noteArrival({ id, isMine, text }: MessageView): void {
  if (isMine || known.has(id)) return;
  known.add(id);
  const [, index, sentAtMs] = text.split(' ').map(Number);
  if (index === undefined || sentAtMs === undefined) return;
  arrivals.push({ index, sentAtMs, arrivedAtMs: Date.now() });
}

const lab = {
  async open(displayName: string, network: NetworkSettings): Promise<void> {
    client = await EnkClient.start();
    client.subscribe(take);
    await client.request('open', { profile: 'lab', network });
    await client.request('setDisplayName', { displayName });
    await until(() => isRegistered);
  },
  invite: async (): Promise<string> => (await client.request('createInvite', {})).token,
  async accept(token: string): Promise<void> {
    await client.request('acceptInvite', { token, name: 'other' });
  },
  untilReady: (): Promise<void> => until(() => isReady),
  /** Ends every connection at this side, as a lost network does to both. */
  closeConnections: (): void => connections.forEach(connection => connection.close()),
  files,
  isReady: (): boolean => isReady,
  /** Further connections that are open, of all sessions. */
  async stripes(): Promise<number> {
    const { links } = await client.transportStats();
    return links.reduce((sum, link) => sum + link.stripes, 0);
  },
  registeredAtMs: (): readonly number[] => registeredAtMs,
  /** Of the newest connection that has one. */
  async route(): Promise<Route | null> {
    for (const connection of connections.toReversed()) {
      if (connection.connectionState !== 'connected') continue;
      const stats = new Map<string, Record<string, unknown>>();
      for (const [id, entry] of await connection.getStats()) stats.set(id, entry as Record<string, unknown>);
      const transport = [...stats.values()].find(({ type }) => type === 'transport');
      const pair = stats.get(String(transport?.['selectedCandidatePairId']));
      const typeOf = (id: unknown): string => String(stats.get(String(id))?.['candidateType']);
      if (pair) return { local: typeOf(pair['localCandidateId']), remote: typeOf(pair['remoteCandidateId']) };
    }
    return null;
  },
  /** Sends one line every `everyMs` from this number on, whatever the network does. */
  stream(author: string, first: number, everyMs: number): void {
    let next = first;
    timer = setInterval(() => {
      const index = next++;
      const sent = lab.send(`${author} ${index} ${Date.now()}`).then(
        () => window.tellDurable?.(index),
        (error: unknown) => void (failure ??= String(error)),
      );
      sending.add(sent);
      void sent.finally(() => sending.delete(sent));
    }, everyMs);
  },
  /** Ends the stream; resolves when all of it is durable. Rejects when a message was refused. */
  async stopStream(): Promise<void> {
    clearInterval(timer);
    await Promise.all(sending);
    sending = new Set();
    if (failure !== undefined) throw new Error(failure);
  },
  async send(text: string): Promise<void> {
    if (contactId === undefined) throw new Error('there is nobody to send to');
    await client.request('sendMessage', { contactId, text });
  },
  /** Resolves with the arrival of the first message that was sent at or after this time. */
  async untilArrival(sentSinceMs: number): Promise<Arrival> {
    const isFresh = ({ sentAtMs }: Arrival): boolean => sentAtMs >= sentSinceMs;
    await until(() => arrivals.some(isFresh));
    return arrivals.find(isFresh) as Arrival;
  },
  /** Messages that came in since this page was opened. */
  arrivals: (): readonly Arrival[] => arrivals,
  /** The whole conversation as this device stores it, oldest first. */
  async transcript(): Promise<{ text: string; isMine: boolean; state: string }[]> {
    const pages: MessageView[] = [];
    if (contactId === undefined) return [];
    for (let hasOlder = true; hasOlder;) {
      const before = pages[0] ? { beforePosition: pages[0].position } : {};
      const page = await client.request('listMessages', { contactId, limit: PAGE_SIZE, ...before });
      pages.unshift(...page.messages);
      hasOlder = page.hasOlder;
    }
    return pages.map(({ text, isMine, state }) => ({ text, isMine, state }));
  },
  /** Own messages that the other has not acknowledged. */
  async countUndelivered(): Promise<number> {
    return (await lab.transcript()).filter(({ isMine, state }) => isMine && !/delivered|read/.test(state))
      .length;
  },
};

export type LabPage = typeof lab;
window.lab = lab;
