/** Waits in the test's own process for what arrives there by itself: recordings, notes of servers. */

const POLL_MS = 25;
const WAIT_MS = 20_000;

/** Resolves once `condition` holds; rejects with `what` when it does not in time. */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
  }
}
