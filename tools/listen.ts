/** Listening on the first free port. */
import type { Server } from 'node:net';

const attempts = 50;

/** Binds `host` at `firstPort` or the next free port after it; returns the port. 0 takes any. */
export async function listenOnFreePort(server: Server, host: string, firstPort: number): Promise<number> {
  for (let port = firstPort; ; port += 1) {
    try {
      return await listen(server, host, port);
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!isTaken || port >= Math.min(firstPort + attempts, 65_535)) throw error;
    }
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}
