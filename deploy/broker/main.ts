/** Runs the broker alone: `node --import tsx deploy/broker/main.ts [--host …] [--port …]`. See deploy/README.md. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type BrokerOptions, startBroker } from './index.ts';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '9000' },
    path: { type: 'string', default: '/' },
    key: { type: 'string', default: 'peerjs' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
    'trusted-proxy': { type: 'boolean', default: false },
  },
});

const { 'tls-cert': cert, 'tls-key': key } = values;
const tls = cert && key ? { cert: readFileSync(cert), key: readFileSync(key) } : undefined;
const options: BrokerOptions = {
  host: values.host,
  port: Number(values.port),
  path: values.path,
  key: values.key,
  isBehindTrustedProxy: values['trusted-proxy'],
  ...(tls && { tls }),
};

try {
  const broker = await startBroker(options);
  console.log(`Broker: ${broker.url}`);
  const stop = (): void => void broker.close();
  process.once('SIGINT', stop).once('SIGTERM', stop);
} catch (error) {
  console.error(`The broker did not start: ${error instanceof Error ? error.message : 'unknown reason'}`);
  process.exitCode = 1;
}
