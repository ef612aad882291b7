import { expect } from '@esm-bundle/chai';
import { MAX_QUIET_MEDIA_CHECKS, MEDIA_UNSEALED_SLACK_BYTES } from '../../limits.ts';
import { SealingGate } from './sealing-gate.ts';

const counts = (passedBytes: number) => ({ id: 't', taken: 1, passed: 1, dropped: 0, passedBytes });

describe('the sealing gate', () => {
  let gate: SealingGate;

  beforeEach(() => {
    gate = new SealingGate();
  });

  it('P2P-CAL-05: opens when the transform runs and there is a key, in whatever order', () => {
    expect(gate.mayCarry('t')).to.equal(false);
    gate.heard({ kind: 'attached', transform: 't' });
    expect(gate.mayCarry('t')).to.equal(false);
    gate.heard({ kind: 'sealing', epoch: 3 });
    expect(gate.mayCarry('t')).to.equal(true);
    expect(gate.mayCarry('other')).to.equal(false);
    expect(gate.epoch).to.equal(3);
  });

  it('P2P-CAL-05: a broken transform, lost keys and a silent worker close it for good', () => {
    const open = (): void => {
      gate = new SealingGate();
      gate.heard({ kind: 'attached', transform: 't' });
      gate.heard({ kind: 'sealing', epoch: 1 });
    };
    open();
    gate.heard({ kind: 'failed', transform: 't' });
    gate.heard({ kind: 'attached', transform: 't' });
    expect([gate.mayCarry('t'), gate.trouble]).to.deep.equal([false, 'transform-failed']);
    open();
    gate.heard({ kind: 'keyless' });
    gate.heard({ kind: 'sealing', epoch: 2 });
    expect([gate.mayCarry('t'), gate.trouble, gate.epoch]).to.deep.equal([false, 'keyless', null]);
    open();
    for (let look = 0; look < MAX_QUIET_MEDIA_CHECKS; look++) gate.checkSilence();
    expect(gate.mayCarry('t')).to.equal(true);
    gate.checkSilence();
    expect([gate.mayCarry('t'), gate.trouble]).to.deep.equal([false, 'worker-stopped']);
  });

  it('P2P-CAL-06: more bytes on the wire than were sealed close one sender', () => {
    gate.heard({ kind: 'attached', transform: 't' });
    gate.heard({ kind: 'attached', transform: 'other' });
    gate.heard({ kind: 'sealing', epoch: 1 });
    gate.compare('t', 1_000_000, counts(900_000));
    expect(gate.mayCarry('t')).to.equal(true);
    gate.compare('t', MEDIA_UNSEALED_SLACK_BYTES + 1, undefined);
    expect([gate.mayCarry('t'), gate.mayCarry('other'), gate.trouble]).to.deep.equal([
      false,
      true,
      'unsealed-bytes',
    ]);
  });
});
