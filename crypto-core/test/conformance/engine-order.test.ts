/** Inside the cascade the channel is ordered: no engine's tolerance for late messages is left there. */
import { expect } from '@esm-bundle/chai';
import { libsignalEngine } from '@enk/signal-libsignal/engine';
import { aesLayer } from '../../aes/aes-layer.ts';
import { randomBytes } from '../../bytes/random.ts';
import { CONTENT_PDU, pad } from '../../cascade/padding.ts';
import { openFrame, type PairState, sealFrame } from '../../cascade/pair-state.ts';
import { kemLayer } from '../../ml-kem/kem-layer.ts';
import { mlsLayer } from '../../mls/mls-layer.ts';
import type { SignalEngine } from '../../signal/engine.ts';
import { enkSignalEngine } from '../../signal/enk-engine.ts';
import { makeEnginePair, makeIdentity, makePairStatesOf } from '../support/make-pair.ts';
import { expectCode } from '../support/rejections.ts';

const ENGINES: readonly SignalEngine[] = [enkSignalEngine, libsignalEngine];

const body = randomBytes(100);

/** The frame of a peer that makes `skipped` Signal messages and sends none of them: all else is in order. */
async function sealSkipping(state: PairState<unknown>, skipped: number): Promise<Uint8Array> {
  const { layer } = state.signalEngine;
  let { signal } = state;
  for (let i = 0; i < skipped; i++) signal = (await layer.seal(signal, body)).next;
  const inner = await mlsLayer.seal(state.mls, pad(CONTENT_PDU, body));
  const middle = await layer.seal(signal, inner.bytes);
  const outer = await kemLayer.seal(state.kem, middle.bytes);
  return (await aesLayer.seal(state.aes, outer.bytes)).bytes;
}

for (const engine of ENGINES) {
  describe(`Signal engine ${engine.name} inside the cascade`, () => {
    it('CC-CAS-10: a message that skips is refused, at the start of a chain and within it', async () => {
      const { a, b } = await makePairStatesOf(engine);
      for (const skipped of [1, 2, 900]) {
        const frame = await sealSkipping(a, skipped);
        await expectCode('protocol-error', () => openFrame(b, frame));
      }
      const first = await sealFrame(a, CONTENT_PDU, body);
      const opened = await openFrame(b, first.frame);
      const skipping = await sealSkipping(first.next, 1);
      await expectCode('protocol-error', () => openFrame(opened.next, skipping));
      const next = await sealSkipping(first.next, 0);
      expect((await openFrame(opened.next, next)).body).to.deep.equal(body);
    });

    it('CC-CAS-10: a late message is not the next one, though its header could be', async () => {
      const identities = { a: await makeIdentity(), b: await makeIdentity() };
      const states = await makeEnginePair(engine, identities, randomBytes(32));
      const seal = async (side: 'a' | 'b'): Promise<Uint8Array> => {
        const { next, bytes } = await engine.layer.seal(states[side], body);
        Object.assign(states, { [side]: next });
        return bytes;
      };
      const open = async (side: 'a' | 'b', bytes: Uint8Array): Promise<void> => {
        Object.assign(states, { [side]: (await engine.layer.open(states[side], bytes)).next });
      };
      await open('a', await seal('b'));
      await open('b', await seal('a'));
      await open('a', await seal('b'));
      const late = await seal('a'); // n = 0 after a chain of 1
      await open('b', await seal('a'));
      await open('a', await seal('b'));
      await open('b', await seal('a')); // and of this chain one was opened
      expect(engine.isNext(states.b, late)).to.equal(false);
      expect(engine.isNext(states.b, await seal('a'))).to.equal(true);
      await open('b', late); // its key was kept
    });

    it('CC-CAS-10: whatever crosses on an ordered channel is in order', async () => {
      const states = await makePairStatesOf(engine);
      const inFlight: { readonly a: Uint8Array[]; readonly b: Uint8Array[] } = { a: [], b: [] };
      for (let i = 0; i < 120; i++) {
        const choice = (randomBytes(1)[0] as number) % 4;
        const side = choice % 2 === 0 ? 'a' : 'b';
        const queue = inFlight[side];
        if (choice < 2) {
          const { next, frame } = await sealFrame(states[side], CONTENT_PDU, body);
          Object.assign(states, { [side]: next });
          inFlight[side === 'a' ? 'b' : 'a'].push(frame);
          continue;
        }
        const frame = queue.shift();
        if (frame !== undefined)
          Object.assign(states, { [side]: (await openFrame(states[side], frame)).next });
      }
    });
  });
}
