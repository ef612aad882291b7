/** Replays one recorded conversation with PeerJS's own server against a broker. For tests. */
import assert from 'node:assert/strict';
import { WebSocket } from 'ws';

interface HttpAnswer {
  readonly status: number;
  readonly contentType?: string;
  readonly vary?: string;
  readonly acao?: string;
  readonly body: string;
}

export interface Step {
  readonly http?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly response?: HttpAnswer;
  readonly open?: string;
  readonly url?: string;
  readonly at?: string;
  readonly sent?: unknown;
  readonly received?: unknown;
  readonly closed?: number;
  readonly waitMs?: number;
}

export interface Scenario {
  readonly name: string;
  readonly why: string;
  readonly brokerArgs: readonly string[];
  readonly transcript: readonly Step[];
}

type Arrival = { readonly received: unknown } | { readonly closed: number };

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** One client socket whose arrivals are read in order. */
export class RecordedSocket {
  readonly #arrivals: Arrival[] = [];
  #wake: (() => void) | undefined;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', data => this.#push({ received: JSON.parse(data.toString()) }));
    socket.on('close', code => this.#push({ closed: code }));
  }

  static async open(url: string): Promise<RecordedSocket> {
    const socket = new WebSocket(url);
    const recorded = new RecordedSocket(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return recorded;
  }

  /** The next frame or close; waits for it. */
  async next(): Promise<Arrival> {
    while (this.#arrivals.length === 0) await new Promise<void>(resolve => (this.#wake = resolve));
    return this.#arrivals.shift() as Arrival;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** Between two tries of something that must work sooner or later. */
  pause(ms: number): Promise<void> {
    return delay(ms);
  }

  terminate(): void {
    this.socket.terminate();
  }

  #push(arrival: Arrival): void {
    this.#arrivals.push(arrival);
    this.#wake?.();
  }
}

export async function replay(brokerUrl: string, scenario: Scenario): Promise<void> {
  const base = brokerUrl.replace(/\/$/, '');
  const sockets = new Map<string, RecordedSocket>();
  for (const step of scenario.transcript) {
    if (step.http !== undefined) await replayHttp(base.replace(/^ws/, 'http'), step);
    else if (step.open !== undefined) sockets.set(step.open, await RecordedSocket.open(`${base}${step.url}`));
    else if (step.at !== undefined) await replayFrame(sockets.get(step.at), step);
    else if (step.waitMs !== undefined && step.waitMs < 1_000) await delay(step.waitMs);
  }
  for (const socket of sockets.values()) socket.terminate();
}

/** The transcripts' own pauses are part of what they claim (a heartbeat in time, a silence); the rest waits for frames. */
const delay = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

async function replayFrame(socket: RecordedSocket | undefined, step: Step): Promise<void> {
  assert(socket, `no socket ${step.at}`);
  if ('sent' in step) return socket.send(step.sent);
  const expected = 'received' in step ? { received: step.received } : { closed: step.closed };
  assert.deepEqual(await socket.next(), expected);
}

async function replayHttp(base: string, step: Step): Promise<void> {
  const { method = 'GET', headers = {}, response } = step;
  const actual = await fetch(`${base}${step.http}`, { method, headers });
  assert(response);
  assert.equal(actual.status, response.status, step.http);
  if (response.contentType) assert.equal(actual.headers.get('content-type'), response.contentType);
  assert.equal(actual.headers.get('access-control-allow-origin') ?? undefined, response.acao);
  assert.equal(actual.headers.get('vary') ?? undefined, response.vary);
  const body = await actual.text();
  if (response.body === '<UUID v4>') assert.match(body, UUID_V4);
  else assert.equal(body, response.body);
}
