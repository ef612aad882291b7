/** `npm run site -- --broker wss://broker.example.org/ [--ice-servers JSON] [--dist dist] [--out site]` */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { IceServer } from '../../tools/build/page.ts';
import { writeSite } from './write-site.ts';

const { values } = parseArgs({
  options: {
    broker: { type: 'string' },
    'ice-servers': { type: 'string', default: '[]' },
    dist: { type: 'string', default: 'dist' },
    out: { type: 'string', default: 'site' },
  },
});

try {
  if (!values.broker) throw new Error('--broker is missing: the address of the broker, wss://…');
  const iceServers = JSON.parse(values['ice-servers']) as readonly IceServer[];
  writeSite(resolve(values.dist), resolve(values.out), { broker: values.broker, iceServers });
  console.log(`Serve ${values.out}/public with the headers of ${values.out}/headers.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
