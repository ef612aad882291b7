import { expect } from '@esm-bundle/chai';
import { SEALED_SIGNAL_BLOCK_BYTES } from '../limits.ts';
import { SignalSeal, readNumber } from './signal-seal.ts';

const random = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32));
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes).trimEnd();
const PDU = new TextEncoder().encode('{"type":"ping"}');

async function bothSides(exporter = random()): Promise<[SignalSeal, SignalSeal]> {
  return [await SignalSeal.derive(exporter, 'A'), await SignalSeal.derive(exporter, 'B')];
}

describe('SignalSeal', () => {
  it('P2P-SES-28: opens what the other side of the session sealed, both ways', async () => {
    const [a, b] = await bothSides();
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const opened = await to.open(await from.seal(7, PDU));
      expect([opened?.number, text(opened?.bytes)]).to.deep.equal([7, '{"type":"ping"}']);
    }
  });

  it('P2P-SES-28: nobody else’s bytes open: reflected, of another session, altered, cut or longer', async () => {
    const [a, b] = await bothSides();
    const [stranger] = await bothSides();
    const sealed = await a.seal(1, PDU);
    const bad = [
      ...[...sealed.keys()]
        .slice(0, 8)
        .map(index => sealed.map((byte, at) => (at === index ? byte ^ 1 : byte))),
      sealed.subarray(0, -1),
      Uint8Array.of(...sealed, 0),
      sealed.subarray(0, 19),
      new Uint8Array(),
      await stranger.seal(1, PDU),
    ];
    for (const bytes of bad) expect(await b.open(Uint8Array.from(bytes))).to.equal(null);
    expect(await a.open(sealed), 'reflected').to.equal(null);
    expect(await b.open(sealed)).not.to.equal(null);
  });

  it('P2P-SES-28: never seals a number twice, nor one below', async () => {
    const [a] = await bothSides();
    await a.seal(5, PDU);
    for (const number of [5, 4, 0]) {
      const error = await a.seal(number, PDU).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(RangeError);
    }
  });

  it('P2P-SES-28: the length shows a block, not how many candidates there are', async () => {
    const [a] = await bothSides();
    const sizes = new Set<number>();
    for (const [number, length] of [1, 100, SEALED_SIGNAL_BLOCK_BYTES].entries()) {
      sizes.add((await a.seal(number + 1, new Uint8Array(length))).length);
    }
    expect(sizes.size).to.equal(1);
  });

  it('P2P-SES-28: reads the number where bytes begin within a longer buffer', async () => {
    const [a] = await bothSides();
    const sealed = await a.seal(300, PDU);
    const within = new Uint8Array(sealed.length + 8);
    within.set(sealed, 8);
    expect(readNumber(within.subarray(8))).to.equal(300);
    expect(readNumber(new Uint8Array(3))).to.equal(null);
  });
});
