/**
 * Finds out how a NAT behaves, as RFC 5780 does with STUN: what endpoints a server on two addresses and two ports
 * sees for one socket (mapping), and from which of them an answer gets back in (filtering).
 *
 * A question names the endpoints to answer from, in order; the last one is always where it was sent to, so its
 * answer comes through every NAT and tells that earlier ones would have arrived: nothing waits for a timeout.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { internetAddresses } from './site.ts';

export type Behaviour = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent';

export interface NatBehaviour {
  readonly mapping: Behaviour;
  readonly filtering: Behaviour;
}

/** Index into the server's endpoints: both addresses, each with both ports. */
type EndpointIndex = 0 | 1 | 2 | 3;

interface Answer {
  readonly from: EndpointIndex;
  /** `address:port` of the question's source, as the server saw it. */
  readonly mapped: string;
}

const PACE_MS = 5;
const LATE_MS = 1_000;

const [FIRST, OTHER_PORT, OTHER_ADDRESS, BOTH_OTHER] = [0, 1, 2, 3] as const;

export interface ProbeServer {
  readonly ports: readonly [number, number];
  close(): void;
}

/** Listens on both addresses of the lab's internet. */
export async function startProbeServer(): Promise<ProbeServer> {
  const first = await bind(internetAddresses[0], 0);
  const second = await bind(internetAddresses[0], 0);
  const ports = [first.address().port, second.address().port] as const;
  const sockets = [
    first,
    second,
    await bind(internetAddresses[1], ports[0]),
    await bind(internetAddresses[1], ports[1]),
  ];
  const answer = (question: Buffer, { address, port }: RemoteInfo): void => {
    for (const from of JSON.parse(question.toString()) as EndpointIndex[]) {
      const body: Answer = { from, mapped: `${address}:${port}` };
      sockets[from]?.send(JSON.stringify(body), port, address);
    }
  };
  for (const socket of sockets) socket.on('message', answer);
  return { ports, close: () => sockets.forEach(socket => socket.close()) };
}

async function bind(address: string, port: number): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(port, address);
  await once(socket, 'listening');
  return socket;
}

/** Runs behind the NAT. */
export async function probeNat(ports: readonly [number, number]): Promise<NatBehaviour> {
  return { mapping: await probeMapping(ports), filtering: await probeFiltering(ports) };
}

async function probeMapping(ports: readonly [number, number]): Promise<Behaviour> {
  const socket = await bind('0.0.0.0', 0);
  const mapped: (string | undefined)[] = [];
  for (const to of [FIRST, OTHER_PORT, OTHER_ADDRESS] as const) {
    const answers = await ask(socket, ports, to, [to]);
    mapped.push(answers[0]?.mapped);
  }
  socket.close();
  const [first, otherPort, otherAddress] = mapped;
  if (first !== otherPort) return 'address-and-port-dependent';
  return first === otherAddress ? 'endpoint-independent' : 'address-dependent';
}

async function probeFiltering(ports: readonly [number, number]): Promise<Behaviour> {
  const socket = await bind('0.0.0.0', 0);
  const answers = await ask(socket, ports, FIRST, [BOTH_OTHER, OTHER_ADDRESS, OTHER_PORT, FIRST]);
  socket.close();
  const from = new Set(answers.map(answer => answer.from));
  if (from.has(BOTH_OTHER)) return 'endpoint-independent';
  return from.has(OTHER_PORT) ? 'address-dependent' : 'address-and-port-dependent';
}

export interface LineMeasurement {
  readonly sent: number;
  readonly received: number;
  /** Infinity when nothing came back. */
  readonly shortestMs: number;
}

/** Sends questions one after another without waiting; what is not back LATE_MS after the last one is lost. */
export async function probeLine([port]: readonly [number, number], count: number): Promise<LineMeasurement> {
  const sockets: Socket[] = [];
  let received = 0;
  let shortestMs = Infinity;
  for (let sent = 0; sent < count; sent++) {
    const startedAt = performance.now();
    const question = createSocket('udp4');
    question.once('message', () => {
      received += 1;
      shortestMs = Math.min(shortestMs, performance.now() - startedAt);
    });
    question.send(JSON.stringify([FIRST]), port, internetAddresses[0]);
    sockets.push(question);
    await delay(PACE_MS);
  }
  await delay(LATE_MS);
  for (const question of sockets) question.close();
  return { sent: count, received, shortestMs };
}

/** Sends one question to an endpoint; resolves with all answers up to the one from there. */
function ask(
  socket: Socket,
  ports: readonly [number, number],
  to: EndpointIndex,
  answerFrom: readonly EndpointIndex[],
): Promise<Answer[]> {
  return new Promise(resolve => {
    const answers: Answer[] = [];
    const take = (message: Buffer): void => {
      const answer = JSON.parse(message.toString()) as Answer;
      answers.push(answer);
      if (answer.from !== to) return;
      socket.off('message', take);
      resolve(answers);
    };
    socket.on('message', take);
    const address = to < OTHER_ADDRESS ? internetAddresses[0] : internetAddresses[1];
    socket.send(JSON.stringify(answerFrom), ports[to % 2 === 0 ? 0 : 1], address);
  });
}
