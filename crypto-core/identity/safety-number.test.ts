/** Safety numbers against Signal's reference implementation, and our own. */
import { expect } from '@esm-bundle/chai';
import { decodeHex, encodeHex } from '../bytes/hex.ts';
import { randomBytes } from '../bytes/random.ts';
import { describeVectors } from '../test/support/vectors.ts';
import { computeSafetyNumber, encodeDigits, hashIdentity } from './safety-number.ts';

interface Oracle {
  readonly cases: readonly {
    readonly iterations: number;
    readonly localId: string;
    readonly localIdentityKey: string;
    readonly remoteId: string;
    readonly remoteIdentityKey: string;
    readonly displayable: string;
    readonly scannableLocal: string;
    readonly scannableRemote: string;
  }[];
}

describeVectors<Oracle>('signal/fingerprint-oracle.json', vectors => {
  it('CC-ID-07: follows the construction of the reference implementation', async () => {
    await vectors.each(
      file => file.cases,
      oracle => {
        const hash = (key: string, id: string): Uint8Array =>
          hashIdentity({
            versionPrefix: Uint8Array.of(0, 0),
            key: decodeHex(key),
            stableId: decodeHex(id),
            iterations: oracle.iterations,
          });
        const local = hash(oracle.localIdentityKey, oracle.localId);
        const remote = hash(oracle.remoteIdentityKey, oracle.remoteId);
        expect([local, remote].map(encodeDigits).sort().join('')).to.equal(oracle.displayable);
        const [ours, theirs] = [local, remote].map(full => encodeHex(full.slice(0, 32))) as [string, string];
        expect(oracle.scannableLocal).to.contain(ours).and.to.contain(theirs);
        expect(oracle.scannableRemote).to.contain(ours).and.to.contain(theirs);
      },
    );
  });
});

describe('safety number', () => {
  it('CC-ID-07: is the same for both people: 60 digits, 70 bytes', () => {
    const [a, b] = [randomBytes(32), randomBytes(32)];
    const [mine, theirs] = [computeSafetyNumber(a, b), computeSafetyNumber(b, a)];
    expect(mine.digits).to.match(/^\d{60}$/);
    expect(mine.qr).to.have.length(70);
    expect(mine.digits).to.equal(theirs.digits);
    expect(encodeHex(mine.qr)).to.equal(encodeHex(theirs.qr));
  });

  it('CC-ID-08: another key gives another number', () => {
    const [a, b, c] = [randomBytes(32), randomBytes(32), randomBytes(32)];
    expect(computeSafetyNumber(a, b).digits).not.to.equal(computeSafetyNumber(a, c).digits);
    expect(() => computeSafetyNumber(a, b.slice(1))).to.throw();
  });
});
