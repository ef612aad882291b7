/** Secrets end with their handshake. */
import { expect } from '@esm-bundle/chai';
import { isAllZero } from '../bytes/equal.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { attempt, failureOf, outcomes, randomPsk } from './handshake.fixture.ts';
import { SecretScope } from './secret-scope.ts';

describe('secret scope', () => {
  it('CC-HS-25: wipes what it owns, and closes what was not released', () => {
    const scope = new SecretScope();
    const closed: string[] = [];
    const [one, two] = [randomBytes(32), randomBytes(32)];
    scope.own(one);
    scope.ownAll({ two, name: 'not a secret' });
    scope.guard({ close: () => closed.push('kept') });
    const released = scope.guard({ close: () => closed.push('released') });
    scope.release(released);
    scope.end();
    expect(isAllZero(one) && isAllZero(two)).to.equal(true);
    expect(closed).to.deep.equal(['kept']);
  });

  it('CC-HS-25: the secrets of the result and the session outlive it', async () => {
    const { a, b } = outcomes(await attempt());
    expect(isAllZero(a.result.pairSecret) || isAllZero(a.result.exporter)).to.equal(false);
    const opened = new Promise(resolve => {
      a.session.attach({ emit: frame => void b.session.open(frame).then(resolve), nowMs: Date.now });
      b.session.attach({ emit: () => {}, nowMs: Date.now });
    });
    await a.session.seal(utf8('alive'));
    expect(await opened).to.deep.equal({ kind: 'pdu', bytes: utf8('alive') });
  });

  it('CC-HS-25: after a handshake that succeeds, every secret that either side owned is gone', async () => {
    const secrets: Uint8Array[] = [];
    const own = SecretScope.prototype.own;
    SecretScope.prototype.own = function <Secret extends Uint8Array>(this: SecretScope, secret: Secret) {
      secrets.push(secret);
      return own.call(this, secret) as Secret;
    };
    const psk = randomPsk(2);
    try {
      outcomes(await attempt({ policyA: { psks: [psk] }, knownPsks: [psk] }));
    } finally {
      SecretScope.prototype.own = own;
    }
    // Each: PSK, DH, S0, hk_A, hk_B; what ML-KEM shared, its root and export; Signal's export key; three exports; five of
    // M. A: the seed of its KEM key. B: MLS's init key and the seed of its KEM prekey.
    const [each, ofA, ofB] = [5 + 3 + 1 + 3 + 5, 1, 2];
    expect(secrets).to.have.length(2 * each + ofA + ofB);
    expect(secrets.filter(secret => !isAllZero(secret))).to.deep.equal([]);
    expect(isAllZero(psk.secret)).to.equal(false); // the caller's own
  });

  it('CC-HS-25: a callback that fails is reported as it is, and nothing else', async () => {
    const run = await attempt({ policyA: { commit: () => Promise.reject(new Error('disk full')) } });
    expect(failureOf(run.a)).to.equal('disk full');
    expect(failureOf(run.b)).to.equal(null);
  });
});
