/**
 * Structured log: one JSON object a line on standard output. It never holds a payload, a token, a query string or a
 * whole peer id; `peer` is a short keyed hash, so that lines about one peer can be told apart, and only within a run.
 */
import { createHmac, randomBytes } from 'node:crypto';

export type LogEvent = 'listening' | 'draining' | 'stopped' | 'bus-error' | 'refused' | 'turn-credentials';

export type Log = (event: LogEvent, fields?: Readonly<Record<string, string | number | boolean>>) => void;

const runKey = randomBytes(16);

/** Eight hexadecimal digits that stand for a peer id in this process's log. */
export function peerMark(id: string): string {
  return createHmac('sha256', runKey).update(id).digest('hex').slice(0, 8);
}

export const silent: Log = () => undefined;

export const jsonLog: Log = (event, fields = {}) => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), event, ...fields })}\n`);
};
