import { expect } from '@esm-bundle/chai';
import { acceptRelease, advanceRoot, type Candidate, type Pin, type ReleaseManifest } from './index.ts';
import { hashOf, makeSigner, manifestOf, rootOf, signedBy, type Signer } from './test/signers.ts';

const NOW = Date.parse('2029-06-01T00:00:00Z');

describe('a release', () => {
  let ana: Signer;
  let ben: Signer;
  let cleo: Signer;
  let dora: Signer;
  let pin: Pin;

  before(async () => {
    [ana, ben, cleo, dora] = (await Promise.all(['Ana', 'Ben', 'Cleo', 'Dora'].map(makeSigner))) as [
      Signer,
      Signer,
      Signer,
      Signer,
    ];
    pin = { seq: 0, hash: null, root: rootOf([ana, ben, cleo], 2) };
  });

  async function outcome(candidate: Candidate, pinned = pin, nowMs = NOW): Promise<string> {
    const result = await acceptRelease(candidate, pinned, nowMs);
    return result.kind === 'accepted' ? 'accepted' : result.reason;
  }

  const release = (changes: Partial<ReleaseManifest> = {}) => manifestOf(pin.root, changes);

  it('is accepted with as many signatures as the threshold, and says whose they are', async () => {
    const result = await acceptRelease(await signedBy(release(), [cleo, ana]), pin, NOW);
    expect(result.kind).to.equal('accepted');
    if (result.kind !== 'accepted') return;
    expect(result.signers).to.deep.equal(['Ana', 'Cleo']);
    expect(result.pin).to.deep.equal({ seq: 1, hash: await hashOf(release()), root: pin.root });
  });

  it('is refused without a signature, and with those of strangers only', async () => {
    expect(await outcome(await signedBy(release(), []))).to.equal('unsigned');
    expect(await outcome(await signedBy(release(), [dora]))).to.equal('unsigned');
  });

  it('is refused under the threshold; one key twice, or a stranger beside it, does not help', async () => {
    for (const signers of [[ana], [ana, ana], [ana, dora]])
      expect(await outcome(await signedBy(release(), signers))).to.equal('under-signed');
  });

  it('is refused when a signature is of other bytes, or its trusted comment was changed', async () => {
    const good = await signedBy(release(), [ana, ben]);
    const other = await signedBy(release({ version: '1.0.1' }), [ana, ben]);
    expect(await outcome({ ...other, signatures: good.signatures })).to.equal('unsigned');
    const comment = good.signatures.replace('by Ana', 'by Bob');
    expect(await outcome({ ...good, signatures: comment })).to.equal('under-signed');
  });

  it('is refused with any byte of the manifest flipped', async () => {
    const good = await signedBy(release(), [ana, ben]);
    for (let i = 0; i < good.manifest.length; i += 7) {
      const manifest = good.manifest.slice();
      manifest[i] = (manifest[i] ?? 0) ^ 1;
      expect(['malformed', 'unsigned']).to.include(await outcome({ ...good, manifest }));
    }
  });

  it('is refused from the second on in which it expires', async () => {
    const candidate = await signedBy(release(), [ana, ben]);
    const end = Date.parse('2030-01-01T00:00:00Z');
    expect(await outcome(candidate, pin, end - 1)).to.equal('accepted');
    expect(await outcome(candidate, pin, end)).to.equal('expired');
  });

  it('is refused when it is older than the pinned one', async () => {
    const pinned: Pin = { ...pin, seq: 5, hash: await hashOf(release()) };
    const old = release({ seq: 4, prev: await hashOf(release()) });
    expect(await outcome(await signedBy(old, [ana, ben]), pinned)).to.equal('rolled-back');
  });

  it('is refused when it is another one of the same number, or follows another history', async () => {
    const hash = await hashOf(release());
    const pinned: Pin = { ...pin, seq: 1, hash };
    const sign = (manifest: ReleaseManifest) => signedBy(manifest, [ana, ben]);
    expect(await outcome(await sign(release()), pinned)).to.equal('accepted');
    expect(await outcome(await sign(release({ version: '1.0.1' })), pinned)).to.equal('forked');
    const stranger = await hashOf(release({ version: '6.6.6' }));
    expect(await outcome(await sign(release({ seq: 2, prev: stranger })), pinned)).to.equal('forked');
    expect(await outcome(await sign(release({ seq: 2, prev: hash })), pinned)).to.equal('accepted');
  });

  it('with a new root needs the old threshold and the new one', async () => {
    const root = rootOf([cleo, dora], 2);
    const rotated = release({ root });
    expect(await outcome(await signedBy(rotated, [ana, ben]))).to.equal('under-signed');
    expect(await outcome(await signedBy(rotated, [cleo, dora]))).to.equal('under-signed');
    expect(await outcome(await signedBy(rotated, [ana, cleo, dora]))).to.equal('accepted');
  });

  it('after two rotations is reached by walking them one by one, though they have expired', async () => {
    const [first, second, third] = [rootOf([ben, cleo], 2), rootOf([cleo, dora], 2), rootOf([dora], 1)];
    const one = release({ root: first, expires: '2020-01-01T00:00:00Z' });
    const two = release({ seq: 2, prev: await hashOf(one), root: second });
    const three = release({ seq: 3, prev: await hashOf(two), root: third });
    const last = await signedBy(three, [cleo, dora]);
    expect(await outcome(last)).to.equal('under-signed');
    const afterOne = await advanceRoot(await signedBy(one, [ben, cleo]), pin);
    if (afterOne.kind !== 'accepted') throw new Error(afterOne.reason);
    expect(await outcome(last, afterOne.pin)).to.equal('under-signed');
    const skipped = await advanceRoot(last, { ...afterOne.pin, root: second });
    expect(skipped).to.deep.equal({ kind: 'refused', reason: 'forked' });
    const afterTwo = await advanceRoot(await signedBy(two, [ben, cleo, dora]), afterOne.pin);
    if (afterTwo.kind !== 'accepted') throw new Error(afterTwo.reason);
    expect(await outcome(last, afterTwo.pin)).to.equal('accepted');
  });
});
