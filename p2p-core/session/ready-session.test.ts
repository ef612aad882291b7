/** A Ready session and what its peer may cost it. */
import { expect } from '@esm-bundle/chai';
import { connectSessions, type SessionSide } from '../test/support/session-pair.ts';
import { TestNetwork } from '../test/support/test-network.ts';

/** Enough that the answerer's cascade asks for new keys once; the dialler's answer is the one control frame to it. */
const PONGS = 60;
/** Cursors, the pongs, the control frame, and a last PDU that is handed on. */
const FRAMES = 1 + PONGS + 1 + 1;

/** The answerer's side, which takes `capacity` frames, while FRAMES are on their way to it. */
async function flood(capacity: number): Promise<SessionSide> {
  const bucket = { unsafeTestingPduBucket: { capacity, refillPerSecond: 0 } };
  const [a, b] = await connectSessions(new TestNetwork(), [{}, bucket]);
  const bodies = Array.from({ length: PONGS }, (_, index) => ({ type: 'pong', number: index + 1 }) as const);
  const sent = [...bodies, { type: 'typing', isTyping: true } as const].map(body => a.session.sendPdu(body));
  for (const sending of sent) sending.catch(() => undefined); // the other side may end before
  return b;
}

describe('Ready session', function () {
  this.timeout(60_000);

  it('P2P-LIM-04: control frames of the cascade count as PDUs do', async () => {
    const cutOff = await flood(FRAMES - 1);
    await cutOff.ended;
    expect(cutOff.link.failure).to.equal('peer-fault');

    const served = await flood(FRAMES);
    await served.untilReceived(1);
    expect(served.link.failure).to.equal(null);
    served.session.close('local');
    await served.ended;
  });
});
