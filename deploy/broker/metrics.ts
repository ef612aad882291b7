/**
 * What a node counts, and how Prometheus reads it. Numbers only: no id, address or payload is in a metric or label.
 * The hot path adds to plain fields; prom-client reads them when it is asked.
 */
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';

export const REFUSALS = [
  'limit',
  'address',
  'taken',
  'invalid',
  'unavailable',
  'flood',
  'oversized',
  'slow',
  'rooms',
] as const;
export type Refusal = (typeof REFUSALS)[number];

export interface Counters {
  registered: number;
  received: number;
  relayed: number;
  expired: number;
  turnCredentials: number;
  sfuPlaces: number;
  readonly refused: Record<Refusal, number>;
}

export function createCounters(): Counters {
  const refused = Object.fromEntries(REFUSALS.map(reason => [reason, 0])) as Record<Refusal, number>;
  return { registered: 0, received: 0, relayed: 0, expired: 0, turnCredentials: 0, sfuPlaces: 0, refused };
}

interface Readings {
  readonly counters: Counters;
  readonly clients: () => number;
  readonly isBusUp: () => boolean;
}

/** A registry of one node, process metrics included. */
export function createRegistry({ counters, clients, isBusUp }: Readings): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `enk_broker_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  const counter = (name: string, help: string, read: () => number): void => {
    new Counter({
      name: `enk_broker_${name}_total`,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  gauge('clients', 'Registered sockets of this node', clients);
  gauge('bus_up', '1 while ids can be claimed', () => Number(isBusUp()));
  counter('registrations', 'Sockets that got OPEN', () => counters.registered);
  counter('frames_received', 'Frames that sockets sent, heartbeats included', () => counters.received);
  counter('frames_relayed', 'OFFER, ANSWER, CANDIDATE and LEAVE frames passed on', () => counters.relayed);
  counter('frames_expired', 'EXPIRE frames: nobody came for what waited', () => counters.expired);
  counter('sfu_places', 'Rooms at the SFU given out', () => counters.sfuPlaces);
  counter('turn_credentials', 'TURN credentials given out', () => counters.turnCredentials);
  new Counter({
    name: 'enk_broker_refused_total',
    help: 'Sockets refused or cut, and rooms refused, by reason',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const reason of REFUSALS) this.inc({ reason }, counters.refused[reason]);
    },
  });
  return registry;
}
