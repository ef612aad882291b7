/** What a session still holds, asked of the garbage collector: Node alone lets a test run it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { libsignalEngine } from '@enk/signal-libsignal/engine';
import { utf8 } from '../../bytes/utf8.ts';
import type { SealedFrame } from '../../frame/frame.ts';
import { makePairStates, makePairStatesOf } from '../support/make-pair.ts';
import { PairSession } from '../../cascade/pair-session.ts';
import { openFrame, sealFrame } from '../../cascade/pair-state.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Lets what is pending finish, then collects. */
async function collect(): Promise<void> {
  await new Promise(resolve => setImmediate(resolve));
  collectGarbage();
  await new Promise(resolve => setImmediate(resolve));
  collectGarbage();
}

describe('what a session holds', () => {
  it('CC-CAS-04: the queue of a session holds no PDU that was handed out', async () => {
    const { a, b } = await makePairStates();
    const frames: SealedFrame[] = [];
    const sender = new PairSession(a, { emit: frame => void frames.push(frame), nowMs: Date.now });
    const receiver = new PairSession(b, { emit: () => undefined, nowMs: Date.now });
    await sender.seal(utf8('x'));
    const opened = await (async () => {
      const result = await receiver.open(frames[0] as SealedFrame);
      return new WeakRef(result);
    })();
    await collect();
    assert.equal(opened.deref(), undefined);
    assert.equal(receiver.stats.framesReceived, 1);
  });

  it('CC-CAS-08: an ended session holds no state', async () => {
    const { session, state } = await (async () => {
      const { a } = await makePairStates();
      return { session: new PairSession(a), state: new WeakRef(a) };
    })();
    await collect();
    assert.notEqual(state.deref(), undefined);
    session.close();
    await collect();
    assert.equal(state.deref(), undefined);
    assert.equal(session.stats.framesSent, 0);
  });

  it('CC-ENG-10: the second engine’s queue holds no plaintext', async () => {
    const states = await makePairStatesOf(libsignalEngine);
    const { frame } = await sealFrame(states.a, 0, utf8('x'));
    const opened = await (async () => {
      const step = await openFrame(states.b, frame);
      return new WeakRef(step.next.signal);
    })();
    await collect();
    assert.equal(opened.deref(), undefined);
  });
});
