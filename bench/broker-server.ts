/** Child of broker.bench.ts: one broker, `ours` or `stock`, that tells its CPU time and memory when asked. */
import { startBroker } from '@enk/broker';

const [kind = 'ours'] = process.argv.slice(2);

async function start(): Promise<number> {
  if (kind === 'ours') {
    // The load is one that the product's limits would cut off.
    const limits = { framesPerSecond: 1e9, framesBurst: 1e9, clients: 1e6, frameBytes: 65_536 };
    return (await startBroker({ port: 0, limits })).port;
  }
  const { PeerServer } = (await import('./rivals/node_modules/peer/dist/module.mjs' as string)) as {
    PeerServer(options: object, callback: (server: { address(): { port: number } }) => void): unknown;
  };
  return new Promise(resolve => {
    PeerServer({ port: 0, path: '/', concurrent_limit: 1e6 }, server => resolve(server.address().port));
  });
}

const port = await start();
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system, rssBytes: process.memoryUsage().rss });
});
process.send?.({ port });
