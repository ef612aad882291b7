import { expect } from '@esm-bundle/chai';
import { sha256Stream } from './sha256-stream.ts';

describe('SHA-256 in parts', () => {
  it('equals the hash of the whole, however it is cut', async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(10_007));
    const whole = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    for (const step of [1, 63, 64, 65, 4_096, 10_007]) {
      const hash = sha256Stream();
      for (let at = 0; at < bytes.length; at += step) hash.update(bytes.subarray(at, at + step));
      expect(hash.digest()).to.deep.equal(whole);
    }
  });
});
