import { expect } from '@esm-bundle/chai';
import { randomBytes } from '../bytes/random.ts';
import { wipe } from '../bytes/wipe.ts';
import { damagedForms, expectCode } from '../test/support/rejections.ts';
import { kemLayer } from './kem-layer.ts';
import type { KemState } from './kem-ratchet.ts';
import {
  advanceAsAnswerer,
  advanceAsOfferer,
  createKemState,
  deriveKemSecrets,
  isTurnOf,
} from './kem-ratchet.ts';
import { decapsulate, encapsulate, generateKemKeyPair } from './ml-kem-768.ts';

const body = randomBytes(50);

function makeStates(): { a: KemState; b: KemState } {
  const root = randomBytes(32);
  const sessionId = randomBytes(32);
  const side = (role: 'A' | 'B') => createKemState({ role, root: root.slice(), sessionId, nowMs: 0 });
  return { a: side('A'), b: side('B') };
}

async function makeExchange() {
  const offer = await generateKemKeyPair();
  const { ciphertext, sharedSecret } = await encapsulate(offer.encapsulationKey);
  const answer = { encapsulationKey: offer.encapsulationKey, ciphertext };
  return {
    offer,
    atOfferer: { ...answer, sharedSecret: await decapsulate(offer.seed, ciphertext) },
    atAnswerer: { ...answer, sharedSecret },
  };
}

/** Sends one message; gives the states after it, with everything consumed wiped. */
async function transfer(from: KemState, to: KemState): Promise<{ from: KemState; to: KemState }> {
  const sealed = await kemLayer.seal(from, body);
  const opened = await kemLayer.open(to, sealed.bytes);
  expect(opened.bytes).to.deep.equal(body);
  wipe(...sealed.consumed, ...opened.consumed);
  return { from: sealed.next, to: opened.next };
}

describe('ML-KEM layer', () => {
  it('CC-KEM-02: round-trips in both directions with 24 bytes of overhead', async () => {
    let { a, b } = makeStates();
    for (let i = 0; i < 4; i++) {
      ({ from: a, to: b } = await transfer(a, b));
      ({ from: b, to: a } = await transfer(b, a));
    }
    expect((await kemLayer.seal(a, body)).bytes.length).to.equal(body.length + 24);
    expect(a.messages).to.equal(8);
  });

  it('CC-KEM-02: every damaged form is refused, and the state stays usable', async () => {
    const { a, b } = makeStates();
    const { bytes } = await kemLayer.seal(a, body);
    for (const damaged of damagedForms(bytes))
      await expectCode('protocol-error', () => kemLayer.open(b, damaged));
    expect((await kemLayer.open(b, bytes)).bytes).to.deep.equal(body);
  });

  it('CC-KEM-02: a reflected message and one of another session are refused', async () => {
    const { a, b } = makeStates();
    const { bytes } = await kemLayer.seal(a, body);
    await expectCode('protocol-error', () => kemLayer.open(a, bytes));
    await expectCode('protocol-error', () => kemLayer.open({ ...b, sessionId: randomBytes(32) }, bytes));
  });

  it('CC-KEM-03: a replayed or skipped message is refused', async () => {
    const { a, b } = makeStates();
    const first = await kemLayer.seal(a, body);
    const second = await kemLayer.seal(first.next, body);
    await expectCode('protocol-error', () => kemLayer.open(b, second.bytes));
    const opened = await kemLayer.open(b, first.bytes);
    await expectCode('protocol-error', () => kemLayer.open(opened.next, first.bytes));
  });

  it('CC-KEM-05: after a rekey both directions go on, old messages in flight open, then no more', async () => {
    let { a, b } = makeStates();
    const { offer, atOfferer, atAnswerer } = await makeExchange();
    b = { ...b, offer };
    a = advanceAsAnswerer(a, atAnswerer, 5).next;
    expect(a.generation).to.equal(1);
    const inFlight = await kemLayer.seal(b, body);
    const late = await kemLayer.seal(inFlight.next, body);
    a = (await kemLayer.open(a, inFlight.bytes)).next;
    const offered = advanceAsOfferer(inFlight.next, atOfferer, 6);
    b = offered.next;
    ({ from: b, to: a } = await transfer(b, a));
    expect(a.upcoming).to.equal(null);
    await expectCode('protocol-error', () => kemLayer.open(a, late.bytes));
    ({ from: a, to: b } = await transfer(a, b));
    expect([a.messages, b.messages]).to.deep.equal([3, 2]);
    expect(b.offer).to.equal(null);
  });

  it('CC-KEM-05: the next generation needs the right secret', async () => {
    const { a, b } = makeStates();
    const { atOfferer, atAnswerer } = await makeExchange();
    const wrong = { ...atOfferer, sharedSecret: randomBytes(32) };
    const sealed = await kemLayer.seal(advanceAsAnswerer(a, atAnswerer, 0).next, body);
    const opener = advanceAsOfferer(b, wrong, 0).next;
    await expectCode('protocol-error', () => kemLayer.open(opener, sealed.bytes));
  });

  it('CC-KEM-04: turns alternate', () => {
    expect([0, 1, 2, 3].map(generation => isTurnOf('A', generation))).to.deep.equal([
      true,
      false,
      true,
      false,
    ]);
    expect([0, 1, 2, 3].map(generation => isTurnOf('B', generation))).to.deep.equal([
      false,
      true,
      false,
      true,
    ]);
  });

  it('CC-KEM-07: root and export differ, and root and shared secret are wiped', async () => {
    const { atAnswerer } = await makeExchange();
    const secrets = deriveKemSecrets(atAnswerer, randomBytes(32));
    expect(secrets.root).not.to.deep.equal(secrets.exportSecret);
    expect(atAnswerer.sharedSecret.every(byte => byte === 0)).to.equal(true);
    const { root } = secrets;
    createKemState({ role: 'A', root, sessionId: randomBytes(32), nowMs: 0 });
    expect(root.every(byte => byte === 0)).to.equal(true);
  });
});
