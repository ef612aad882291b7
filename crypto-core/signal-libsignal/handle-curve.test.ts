import { expect } from '@esm-bundle/chai';
import { generateX25519 } from '../identity/x25519.ts';
import { expectCode } from '../test/support/rejections.ts';
import { type Operation, runExclusive } from './exclusive.ts';
import { createHandle, handleCurve, handleName, VERIFIED_BY_HANDSHAKE } from './handle-curve.ts';
import { typedKey } from './wire.ts';

const signature = VERIFIED_BY_HANDSHAKE.slice().buffer;

async function key(): Promise<Uint8Array<ArrayBuffer>> {
  return (await generateX25519()).publicKey.slice();
}

describe('the curve that the library computes with', () => {
  it('CC-ENG-09: computes nothing, and confirms nothing, outside of an operation', async () => {
    const publicKey = (await key()).buffer;
    await expectCode('internal', () => handleCurve.keyPair(createHandle()));
    await expectCode('internal', () => handleCurve.sharedSecret(publicKey, createHandle()));
    await expectCode('internal', () => handleCurve.verify(publicKey, publicKey, signature));
  });

  it('CC-ENG-09: a handle means nothing in another operation', async () => {
    const handle = createHandle();
    const peer = (await key()).buffer;
    const first: Operation = { keys: new Map() };
    await runExclusive(first, () => handleCurve.keyPair(handle));
    expect(first.keys.get(handleName(handle))?.privateKey.extractable).to.equal(false);
    await runExclusive(first, () => handleCurve.sharedSecret(peer, handle));
    await expectCode('internal', () =>
      runExclusive({ keys: new Map() }, () => handleCurve.sharedSecret(peer, handle)),
    );
  });

  it('CC-ENG-09: refuses public keys of small order', async () => {
    const handle = createHandle();
    const operation: Operation = { keys: new Map() };
    await runExclusive(operation, () => handleCurve.keyPair(handle));
    await expectCode('protocol-error', () =>
      runExclusive(operation, () => handleCurve.sharedSecret(new ArrayBuffer(32), handle)),
    );
  });

  it('CC-ENG-08: confirms the prekey that the handshake verified, of that identity, and nothing else', async () => {
    const [identityDh, signedPrekey, other] = [await key(), typedKey(await key()), await key()];
    const isRefused = (operation: Operation, ...claim: [ArrayBuffer, ArrayBuffer, ArrayBuffer]) =>
      runExclusive(operation, () => handleCurve.verify(...claim));
    const operation = { keys: new Map(), verifiedPrekey: { identityDh, signedPrekey } };
    expect(await isRefused(operation, identityDh.buffer, signedPrekey.buffer, signature)).to.equal(false);
    const others = [
      [other.buffer, signedPrekey.buffer, signature],
      [identityDh.buffer, typedKey(other).buffer, signature],
      [identityDh.buffer, signedPrekey.buffer, new ArrayBuffer(64)],
    ] as const;
    for (const claim of others) expect(await isRefused(operation, ...claim)).to.equal(true);
    const noClaim = { keys: new Map() };
    expect(await isRefused(noClaim, identityDh.buffer, signedPrekey.buffer, signature)).to.equal(true);
  });

  it('CC-ENG-08: signs nothing', async () => {
    await expectCode('internal', () => runExclusive({ keys: new Map() }, () => handleCurve.sign()));
  });

  it('CC-ENG-10: operations run one after the other, also after one that failed', async () => {
    const order: string[] = [];
    const job = (name: string) => async (): Promise<void> => {
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} ends`);
      if (name === 'b') throw new Error(name);
    };
    const run = (name: string): Promise<void> => runExclusive({ keys: new Map() }, job(name));
    await Promise.allSettled([run('a'), run('b'), run('c')]);
    expect(order.filter((_, i) => i % 2 === 0)).to.deep.equal(['a begins', 'b begins', 'c begins']);
    expect(order.filter((_, i) => i % 2 === 1)).to.deep.equal(['a ends', 'b ends', 'c ends']);
  });
});
