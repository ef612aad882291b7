/** Secrets end with their handshake. */
import { expect } from '@esm-bundle/chai';
import { isAllZero } from '../bytes/equal.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { attempt, failureOf, outcomes } from './handshake.fixture.ts';
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

  it('CC-HS-25: a callback that fails is reported as it is, and nothing else', async () => {
    const run = await attempt({ policyA: { commit: () => Promise.reject(new Error('disk full')) } });
    expect(failureOf(run.a)).to.equal('disk full');
    expect(failureOf(run.b)).to.equal(null);
  });
});
