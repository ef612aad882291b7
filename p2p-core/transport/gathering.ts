/** A description that travels whole, with its candidates: what goes through a session does not trickle. */
import { RESTART_GATHERING_MS } from '../limits.ts';

/** Until the browser has no more candidates, or RESTART_GATHERING_MS. Call before the description is set. */
export function untilGathered(connection: RTCPeerConnection): Promise<void> {
  return new Promise(resolve => {
    const ending = new AbortController();
    const end = (): void => {
      clearTimeout(timer);
      ending.abort();
      resolve();
    };
    const timer = setTimeout(end, RESTART_GATHERING_MS);
    // Not `iceGatheringState`: that still says "complete" of the first gathering when a second begins.
    const onCandidate = ({ candidate }: RTCPeerConnectionIceEvent): void => {
      if (candidate === null) end();
    };
    connection.addEventListener('icecandidate', onCandidate, { signal: ending.signal });
  });
}
