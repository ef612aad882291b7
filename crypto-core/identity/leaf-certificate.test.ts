/** MLS leaf certificates. */
import { expect } from '@esm-bundle/chai';
import { generateIdentitySecrets, importIdentity } from './identity.ts';
import {
  issueLeafCertificate,
  LEAF_CLOCK_SKEW_S,
  LEAF_LIFETIME_MAX_S,
  type LeafCertificateClaim,
  verifyLeafCertificate,
} from './leaf-certificate.ts';

const [notBeforeS, notAfterS] = [1_700_000_000, 1_700_086_400];

async function createClaim(): Promise<LeafCertificateClaim> {
  const identity = await importIdentity(await generateIdentitySecrets());
  const leaf = await importIdentity(await generateIdentitySecrets());
  const leafPublicKey = leaf.identityKey;
  const certificate = await issueLeafCertificate(identity, { leafPublicKey, notBeforeS, notAfterS });
  return { identityKey: identity.identityKey, leafPublicKey, certificate, nowS: notBeforeS + 1 };
}

describe('leaf certificate', () => {
  it('CC-ID-05: is 80 bytes and verifies for its identity and leaf only', async () => {
    const [claim, other] = [await createClaim(), await createClaim()];
    expect(claim.certificate).to.have.length(80);
    expect(await verifyLeafCertificate(claim)).to.equal(true);
    expect(await verifyLeafCertificate({ ...claim, identityKey: other.identityKey })).to.equal(false);
    expect(await verifyLeafCertificate({ ...claim, leafPublicKey: other.leafPublicKey })).to.equal(false);
    expect(await verifyLeafCertificate({ ...claim, certificate: other.certificate })).to.equal(false);
  });

  it('CC-ID-05: is refused with any byte changed, and truncated or extended', async () => {
    const claim = await createClaim();
    for (let i = 0; i < claim.certificate.length; i++) {
      const certificate = claim.certificate.map((byte, j) => (i === j ? byte ^ 1 : byte));
      expect(await verifyLeafCertificate({ ...claim, certificate }), `byte ${i}`).to.equal(false);
    }
    for (const certificate of [claim.certificate.slice(1), new Uint8Array([...claim.certificate, 0])]) {
      expect(await verifyLeafCertificate({ ...claim, certificate })).to.equal(false);
    }
  });

  it('CC-ID-06: is valid in its time only, with one day for clocks that differ', async () => {
    const claim = await createClaim();
    const at = (nowS: number): Promise<boolean> => verifyLeafCertificate({ ...claim, nowS });
    expect(await at(notBeforeS - LEAF_CLOCK_SKEW_S)).to.equal(true);
    expect(await at(notAfterS + LEAF_CLOCK_SKEW_S)).to.equal(true);
    expect(await at(notBeforeS - LEAF_CLOCK_SKEW_S - 1)).to.equal(false);
    expect(await at(notAfterS + LEAF_CLOCK_SKEW_S + 1)).to.equal(false);
  });

  it('CC-ID-06: is not issued for an endless, empty or negative time, nor for a hostile leaf key', async () => {
    const identity = await importIdentity(await generateIdentitySecrets());
    const leafPublicKey = identity.identityKey;
    const refused = [
      { leafPublicKey, notBeforeS: 0, notAfterS: LEAF_LIFETIME_MAX_S + 1 },
      { leafPublicKey, notBeforeS: 5, notAfterS: 5 },
      { leafPublicKey, notBeforeS: -1, notAfterS: 5 },
      { leafPublicKey, notBeforeS: 0.5, notAfterS: 5 },
      { leafPublicKey: new Uint8Array(32), notBeforeS, notAfterS },
    ];
    for (const request of refused) {
      const outcome = await issueLeafCertificate(identity, request).catch(() => 'refused');
      expect(outcome).to.equal('refused');
    }
  });
});
