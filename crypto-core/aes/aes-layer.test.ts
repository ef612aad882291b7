import { expect } from '@esm-bundle/chai';
import { randomBytes } from '../bytes/random.ts';
import { encodeFrameHeader, encodeSealedFrame, FRAME_KIND_HANDSHAKE } from '../frame/frame.ts';
import { generateX25519 } from '../identity/x25519.ts';
import { aesGcmEncrypt } from '../primitives/aes-gcm.ts';
import { damagedForms, expectCode } from '../test/support/rejections.ts';
import { aesLayer } from './aes-layer.ts';
import type { AesState } from './aes-state.ts';
import { createAesState, installRotation } from './aes-state.ts';
import { FRAMES_PER_STEP, recordNonce } from './record-key.ts';

const body = randomBytes(50);

async function makeStates(): Promise<{ a: AesState; b: AesState }> {
  const root = randomBytes(32);
  const th1 = randomBytes(32);
  const side = (role: 'A' | 'B') => createAesState({ role, root: root.slice(), th1, nowMs: 0 });
  return { a: await side('A'), b: await side('B') };
}

/** Both halves on both sides, as two rotation PDUs would leave them. */
async function exchangeRotations(a: AesState, b: AesState): Promise<{ a: AesState; b: AesState }> {
  const [keysA, keysB] = [await generateX25519(), await generateX25519()];
  const [rotA, rotB] = [randomBytes(120), randomBytes(120)];
  return {
    a: {
      ...a,
      ownRotation: { keyPair: keysA, pdu: rotA },
      peerRotation: { publicKey: keysB.publicKey, pdu: rotB },
    },
    b: {
      ...b,
      ownRotation: { keyPair: keysB, pdu: rotB },
      peerRotation: { publicKey: keysA.publicKey, pdu: rotA },
    },
  };
}

describe('AES record layer', () => {
  it('CC-AES-01: frames open in order, and replays, gaps and reflections are refused', async () => {
    const { a, b } = await makeStates();
    const first = await aesLayer.seal(a, body);
    const second = await aesLayer.seal(first.next, body);
    await expectCode('protocol-error', () => aesLayer.open(b, second.bytes));
    await expectCode('protocol-error', () => aesLayer.open(a, first.bytes));
    const opened = await aesLayer.open(b, first.bytes);
    expect(opened.bytes).to.deep.equal(body);
    await expectCode('protocol-error', () => aesLayer.open(opened.next, first.bytes));
    expect((await aesLayer.open(opened.next, second.bytes)).bytes).to.deep.equal(body);
  });

  it('CC-AES-05: every damaged form is refused, and the state stays usable', async () => {
    const { a, b } = await makeStates();
    const { bytes } = await aesLayer.seal(a, body);
    for (const damaged of damagedForms(bytes))
      await expectCode('protocol-error', () => aesLayer.open(b, damaged));
    expect((await aesLayer.open(b, bytes)).bytes).to.deep.equal(body);
  });

  it('CC-FRAME-02: a frame of handshake kind under the payload key is refused', async () => {
    const { a, b } = await makeStates();
    const associatedData = encodeFrameHeader({ kind: FRAME_KIND_HANDSHAKE, gen: 0, ctr: 0 });
    const nonce = recordNonce(a.sending);
    const ciphertext = await aesGcmEncrypt({ key: a.sending.key, nonce, associatedData }, body);
    await expectCode('protocol-error', () => aesLayer.open(b, encodeSealedFrame(associatedData, ciphertext)));
  });

  it('CC-AES-02: the key steps each 1,024 frames, on both ends', async () => {
    let { a, b } = await makeStates();
    const [first, nextKey] = [a.sending.key, a.sending.nextKey];
    for (let i = 0; i < 2 * FRAMES_PER_STEP + 3; i++) {
      const sealed = await aesLayer.seal(a, body);
      if (i === FRAMES_PER_STEP - 1) expect(sealed.consumed).to.deep.equal([nextKey]);
      const opened = await aesLayer.open(b, sealed.bytes);
      [a, b] = [sealed.next, opened.next];
    }
    expect(a.sending.key).not.to.equal(first);
    expect(a.sending.key.extractable).to.equal(false);
    expect(a.sending.nextKey).not.to.deep.equal(nextKey);
    expect(b.receiving.nextKey).to.deep.equal(a.sending.nextKey);
  });

  it('CC-AES-02: nonces of a run never repeat', async () => {
    const { a } = await makeStates();
    const counters = [0, 1, 255, 256, 65_536, 2 ** 32, 2 ** 40 + 1, 2 ** 53 - 1];
    const nonces = counters.map(counter => recordNonce({ ...a.sending, counter }).join());
    expect(new Set(nonces).size).to.equal(counters.length);
  });

  it('CC-AES-04, CC-AES-05: both halves give both sides the same keys; g opens until the first g+1', async () => {
    const pair = await makeStates();
    const ready = await exchangeRotations(pair.a, pair.b);
    const a = (await installRotation(ready.a, 1)).next;
    const inFlight = await aesLayer.seal(ready.b, body);
    const late = await aesLayer.seal(inFlight.next, body);
    const b = (await installRotation(inFlight.next, 1)).next;
    const opened = await aesLayer.open(a, inFlight.bytes);
    expect(opened.next.upcoming).not.to.equal(null);
    const fresh = await aesLayer.seal(b, body);
    expect([...fresh.bytes.slice(2, 11)]).to.deep.equal([1, 0, 0, 0, 0, 0, 0, 0, 0]);
    const after = await aesLayer.open(opened.next, fresh.bytes);
    expect(after.next.upcoming).to.equal(null);
    await expectCode('protocol-error', () => aesLayer.open(after.next, late.bytes));
  });

  it('CC-AES-04: a differing half gives keys that do not fit', async () => {
    const pair = await makeStates();
    const ready = await exchangeRotations(pair.a, pair.b);
    const damaged = { ...ready.b, ownRotation: { ...ready.b.ownRotation!, pdu: randomBytes(120) } };
    const a = (await installRotation(ready.a, 1)).next;
    const b = (await installRotation(damaged, 1)).next;
    const sealed = await aesLayer.seal(a, body);
    await expectCode('protocol-error', () => aesLayer.open(b, sealed.bytes));
  });

  it('CC-AES-07: a small-order half is refused', async () => {
    const pair = await makeStates();
    const { a } = await exchangeRotations(pair.a, pair.b);
    const hostile = { ...a, peerRotation: { publicKey: new Uint8Array(32), pdu: randomBytes(120) } };
    await expectCode('protocol-error', () => installRotation(hostile, 1));
  });

  it('CC-AES-05: the generation on the wire wraps at 256 and goes on', async () => {
    let { a, b } = await makeStates();
    for (let generation = 1; generation <= 260; generation++) {
      const ready = await exchangeRotations(a, b);
      [a, b] = [(await installRotation(ready.a, 1)).next, (await installRotation(ready.b, 1)).next];
      const sealed = await aesLayer.seal(a, body);
      const answer = await aesLayer.seal(b, body);
      a = (await aesLayer.open(sealed.next, answer.bytes)).next;
      b = (await aesLayer.open(answer.next, sealed.bytes)).next;
      expect(sealed.bytes[2]).to.equal(generation % 256);
    }
  });
});
